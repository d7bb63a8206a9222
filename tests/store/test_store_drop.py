"""Every store: what is forgotten, what is not, and what a reopened store knows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.clock import DAY, SECOND
from contracts.payload import Poll
from store.influx import InfluxStore
from store.interface import Delivery, Last, Store

GATEWAY, EVER = "north/gw1", (0, 1 << 60)
Make = Callable[..., Delivery]
Rows = Callable[..., list[tuple[int, float, int, int]]]
Open = Callable[[Path], Store]


def fill_days(store: Store, delivery: Make, noon: int, days: int = 4) -> None:
    for day in range(days):
        at = noon + day * DAY
        second = day * DAY // SECOND
        store.append(
            [delivery(day, [(0, second, float(day), 0), (1, second, 0.5, 0)], made=at, received=at, polls=(Poll("kj", SECOND, at),))]
        )


def test_drop_before_forgets_old_readings_and_keeps_held_rows(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    fill_days(store, delivery, noon)
    held, items, polls = store.held(GATEWAY), store.items(GATEWAY, *EVER), store.polls(GATEWAY, *EVER)
    assert store.drop_before(noon + 2 * DAY) == 4
    assert [row[1] for row in rows(store)] == [2.0, 3.0]
    assert (store.held(GATEWAY), store.items(GATEWAY, *EVER), store.polls(GATEWAY, *EVER)) == (held, items, polls)
    assert store.append([delivery(0)]).stored == [False]
    assert (store.digest_of(GATEWAY, "e1", 1), store.range_digest(GATEWAY, "e1", 0, 2)) == (1001, 3003)
    assert store.spans(GATEWAY) == {"e1": (noon, noon + 3 * DAY)}


def test_drop_before_keeps_a_partition_with_one_newer_reading(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    if isinstance(store, InfluxStore):
        pytest.skip("InfluxDB deletes to the reading: there is no partition that keeps an older one")
    store.append([delivery(0, [(0, -90_000, 1.0, 0), (0, 0, 2.0, 0)])])
    assert store.drop_before(noon) == 0
    assert [row[1] for row in rows(store)] == [1.0, 2.0]
    assert store.drop_before(noon + 1) == 2


def test_after_everything_was_dropped_the_store_goes_on(store: Store, delivery: Make, noon: int, rows: Rows) -> None:
    fill_days(store, delivery, noon, 2)
    assert store.drop_before(noon + 9 * DAY) == 4
    assert (rows(store), store.last("north"), store.drop_before(noon + 9 * DAY)) == ([], {}, 0)
    assert store.append([delivery(1), delivery(9, received=noon + DAY)]).stored == [False, True]
    assert [row[1] for row in rows(store)] == [9.0]


def test_last_after_a_drop_is_of_what_is_left(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, -10, 1.0, 0), (1, -10, 1.0, 0)])])
    store.append([delivery(1, [(0, 0, 2.0, 0)], received=noon + 2 * DAY)])
    store.drop_before(noon)
    assert store.last("north") == {"T00": Last(noon, 2.0, 0)}


def test_renew_changes_the_generation(store: Store) -> None:
    before = store.generation
    after = store.renew()
    assert before != after == store.generation


def everything(store: Store, rows: Rows) -> dict[str, object]:
    points = [f"T{n:02d}" for n in range(3)]
    return {
        "generation": store.generation,
        "rows": [rows(store, point) for point in points],
        "held": [store.held(GATEWAY), store.items(GATEWAY, *EVER), store.spans(GATEWAY), store.newest(GATEWAY)],
        "digests": [store.digest_of(GATEWAY, "e1", seq) for seq in range(6)],
        "polls": store.polls(GATEWAY, *EVER),
        "last": store.last("north"),
        "count": store.count("north", *EVER),
    }


def test_a_reopened_store_tells_the_same(durable: Open, rows: Rows, tmp_path: Path, delivery: Make, noon: int) -> None:
    store = durable(tmp_path)
    fill_days(store, delivery, noon, 5)
    store.append([delivery(2, [(0, 0, 9.0, 0), (0, 0, 8.0, 0)], epoch="e2", doubt=True), delivery(3, [], epoch="e3")])
    store.drop_before(noon + DAY)
    store.renew()
    before = everything(store, rows)
    store.close()
    again = durable(tmp_path)
    assert everything(again, rows) == before
    assert again.append([delivery(0), delivery(4), delivery(5)]).stored == [False, False, True]
    again.close()


def test_the_first_call_after_reopening_may_be_an_append(durable: Open, tmp_path: Path, delivery: Make) -> None:
    for seq in range(3):
        store = durable(tmp_path)
        assert store.append([delivery(seq)]).stored == [True]
        store.close()
