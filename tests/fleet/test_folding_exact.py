"""Each fold over each window against the long way round, on days that have a value, an incomplete one, or none."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from fleet.criteria.folding import DIGITS, fold
from fleet.packs.pack import Fold, Query
from fleet.table import FactTable
from tests.fleet.mines_of import Cell, fact_set

FACT, PER = "face_auto_hours", "face_producing_hours"
ROWS: list[list[Cell]] = [
    [(1.0, 1.0), (3.0, 1.0), (None, 0.0), (2.0, 1.0), (2.0, 0.8), (0.0, 1.0), (4.0, 0.79), (3.0, 1.0)],
    [(None, 0.0), (0.1, 1.0), (0.2, 1.0), (0.3, 0.9), (0.3, 0.4), (0.1, 1.0), (0.7, 1.0), (0.6, 1.0)],
    [(None, 0.0)] * 8,
    [(2.0, 1.0), (2.0, 1.0), (1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 1.0), (None, 0.0), (2.5, 1.0)],
]
UNDER: list[Cell] = [(2.0, 1.0), (0.0, 1.0), (4.0, 1.0), (0.0, 1.0), (5.0, 0.5), (0.0, 1.0), (8.0, 1.0), (1.0, 1.0)]
ENOUGH = 0.8


def table(rows: list[list[Cell]] = ROWS, under: list[Cell] = UNDER) -> FactTable:
    sets = [
        fact_set(f"m{at}", ahead, {(FACT, ""): cell, (PER, ""): under[ahead]})
        for at, row in enumerate(rows)
        for ahead, cell in enumerate(row)
    ]
    return FactTable.of(sets)


def query(how: Fold, days: int, at: float | None = None, at_most: float | None = None) -> Query:
    per = PER if how is Fold.RATIO else ""
    return Query(fact=FACT, fold=how, days=days, least=1, completeness=ENOUGH, per=per, at=at, at_most=at_most)


Pair = tuple[float, float] | None


def seen(row: list[Cell], per: bool) -> list[Pair]:
    """Value and divisor of each day that counts."""
    found: list[Pair] = []
    for (value, share), (below, of) in zip(row, UNDER, strict=True):
        counts = value is not None and share >= ENOUGH and (not per or (below is not None and of >= ENOUGH))
        found.append((value or 0.0, below or 0.0) if counts else None)
    return found


def good(asked: Query, value: float) -> bool:
    return value <= asked.at_most if asked.at_most is not None else value >= (1.0 if asked.at is None else asked.at)


def slow(asked: Query, days: list[Pair]) -> float:
    """The value of a window whose days are these, oldest first."""
    known = [pair for pair in days if pair is not None]
    values = [value for value, _ in known]
    below = math.fsum(under for _, under in known)
    folds: dict[Fold, Callable[[], float]] = {
        Fold.LAST: lambda: values[-1],
        Fold.MIN: lambda: min(values),
        Fold.MAX: lambda: max(values),
        Fold.SUM: lambda: math.fsum(values),
        Fold.MEAN: lambda: math.fsum(values) / len(values),
        Fold.SHARE: lambda: sum(good(asked, value) for value in values) / len(values),
        Fold.RATIO: lambda: math.fsum(values) / below if below > 0 else math.nan,
        Fold.STREAK: lambda: streak(asked, days, unknown=False),
    }
    return round(folds[asked.fold](), DIGITS) if known else math.nan


def streak(asked: Query, days: list[Pair], *, unknown: bool) -> float:
    """Good days at the end; `unknown`: whether a day without evidence is taken for one."""
    return len(list(itertools.takewhile(lambda pair: unknown if pair is None else good(asked, pair[0]), reversed(days))))


WAYS = [(how, None, None) for how in Fold] + [(how, *bound) for how in (Fold.SHARE, Fold.STREAK) for bound in ((2.0, None), (None, 2.0))]


@pytest.mark.parametrize("days", [1, 2, 3, 5, 8, 11])
@pytest.mark.parametrize(("how", "at", "at_most"), WAYS)
def test_a_window_is_folded_as_one_day_after_the_other_is(how: Fold, days: int, at: float | None, at_most: float | None) -> None:
    asked = query(how, days, at, at_most)
    found = fold(asked, table(), np.arange(len(ROWS)))

    for row, column in itertools.product(range(len(ROWS)), range(len(UNDER))):
        whole = seen(ROWS[row], how is Fold.RATIO)
        window = whole[max(0, column + 1 - days) : column + 1]
        assert found.days[row, column] == sum(pair is not None for pair in window)
        np.testing.assert_equal(found.value[row, column], slow(asked, window))
        if how is Fold.STREAK:
            best = streak(asked, [None] * days + whole[: column + 1], unknown=True)
            assert found.at_best[row, column] == min(best, days)
        else:
            np.testing.assert_equal(found.at_best[row, column], found.value[row, column])


def test_rows_are_those_that_were_asked_in_their_order() -> None:
    whole, some = (fold(query(Fold.LAST, 3), table(), np.array(rows)) for rows in ([0, 1, 2, 3], [3, 0]))

    np.testing.assert_equal(some.value, whole.value[[3, 0]])
    np.testing.assert_equal(some.days, whole.days[[3, 0]])
    assert (some.value.dtype.str, some.days.dtype.str) == ("<f8", "<i2")


def test_a_fact_nobody_has_counts_on_no_day() -> None:
    for asked in (Query(fact="nobody's", fold=Fold.SUM, days=3, least=1), query(Fold.RATIO, 3)):
        nothing = fold(asked, FactTable.of([fact_set("m0", 0, {("nobody else's", ""): (1.0, 1.0)})]), np.array([0]))
        assert (nothing.days.tolist(), np.isnan(nothing.value).all()) == ([[0]], True)


def test_rounding_is_no_failure() -> None:
    rows: list[list[Cell]] = [[(0.1, 1.0), (0.2, 1.0), (0.3000000004, 1.0)]]

    total = fold(query(Fold.SUM, 2), table(rows, UNDER[:3]), np.array([0])).value
    assert total.tolist() == [[0.1, 0.3, 0.5]], "to nine decimals"
    rows = [[(0.1, 1.0), (0.2, 1.0), (0.300000001, 1.0)]]
    assert fold(query(Fold.SUM, 2), table(rows, UNDER[:3]), np.array([0])).value.tolist() == [[0.1, 0.3, 0.500000001]]
