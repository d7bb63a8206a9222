"""The worker that keeps statistics: when which window is due, and what it tells of itself."""

import asyncio
from pathlib import Path

import pytest

from alerts.packs import load
from contracts.clock import HOUR, SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.errors import Retry
from ingest.intake import Intake
from ingest.judge import Judge
from ingest.live import Live
from ingest.metrics import health_of
from ingest.statistics import AGAIN, AT_ONCE, BEHIND, BUSY, GRACE, PATIENCE, StatisticsWorker, due
from store.interface import WINDOW, Window
from tests.ingest.desk import NOW, Desk, data_item, registry_item

START = NOW // WINDOW * WINDOW
OPEN: Window = ("mine", START)


def test_a_closed_window_is_due_some_seconds_after_its_end_although_it_was_computed_while_open() -> None:
    computed = {OPEN: START + WINDOW - 5 * SECOND}
    assert due([OPEN], computed, START + WINDOW + GRACE - 1) == []
    assert due([OPEN], computed, START + WINDOW + GRACE) == [[OPEN]]


def test_an_open_window_is_not_computed_raw_readings_answer_for_it() -> None:
    assert due([OPEN], {}, START + AGAIN) == []
    assert due([OPEN], {OPEN: START + AGAIN}, START + WINDOW) == []


def test_late_data_are_due_at_once_and_then_once_a_minute_at_most() -> None:
    late = ("mine", START - 50 * HOUR)
    assert due([late], {}, START) == [[late]]
    assert due([late], {late: START}, START + AGAIN - 1) == []
    assert due([late], {late: START}, START + AGAIN) == [[late]]


def test_a_clock_set_back_makes_nothing_wait_for_it() -> None:
    assert due([OPEN], {OPEN: START + 10 * HOUR}, START + WINDOW + GRACE) == [[OPEN]]


def test_a_window_ahead_of_the_clock_waits_until_it_is_over() -> None:
    assert due([OPEN], {}, START - HOUR) == []


def test_calls_are_small_of_one_hour_each_and_the_newest_hour_comes_first() -> None:
    hour = START // HOUR * HOUR
    dirty = [(f"m{mine}", hour - back * WINDOW) for mine in range(5) for back in range(24)]
    calls = due(dirty, {}, hour + HOUR + WINDOW)
    assert sorted(window for call in calls for window in call) == sorted(dirty)
    assert all(len(call) <= AT_ONCE and len({at // HOUR for _, at in call}) == 1 for call in calls)
    assert [call[0][1] // HOUR for call in calls] == sorted((call[0][1] // HOUR for call in calls), reverse=True)


def room(desk: Desk, clock: ManualClock) -> StatisticsWorker:
    live = Live()
    judge = Judge(desk.records, desk.journal, load(), live)
    return Intake(desk.worker, judge, live, BrokerAddress("127.0.0.1"), "test", 1 << 20, clock).statistics


def test_a_turn_computes_what_is_due_and_late_data_again(tmp_path: Path) -> None:
    desk, clock = Desk(tmp_path), ManualClock(NOW + 2 * WINDOW)
    worker = room(desk, clock)
    desk.take(registry_item(), data_item(1))
    assert desk.store.dirty() == [OPEN]
    asyncio.run(worker.turn())
    assert (desk.store.dirty(), worker.waiting) == ([], {})
    desk.take(data_item(2, at=NOW + 1))
    asyncio.run(worker.turn())
    assert (desk.store.dirty(), set(worker.waiting)) == ([OPEN], {OPEN})
    clock.advance(AGAIN)
    asyncio.run(worker.turn())
    assert (desk.store.dirty(), worker.oldest(clock.monotonic())) == ([], 0)


def test_a_store_that_cannot_is_asked_again_and_far_behind_is_told_in_health(tmp_path: Path) -> None:
    desk, clock = Desk(tmp_path), ManualClock(NOW + 2 * WINDOW)
    worker = room(desk, clock)
    desk.take(registry_item(), data_item(1))
    compute = desk.store.recompute

    def refuse(windows: object) -> None:
        raise Retry("not just now")

    desk.store.recompute = refuse  # type: ignore[method-assign]
    asyncio.run(worker.turn())
    clock.advance(BEHIND + SECOND)
    asyncio.run(worker.turn())
    assert "statistics: 1 windows wait, one for 3601 s" in health_of(worker.intake, clock.monotonic()).unready
    assert {metric.name: metric.samples[0].value for metric in worker.metrics(clock.monotonic())} == {
        "davy_statistics_windows_dirty": 1,
        "davy_statistics_oldest_dirty_seconds": 3601,
        "davy_statistics_longest_call_seconds": 0,
    }
    desk.store.recompute = compute  # type: ignore[method-assign]
    asyncio.run(worker.turn())
    assert worker.behind(clock.monotonic()) == [] == desk.store.dirty()


def test_calls_shrink_where_commits_wait_long_and_grow_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_sleep(_seconds: float) -> None: ...

    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    desk, clock = Desk(tmp_path), ManualClock(NOW + 100 * WINDOW)
    worker = room(desk, clock)
    sizes: list[int] = []

    def slow(windows: list[Window]) -> None:
        sizes.append(len(windows))
        clock.ticks += len(windows) * SECOND // 20

    desk.store.recompute = slow  # type: ignore[assignment]
    desk.store.dirty = lambda: [(f"m{mine}", START) for mine in range(40)]  # type: ignore[method-assign]
    asyncio.run(worker.turn())
    assert sum(sizes) == 40
    assert sizes[:3] == [1, 2, 2]
    worker.at_once = AT_ONCE
    clock.advance(2 * AGAIN)
    asyncio.run(worker.turn())
    assert AT_ONCE > worker.at_once > 0
    assert worker.longest == AT_ONCE * SECOND // 20


def test_commits_come_first_until_a_window_has_waited_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, clock = Desk(tmp_path), ManualClock(NOW + 2 * WINDOW)
    worker = room(desk, clock)
    desk.take(registry_item(), data_item(1))
    monkeypatch.setattr(type(worker.intake), "waiting", BUSY + 1)
    asyncio.run(worker.turn())
    assert desk.store.dirty() == [OPEN]
    clock.advance(PATIENCE)
    asyncio.run(worker.turn())
    assert desk.store.dirty() == []
