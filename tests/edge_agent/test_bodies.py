"""What a poll brought becomes items: each peer behind a source for itself, and in doubt where one time comes twice."""

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from alerts.packs import load
from contracts.clock import SECOND, SystemClock
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import CLOCK_SET_BACK, Batch, Item, Poll, decode
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.bodies import twice
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer
from tests.edge_agent.modbus_peer import registry_of


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_a_point_that_has_two_readings_of_one_time_is_seen(rows: list[tuple[int, int]]) -> None:
    block = Block.of([point for point, _ in rows], [time for _, time in rows], [0.0] * len(rows))

    assert twice(block) == (len(set(rows)) < len(rows))


class Line:
    """A source with two peers, the second of which brings two values of one time."""

    name, period = "line", SECOND // 20

    def __init__(self) -> None:
        self.turns, self.again = 0, asyncio.Event()

    def resume(self, cursor: int) -> None: ...

    async def poll(self, due: int) -> Answer:
        self.turns += 1
        if self.turns > 1:
            self.again.set()
        first = Answer(Block.of([0], due, [1.0]), (Poll("line/1", self.period, due),))
        return Answer.of(first, Answer(Block.of([1, 1], due, [2.0, 3.0]), (Poll("line/2", self.period, due),)), self.silent(due))

    def silent(self, due: int) -> Answer:
        return Answer(None, (Poll("line/3", self.period, due, 1, 0),), "unit 3: silent")

    async def close(self) -> None: ...


async def test_each_peer_behind_a_source_is_kept_for_itself_and_one_time_twice_makes_the_centre_look(tmp_path: Path) -> None:
    agent = Agent(Gateway("m", "g"), registry_of("A", "B"), [], tmp_path, BrokerAddress(), OutboxLimits(), load(), SystemClock())
    line = Line()
    task = asyncio.ensure_future(agent.polling.forever(line))
    await line.again.wait()
    task.cancel()
    agent._commit()

    bodies = [decode(Item, data).body for _, data in agent.data.items(agent.data.epoch) if data]
    told = [(body.polls[0].source, body.polls[0].answered, body.flags & CLOCK_SET_BACK) for body in bodies[:3] if isinstance(body, Batch)]
    assert told == [("line/1", 1, 0), ("line/2", 1, CLOCK_SET_BACK), ("line/3", 0, 0)]
