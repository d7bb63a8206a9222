"""`davy fleet trial`: the count against the truth, and every cheat looked for, on a simulated province. Nothing is written."""

import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime

import click
import msgspec

from console.cli.table import table
from console.fleet.trial import Figures, trial
from fleet.suspect.kinds import FINDERS, Cheat

FIRST = datetime(2024, 12, 1)  # noqa: DTZ001  # a day, without a zone
HEADER = (
    "作假 cheat",
    "次数 cases",
    "找到 found",
    "占比 share",
    "天数 days until (median)",
    "误指诚实矿 honest accused",
    "其中马虎 sloppy",
    "误指别类 other cheats",
)


@click.command(name="trial")
@click.option("--mines", type=click.IntRange(25, 5_000), default=900, show_default=True, help="矿井数 / how many mines")
@click.option("--days", type=click.IntRange(60, 1_095), default=730, show_default=True, help="天数 / days")
@click.option("--first", type=click.DateTime(["%Y-%m-%d"]), default=FIRST, show_default="2024-12-01", help="第一天 / the first day")
@click.option("--seed", "seeds", type=click.IntRange(0), multiple=True, default=(1_001,), show_default=True, help="种子, 可多次 / seeds")
@click.option("--json", "as_json", is_flag=True, help="每个种子一行 JSON / a JSON line a seed")
def command(mines: int, days: int, first: datetime, seeds: tuple[int, ...], as_json: bool) -> None:
    """在模拟省份上检验计数与疑点 / the count against ground truth and the finders of cheats, on a simulated province."""
    for seed in seeds:
        found = trial(seed, mines, days, first.date(), _tell(mines))
        for line in [msgspec.json.encode(found).decode()] if as_json else written(found):
            click.echo(line)


def written(found: Figures) -> Iterator[str]:
    """As people read it."""
    last = date.fromisoformat(found.first).toordinal() + found.days - 1
    yield f"seed {found.seed}: {found.mines} 座矿 mines, {found.first} .. {date.fromordinal(last)}"
    yield f"诚实矿 honest mines: {found.honest} (其中马虎 of them sloppy: {found.sloppy})"
    yield f"判定与真实不同 verdicts that differ from the truth: {found.mine_days_wrong} / {found.mine_days_honest} 矿·日 mine-days"
    yield f"计数与真实不同的天数 days on which the count differs: {found.days_wrong} / {found.days}"
    yield f"(作假矿的判定 of cheats' verdicts: {found.mine_days_wrong_cheats} 矿·日 mine-days)"
    yield from table(HEADER, [_row(Cheat(kind), found) for kind in found.kinds])
    yield f"被误指的诚实矿 honest mines accused of anything: {found.honest_accused} = {found.honest_accused_share:.2%}"


def _row(kind: Cheat, found: Figures) -> tuple[str, ...]:
    one = found.kinds[kind.value]
    share = f"{one.found / one.cases:.1%}" if one.cases else "-"
    days = "-" if one.days_until_found is None else f"{one.days_until_found:g}"
    name = f"{FINDERS[kind].zh} {FINDERS[kind].en}"
    return (
        name,
        str(one.cases),
        str(one.found),
        share,
        days,
        str(one.honest_accused),
        str(one.sloppy_accused),
        str(one.cheats_accused_wrongly),
    )


def _tell(mines: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{done}/{mines} 座矿 mines" if done < mines else "\r\x1b[K", err=True, nl=False)

    return tell
