"""Every store: series, buckets, the last and the newest, counts."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from contracts.clock import DAY, MINUTE, SECOND
from contracts.quality import FROZEN
from store.interface import Delivery, Last, Store

GATEWAY, EVER = "north/gw1", (0, 1 << 60)
Make = Callable[..., Delivery]
Rows = Callable[..., list[tuple[int, float, int, int]]]


def test_series_is_half_open(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    store.append([delivery(seq) for seq in range(5)])
    assert [row[1] for row in rows(store, span=(noon + SECOND, noon + 3 * SECOND))] == [1.0, 2.0]


def test_an_unknown_point_or_mine_has_no_readings(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    store.append([delivery(0)])
    assert rows(store, "T99") == rows(store, mine="south") == rows(store, "T01") == []
    assert store.buckets("north", "T99", *EVER, MINUTE).start.tolist() == []
    assert (store.last("south"), store.count("south", *EVER), store.newest("south/gw1")) == ({}, {}, 0)


def test_columns_have_the_promised_types(store: Store, delivery: Make) -> None:
    for filled in (False, True):
        found, buckets = store.series("north", "T00", *EVER), store.buckets("north", "T00", *EVER, MINUTE)
        assert [found.time.dtype, found.value.dtype, found.quality.dtype, found.fold.dtype] == [np.int64, np.float64, np.uint16, np.uint8]
        assert [buckets.start.dtype, buckets.mean.dtype, buckets.last.dtype, buckets.count.dtype] == [
            np.int64,
            np.float64,
            np.float64,
            np.int64,
        ]
        assert len(found.time) == len(buckets.start) == filled
        store.append([delivery(0)])


def test_buckets_hold_statistics(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0), (0, 30, 4.0, FROZEN), (0, 59, 2.0, 1), (0, 180, -1.0, 0)])])
    found = store.buckets("north", "T00", *EVER, MINUTE)
    assert found.width == MINUTE
    assert found.start.tolist() == [noon, noon + 3 * MINUTE]
    assert (found.minimum.tolist(), found.maximum.tolist(), found.last.tolist()) == ([1.0, -1.0], [4.0, -1.0], [2.0, -1.0])
    assert found.mean.tolist() == pytest.approx([7 / 3, -1.0])
    assert (found.count.tolist(), found.good.tolist()) == ([3, 1], [2, 1])


def test_buckets_are_aligned_whatever_the_start(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(seq) for seq in range(0, 180, 10)])
    found = store.buckets("north", "T00", noon + 30 * SECOND, noon + 130 * SECOND, MINUTE)
    assert found.start.tolist() == [noon, noon + MINUTE, noon + 2 * MINUTE]
    assert found.count.tolist() == [3, 6, 1]


def test_nan_is_counted_in_a_bucket_and_not_averaged(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, 3.0, 0), (0, 1, math.nan, 0), (0, 60, math.nan, 0)])])
    found = store.buckets("north", "T00", *EVER, MINUTE)
    assert (found.count.tolist(), found.good.tolist()) == ([2, 1], [1, 0])
    assert (found.minimum[0], found.mean[0], found.maximum[0]) == (3.0, 3.0, 3.0)
    assert np.isnan([found.last[0], found.minimum[1], found.mean[1], found.maximum[1], found.last[1]]).all()


def test_the_last_of_a_bucket_is_the_highest_fold(store: Store, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, 3.0, 0)])])
    store.append([delivery(1, [(0, 0, 1.0, 0)], doubt=True)])
    assert store.buckets("north", "T00", *EVER, MINUTE).last.tolist() == [1.0]


def test_a_bucket_may_hold_what_arrived_on_several_days(store: Store, delivery: Make, noon: int) -> None:
    arrivals = [(0, 2.0, noon), (20, 6.0, noon + 2 * DAY), (10, math.nan, noon + 4 * DAY), (70, math.nan, noon + 4 * DAY)]
    for seq, (second, value, received) in enumerate(arrivals):
        store.append([delivery(seq, [(0, second, value, 0)], received=received)])
    found = store.buckets("north", "T00", *EVER, MINUTE)
    assert found.count.tolist() == [3, 1]
    assert (found.minimum[0], found.mean[0], found.maximum[0], found.last[0]) == (2.0, 4.0, 6.0, 6.0)
    assert np.isnan(found.mean[1])


def test_last_is_the_newest_reading_of_each_point(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 5, 1.0, 0), (0, 9, 2.0, FROZEN), (0, 7, 3.0, 0), (2, 1, math.inf, 0)])])
    store.append([delivery(1, [(0, 8, 4.0, 0)], received=noon + 2 * DAY), delivery(0, gateway="south/gw")])
    assert store.last("north") == {"T00": Last(noon + 9 * SECOND, 2.0, FROZEN), "T02": Last(noon + SECOND, math.inf, 0)}


def test_a_last_minus_zero_keeps_its_sign(store: Store, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, -1.0, 0), (0, 1, -0.0, 0)])])
    assert math.copysign(1, store.last("north")["T00"].value) == -1
    assert math.copysign(1, store.buckets("north", "T00", *EVER, MINUTE).last[0]) == -1


def test_last_breaks_ties_by_fold(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0)])])
    store.append([delivery(1, [(0, 0, 2.0, 0), (0, 0, 3.0, 0), (0, -1, 4.0, 0)], doubt=True)])
    store.append([delivery(2, [(0, 0, 1.0, 0)], doubt=True)])
    assert store.last("north") == {"T00": Last(noon, 3.0, 0)}


def test_newest_is_the_largest_time_of_any_item(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 5, 1.0, 0), (1, 8, 1.0, 0)]), delivery(1, [(0, 2, 1.0, 0)]), delivery(2, [])])
    store.append([delivery(0, [(0, 99, 1.0, 0)], gateway="north/gw2")])
    assert store.newest(GATEWAY) == noon + 8 * SECOND


def test_count_is_per_point_and_half_open(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, s, 1.0, 0) for s in range(10)] + [(1, 3, 1.0, 0)])])
    store.append([delivery(1, [(0, 4, 2.0, 0)], doubt=True, received=noon + 2 * DAY)])
    assert store.count("north", noon + 3 * SECOND, noon + 6 * SECOND) == {"T00": 4, "T01": 1}
    assert store.count("north", noon + 20 * SECOND, noon + 30 * SECOND) == {}
