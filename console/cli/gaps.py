"""`davy gaps`: the gap ledger, with both its figures and every range by name."""

from datetime import UTC, datetime
from typing import Any

import click
import httpx
import msgspec

from console.cli.api import Api, both, url_option
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_delivery import DayView, LedgerGap
from contracts.clock import DAY, SECOND, iso
from contracts.topics import Gateway, check_id

HEADER = (
    *("网关 gateway", "日 day (UTC)", "序号完整率 completeness", "采样覆盖率 coverage"),
    *("迟到 late", "补传 replayed", "缺失 missing", "丢失 lost", "死信 dead", "重复 duplicate", "冲突 conflict"),
)
LEAD = (
    "序号完整率 = 已入库条目 / 已产生条目; 采样覆盖率 = 有应答的巡检 / 应有的巡检。停机的网关什么也不产生, 所以两个都要看。\n"
    "completeness = items committed / items made; coverage = polls answered / polls due. A gateway that was off makes nothing: read both."
)
NOTHING = "无数据 no data"


@click.command(name="gaps")
@click.argument("which", metavar="[MINE | MINE/GATEWAY]", required=False)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="某一天 (UTC) / one day; 缺省最近七天 / default: the last seven")
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / the answer as JSON")
@url_option
@click.pass_obj
def command(transport: httpx.BaseTransport | None, which: str | None, day: datetime | None, as_json: bool, url: str) -> None:
    """间断台账 / the gap ledger: what was made, what came, what was not sampled."""
    query = wanted(which, day)
    api = Api(url, transport)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(api.get("gaps", dict[str, Any], **query)), indent=1))
        return
    days = api.get("gaps", Page[DayView], **query).items
    for line in written(days):
        click.echo(line)


def wanted(which: str | None, day: datetime | None) -> dict[str, str | int | None]:
    """The query of an order; BadConfig for a name that can be none."""
    query: dict[str, str | int | None] = {}
    if which and "/" in which:
        query["gateway"] = str(Gateway.parse(which))
    elif which:
        query["mine"] = check_id("mine", which)
    if day:
        start = int(day.replace(tzinfo=UTC).timestamp()) * SECOND
        query |= {"start": start, "end": start + DAY}
    return query


def written(days: list[DayView]) -> list[str]:
    """The ledger as people read it: the table, then the ranges of each day."""
    if not days:
        return ["还没有网关上报 / no gateway has reported yet"]
    known, empty = [day for day in days if not blank(day)], [day for day in days if blank(day)]
    lines = [*table(HEADER, [figures(day) for day in known]), ""] if known else []
    off = {gateway: [day.day[:10] for day in empty if day.gateway == gateway] for gateway in dict.fromkeys(day.gateway for day in empty)}
    lines += [f"{plain(gateway)}  {NOTHING}: {', '.join(days_off)}" for gateway, days_off in off.items()]
    lines.append(LEAD)
    for day in known:
        if day.gaps:
            lines += ["", f"{plain(day.gateway)}  {day.day[:10]}", *table(("", "", "", ""), [told(gap) for gap in day.gaps])[2:]]
        if day.gaps_total > len(day.gaps):
            rest = day.gaps_total - len(day.gaps)
            lines.append(f"另有 {rest} 处未列出 / {rest} more are not listed")
    return lines


def blank(day: DayView) -> bool:
    """Nothing was made, due or said on that day: the gateway was off, or is not known to have been on."""
    return not (day.expected or day.polls_due or day.duplicate or day.conflict or day.gaps_total)


def figures(day: DayView) -> tuple[str, ...]:
    """One row of the table."""
    counts = (day.late, day.replayed, day.missing, day.lost, day.dead, day.duplicate, day.conflict)
    return (
        plain(day.gateway),
        day.day[:10],
        share(day.received, day.expected),
        share(day.polls_answered, day.polls_due),
        *map(str, counts),
    )


def share(part: int, whole: int) -> str:
    """A share in per cent and its two numbers. Cut, not rounded: what is not complete never reads 100 %."""
    if not whole:
        return NOTHING
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d} %  {part}/{whole}"


def told(gap: LedgerGap) -> tuple[str, ...]:
    """One range: its word in both languages, when, what, why."""
    if gap.epoch:
        what = f"条目 items {gap.epoch}#{gap.first}–{gap.last} ({gap.last - gap.first + 1})"
    else:
        what = f"来源 source {gap.source}" + (f" ({gap.first})" if gap.first else "")
    return f"  {both(gap.words)}", when(gap.start_us, gap.end_us), plain(what), plain(both(gap.reason_words))


def when(start: int, end: int) -> str:
    """`2026-11-24T11:39:00Z – 11:42:00Z`; one stamp where nothing else is known."""
    first, last = (f"{iso(stamp)[:19]}Z" for stamp in (start, end))
    if end <= start:
        return first
    return f"{first} – {last[11:] if first[:10] == last[:10] else last}"
