"""Every store: two readings, one time."""

import math
from collections.abc import Callable

from contracts.clock import DAY, SECOND
from contracts.quality import FROZEN, NOT_A_NUMBER
from store.interface import Delivery, Store

GATEWAY, EVER = "north/gw1", (0, 1 << 60)
Make = Callable[..., Delivery]
Rows = Callable[..., list[tuple[int, float, int, int]]]


def test_the_same_reading_in_doubt_is_not_written_again(store: Store, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0), (1, 0, math.nan, NOT_A_NUMBER)])])
    done = store.append([delivery(1, [(0, 0, 1.0, 0), (1, 0, math.nan, NOT_A_NUMBER), (0, 1, 2.0, 0)], doubt=True)])
    assert (done.stored, done.folds) == ([True], 0)
    assert store.count("north", *EVER) == {"T00": 2, "T01": 1}


def test_another_value_in_doubt_gets_the_next_fold(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0)])])
    done = store.append([delivery(1, [(0, 0, 2.0, 0), (0, 1, 5.0, 0)], doubt=True), delivery(2, [(0, 0, 3.0, 0)], doubt=True)])
    assert done.folds == 2
    assert rows(store) == [(noon, 1.0, 0, 0), (noon, 2.0, 0, 1), (noon, 3.0, 0, 2), (noon + SECOND, 5.0, 0, 0)]


def test_another_quality_in_doubt_is_another_reading(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0)])])
    assert store.append([delivery(1, [(0, 0, 1.0, FROZEN)], doubt=True)]).folds == 1
    assert rows(store) == [(noon, 1.0, 0, 0), (noon, 1.0, FROZEN, 1)]


def test_minus_zero_in_doubt_is_another_reading(store: Store, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, 0.0, 0)])])
    assert store.append([delivery(1, [(0, 0, -0.0, 0)], doubt=True)]).folds == 1


def test_doubt_is_settled_within_a_call_too(store: Store, delivery: Make, rows: Rows) -> None:
    first = delivery(0, [(0, 0, 1.0, 0), (0, 0, 2.0, 0), (0, 0, 1.0, 0)], doubt=True)
    done = store.append([first, delivery(1, [(0, 0, 2.0, 0), (0, 0, 3.0, 0)], doubt=True)])
    assert done.folds == 2
    assert [(row[1], row[3]) for row in rows(store)] == [(1.0, 0), (2.0, 1), (3.0, 2)]


def test_doubt_is_settled_against_readings_of_the_call_that_are_in_no_doubt(store: Store, delivery: Make, rows: Rows) -> None:
    done = store.append([delivery(0, [(0, 0, 1.0, 0)], doubt=True), delivery(1, [(0, 0, 2.0, 0)])])
    assert done.folds == 1
    assert [(row[1], row[3]) for row in rows(store)] == [(2.0, 0), (1.0, 1)]


def test_doubt_of_one_mine_does_not_look_at_another(store: Store, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0)], gateway="south/gw1")])
    assert store.append([delivery(0, [(0, 0, 2.0, 0)], doubt=True)]).folds == 0


def test_doubt_looks_at_what_arrived_on_other_days(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0)])])
    store.append([delivery(1, [(0, 0, 2.0, 0)], received=noon + 2 * DAY, doubt=True)])
    done = store.append([delivery(2, [(0, 0, 1.0, 0), (0, 0, 2.0, 0), (0, 0, 3.0, 0)], received=noon + 4 * DAY, doubt=True)])
    assert done.folds == 1
    assert [(row[1], row[3]) for row in rows(store)] == [(1.0, 0), (2.0, 1), (3.0, 2)]


def test_more_readings_at_one_time_than_there_are_folds_are_all_kept(store: Store, delivery: Make, rows: Rows) -> None:
    store.append([delivery(0, [(0, 0, float(n), 0) for n in range(300)], doubt=True)])
    assert sorted(row[1] for row in rows(store)) == [float(n) for n in range(300)]
    assert store.append([delivery(1, [(0, 0, 299.0, 0)], doubt=True)]).folds == 0
