"""A point's history is read beside what is being appended: it waits for no commit, and sees whole commits only."""

import threading
from collections.abc import Callable, Iterator
from itertools import count
from math import inf, nan
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.clock import DAY, MINUTE, SECOND
from store.embedded import EmbeddedStore, reads, shelf
from store.embedded.readers import Absent, Readers
from store.embedded.shelf import Beside
from store.interface import Delivery

EVER = (0, 1 << 60)
FAILED_S = 20.0
"""A thread that has not ended by then hangs."""
VALUES = (0.0, 0.1, 0.7, -3.5, nan, inf, -inf)
NUMBERS = count()
Make = Callable[..., Delivery]
T = TypeVar("T")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path)
    yield opened
    opened.close()


def in_a_thread(work: Callable[[], T]) -> tuple[threading.Thread, list[T]]:
    """The work under way, and where its result comes."""
    came: list[T] = []
    thread = threading.Thread(target=lambda: came.append(work()), daemon=True)
    thread.start()
    return thread, came


def counts(store: EmbeddedStore, noon: int) -> tuple[int, int]:
    """Readings of T00 by both ways a chart asks."""
    raw = len(store.series("north", "T00", *EVER).time)
    return raw, int(store.buckets("north", "T00", noon - DAY, noon + DAY, 5 * MINUTE).count.sum())


def test_a_history_is_read_while_an_append_holds_the_store(store: EmbeddedStore, delivery: Make, noon: int) -> None:
    store.append([delivery(1, [(0, 1, 0.5, 0), (0, 2, 0.6, 0)])])
    with store._lock:
        thread, came = in_a_thread(lambda: counts(store, noon))
        thread.join(FAILED_S)

        assert came == [(2, 2)]


def test_what_is_not_attached_is_read_in_turn(store: EmbeddedStore, delivery: Make, noon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "ATTACHED", 2)
    for day in range(6):
        store.append([delivery(day, [(0, day, float(day), 0)], received=noon + day * DAY)])
    first = store._shelf.partitions[0]
    store._shelf.put_away(first)

    with store._shelf.beside() as beside, pytest.raises(Absent):
        beside.ask(first, "select * from {part}.reading")
    assert store.series("north", "T00", *EVER).value.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_what_refuses_a_reader_is_asked_again_in_turn(
    store: EmbeddedStore, delivery: Make, noon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append([delivery(1)])
    refused: list[str] = []

    def ask(_self: Beside, _part: object, question: str, **_values: object) -> None:
        refused.append(question)
        raise Absent

    monkeypatch.setattr(Beside, "ask", ask)

    assert counts(store, noon) == (1, 1)
    assert len(refused) == 2


def test_a_reader_sees_whole_commits_and_never_fewer_readings_than_before(store: EmbeddedStore, delivery: Make, noon: int) -> None:
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.append(counts(store, noon))

    thread, _ = in_a_thread(look)
    for seq in range(40):
        store.append([delivery(seq, [(0, 10 * seq + at, 0.5, 0) for at in range(7)])])
        if seq % 8 == 7:
            store.recompute(store.dirty())
    done.set()
    thread.join(FAILED_S)

    assert counts(store, noon) == (280, 280)
    for way in zip(*seen, strict=True):
        assert all(count % 7 == 0 for count in way)
        assert list(way) == sorted(way)


def test_histories_are_read_while_days_are_sealed_and_dropped(store: EmbeddedStore, delivery: Make, noon: int) -> None:
    for day in range(6):
        store.append([delivery(day, [(0, day * 86_400, float(day), 0)], received=noon + day * DAY)])
    done, newest = threading.Event(), list[float]()

    def look() -> None:
        while not done.is_set():
            newest.append(store.series("north", "T00", *EVER).value.tolist()[-1])

    thread, _ = in_a_thread(look)
    assert store.seal() == 5
    assert store.drop_before(noon + 3 * DAY) == 3
    done.set()
    thread.join(FAILED_S)

    assert newest
    assert set(newest) == {5.0}
    assert store.series("north", "T00", *EVER).value.tolist() == [3.0, 4.0, 5.0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from([3, 799, 800]) | st.integers(0, 900), st.sampled_from(VALUES), st.sampled_from([0, 1, 4, 4096])),
        max_size=20,
    ),
    st.sampled_from([SECOND, 7 * SECOND, MINUTE, 5 * MINUTE]),
)
def test_what_is_short_is_counted_as_the_database_counts_it(
    store: EmbeddedStore, delivery: Make, noon: int, rows: list[tuple[int, float, int]], width: int
) -> None:
    span = (noon + 3 * SECOND, noon + 800 * SECOND)
    mine = f"m{next(NUMBERS)}"
    store.append([delivery(1, [(0, *row) for row in rows], gateway=f"{mine}/gw", doubt=True)])
    here = store.buckets(mine, "T00", *span, width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reads, "SHORT", 0)
        there = store.buckets(mine, "T00", *span, width)

    for name in ("start", "count", "good", "minimum", "maximum", "last"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
    np.testing.assert_allclose(here.mean, there.mean, rtol=1e-12)


def test_nothing_is_detached_while_somebody_reads() -> None:
    readers, detached = Readers(duckdb.connect()), threading.Event()

    def detach() -> None:
        with readers.shut():
            detached.set()

    with readers.reading() as connection:
        thread, _ = in_a_thread(detach)
        while not readers._shut and thread.is_alive():
            pass
        with pytest.raises(Absent), readers.reading():
            pass

        assert connection.execute("select 7").fetchall() == [(7,)]
        assert not detached.is_set()
    thread.join(FAILED_S)

    assert detached.is_set()
    with readers.reading() as again:
        assert again is connection


def test_after_the_end_there_is_no_reading_beside() -> None:
    readers = Readers(duckdb.connect())
    with readers.reading() as connection:
        pass
    readers.end()

    with pytest.raises(Absent), readers.reading():
        pass
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("select 7")
