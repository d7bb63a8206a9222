"""Every store: kept statistics tell what raw readings tell, whatever came between."""

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.clock import DAY, MINUTE, SECOND
from contracts.quality import ALARM, CALIBRATION
from store.embedded import EmbeddedStore
from store.interface import WINDOW, Buckets, Delivery, Store
from store.memory import MemoryStore
from store.statistics import as_buckets, whole
from tests.store.influx_server import open_on_influxd

pytestmark = pytest.mark.slow

EVER = (0, 1 << 60)
Make = Callable[..., Delivery]
Open = Callable[[Path], Store]
FIVE = WINDOW // SECOND


def same(found: Buckets, truth: Buckets) -> None:
    """Count, min, max, last, good exactly; mean within 1e-12 (of 1 where the values cancel each other out)."""
    for name in ("start", "count", "good", "minimum", "maximum", "last"):
        np.testing.assert_array_equal(getattr(found, name), getattr(truth, name), name)
    np.testing.assert_allclose(found.mean, truth.mean, rtol=1e-12, atol=1e-12, equal_nan=True)


def of_all(store: Store, span: tuple[int, int]) -> None:
    """All points at once are each by itself."""
    found = store.windows("north", *span)
    low, high = whole(*span)
    for point in ("T00", "T01"):
        alone = store.buckets("north", point, low, high, WINDOW) if low < high else None
        if alone is None or not len(alone.start):
            assert point not in found
        else:
            same(as_buckets(found[point], WINDOW), alone)
            assert (found[point].numbers <= found[point].count).all()


row = st.tuples(
    st.integers(0, 1),
    st.integers(-FIVE, 2 * FIVE),
    st.sampled_from([0.0, -0.0, 1.5, 0.1, -7.25, 1e6, math.nan, math.inf, -math.inf]),
    st.sampled_from([0, 0, 0, ALARM, CALIBRATION]),
)
append = st.tuples(st.just("append"), st.lists(row, min_size=1, max_size=8), st.booleans(), st.sampled_from([0, 0, 0, 1]))
step = st.one_of(append, append, append, st.tuples(st.sampled_from(["recompute", "one", "reopen", "seal"])))
runs = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def opened(open_store: Open, folder: Path) -> Iterator[Store]:
    store = open_store(folder)
    try:
        yield store
    finally:
        store.close()


def compare(open_store: Open, delivery: Make, noon: int, steps: list[tuple[Any, ...]]) -> None:
    """The reference is never recomputed: all its answers are raw."""
    with tempfile.TemporaryDirectory() as folder:
        store, reference, arrived = open_store(Path(folder)), MemoryStore(), noon
        try:
            for seq, (word, *what) in enumerate(steps):
                if word == "append":
                    rows, doubt, days = what
                    arrived += days * DAY
                    times = {(point, second) for point, second, _, _ in rows}
                    one = delivery(seq, rows, doubt=doubt or len(times) < len(rows), received=arrived)
                    known = reference.series("north", "T00", *EVER).time.tolist() + reference.series("north", "T01", *EVER).time.tolist()
                    if not one.doubt and set(known) & set(one.block.time.tolist()):
                        one = delivery(seq, rows, doubt=True, received=arrived)
                    assert store.append([one]).stored == reference.append([one]).stored
                elif word == "reopen":
                    store.close()
                    store = open_store(Path(folder))
                elif word == "seal":
                    store.seal()
                else:
                    store.recompute(store.dirty()[: 1 if word == "one" else None])
            for _ in range(2):  # with what is dirty, and with nothing dirty
                for point in ("T00", "T01"):
                    for width in (WINDOW, 2 * WINDOW, 2 * MINUTE):
                        for span in (EVER, (noon - 100 * SECOND, noon + 400 * SECOND), (noon + SECOND, noon + 2 * SECOND)):
                            same(store.buckets("north", point, *span, width), reference.buckets("north", point, *span, width))
                for span in (
                    EVER,
                    (noon - 100 * SECOND, noon + 400 * SECOND),
                    (noon - WINDOW, noon + WINDOW),
                    (noon + SECOND, noon + 2 * SECOND),
                ):
                    of_all(store, span)
                store.recompute(store.dirty())
                assert store.dirty() == []
        finally:
            store.close()


@runs
@given(steps=st.lists(step, min_size=2, max_size=7))
def test_statistics_of_the_embedded_store_are_those_of_raw_readings(delivery: Make, noon: int, steps: list[tuple[Any, ...]]) -> None:
    compare(EmbeddedStore, delivery, noon, steps)


