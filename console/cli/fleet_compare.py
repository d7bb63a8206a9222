"""`davy fleet compare A B`: two packs side by side on a day: which mines fall out, which come in, and by which criterion."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import click
import msgspec

from console.cli.fleet_records import reading
from console.cli.fleet_verdicts import both, day_option, last_day
from console.cli.store_care import where
from console.cli.table import plain, table
from fleet import judging
from fleet.bodies import Status
from fleet.criteria import Change, Comparison, compare, together
from fleet.criteria.words import STATUS_WORDS
from fleet.packs import Pack, load

HEADER = ("矿 mine", "前 before", "后 after", "因为 by")
TITLES = (("falls_out", "落选 / fall out"), ("comes_in", "入选 / come in"), ("other", "其他变化 / other changes"))


@click.command(name="compare")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@day_option
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / print JSON")
@where
def command(before: str, after: str, day: datetime | None, as_json: bool, config: str | None, folder: str) -> None:
    """两个判据包并排判断同一天 / the same day by two packs: who falls out, who comes in, and why."""
    one, two = load(before), load(after)
    with reading(config, folder) as db:
        when = day.date() if day else last_day(db, None)
        pairs = zip(judging.parts(db, one, when, when), judging.parts(db, two, when, when), strict=True)
        found = together([compare(first.judged, second.judged, when) for first, second in pairs])
    if found is None:
        click.echo("没有矿井 / no mines")
        return
    for line in [msgspec.json.encode(found).decode()] if as_json else written(found, one, two):
        click.echo(line)


def written(found: Comparison, before: Pack, after: Pack) -> Iterator[str]:
    """The comparison as people read it."""
    yield f"{found.day}  {plain(before.name)} → {plain(after.name)}"
    for name in found.marks:
        yield f"{plain(name)}: 当日不在施行期内, 只作比较 / not in force on that day: a comparison only"
    same = "  ".join(f"{both(STATUS_WORDS[Status(name)])} {number}" for name, number in found.same.items())
    yield f"结论相同 / the same outcome: {same}"
    for name, title in TITLES:
        changes: tuple[Change, ...] = getattr(found, name)
        yield ""
        yield f"{title}: {len(changes)}"
        if changes:
            yield from (f"  {both_titles(after if name != 'comes_in' else before, one)}: {many}" for one, many in by_criterion(changes))
            yield from table(HEADER, [_row(one) for one in changes])


def by_criterion(changes: tuple[Change, ...]) -> list[tuple[str, int]]:
    """How many mines each criterion turned, the most first."""
    return Counter(name for one in changes for name in one.by).most_common()


def both_titles(pack: Pack, name: str) -> str:
    """A criterion's id and text in both languages."""
    one = pack.criterion(name)
    return plain(f"{name} {one.zh} / {one.en}" if one else name)


def _row(one: Change) -> tuple[str, ...]:
    return plain(one.mine), both(STATUS_WORDS[one.before]), both(STATUS_WORDS[one.after]), ", ".join(one.by)
