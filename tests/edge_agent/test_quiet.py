"""The backlog keeps still while a device is being read, but not for ever: a slow or dead device holds nobody up."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.payload import Batch
from contracts.topics import Gateway, Lane
from edge_agent.clockwatch import ClockWatch
from edge_agent.lanes import Lanes
from edge_agent.link import EdgeLink
from edge_agent.outbox import Outbox
from edge_agent.polling import HUSH, Polling
from edge_agent.sources import Answer
from tests.waiting import LIMIT_S

NOW = BUILD_TIME + 10 * DAY


class Slow:
    """A device that answers when the test says so."""

    name, period = "slow", SECOND

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    def resume(self, cursor: int) -> None:
        """It has no past."""

    async def poll(self, due: int) -> Answer:
        self.asked.set()
        await self.may_answer.wait()
        self.may_answer.clear()
        return Answer(None, ())

    async def close(self) -> None:
        """Nothing is open."""


class Nobody:
    """Takes everything."""

    has_room = True

    def take(self, answer: Answer, *, keep: bool = True) -> bool:
        return True

    def place_of(self, source: str) -> int:
        return 0


class Polled:
    """One slow device, being read."""

    def __init__(self) -> None:
        self.clock, self.source = ManualClock(NOW - 1), Slow()
        self.polling = Polling([self.source], Nobody(), ClockWatch(self.clock, 0), self.clock)
        self._reading = asyncio.create_task(self.polling.forever(self.source))

    async def __aenter__(self) -> "Polled":
        await self.source.asked.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading


async def passed(turns: int = 20) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def test_it_is_quiet_when_the_device_has_answered() -> None:
    async with asyncio.timeout(LIMIT_S), Polled() as one:
        waits = asyncio.create_task(one.polling.quiet())
        await passed()
        assert not waits.done()
        one.source.may_answer.set()
        await waits


async def test_a_device_that_does_not_answer_is_waited_for_only_so_long() -> None:
    async with asyncio.timeout(LIMIT_S), Polled() as one:
        one.clock.advance(HUSH)

        await one.polling.quiet()

        assert not one.source.may_answer.is_set()


class Wire:
    """A link that notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, topic: str, payload: bytes) -> None:
        self.sent.append(topic.rpartition("/")[2])


async def test_live_data_do_not_wait_for_a_device_and_the_backlog_does(tmp_path: Path) -> None:
    data, event = Outbox(tmp_path / "data", "data"), Outbox(tmp_path / "event", "event")
    lanes = Lanes(data, event)
    clock, read = ManualClock(NOW), asyncio.Event()
    link = EdgeLink(Gateway("mine", "gate"), BrokerAddress(), lanes, lambda _nonce: pytest.fail("no birth"), clock, pytest.fail)
    link.quiet = read.wait  # type: ignore[assignment]
    link.last_receipt = 1
    data.append(Batch("0" * 16, 1, [0, 1], [0, 1], bytes(8)), 1)
    data.commit()
    lanes.restart()
    data.append(Batch("0" * 16, 1, [0, 1], [0, 1], bytes(8)), 2)
    data.commit()
    wire = Wire()
    sending = asyncio.create_task(link._send(wire))  # type: ignore[arg-type]

    await passed()
    assert wire.sent == [Lane.LIVE]
    read.set()
    await passed()
    assert wire.sent == [Lane.LIVE, Lane.REPLAY]

    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending
