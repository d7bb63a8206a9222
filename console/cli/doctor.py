"""`davy doctor`: is everything as it must be, and what to do where it is not."""

import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from console.cli.checks.backup import probe_backup
from console.cli.checks.broker import probe_broker, probe_mosquitto
from console.cli.checks.configuration import probe_configuration
from console.cli.checks.environment import probe_environment
from console.cli.checks.expiry import probe_certificates
from console.cli.checks.gateway import probe_devices, probe_outboxes
from console.cli.checks.identity import probe_identity
from console.cli.checks.machine import probe_clock, probe_files, probe_python
from console.cli.checks.outbox_room import probe_outbox_room
from console.cli.checks.owner import probe_owner
from console.cli.checks.people import probe_people
from console.cli.checks.permissions import probe_permissions
from console.cli.checks.points import probe_points
from console.cli.checks.ports import probe_ports
from console.cli.checks.reached import probe_reached
from console.cli.checks.readings import probe_readings
from console.cli.checks.records import probe_records
from console.cli.checks.room import probe_room
from console.cli.checks.schema import probe_schema
from console.cli.checks.sign_in import probe_sign_in
from console.cli.checks.site import Site, site_of
from console.cli.checks.store import probe_store
from console.cli.checks.twins import probe_twins
from console.cli.checks.verdict import Finding, State
from console.cli.table import padded, plain, table
from contracts.clock import SystemClock

CHECKS: dict[str, tuple[str, Callable[[Site], list[Finding]]]] = {
    "python": ("解释器", probe_python),
    "configuration": ("配置", probe_configuration),
    "environment": ("环境变量", probe_environment),
    "secrets": ("密钥权限", probe_permissions),
    "twins": ("重复", probe_twins),
    "ports": ("端口", probe_ports),
    "mosquitto": ("消息代理程序", probe_mosquitto),
    "broker": ("消息代理", probe_broker),
    "certificates": ("证书", probe_certificates),
    "identity": ("身份", probe_identity),
    "points": ("测点", probe_points),
    "devices": ("设备", probe_devices),
    "readings": ("读数", probe_readings),
    "outbox": ("发件箱", probe_outboxes),
    "outbox room": ("发件箱容量", probe_outbox_room),
    "store": ("存储", probe_store),
    "records": ("记录库", probe_records),
    "schema": ("记录结构", probe_schema),
    "owner": ("主持进程", probe_owner),
    "recipients": ("收件人", probe_people),
    "reached": ("送达", probe_reached),
    "sign-in": ("登录", probe_sign_in),
    "backup": ("备份", probe_backup),
    "clock": ("时钟", probe_clock),
    "disk": ("磁盘", probe_room),
    "open files": ("文件数", probe_files),
}
"""Name to (Chinese name, probe), in the order they are made."""
LOOKS = {State.OK: ("正常 ok", "green"), State.WARNING: ("注意 warning", "yellow"), State.WRONG: ("错误 wrong", "red")}


@click.command(name="doctor")
@click.option(
    "--config",
    "paths",
    metavar="FILE",
    multiple=True,
    help="要检查的配置, 可多次 / a configuration to check (edge, ingest, sim); repeatable",
)
@click.option(
    "--folder", default=lambda: os.environ.get("DAVY_HOME", "run"), show_default="run", help="davy up 的数据目录 / data folder of davy up"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="网页监听地址 / address of the pages")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=lambda: os.environ.get("DAVY_PORT", "8600"),
    show_default="8600",
    help="网页端口 / port of the pages",
)
@click.option(
    "--broker-port",
    type=click.IntRange(1, 65535),
    default=lambda: os.environ.get("DAVY_BROKER_PORT", "18830"),
    show_default="18830",
    help="消息代理端口 / port of the broker",
)
@click.option("--only", "only", type=click.Choice(list(CHECKS)), multiple=True, help="只做这几项, 可多次 / these checks only; repeatable")
@click.option("--list", "listing", is_flag=True, help="列出它认识的错误 / list the mistakes it knows (docs/doctor.md)")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="--list 的语言 / language of --list")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / the findings as JSON")
def command(
    paths: tuple[str, ...],
    folder: str,
    host: str,
    port: int,
    broker_port: int,
    only: tuple[str, ...],
    listing: bool,
    lang: str,
    as_json: bool,
) -> None:
    """检查 / look for what is wrong here, and say what to do; exit code 1 where something is.

    有 --config 时只检查所列配置涉及的部分, 否则检查 davy up 所用的一切。
    With --config only what those files name is examined, else all that `davy up` uses.
    """
    if listing:
        from console.cli.checks.page import document  # noqa: PLC0415  # only where it is asked for

        click.echo(document({name: zh for name, (zh, _) in CHECKS.items()}, lang), nl=False)
        return
    site = site_of(SystemClock().now(), paths, Path(folder), host, port, broker_port, os.environ)
    found: list[tuple[str, Finding]] = []
    for name, (_, probe) in CHECKS.items():
        if only and name not in only:
            continue
        for finding in probe(site):
            found.append((name, finding))
            if not as_json:
                click.echo("\n".join(told(name, finding)))
    click.echo(as_object(found) if as_json else "\n".join(["", *summary(found)]))
    if any(finding.verdict.state is State.WRONG for _, finding in found):
        sys.exit(1)


def told(name: str, finding: Finding) -> list[str]:
    """What a check says: a line with what was found, and below it what to do."""
    verdict = finding.verdict
    words, colour = LOOKS[verdict.state]
    head = click.style(padded(words, 14), fg=colour) + padded(f"{CHECKS[name][0]} {name}", 24)
    lines = [f"{head}{plain(finding.about)}"]
    lines += [f"    {plain(text)}" for text in dict.fromkeys((verdict.zh, verdict.en))]
    lines += [f"    -> {plain(text)}" for text in (verdict.do_zh, verdict.do_en) if text]
    return lines


def summary(found: list[tuple[str, Finding]]) -> list[str]:
    """The table at the end, and the count."""
    rows = [(f"{CHECKS[name][0]} {name}", plain(finding.about), LOOKS[finding.verdict.state][0]) for name, finding in found]
    counts = Counter(finding.verdict.state for _, finding in found)
    return [
        *table(("检查 check", "对象 about", "结果 result"), rows),
        "",
        ", ".join(f"{LOOKS[state][0]}: {counts[state]}" for state in State),
    ]


def as_object(found: list[tuple[str, Finding]]) -> str:
    """`{"ok": ..., "findings": [{"check", "about", "state", "zh", "en", "do_zh", "do_en"}]}`."""
    rows = [{"check": name, "about": finding.about, **msgspec.to_builtins(finding.verdict)} for name, finding in found]
    fine = all(finding.verdict.state is not State.WRONG for _, finding in found)
    return msgspec.json.format(msgspec.json.encode({"ok": fine, "findings": rows}), indent=1).decode()
