"""Every store: what was appended is there, once and bit for bit."""

import math
import struct
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.clock import DAY, SECOND
from contracts.errors import Conflict
from contracts.quality import CALIBRATION, NOT_A_NUMBER
from contracts.ranges import Ranges
from store.interface import Delivery, Store

GATEWAY, EVER = "north/gw1", (0, 1 << 60)
Make = Callable[..., Delivery]
Rows = Callable[..., list[tuple[int, float, int, int]]]

same_store = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
fresh_mine = count()


def test_what_was_appended_is_read(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    done = store.append([delivery(0, [(0, 0, 0.5, 0), (3, 0, 1.5, CALIBRATION), (0, 1, 0.75, 0)])])
    assert (done.stored, done.folds) == ([True], 0)
    assert rows(store) == [(noon, 0.5, 0, 0), (noon + SECOND, 0.75, 0, 0)]
    assert rows(store, "T03") == [(noon, 1.5, CALIBRATION, 0)]


def test_many_deliveries_of_many_gateways_go_in_one_call(store: Store, delivery: Make) -> None:
    gateways = [f"mine{n}/gw" for n in range(5)]
    done = store.append([delivery(seq, gateway=gateway) for gateway in gateways for seq in range(20)])
    assert done.stored == [True] * 100
    assert all(store.count(f"mine{n}", *EVER) == {"T00": 20} for n in range(5))


def test_nothing_to_append_is_no_error(store: Store) -> None:
    assert store.append([]).stored == []


def test_an_item_without_readings_is_held(store: Store, delivery: Make) -> None:
    assert store.append([delivery(0, [])]).stored == [True]
    assert store.held(GATEWAY) == {"e1": Ranges([(0, 0, 1000)])}
    assert (store.newest(GATEWAY), store.spans(GATEWAY), store.last("north")) == (0, {}, {})


def test_an_item_held_already_is_skipped(store: Store, delivery: Make) -> None:
    store.append([delivery(0)])
    assert store.append([delivery(0), delivery(1)]).stored == [False, True]
    assert store.count("north", *EVER) == {"T00": 2}


def test_an_item_twice_in_one_call_is_stored_once(store: Store, delivery: Make) -> None:
    assert store.append([delivery(0), delivery(0)]).stored == [True, False]
    assert store.count("north", *EVER) == {"T00": 1}


def test_the_same_number_of_another_epoch_or_gateway_is_another_item(store: Store, delivery: Make) -> None:
    items = [delivery(0), delivery(0, epoch="e2"), delivery(0, gateway="north/gw2")]
    assert store.append(items).stored == [True, True, True]


@pytest.mark.parametrize("earlier", ["held", "same call"])
def test_another_digest_is_a_conflict_and_stores_nothing(store: Store, delivery: Make, earlier: str, rows: Rows) -> None:
    before = [delivery(0)]
    if earlier == "held":
        store.append(before)
        before = []
    with pytest.raises(Conflict, match="north/gw1 e1 0"):
        store.append([delivery(7), *before, delivery(0, digest=5)])
    assert store.digest_of(GATEWAY, "e1", 7) is None
    assert len(rows(store)) == (1 if earlier == "held" else 0)


@same_store
@given(values=st.lists(st.floats(width=64), min_size=1, max_size=30))
def test_values_come_back_bit_for_bit(store: Store, delivery: Make, values: list[float]) -> None:
    number = next(fresh_mine)
    readings = [(0, second, value, 0) for second, value in enumerate(values)]
    store.append([delivery(0, readings, gateway=f"bits{number}/gw")])
    back = store.series(f"bits{number}", "T00", *EVER).value
    expected = np.where(np.isnan(values), np.nan, np.array(values))
    assert back.dtype == np.float64
    assert np.where(np.isnan(back), np.nan, back).view(np.int64).tolist() == expected.view(np.int64).tolist()


def test_the_special_values_come_back(store: Store, delivery: Make, rows: Rows) -> None:
    values = [0.0, -0.0, math.inf, -math.inf, 5e-324, -2.2250738585072e-308, 1.7976931348623157e308, 0.1]
    store.append([delivery(0, [(0, second, value, 0) for second, value in enumerate(values)])])
    assert [struct.pack("<d", row[1]) for row in rows(store)] == [struct.pack("<d", value) for value in values]


def test_a_nan_is_a_reading(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    store.append([delivery(0, [(0, 0, math.nan, NOT_A_NUMBER)])])
    ((time, value, quality, fold),) = rows(store)
    assert (time, math.isnan(value), quality, fold) == (noon, True, NOT_A_NUMBER, 0)
    assert store.count("north", *EVER) == {"T00": 1}


def test_all_quality_bits_come_back(store: Store, delivery: Make, rows: Rows) -> None:
    bits = [1 << bit for bit in range(16)] + [65535]
    store.append([delivery(0, [(0, second, 1.0, quality) for second, quality in enumerate(bits)])])
    assert [row[2] for row in rows(store)] == bits


def test_late_readings_take_their_place(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    store.append([delivery(5), delivery(6)])
    store.append([delivery(0, [(0, -7200, 9.0, 0)], received=noon + DAY, replayed=True)])
    assert [row[1] for row in rows(store)] == [9.0, 5.0, 6.0]


def test_a_call_across_midnight_is_stored_whole(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    midnight = noon + DAY // 2
    items = [delivery(n + 2, [(0, n, float(n), 0)], received=midnight + n * SECOND) for n in (-2, -1, 0, 1)]
    assert store.append(items).stored == [True] * 4
    assert [row[1] for row in rows(store)] == [-2.0, -1.0, 0.0, 1.0]


def test_received_may_go_back_over_midnight(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    midnight = noon + DAY // 2
    for seq, received in enumerate([midnight - 1, midnight + 1, midnight - 2, midnight - 30 * DAY, midnight + 2]):
        store.append([delivery(seq, received=received)])
    assert [row[1] for row in rows(store)] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert store.held(GATEWAY)["e1"].through() == 4
