"""`davy permits`: permits for calibration, maintenance and tests: list, plan, open, close."""

from typing import Any

import click
import httpx
import msgspec

from console.cli.api import Api, both, url_option
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_permits import PermitView

HEADER = (
    *("许可 permit", "情况 state", "矿 mine", "测点 point", "工作 work", "至 until (UTC)", "调度 dispatcher", "井下 caller"),
    "报警 alarms",
)
NAME = "姓名; 已登录则不用 / your name; not needed where a token says who you are"

name_option = click.option("--name", default="", help=NAME)


@click.group(name="permits")
def command() -> None:
    """标校许可 / permits for calibration, maintenance and tests: list, plan, open, close."""


@command.command(name="list")
@click.argument("mine", metavar="[MINE]", required=False)
@click.option("--state", help="只列此状态 / only in this state: planned, open, overrun, closed, cancelled")
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / the answer as JSON")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, mine: str | None, state: str | None, as_json: bool, url: str) -> None:
    """列出许可, 新的在前 / list permits, the newest first."""
    api = Api(url, transport)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(api.get("permits", dict[str, Any], mine=mine, state=state)), indent=1))
        return
    found = api.get("permits", Page[PermitView], mine=mine, state=state).items
    for line in written(found):
        click.echo(line)


@command.command()
@click.argument("mine", metavar="MINE")
@click.argument("points", metavar="POINT...", nargs=-1, required=True)
@click.option("--work", type=click.Choice(["calibration", "maintenance", "test"]), default="calibration", help="工作 / the work")
@click.option("--words", required=True, help="说明 / what the round is for")
@click.option("--start", help="最早开启时间 / not opened before (ISO-8601); 缺省为现在 / now where absent")
@click.option("--end", help="最晚开启时间 / not opened after (ISO-8601); 缺省为当日结束 / the end of the mine's day where absent")
@name_option
@url_option
@click.pass_obj
def plan(
    transport: httpx.BaseTransport | None,
    mine: str,
    points: tuple[str, ...],
    work: str,
    words: str,
    start: str | None,
    end: str | None,
    name: str,
    url: str,
) -> None:
    """计划一轮, 每个测点一个许可 / plan a round: one permit a point; none of them is open."""
    body = {"mine": mine, "points": list(points), "kind": work, "words": words, "name": name, "start": start, "end": end}
    for line in written(Api(url, transport).post("permits", Page[PermitView], body).items):
        click.echo(line)


@command.command(name="open")
@click.argument("permit", metavar="PERMIT", type=int)
@click.option("--caller", required=True, help="井下来电人 / who calls from underground")
@click.option("--reason", required=True, help="原因 / the reason")
@click.option("--minutes", type=int, default=30, show_default=True, help="最长30, 本项目设定 / 30 at most, a project setting")
@click.option("--gas", type=float, help="标准气浓度 / the test gas, in the point's unit")
@name_option
@url_option
@click.pass_obj
def open_one(
    transport: httpx.BaseTransport | None, permit: int, caller: str, reason: str, minutes: int, gas: float | None, name: str, url: str
) -> None:
    """一次来电开启一个许可 / open one permit on one call."""
    body = {"caller": caller, "reason": reason, "minutes": minutes, "gas": gas, "name": name}
    view = Api(url, transport).post(f"permits/{permit}/open", PermitView, body)
    for line in written([view]):
        click.echo(line)


@command.command()
@click.argument("permit", metavar="PERMIT", type=int)
@click.option("--words", required=True, help="说明 / what was done")
@name_option
@url_option
@click.pass_obj
def close(transport: httpx.BaseTransport | None, permit: int, words: str, name: str, url: str) -> None:
    """关闭许可 / close a permit: the work is done."""
    for line in written([Api(url, transport).post(f"permits/{permit}/close", PermitView, {"words": words, "name": name})]):
        click.echo(line)


def written(found: list[PermitView]) -> list[str]:
    """The list as people read it."""
    if not found:
        return ["没有许可 / no permits"]
    lines = table(HEADER, [_row(one) for one in found])
    for one in found:
        if one.overlaps:
            points = plain(", ".join(one.overlaps))
            lines.append(f"#{one.id} {plain(one.point)}: 同区域也有未关闭的许可 / a permit also stands in the same area: {points}")
    return lines


def _row(one: PermitView) -> tuple[str, ...]:
    alarms = " ".join(f"{alarm.alarm} {both(alarm.verdict_words)}" for alarm in one.alarms)
    until = one.ends or one.end
    people = (plain(one.dispatcher) or "-", plain(one.caller) or "-")
    return one.id, both(one.state_words), plain(one.mine), plain(one.point), both(one.kind_words), f"{until[:16]}Z", *people, alarms or "-"
