"""Days of a window folded into one value, for all rows and days at once. Pure numpy; order of additions is that of the days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.packs.pack import Fold, Query
from fleet.table import FactTable

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DIGITS = 9
"""A folded value is rounded to so many decimals: 0.8 asked and 0.7999999999999999 summed is rounding, no failure."""


@dataclass(frozen=True, slots=True)
class Folded:
    """(rows, days) each: the `value` (NaN: none), `days` that counted, and of a streak the longest it can be (`at_best`: days without
    evidence taken for good ones; else the value)."""

    value: Floats
    days: NDArray[np.int16]
    at_best: Floats


def fold(query: Query, table: FactTable, rows: NDArray[np.intp]) -> Folded:
    """The query over these rows of the table. A day counts where all its facts are there and complete enough."""
    value, counts = _days(query.fact, query, table, rows)
    under = value
    if query.per:
        under, also = _days(query.per, query, table, rows)
        counts = counts & also
    days = _sum(counts.astype(np.float64), query.days).astype(np.int16)
    if query.fold is Fold.STREAK:
        good = counts & _good(query, value)
        streak = _streak(good, query.days)
        streak[days == 0] = np.nan
        return Folded(streak, days, _streak(good | ~counts, query.days, before=query.days))
    folded = np.round(_value(query, value, under, counts, days), DIGITS)
    folded[days == 0] = np.nan
    return Folded(folded, days, folded)


def _days(name: str, query: Query, table: FactTable, rows: NDArray[np.intp]) -> tuple[Floats, Bools]:
    if name not in table.values:
        shape = (len(rows), table.days)
        return np.zeros(shape), np.zeros(shape, np.bool_)
    value = table.values[name][rows]
    counts = np.isfinite(value) & (table.completeness[name][rows] >= query.completeness)
    return np.where(counts, value, 0.0), counts


def _good(query: Query, value: Floats) -> Bools:
    good: Bools = value <= query.at_most if query.at_most is not None else value >= (1.0 if query.at is None else query.at)
    return good


def _value(query: Query, value: Floats, under: Floats, counts: Bools, days: NDArray[np.int16]) -> Floats:
    match query.fold:
        case Fold.MIN:
            return _extreme(np.where(counts, value, np.inf), query.days, smallest=True)
        case Fold.MAX:
            return _extreme(np.where(counts, value, -np.inf), query.days, smallest=False)
        case Fold.LAST:
            return _last(value, counts, query.days)
    held = counts & _good(query, value) if query.fold is Fold.SHARE else np.where(counts, value, 0.0)
    total = _sum(held.astype(np.float64), query.days)
    if query.fold is Fold.SUM:
        return total
    below = _sum(np.where(counts, under, 0.0), query.days) if query.fold is Fold.RATIO else days.astype(np.float64)
    divided: Floats = np.divide(total, below, out=np.full(below.shape, np.nan), where=below > 0)
    return divided


def _back(days: int, of: int) -> list[tuple[slice, slice]]:
    """For each day of the window, oldest first: where its values stand, and the days they belong to."""
    return [(slice(0, days - ago), slice(ago, days)) for ago in range(min(of, days) - 1, -1, -1)]


def _sum(value: Floats, of: int) -> Floats:
    total = np.zeros(value.shape)
    for there, here in _back(value.shape[1], of):
        total[:, here] += value[:, there]
    return total


def _extreme(value: Floats, of: int, *, smallest: bool) -> Floats:
    reached = value.copy()
    choose = np.minimum if smallest else np.maximum
    for there, here in _back(value.shape[1], of)[:-1]:
        reached[:, here] = choose(reached[:, here], value[:, there])
    return reached


def _last(value: Floats, counts: Bools, of: int) -> Floats:
    last = np.full(value.shape, np.nan)
    for there, here in _back(value.shape[1], of):
        last[:, here] = np.where(counts[:, there], value[:, there], last[:, here])
    return last


def _streak(good: Bools, of: int, before: float = 0.0) -> Floats:
    """Good days in a row that end with the day, at most `of`; `before`: so many stood before the first day."""
    run = np.zeros(good.shape)
    held = np.full(len(good), before)
    for day in range(good.shape[1]):
        held = np.where(good[:, day], held + 1, 0.0)
        run[:, day] = held
    return np.minimum(run, of)
