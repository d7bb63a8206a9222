"""The intake beside a database that cannot just now."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from alerts.packs import load
from contracts.clock import SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.errors import Retry
from contracts.payload import Birth, Extent, Receipt, decode
from contracts.topics import Lane
from ingest.intake import Intake
from ingest.judge import Judge
from ingest.live import Live
from store.interface import Appended, Delivery
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, data_item, registry_item
from tests.waiting import LIMIT_S
from wire.client import Arrived, Link


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    desk, live = Desk(tmp_path), Live()
    judge = Judge(desk.records, desk.journal, load(), live)
    return Intake(desk.worker, judge, live, BrokerAddress(), "ingest", 1 << 20, ManualClock(NOW))


async def test_work_that_comes_round_again_does_not_end_the_centre_when_a_database_cannot(intake: Intake) -> None:
    def refuse() -> int:
        raise Retry("the store cannot write")

    assert await intake.attempt(refuse) is None
    assert await intake.attempt(lambda: 1) == 1
    assert intake.counters.failures == 1


async def test_a_mistake_of_ours_is_not_taken_for_a_database_that_cannot(intake: Intake) -> None:
    with pytest.raises(ZeroDivisionError):
        await intake.attempt(lambda: 1 // 0)


class Wire:
    """A link that brings two items and then nothing."""

    async def subscribe(self, *_: str) -> None: ...

    async def messages(self) -> AsyncIterator[Arrived]:
        for lane, payload in ((Lane.REPLAY, registry_item()), (Lane.LIVE, data_item(1, 0.7))):
            yield Arrived(GATEWAY.topic(lane), payload, False)
        await asyncio.Event().wait()

    def progress(self) -> None: ...


async def test_a_message_that_waited_long_enough_does_not_wait_for_others(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.intake.LINGER_S", 3600.0)
    committed, clock = asyncio.Event(), cast(ManualClock, intake._clock)

    class Late(Wire):
        async def messages(self) -> AsyncIterator[Arrived]:
            yield Arrived(GATEWAY.topic(Lane.REPLAY), registry_item(), False)
            clock.advance(3600 * SECOND)
            await asyncio.Event().wait()

    intake.on_group = lambda _seconds: committed.set()
    session = asyncio.create_task(intake._session(cast(Link, Late())))
    async with asyncio.timeout(LIMIT_S):
        await committed.wait()
    session.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await session


async def test_what_is_committed_while_the_session_ends_is_stored_once_and_seen(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    store = intake.worker.holdings.store
    entered, go_on, append = threading.Event(), threading.Event(), store.append

    def slow(deliveries: Sequence[Delivery]) -> Appended:
        entered.set()
        go_on.wait(LIMIT_S)
        return append(deliveries)

    monkeypatch.setattr(store, "append", slow)
    session = asyncio.create_task(intake._session(cast(Link, Wire())))
    await asyncio.to_thread(entered.wait, LIMIT_S)
    session.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await session
    go_on.set()
    await intake.run_in_store(lambda: None)
    await asyncio.sleep(0)

    assert intake.live.values("mine")["T01"].value == 0.7
    assert intake.counters.readings == 2


async def test_who_waits_for_a_receipt_to_go_on_has_it_after_the_group_and_anybody_else_each_half_second(intake: Intake) -> None:
    sent: list[Receipt] = []

    class Told(Wire):
        async def send_all(self, messages: list[tuple[str, bytes]]) -> None:
            sent.extend(decode(Receipt, payload) for _, payload in messages)

    wire = cast(Link, Told())
    birth = Birth(1, "test", 1, NOW, "trusted", REGISTRY.name, "", SECOND, "", [Extent(EPOCH, "data", 0, 0, False)])
    intake.worker.holdings.born(GATEWAY, birth, NOW)

    async def committed(size: int) -> int:
        intake.credit.committed(GATEWAY, size, intake._clock.monotonic())
        intake._due.add(GATEWAY)
        await intake._tell(wire)
        return len(sent)

    assert await committed(1000) == 1
    assert await committed(1000) == 1
    assert await committed(1 << 18) == 2
    cast(ManualClock, intake._clock).advance(SECOND // 2)
    assert await committed(0) == 3


async def test_a_receipt_that_could_not_be_made_is_made_half_a_second_later(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    class Told(Wire):
        async def send_all(self, messages: list[tuple[str, bytes]]) -> None:
            sent.extend(topic for topic, _ in messages)

    def refuse(_asked: object) -> list[Receipt | None]:
        raise Retry("the records cannot be read")

    wire, clock = cast(Link, Told()), cast(ManualClock, intake._clock)
    birth = Birth(1, "test", 1, NOW, "trusted", REGISTRY.name, "", SECOND, "", [Extent(EPOCH, "data", 0, 0, False)])
    intake.worker.holdings.born(GATEWAY, birth, NOW)
    intake._due.add(GATEWAY)
    with monkeypatch.context() as broken:
        broken.setattr(intake.worker.holdings, "receipts", refuse)
        await intake._tell(wire)
    await intake._tell(wire)
    assert sent == []
    clock.advance(SECOND // 2)
    await intake._tell(wire)
    assert sent == [GATEWAY.topic(Lane.RECEIPT)]


async def test_a_database_that_cannot_while_the_centre_starts_is_asked_again(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, recall, known = 0, intake.worker.holdings.recall, asyncio.Event()
    loop = asyncio.get_running_loop()

    def sometimes(live: Live) -> None:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise Retry("the store does not answer yet")
        recall(live)
        loop.call_soon_threadsafe(known.set)

    monkeypatch.setattr(intake.worker.holdings, "recall", sometimes)
    monkeypatch.setattr("ingest.intake.RECALL_AGAIN_S", 0.0)
    running = asyncio.create_task(intake.run())
    await asyncio.wait([running, asyncio.create_task(known.wait())], timeout=LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    await asyncio.wait([running])

    assert running.cancelled()
    assert asked == 3
    assert intake.counters.failures == 2
