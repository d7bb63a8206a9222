"""`davy locktests`: every cut function with its last test, and which tests are missing (CMSR 2025 Art. 531)."""

from typing import Any

import click
import httpx
import msgspec

from console.cli.api import Api, both, url_option
from console.cli.gaps import wanted
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_locks import LockTestView, LockView

HEADER = (
    *("情况 standing", "网关 gateway", "测点 point", "闭锁 lock", "期限 due (UTC)", "最近测试 last test (UTC)"),
    *("报警 alarm s", "断电值 cut s", "断开 off s", "复电 restore s"),
)
TESTED = "tested"
DOUBTED = "其后还有一次未核实的测试, 不算 / an unverified test after it does not count:"


@click.command(name="locktests")
@click.argument("which", metavar="[MINE | MINE/GATEWAY]", required=False)
@click.option("--missing", is_flag=True, help="只列不能确认在期内测试的 / only those not known to be tested in time")
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / the answer as JSON")
@url_option
@click.pass_obj
def command(transport: httpx.BaseTransport | None, which: str | None, missing: bool, as_json: bool, url: str) -> None:
    """闭锁测试 / lock tests: what was tested, what is due, what is missing; unknown is never tested."""
    api, query = Api(url, transport), wanted(which, None)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(api.get("locktests", dict[str, Any], **query)), indent=1))
        return
    for line in written(api.get("locktests", Page[LockView], **query).items, missing=missing):
        click.echo(line)


def written(locks: list[LockView], *, missing: bool) -> list[str]:
    """The list as people read it: the table, what is said of some of its rows, and the count."""
    if not locks:
        return ["还没有网关上报, 或没有断电闭锁 / no gateway has reported yet, or there is no lock"]
    open_ones = [lock for lock in locks if lock.standing != TESTED]
    shown = open_ones if missing else locks
    lines = table(HEADER, [row(lock) for lock in shown]) if shown else []
    lines += [f"{plain(lock.gateway)} {plain(lock.point)}: {plain(both(lock.reason_words))}" for lock in shown if lock.reason]
    lines += [f"{plain(lock.gateway)} {plain(lock.point)}: {DOUBTED} {stamp(lock.doubted)}" for lock in shown if lock.doubted]
    count, all_ = len(open_ones), len(locks)
    return [*lines, f"{all_} 个闭锁中 {count} 个不能确认在期内测试 / {count} of {all_} locks are not known to be tested in time"]


def row(lock: LockView) -> tuple[str, ...]:
    """One row of the table."""
    last = lock.last
    seconds = (last.alarm_s, last.cut_s, last.feed_off_s, last.restore_s) if last else (None,) * 4
    return (
        both(lock.standing_words),
        plain(lock.gateway),
        plain(lock.point) or "-",
        both(lock.rule_words) or "-",
        lock.due[:10] if lock.due else "-",
        stamp(last) if last else "-",
        *("-" if second is None else f"{second:.1f}" for second in seconds),
    )


def stamp(test: LockTestView) -> str:
    """When it was over."""
    return f"{test.time[:19]}Z"
