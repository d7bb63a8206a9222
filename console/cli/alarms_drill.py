"""`davy alarms drill`: a marked test through the whole alarm chain, and the time of every step."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec

from console.cli.api import Api, both, url_option
from console.cli.care import broker_options, command_done, read_key
from console.cli.edge_ask import ask_agent
from console.cli.files import configured
from console.cli.table import plain, table
from console.cli.tail import broker_of
from console.web.shapes_drills import DrillStepView, DrillView
from contracts.care import DRILL_STEPS
from contracts.errors import BadConfig
from contracts.topics import Gateway
from edge_agent.config import EdgeSettings

HEADER = ("步骤 step", "谁 who", "时间 time (UTC)", "自判定起 after the decision")
LOOK_S = 0.25
ALONE = (
    "未给出 --key 或 --edge: 从中心的报警记录开始, 不检验网关和线路 / "
    "without --key or --edge it begins in the centre's journal: gateway and line are not tested"
)


@click.command(name="drill")
@click.argument("mine")
@click.argument("point")
@click.option("--name", required=True, help="谁做演练 / who holds the drill")
@click.option("--words", required=True, help="为什么 / why")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="从网关开始: 签名密钥 / begin at the gateway: signing key")
@click.option("--edge", "edge", metavar="FILE", help="在网关本机开始: 代理配置 / begin on the gateway itself: the agent's configuration")
@click.option("--wait", "wait_s", type=click.IntRange(0, 3600), default=30, show_default=True, help="等多久, 秒 / s to wait for all steps")
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / the drill as JSON")
@broker_options
@url_option
@click.pass_obj
def command(transport: httpx.BaseTransport | None, /, mine: str, point: str, **given: Any) -> None:
    """演练: 带标记的测试走完整条报警链路 / a drill: a marked test through the whole alarm chain, never taken for a hazard.

    --key (签名命令) 或 --edge (网关本机) 从网关开始; 都没有则从中心开始。
    With --key (a signed command) or --edge (on the gateway itself) it begins at the gateway, with neither at the centre.
    """
    if given["key_file"] and given["edge"]:
        raise BadConfig("--key, --edge", "both", "one of them")
    api, as_json = Api(given["url"], transport), given["as_json"]
    way = "gateway" if given["key_file"] or given["edge"] else "centre"
    if way == "centre" and not as_json:
        click.echo(ALONE, err=True)
    asked = {"mine": mine, "point": point, "name": given["name"], "words": given["words"], "way": way}
    drill = api.post("drills", DrillView, asked)
    if way == "gateway":
        steps = told_by_gateway(begun(drill, given))
        if steps:
            api.post(f"drills/{drill.id}/gateway", DrillView, steps)
    drill = finished(api, drill.id, given["wait_s"])
    for line in [msgspec.json.format(msgspec.json.encode(drill), indent=1).decode()] if as_json else written(drill):
        click.echo(line)


def begun(drill: DrillView, given: Mapping[str, Any]) -> str:
    """Let the gateway begin it; what it answered."""
    arguments = {"point": drill.point, "drill": drill.id}
    if given["edge"]:
        settings = configured(EdgeSettings, given["edge"])
        if str(settings.name) != drill.gateway:
            raise BadConfig("--edge", str(settings.name), f"the configuration of {drill.gateway}, which reads the point")
        return ask_agent(settings, "drill", arguments).detail
    broker, secret = broker_of(given["path"], given["host"], given["port"]), read_key(given["key_file"])
    name = Gateway.parse(drill.gateway)
    return asyncio.run(command_done(broker, name, "drill", arguments, 60, secret, given["name"], lambda _: None)).detail


def told_by_gateway(detail: str) -> dict[str, int]:
    """The steps in a gateway's answer, µs UTC by its clock; none where it does not say when it decided."""
    pairs = (line.partition("=") for line in detail.splitlines())
    steps = {name: int(value) for name, _, value in pairs if name in DRILL_STEPS and value.isascii() and value.isdigit()}
    return steps if "decided" in steps else {}


def finished(api: Api, drill: str, wait_s: float) -> DrillView:
    """The drill when every step was reached, or as it stands after `wait_s`."""
    end = time.monotonic() + wait_s
    while not (found := api.get(f"drills/{drill}", DrillView)).whole and time.monotonic() < end:
        time.sleep(LOOK_S)
    return found


def written(drill: DrillView) -> list[str]:
    """The drill as people read it."""
    head = f"演练 drill {drill.id}: {plain(drill.mine)} {plain(drill.point)}, {plain(drill.gateway)}; {plain(both(drill.way_words))}"
    lines = [head, *table(HEADER, [row(step) for step in drill.steps])]
    if any(step.gateway_clock for step in drill.steps):
        lines.append(
            f"网关时钟按上线时的偏差校正 / the gateway's times are put right by its clock offset at birth: {drill.clock_offset_s:+.3f} s"
        )
    said = "已全部送达并确认 / told to everybody and acknowledged" if drill.whole else "未完成 / not complete: a step was not reached"
    return [*lines, said]


def row(step: DrillStepView) -> tuple[str, ...]:
    """One step of the table."""
    who = " ".join(part for part in (plain(step.who), both(step.state_words) if step.state not in ("", "done") else "") if part) or "-"
    after = "-" if step.after_ms is None else f"{step.after_ms:+.0f} ms"
    return both(step.step_words), who, "-" if step.at is None else f"{step.at[:23]}Z", after
