"""The centre tells its own state: no progress is stuck, a failed group or a lost broker is not ready, unknown has no sample."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError

from contracts.clock import SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.payload import State, encode
from contracts.topics import Lane
from ingest.intake import Intake
from ingest.judge import Judge
from ingest.live import Live
from ingest.metrics import STUCK_AFTER, health_of, watched
from store.lease import Lease
from store.records.engine import Records, open_records
from tests.ingest.desk import GATEWAY, Desk, data_item, registry_item
from tests.waiting import until
from wire.client import Arrived, Link
from wire.health import Watched


class Room:
    """An intake with a desk behind it; its messages are handed in, and `commit` may be made to fail."""

    def __init__(self, folder: Path) -> None:
        self.desk, self.clock, self.live = Desk(folder), ManualClock(), Live()
        judge = Judge(self.desk.records, self.desk.journal, cast(Any, None), self.live)
        self.intake = Intake(self.desk.worker, judge, self.live, BrokerAddress(), "ingest", 1 << 20, self.clock)
        self.intake.connected = True
        self.watched: Watched = watched(self.intake, self.desk.records, self.clock)

    def receive(self, *payloads: bytes, lane: Lane = Lane.LIVE) -> None:
        for payload in payloads:
            self.intake._receive(GATEWAY, lane, Arrived(GATEWAY.topic(lane), payload, False))

    async def work(self, true: Callable[[], object]) -> None:
        """Let the intake commit until that is so."""
        working = asyncio.create_task(self.intake._work(Link(cast(Any, None))))
        await until(lambda: true() or working.done())
        working.cancel()
        await asyncio.wait([working])
        assert working.cancelled()

    def sample(self, name: str, **labels: str) -> float | None:
        return self.watched.registry.get_sample_value(name, labels)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    yield room
    room.intake._thread.shutdown()


def now_later(room: Room, micros: int) -> int:
    room.clock.ticks += micros
    return room.clock.monotonic()


async def test_what_was_committed_is_counted_once_and_its_time_is_known(room: Room) -> None:
    room.clock.ticks = SECOND
    room.clock.wall = 1_800_000_000 * SECOND
    room.receive(registry_item(0), data_item(1, at=room.clock.wall), data_item(1, at=room.clock.wall), b"\x93nonsense")
    assert room.sample("davy_ingest_inbox_length") == 4.0

    await room.work(lambda: room.sample("davy_ingest_group_seconds_count"))

    assert room.sample("davy_ingest_items_total") == 1.0
    assert room.sample("davy_ingest_readings_total") == 2.0
    assert room.sample("davy_ingest_duplicates_total") == 1.0
    assert room.sample("davy_ingest_group_seconds_count") == 1.0
    assert room.sample("davy_ingest_inbox_length") == 0.0
    assert sum(room.intake.counters.reasons.values()) == room.intake.counters.refused == 1
    assert health_of(room.intake, room.clock.monotonic()).ready


async def test_messages_that_wait_without_a_commit_are_stuck_after_a_minute(room: Room) -> None:
    room.clock.ticks = SECOND
    room.receive(registry_item(0))

    assert health_of(room.intake, now_later(room, STUCK_AFTER)).live
    told = health_of(room.intake, now_later(room, SECOND))
    assert told.stuck == ("inbox: 1 messages wait, no group committed for 61 s",)


async def test_an_idle_hour_is_not_stuck(room: Room) -> None:
    room.clock.ticks = SECOND
    room.receive(encode(State(1, True, 0)), lane=Lane.STATE)

    assert health_of(room.intake, now_later(room, 3600 * SECOND)).ready


async def test_an_owner_whose_heartbeat_is_not_written_is_not_ready(room: Room, tmp_path: Path) -> None:
    records = open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")
    lease = Lease(records, room.clock)
    assert health_of(room.intake, room.clock.monotonic(), lease).ready
    room.clock.advance(30 * SECOND)
    told = health_of(room.intake, room.clock.monotonic(), lease)
    assert (told.live, told.unready) == (True, ("lease: 心跳 30 秒未写成 / no heartbeat was written for 30 s: we stood still",))
    lease.release()
    records.close()


async def test_groups_that_fail_are_not_ready_then_stuck_until_one_is_committed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_items: object, _now: int) -> None:
        raise OSError("no space left")

    room.clock.ticks = SECOND
    with monkeypatch.context() as broken:
        broken.setattr(room.desk.worker, "take", refuse)
        room.receive(registry_item(0))
        await room.work(lambda: room.sample("davy_ingest_failures_total"))
    assert room.sample("davy_ingest_failures_total") == room.sample("davy_ingest_failing") == 1.0
    assert health_of(room.intake, room.clock.monotonic()).unready == ("store: OSError: no space left",)
    assert "no space left" in health_of(room.intake, now_later(room, STUCK_AFTER + SECOND)).stuck[0]

    room.receive(registry_item(0))
    await room.work(lambda: health_of(room.intake, room.clock.monotonic()).ready)


def test_a_lost_broker_is_not_ready_and_no_reason_to_start_again(room: Room) -> None:
    room.intake.connected, room.intake.why = False, "connection refused"
    told = health_of(room.intake, room.clock.monotonic())

    assert (told.live, told.unready) == (True, ("broker: connection refused",))


async def test_what_only_the_records_know_is_asked_for_at_a_scrape(room: Room) -> None:
    assert room.sample("davy_records_deliveries_waiting") is None

    await cast(Callable[[], Awaitable[None]], room.watched.refresh)()

    assert room.sample("davy_records_deliveries_waiting") == 0.0
    assert room.sample("davy_store_cached_bytes") == 0.0


async def test_records_that_cannot_be_read_leave_no_figure_rather_than_an_old_one(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_self: Records) -> None:
        raise OperationalError("SELECT", {}, OSError("gone"))

    refresh = cast(Callable[[], Awaitable[None]], room.watched.refresh)
    await refresh()
    monkeypatch.setattr(Records, "read", gone)
    await refresh()

    assert room.sample("davy_records_deliveries_waiting") is None
