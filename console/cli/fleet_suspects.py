"""`davy fleet suspects`: which mines' data do not fit, by what, and what to look at; weighed from the facts in the log."""

from collections.abc import Iterator
from datetime import datetime

import click
import msgspec

from console.cli.fleet_records import reading
from console.cli.fleet_verdicts import day_option, last_day
from console.cli.store_care import where
from console.cli.table import plain, table
from fleet import suspecting
from fleet.bodies import Suspicion
from fleet.suspect.kinds import DAY_AT_MOST, FINDERS, WINDOW_DAYS, Cheat

HEADER = ("矿 mine", "疑点 suspicion", "得分 score", "阈值 threshold", "天数 days", "说明 why")
NOTE = (
    "疑点不改变计数, 由人核实; 阈值为本项目设定 / a suspicion changes no count, a person has to check; thresholds are project settings: "
    f"{WINDOW_DAYS} 天内累计 days added up, 每天至多 {DAY_AT_MOST:g} a day at most (削峰 cut peaks: 1)"
)


@click.command(name="suspects")
@click.argument("mine", metavar="[MINE]", required=False)
@day_option
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / print JSON")
@where
def command(mine: str | None, day: datetime | None, as_json: bool, config: str | None, folder: str) -> None:
    """数据可疑的矿井, 附证据 / mines whose data do not fit, with evidence; MINE: all of it. Nothing is written."""
    with reading(config, folder) as db:
        when = day.date() if day else last_day(db, mine)
        found = list(suspecting.accusations(db, when, when, [mine] if mine else None))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    click.echo(f"{when}")
    for line in (_one(found) if mine else written(found)) if found else ["没有疑点 / nothing suspicious"]:
        click.echo(line)
    click.echo(NOTE)


def written(found: list[Suspicion]) -> Iterator[str]:
    """As people read it, the highest score against its threshold first."""
    order = sorted(found, key=lambda one: (-one.score / one.threshold, one.mine))
    yield from table(HEADER, [_row(one) for one in order])


def _one(found: list[Suspicion]) -> Iterator[str]:
    for one in found:
        yield f"{name_of(one.kind)}: {one.score:g} (阈值 threshold {one.threshold:g})"
        yield f"  {plain(one.why_zh)}"
        yield f"  {plain(one.why_en)}"
        yield f"  证据 evidence: {plain(' '.join(one.evidence))}"


def _row(one: Suspicion) -> tuple[str, ...]:
    days = f"{one.numbers.get('days', 0):.0f}/{one.numbers.get('of_days', 0):.0f}"
    highest, usual = one.numbers.get("highest", 0), one.numbers.get("usual", 0)
    why = f"最高 highest {highest:.3g}, 通常不超过 usually up to {usual:.3g}"
    return plain(one.mine), name_of(one.kind), f"{one.score:.1f}", f"{one.threshold:g}", days, why


def name_of(kind: str) -> str:
    """In both languages."""
    finder = FINDERS[Cheat(kind)]
    return f"{finder.zh} {finder.en}"
