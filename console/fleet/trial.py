"""The trial of the fleet view on a simulated province: does the count agree with the truth, and is every cheat found. Pure but for time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.fleet.trial_columns import HONESTY, JUDGED, profile, table_of, workplaces
from fleet.criteria import judge
from fleet.packs import load
from fleet.suspect.finding import Found, added_up, find
from fleet.suspect.kinds import WINDOW_DAYS, Cheat
from fleet.table import Bools, FactTable
from sim_sensors.province.living import lived
from sim_sensors.province.mines import Operator

PACK = "shanxi-2025"
AT_ONCE = 60
"""Mines judged together: the columns of a whole province over two years would not fit into memory."""


class KindFigures(msgspec.Struct, frozen=True):
    """Of one kind: `cases` campaigns of cheating, `found` of them, `days_until_found` (median). `cut_off`: campaigns of which the span has
    less than WINDOW_DAYS; they are no cases. `honest_accused` mines, `sloppy_accused` of these; `cheats_accused_wrongly` of this kind."""

    cases: int
    found: int
    cut_off: int
    days_until_found: float | None
    honest_accused: int
    sloppy_accused: int
    cheats_accused_wrongly: int


class Figures(msgspec.Struct, frozen=True):
    """What a trial showed. `mine_days_wrong`: days of honest mines on which the verdict is not the truth; `days_wrong`: days on which the
    count of honest mines that meet is not the true one. `met_last_day`: evidence and truth, of all mines."""

    seed: int
    mines: int
    days: int
    first: str
    honest: int
    sloppy: int
    mine_days_honest: int
    mine_days_wrong: int
    days_wrong: int
    mine_days_wrong_cheats: int
    answers: dict[str, int]
    met_last_day: tuple[int, int]
    honest_accused: int
    honest_accused_share: float
    kinds: dict[str, KindFigures]


@dataclass(slots=True)
class Ground:
    """The truth of a province, (mines, days), by mine in the order of the table."""

    operators: list[Operator]
    campaigns: list[tuple[tuple[int, int], ...]]
    fulfils: NDArray[np.int8]
    judged: NDArray[np.int8]


def parts(mines: int) -> Iterator[range]:
    """Numbers of mines that are handled together."""
    for first in range(0, mines, AT_ONCE):
        yield range(first, min(first + AT_ONCE, mines))


def _silent(_done: int) -> None:
    """Nobody is told."""


def trial(seed: int, mines: int, days: int, first: date, tell: Callable[[int], None] = _silent) -> Figures:
    """The whole trial. `tell`: how many mines are done."""
    ground, table = grown(seed, mines, days, first, tell)
    return figures(seed, first, ground, find(table))


def grown(seed: int, mines: int, days: int, first: date, tell: Callable[[int], None] = _silent) -> tuple[Ground, FactTable]:
    """The province: its truth and verdicts, and the table of the facts of honesty."""
    shape = (mines, days)
    ground = Ground([], [], np.zeros(shape, np.int8), np.zeros(shape, np.int8))
    pack, tables = load(PACK), []
    for part in parts(mines):
        lives = [lived(seed, number, days, first) for number in part]
        table = table_of(lives, first, JUDGED)
        places = [place for life in lives for place in workplaces(life.mine, first)]
        verdicts = judge(pack, table, {life.mine.id: profile(life.mine) for life in lives}, places)
        assert verdicts.mines == tuple(life.mine.id for life in lives)
        ground.judged[part.start : part.stop] = verdicts.outcome
        ground.fulfils[part.start : part.stop] = np.stack([life.truth.fulfils for life in lives])
        ground.operators += [life.mine.operator for life in lives]
        ground.campaigns += [life.done.campaigns for life in lives]
        tables.append(table_of(lives, first, HONESTY))
        tell(part.stop)
    return ground, _joined(tables)


def _joined(tables: list[FactTable]) -> FactTable:
    """One table of tables of the same days and facts, of different mines."""
    rows = tuple(row for table in tables for row in table.rows)
    index = {row: at for at, row in enumerate(rows)}
    mines = tuple(mine for table in tables for mine in table.mines)
    values, completeness = (
        {name: np.concatenate([getattr(table, of)[name] for table in tables]) for name in HONESTY} for of in ("values", "completeness")
    )
    stated = {name: np.concatenate([table.stated[name] for table in tables]) for name in HONESTY}
    present = np.concatenate([table.present for table in tables])
    return FactTable(rows, tables[0].first, tables[0].days, values, completeness, stated, mines, present, index)


def figures(seed: int, first: date, ground: Ground, found: dict[Cheat, Found]) -> Figures:
    """What it all comes to."""
    mines, days = ground.fulfils.shape
    honest = np.array([not operator.cheats for operator in ground.operators], np.bool_)
    sloppy = np.array([operator is Operator.SLOPPY for operator in ground.operators], np.bool_)
    wrong = np.asarray(ground.fulfils != ground.judged, np.bool_)
    met = [(codes == 1) for codes in (ground.judged, ground.fulfils)]
    days_wrong = (met[0][honest].sum(axis=0) != met[1][honest].sum(axis=0)).sum()
    accused = np.asarray(np.stack([one.accused.any(axis=1) for one in found.values()]).any(axis=0), np.bool_)
    names = ("", "met", "no_evidence", "not_met")
    return Figures(
        seed=seed,
        mines=mines,
        days=days,
        first=first.isoformat(),
        honest=int(honest.sum()),
        sloppy=int(sloppy.sum()),
        mine_days_honest=int(honest.sum()) * days,
        mine_days_wrong=int(wrong[honest].sum()),
        days_wrong=int(days_wrong),
        mine_days_wrong_cheats=int(wrong[~honest].sum()),
        answers={names[code]: int((ground.fulfils[honest] == code).sum()) for code in (1, 2, 3)},
        met_last_day=(int(met[0][:, -1].sum()), int(met[1][:, -1].sum())),
        honest_accused=int(accused[honest].sum()),
        honest_accused_share=round(float(accused[honest].mean()), 5),
        kinds={kind.value: _kind(kind, one, ground, honest, sloppy) for kind, one in found.items()},
    )


def _kind(kind: Cheat, found: Found, ground: Ground, honest: Bools, sloppy: Bools) -> KindFigures:
    """A campaign is found when its mine is accused by what happened since it began, while it lasts or within WINDOW_DAYS after it."""
    until: list[int] = []
    cases = young = 0
    for mine, operator in enumerate(ground.operators):
        for first, end in ground.campaigns[mine] if operator.value == kind.value else ():
            if end - first < WINDOW_DAYS:
                young += 1
                continue
            cases += 1
            until += _found_after(found, mine, first, end)
    accused = np.asarray(found.accused.any(axis=1), np.bool_)
    others = np.array([operator.cheats and operator.value != kind.value for operator in ground.operators])
    return KindFigures(
        cases=cases,
        found=len(until),
        cut_off=young,
        days_until_found=float(np.median(until)) if until else None,
        honest_accused=int(accused[honest].sum()),
        sloppy_accused=int(accused[sloppy].sum()),
        cheats_accused_wrongly=int(accused[others].sum()),
    )


def _found_after(found: Found, mine: int, first: int, end: int) -> list[int]:
    """After how many days of a campaign its mine is accused, by the days from its first one on alone; nothing where it is not."""
    score = added_up(found.excess[mine, first : end + WINDOW_DAYS])
    days = np.flatnonzero(score >= found.finder.threshold - 1e-9)
    return [int(days[0])] if len(days) else []
