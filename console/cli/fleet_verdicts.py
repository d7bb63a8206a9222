"""`davy fleet verdicts`: what a pack says of the mines on a day, judged from the fact sets in the log; nothing is written."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import click
import msgspec

from console.cli.fleet_records import reading
from console.cli.store_care import where
from console.cli.table import plain, table
from console.fleet.registers import newest_day
from contracts.errors import BadConfig
from fleet import judging
from fleet.bodies import Status, VerdictSet
from fleet.criteria import next_steps
from fleet.criteria.words import ORDER, STATUS_WORDS, why
from fleet.judging import Part
from fleet.packs import USUAL, Pack, load

HEADER = ("矿 mine", "结论 outcome", "差几项 away", "最省事的下一步 cheapest next step")
TRACE = ("判据 criterion", "对象 subject", "结论 verdict", "值 value", "要求 asked", "天数 days", "原因 why")
WHICH_DAY = "矿井所在时区的日期; 缺省为有事实的最后一天 / the mine's own day; default: the last one with facts"
day_option = click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help=WHICH_DAY)


@click.command(name="verdicts")
@click.argument("mine", metavar="[MINE]", required=False)
@click.option("--pack", "pack_id", default=USUAL, show_default=True, help="判据包的名称或文件 / a pack's id or file")
@day_option
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / print JSON")
@where
def command(mine: str | None, pack_id: str, day: datetime | None, as_json: bool, config: str | None, folder: str) -> None:
    """按判据包判断各矿某一天 / judge the mines' day by a pack; with MINE, every criterion with its trace."""
    pack = load(pack_id)
    with reading(config, folder) as db:
        when = day.date() if day else last_day(db, mine)
        found = list(judging.parts(db, pack, when, when, [mine] if mine else None))
    if mine and not any(part.judged.present.any() for part in found):
        raise BadConfig("mine", mine, f"a mine with facts in the {pack.window} days to {when}")
    lines = _json(found, when) if as_json else _mine(found, mine, when) if mine else _all(found, pack, when)
    for line in lines:
        click.echo(line)


def last_day(db: Any, mine: str | None) -> date:
    """The last day with facts; BadConfig where there are none."""
    found = newest_day(db, "facts", mine)
    if not found:
        raise BadConfig("--day", None, "a day with facts; there are none in these records yet")
    return date.fromisoformat(found)


def counts(found: list[Part], when: date) -> dict[Status, int]:
    """Mines by outcome."""
    outcomes = [part.judged.status_of(mine, when) for part in found for mine in part.judged.mines]
    return {status: outcomes.count(status) for status in Status}


def _all(found: list[Part], pack: Pack, when: date) -> Iterator[str]:
    yield f"{plain(pack.name)}  {plain(pack.title.zh)}"
    yield f"{when}  " + "  ".join(f"{both(STATUS_WORDS[status])}: {number}" for status, number in counts(found, when).items())
    if when < pack.starts:
        yield BEFORE.format(day=pack.valid_from)
    yield ""
    rows = []
    for part in found:
        for mine in part.judged.mines:
            steps = next_steps(part.judged, mine, when)
            first = f"{steps.steps[0].zh} / {steps.steps[0].en}" if steps.steps else ""
            outcome = part.judged.status_of(mine, when)
            rows.append((list(Status).index(outcome), steps.away, plain(mine), both(STATUS_WORDS[outcome]), str(steps.away), plain(first)))
    yield from table(HEADER, [row[2:] for row in sorted(rows)])
    yield ""
    yield from ORDER


def _mine(found: list[Part], mine: str, when: date) -> Iterator[str]:
    for part in found:
        judged, said = part.judged, part.verdicts(mine, when)
        yield f"{plain(mine)}  {when}  {said.pack}@{said.pack_hash}  {both(STATUS_WORDS[said.outcome])}"
        if said.before_valid:
            yield BEFORE.format(day=judged.pack.valid_from)
        yield ""
        yield from table(TRACE, list(_traced(said)))
        steps = next_steps(judged, mine, when)
        if steps.steps:
            yield ""
            yield f"还差 {steps.away} 项 / {steps.away} to go:"
            yield from (f"  {at}. {plain(one.zh)} / {plain(one.en)}" for at, one in enumerate(steps.steps, 1))
            yield from ORDER


def _traced(said: VerdictSet) -> Iterator[tuple[str, ...]]:
    for one in said.verdicts:
        value = "-" if one.value is None else f"{one.value:g}"
        asked = "-" if one.threshold is None else f"{one.threshold:g}"
        yield one.criterion, plain(one.subject), both(STATUS_WORDS[one.status]), value, asked, f"{one.days}/{one.of}", both(why(one.why))


def _json(found: list[Part], when: date) -> Iterator[str]:
    for part in found:
        for mine in part.judged.mines:
            yield msgspec.json.encode(part.verdicts(mine, when)).decode()


BEFORE = "这一天在判据包施行之前 ({day}), 只作比较 / this day lies before the pack's first day ({day}): a comparison only"


def both(words: tuple[str, str]) -> str:
    """Chinese and English."""
    return f"{words[0]} {words[1]}"
