"""Scores of all mines and days, and who is accused by them. Pure numpy.

Taking a day's data away takes its evidence away: silence accuses nobody here (that a mine is silent is another fact, and counts there).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fleet.suspect.amounts import amount
from fleet.suspect.kinds import FINDERS, WINDOW_DAYS, Cheat, Finder
from fleet.suspect.usual import usual
from fleet.table import FactTable

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """One finder over a table, arrays (mines, days). `excess`: what the day counts; `score`: the sum of the last WINDOW_DAYS days;
    `accused`: it reaches what the finder states."""

    finder: Finder
    mines: tuple[str, ...]
    first: date
    amounts: Floats
    usual: Floats
    excess: Floats
    score: Floats
    accused: Bools

    def days(self, mine: int, day: int) -> list[int]:
        """The days that count for an accusation on `day`, the heaviest first, of equal ones the newest."""
        first = max(day - WINDOW_DAYS + 1, 0)
        weight = self.excess[mine, first : day + 1]
        order = np.lexsort((-np.arange(len(weight)), -weight))
        return [first + int(at) for at in order if weight[at] > 0]


def find(table: FactTable, kinds: Iterable[Cheat] = tuple(Cheat)) -> dict[Cheat, Found]:
    """All finders over a table."""
    return {kind: _found(FINDERS[kind], table) for kind in kinds}


def _found(finder: Finder, table: FactTable) -> Found:
    amounts = amount(finder.kind, table)
    bounds = usual(finder, amounts, table.first)
    beyond = np.nan_to_num((amounts - bounds) / np.maximum(bounds, finder.unit), nan=0.0)
    excess = np.clip(beyond, 0.0, finder.day_at_most)
    score = added_up(excess)
    return Found(finder, table.mines, table.first, amounts, bounds, excess, score, score >= finder.threshold - 1e-9)


def added_up(values: Floats) -> Floats:
    """The sum of each day and the days before it, WINDOW_DAYS in all; along the last axis."""
    total = np.cumsum(values, axis=-1)
    total[..., WINDOW_DAYS:] -= total[..., :-WINDOW_DAYS].copy()
    return total