@runs
@given(steps=st.lists(step.filter(lambda one: one[0] != "reopen"), min_size=2, max_size=9))
def test_statistics_in_memory_are_those_of_raw_readings(delivery: Make, noon: int, steps: list[tuple[Any, ...]]) -> None:
    compare(lambda _: MemoryStore(), delivery, noon, steps)


@pytest.mark.servers
@settings(runs, max_examples=12)
@given(steps=st.lists(step, min_size=2, max_size=7))
def test_statistics_in_influxdb_are_those_of_raw_readings(delivery: Make, noon: int, steps: list[tuple[Any, ...]]) -> None:
    compare(open_on_influxd, delivery, noon, steps)


def test_an_append_marks_its_windows_and_a_recompute_clears_them(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, -1, 1.0, 0), (0, 0, 1.0, 0), (1, 2 * FIVE, 1.0, 0)]), delivery(0, gateway="south/gw"), delivery(1, [])])
    every = [("north", noon - WINDOW), ("north", noon), ("north", noon + 2 * WINDOW), ("south", noon)]
    assert store.dirty() == every
    store.recompute(every[:2])
    assert store.dirty() == every[2:]
    store.append([delivery(2, [(0, 5, 1.0, 0)])])
    assert store.dirty() == every[1:]


def test_a_held_item_that_comes_again_marks_nothing(store: Store, delivery: Make) -> None:
    store.append([delivery(0)])
    store.recompute(store.dirty())
    store.append([delivery(0)])
    assert store.dirty() == []


def test_late_data_are_in_the_answer_at_once_and_after_the_recompute(store: Store, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0), (0, 1, 3.0, 0)])])
    store.recompute(store.dirty())
    store.append([delivery(1, [(0, 2, 8.0, CALIBRATION)])])
    for _ in range(2):
        found = store.buckets("north", "T00", *EVER, WINDOW)
        assert (found.count.tolist(), found.good.tolist(), found.mean.tolist(), found.last.tolist()) == ([3], [2], [4.0], [8.0])
        store.recompute(store.dirty())


def test_recomputing_twice_changes_nothing(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, math.nan, 0), (0, FIVE, 2.0, 0), (0, FIVE + 1, math.inf, 0), (1, 3, 0.1, 0)])])
    store.recompute(store.dirty())
    before = [store.buckets("north", point, *EVER, WINDOW) for point in ("T00", "T01")]
    store.append([delivery(1, [(1, 4, 0.1, 0), (1, FIVE, 0.1, 0)])])
    store.recompute([("north", noon), ("north", noon + WINDOW), ("north", noon + 9 * WINDOW), ("south", noon)])
    store.recompute([("north", noon)])
    same(store.buckets("north", "T00", *EVER, WINDOW), before[0])
    assert store.buckets("north", "T01", *EVER, WINDOW).count.tolist() == [2, 1]


def test_statistics_outlive_the_raw_readings_also_those_not_computed_yet(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0), (0, 9, 4.0, ALARM), (1, FIVE, math.nan, 0)])])
    before = [store.buckets("north", point, *EVER, WINDOW) for point in ("T00", "T01")]
    assert store.drop_before(noon + DAY) == 3
    assert store.series("north", "T00", *EVER).time.tolist() == []
    for point, known in zip(("T00", "T01"), before, strict=True):
        same(store.buckets("north", point, *EVER, WINDOW), known)
    assert store.buckets("north", "T00", *EVER, DAY).count.tolist() == [2]


def test_statistics_are_never_replaced_by_ones_of_fewer_readings(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0), (0, 9, 4.0, 0)])])
    store.drop_before(noon + DAY)
    store.append([delivery(1, [(0, 5, 99.0, 0)], received=noon + DAY)])
    for _ in range(2):
        assert store.buckets("north", "T00", *EVER, WINDOW).count.tolist() == [2]
        store.recompute(store.dirty())


def test_marks_and_statistics_survive_a_restart(durable: Open, tmp_path: Path, delivery: Make, noon: int) -> None:
    with opened(durable, tmp_path) as store:
        store.append([delivery(0), delivery(1, [(0, FIVE, 1.0, 0)])])
        store.recompute([("north", noon)])
    with opened(durable, tmp_path) as store:
        assert store.dirty() == [("north", noon + WINDOW)]
        store.append([delivery(2, [(0, 3, 1.0, 0)])])
        assert len(store.dirty()) == 2
        store.recompute(store.dirty())
    with opened(durable, tmp_path) as store:
        assert store.dirty() == []
        store.append([delivery(3, [(0, 4, 1.0, 0)])])
    with opened(durable, tmp_path) as store:
        assert store.dirty() == [("north", noon)]
        assert store.buckets("north", "T00", *EVER, WINDOW).count.tolist() == [3, 1]
