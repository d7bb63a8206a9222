"""What a source brought while neither disk nor memory had room is asked of it again: a file counts as read when its readings are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.clock import SECOND
from contracts.codec import unpack
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Batch, Item, Poll, decode
from contracts.points import Registry
from contracts.topics import Gateway
from edge_agent import agent as agent_module
from edge_agent.agent import Agent
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer, Source, make_source
from edge_agent.sources.settings import CsvTailSettings, ReplaySettings
from tests.edge_agent.kj_mine import HEADER, PACK, REGISTRY, KjMine, record
from tests.edge_agent.test_full_disk import full_disk, raised


@contextmanager
def no_room() -> Iterator[None]:
    """A disk that is full, and no memory beyond it."""
    with full_disk(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(agent_module, "MOST_PENDING", -1)
        yield


def started(source: Source, folder: Path, mine: KjMine, registry: Registry = REGISTRY) -> Agent:
    """An agent as after its start, its source at the place the outbox vouches for."""
    agent = Agent(Gateway("mine", "gate"), registry, [source], folder, BrokerAddress(), OutboxLimits(), PACK, mine.clock)
    agent._open_epoch()
    agent._commit()
    agent.polling.resume()
    return agent


async def poll(agent: Agent, mine: KjMine, seconds: float = 15) -> None:
    mine.clock.advance(round(seconds * SECOND))
    await agent.polling.ask(agent.polling.sources[0], mine.clock.now())


def values(agent: Agent) -> list[float]:
    """Of all readings on disk."""
    agent._commit()
    items = [decode(Item, data).body for epoch in agent.data.epochs for _, data in agent.data.items(epoch) if data]
    return [value for body in items if isinstance(body, Batch) for value in unpack(body).value.tolist()]


def drop(mine: KjMine, second: int, value: str, point: str = "T02") -> None:
    """A file of that second, outside whatever keeps the agent from writing."""
    (mine.drop / f"m_CDSS_{second}.txt").open("w").write(HEADER + record(point, value, f"2026-11-24 16:00:{second:02}") + "||")


async def test_kj_files_read_without_room_are_judged_at_once_and_read_again_when_there_is_room(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    agent = started(mine.source, tmp_path / "outbox", mine)
    drop(mine, 0, "0.41")
    await poll(agent, mine)
    assert values(agent) == [0.41]
    with no_room():
        drop(mine, 15, "0.42")
        await poll(agent, mine)
        drop(mine, 30, "1.43", "T01")
        await poll(agent, mine)
        assert (agent.unkept, agent.data.pending) == (2, 0)
        assert raised(agent.events) == ["limit.alarm"]

    drop(mine, 45, "0.44")
    for _ in range(3):
        await poll(agent, mine)

    assert sorted(values(agent)) == [0.41, 0.42, 0.44, 1.43]


async def test_a_start_after_answers_without_room_reads_them_again_too(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    agent = started(mine.source, tmp_path / "outbox", mine)
    drop(mine, 0, "0.41")
    with no_room():
        await poll(agent, mine)
    await mine.source.close()

    mine.source = mine.fresh()
    again = started(mine.source, tmp_path / "outbox", mine)
    await poll(again, mine)

    assert values(again) == [0.41]


async def test_the_room_that_comes_during_a_poll_does_not_leap_over_what_is_missing(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    agent = started(mine.source, tmp_path / "outbox", mine)
    drop(mine, 0, "0.41")
    with no_room():
        await poll(agent, mine)
        assert mine.source.name in agent.polling._behind
    drop(mine, 15, "0.42")
    with pytest.MonkeyPatch.context() as late:
        late.setattr(Agent, "has_room", property(lambda one, seen=[]: bool(seen) or seen.append(one)))  # none before the poll, some after
        await poll(agent, mine)
    assert values(agent) == []

    await poll(agent, mine)

    assert sorted(values(agent)) == [0.41, 0.42]


async def test_the_diary_knows_no_place_that_is_not_durable(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    agent = started(mine.source, tmp_path / "outbox", mine)
    drop(mine, 0, "0.41")
    await poll(agent, mine)  # in memory: it waits for the disk
    agent._write_diary()  # and the power goes
    await mine.source.close()

    mine.source = mine.fresh()
    again = started(mine.source, tmp_path / "outbox", mine)
    await poll(again, mine)

    assert values(again) == [0.41]


async def test_rows_of_a_growing_csv_file_come_again(tmp_path: Path) -> None:
    mine, file = KjMine(tmp_path), tmp_path / "gas.csv"
    source = make_source(CsvTailSettings(name="logger", file=str(file)), REGISTRY)
    agent = started(source, tmp_path / "outbox", mine)
    file.write_text("time,T02\n2026-11-24 16:00:00,0.41\n", encoding="utf-8")
    with no_room():
        await poll(agent, mine)
        with file.open("a", encoding="utf-8") as more:
            more.write("2026-11-24 16:00:01,0.42\n")
        await poll(agent, mine)

    for _ in range(2):
        await poll(agent, mine)

    assert values(agent) == [0.41, 0.42]


async def test_replayed_rows_come_again(tmp_path: Path) -> None:
    mine, file = KjMine(tmp_path), tmp_path / "rows.csv"
    file.write_text("time,T02\n2026-11-24T08:00:00Z,0.41\n2026-11-24T08:00:20Z,0.42\n", encoding="utf-8")
    source = make_source(ReplaySettings(name="replay", file=str(file), start="2026-11-24T08:00:00Z"), REGISTRY)
    agent = started(source, tmp_path / "outbox", mine)
    with no_room():
        await poll(agent, mine)

    for _ in range(2):
        await poll(agent, mine)

    assert values(agent) == [0.41, 0.42]


class Telling:
    """A source that tells by itself, as OPC UA and MQTT: what it told cannot be asked for again."""

    name, period = "belt", SECOND

    def __init__(self) -> None:
        self.sent_back = 0

    def resume(self, cursor: int) -> None:
        self.sent_back += 1

    async def poll(self, due: int) -> Answer:
        return Answer(Block.of([1], due, [0.4]), (Poll(self.name, self.period, due),))

    async def close(self) -> None:
        """Nothing is open."""


async def test_what_cannot_be_asked_for_again_is_counted_and_the_next_answer_is_kept_at_once(tmp_path: Path) -> None:
    mine, source = KjMine(tmp_path), Telling()
    agent = started(source, tmp_path / "outbox", mine)
    with no_room():
        for _ in range(3):
            await poll(agent, mine)
    await poll(agent, mine)

    assert (agent.unkept, values(agent), source.sent_back) == (3, [0.4], 1)
    instants = [
        body.polls[0].first for _, data in agent.data.items(agent.data.epoch) if data and isinstance(body := decode(Item, data).body, Batch)
    ]
    assert instants == [mine.clock.now()], "the centre sees that the others were not sampled"
