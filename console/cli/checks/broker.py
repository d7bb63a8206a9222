"""The broker: installed, and reachable."""

import asyncio
import contextlib
import re
import subprocess
from pathlib import Path

from console.cli.checks.broker_door import Door, door_of, judge_door
from console.cli.checks.knock import PATIENCE_S
from console.cli.checks.locks import look
from console.cli.checks.owner import owned_by
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.config import BrokerAddress
from contracts.errors import BadConfig
from ingest.broker.mosquitto import NoBroker, find_mosquitto
from wire.client import LinkDown, open_link


def judge_mosquitto(version: tuple[int, ...] | None, path: str, *, needed: bool) -> Verdict:
    """`version` None: not installed, or it does not say. It is needed where `davy up` starts the broker."""
    if not path:
        do = "安装: apt-get install mosquitto", "install it: apt-get install mosquitto"
        if needed:
            return wrong("没有安装 mosquitto", "mosquitto is not installed", *do)
        return ok("没有安装 mosquitto; 配置使用别处的消息代理", "mosquitto is not installed; the configuration uses a broker elsewhere")
    if version is None:
        return warning(f"{path}: 版本未知", f"{path}: version unknown", f"运行 {path} -h 查看", f"run {path} -h and see")
    said = ".".join(map(str, version))
    if version < (2,):
        return wrong(f"mosquitto {said}, 太旧", f"mosquitto {said}: too old", "安装 mosquitto 2", "install mosquitto 2")
    return ok(f"mosquitto {said}, {path}", f"mosquitto {said}, {path}")


def read_version(text: str) -> tuple[int, ...] | None:
    """`mosquitto version 2.0.11` is (2, 0, 11)."""
    found = re.search(r"mosquitto version (\d+(?:\.\d+)+)", text)
    return tuple(map(int, found[1].split("."))) if found else None


def probe_mosquitto(site: Site) -> list[Finding]:
    path, version = "", None
    with contextlib.suppress(NoBroker):
        path = find_mosquitto()
    if path:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            told = subprocess.run([path, "-h"], capture_output=True, text=True, timeout=PATIENCE_S, check=False)  # noqa: S603  # found by name, fixed argument
            version = read_version(told.stdout + told.stderr)
    return [Finding("mosquitto", judge_mosquitto(version, path, needed=site.embedded))]


def judge_broker(why: str, *, embedded: bool, door: Door = Door.OTHER) -> Verdict:
    """`why` it cannot be reached, empty where it can; `door`: what was found behind that."""
    if not why:
        return ok("可以连接", "reachable, and speaks MQTT")
    if embedded:
        return warning("没有运行", "not running", "davy up 会启动它", "`davy up` starts it")
    if door is not Door.OTHER:
        return judge_door(door, why)
    return wrong(
        f"无法连接: {why}",
        f"cannot be reached: {why}",
        "检查地址、端口、用户名与证书, 以及代理是否运行; 在此之前读数留在网关磁盘上",
        "check address, port, user and certificates, and that the broker runs; until then readings stay on the gateways' disks",
    )


def probe_broker(site: Site) -> list[Finding]:
    out = []
    for broker in site.brokers:
        if broker.cert_file and busy(site, broker):
            # a certificate has one session: to sign in with it would throw out the process that runs
            door = door_of(broker, "")
            why = "" if door is Door.NO_CERTIFICATE else door.value
            out.append(Finding(f"{broker.host}:{broker.port}", judge_broker(why, embedded=False, door=door)))
            continue
        why = broker_answer(broker)
        door = door_of(broker, why) if why and not site.embedded else Door.OTHER
        out.append(Finding(f"{broker.host}:{broker.port}", judge_broker(why, embedded=site.embedded, door=door)))
    return out


def busy(site: Site, broker: BrokerAddress) -> bool:
    """Whether a process of ours that has this certificate runs now."""
    if any(edge.broker == broker and look(Path(edge.folder) / "owner").held for edge in site.edges):
        return True
    owned = [owned_by(centre.records, site.now) for centre in site.centres if centre.broker == broker]
    return any(found is not None and found.living is not None for found in owned)


def broker_answer(address: BrokerAddress) -> str:
    """Why no MQTT connection can be had; empty where one can. Who says nothing is asked once more, and waited for longer."""
    for patience in (PATIENCE_S, 2 * PATIENCE_S):
        try:
            asyncio.run(_connect(address, patience))
        except (LinkDown, BadConfig, UnicodeError) as error:
            return str(error)
        except TimeoutError:
            continue
        return ""
    return f"no answer in {2 * PATIENCE_S:g} s"


async def _connect(address: BrokerAddress, patience_s: float) -> None:
    async with asyncio.timeout(patience_s), open_link(address, "davy-doctor"):
        pass
