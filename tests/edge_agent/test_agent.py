"""The agent on a disk that refuses, with a clock that was wrong, and with sources that bring odd things."""

import os
from pathlib import Path

import pytest

from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, HOUR, SECOND, ClockState, ManualClock
from contracts.codec import MAX_READINGS
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Batch, Item, Lost, Poll, decode
from contracts.points import Point, Registry
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer

REGISTRY = Registry("mine", "矿", "mine", (Point("W01", "wind_speed", "face", "处", "place"),))
NOW = BUILD_TIME + 10 * DAY
SMALL = OutboxLimits(segment_bytes=400)


def agent(folder: Path, clock: ManualClock, limits: OutboxLimits = SMALL) -> Agent:
    made = Agent(Gateway("mine", "gate"), REGISTRY, [], folder, BrokerAddress(), limits, load(), clock)
    made._open_epoch()
    return made


def answer(at: int, n: int = 1, cursor: int = 0) -> Answer:
    return Answer(Block.of([0] * n, at, [1.5] * n), (Poll("s", SECOND, at, cursor=cursor),))


def batches(one: Agent) -> list[Batch]:
    one._commit()
    found = [decode(Item, data).body for _, data in one.data.items(one.data.epoch) if data]
    return [body for body in found if isinstance(body, Batch)]


async def test_a_full_disk_does_not_end_the_agent_nor_multiply_what_it_has_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(NOW)
    one = agent(tmp_path, clock, OutboxLimits(max_bytes=2000, segment_bytes=400))
    for at in range(40):
        one.take(answer(NOW + at * SECOND))
        one._commit()
    one.take(answer(NOW + 40 * SECOND))
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", _refuse)
        for _ in range(5):
            await one._reclaim()
    assert one.disk_error

    await one._reclaim()

    told = [decode(Item, data).body for _, data in one.events.items(one.events.epoch) if data]
    lost = [(body.first, body.last) for body in told if isinstance(body, Lost)]
    assert len(lost) == len(set(lost)) > 0
    assert one.data.pending == 0


def _refuse(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_an_answer_without_a_single_reading_is_kept_as_a_poll(tmp_path: Path) -> None:
    one = agent(tmp_path, ManualClock(NOW))

    one.take(Answer(Block.of([], NOW, []), (Poll("s", SECOND, NOW, cursor=7),)))

    [batch] = batches(one)
    assert (batch.values, [poll.cursor for poll in batch.polls]) == (b"", [7])


def test_the_place_in_a_source_travels_with_the_last_part_of_an_answer(tmp_path: Path) -> None:
    one = agent(tmp_path, ManualClock(NOW))

    one.take(answer(NOW, MAX_READINGS + 1, cursor=9))

    assert [[poll.cursor for poll in batch.polls] for batch in batches(one)] == [[], [9]]


def test_a_clock_that_was_set_right_does_not_stay_in_the_future_over_a_restart(tmp_path: Path) -> None:
    clock = ManualClock(NOW + 400 * DAY)
    one = agent(tmp_path, clock)
    one.take(answer(one.watch.now()))
    one._commit()
    clock.step(-400 * DAY)
    one._write_diary()
    one._flush()

    again = agent(tmp_path, clock)

    assert again.watch.state is ClockState.TRUSTED
    assert again.watch.now() == NOW


def test_without_a_diary_the_newest_stamp_on_disk_is_the_floor(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    agent(tmp_path, clock)._flush()
    (tmp_path / "agent.json").unlink()
    for segment in tmp_path.rglob("*.seg"):  # an unsealed one is as new as its file
        os.utime(segment, ns=(NOW * 1000, NOW * 1000))
    clock.step(-HOUR)

    assert agent(tmp_path, clock).watch.now() == NOW
