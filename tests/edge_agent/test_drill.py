"""A drill at the gateway: one marked event through the outbox, taken for a hazard by nobody here, with the times of its own steps."""

import asyncio
from pathlib import Path

import pytest

from alerts.drill import RULE
from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.digest import item_digest
from contracts.errors import BadConfig
from contracts.payload import EVENT_STREAM, VERSION, Event, Item, Receipt, Told, decode
from contracts.points import Point, Registry
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.care import drill as drills
from edge_agent.outbox import OutboxLimits

NOW = BUILD_TIME + 10 * DAY
REGISTRY = Registry("mine", "矿", "mine", (Point("T01", "methane", "face", "处", "place"),))


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Agent:
    """Its clock stands; waiting gives the others a turn and 2 ms. The centre knows its registry."""
    clock = ManualClock(NOW)
    made = Agent(Gateway("mine", "gate"), REGISTRY, [], tmp_path, BrokerAddress(), OutboxLimits(), load(), clock)
    made._open_epoch()
    made.lanes.registry_known = True

    sleep = asyncio.sleep

    async def wait(seconds: float) -> None:
        clock.advance(round(seconds * SECOND))
        await sleep(0)

    monkeypatch.setattr(drills.asyncio, "sleep", wait)
    return made


async def turns(count: int) -> None:
    """Everybody has so many."""
    for _ in range(count):
        await asyncio.sleep(0)


def sent(agent: Agent) -> bytes:
    """The event goes out; its bytes."""
    agent._commit()
    pick = agent.lanes.next(backlog=True)
    assert pick is not None
    agent.lanes.sent(pick, agent.clock.monotonic())
    return pick.data


def receipted(agent: Agent, data: bytes) -> None:
    told = Told(agent.events.epoch, EVENT_STREAM, 0, [(0, 0, item_digest(data))])
    agent.lanes.told(Receipt(VERSION, "g", 1, 1, 1 << 20, [told]), agent.clock.monotonic())


async def test_it_sends_one_marked_event_and_tells_when_it_was_decided_sent_and_receipted(agent: Agent) -> None:
    heard: list[Event] = []
    agent.deciding.heard_by.append(heard.append)
    holding = asyncio.ensure_future(drills.drill(agent, {"point": "T01", "drill": "7"}))
    await turns(5)
    data = sent(agent)
    await turns(5)
    receipted(agent, data)
    steps = dict(line.split("=") for line in (await holding).splitlines())

    assert list(steps) == ["decided", "sent", "receipted"]
    assert NOW == int(steps["decided"]) < int(steps["sent"]) < int(steps["receipted"])
    body = decode(Item, data).body
    assert isinstance(body, Event)
    assert (body.rule, body.change, body.point, body.numbers) == (RULE, "drill", "T01", {"drill": 7.0})
    assert heard == [], "nobody here takes it for a decision: nothing is frozen, nothing is scored"
    assert agent.events.pending == 0


async def test_a_receipt_that_comes_between_two_looks_hides_no_step(agent: Agent) -> None:
    holding = asyncio.ensure_future(drills.drill(agent, {"point": "T01", "drill": "7"}))
    await turns(5)
    receipted(agent, sent(agent))

    assert [line.partition("=")[0] for line in (await holding).splitlines()] == ["decided", "sent", "receipted"]


async def test_without_a_link_it_tells_what_it_knows(agent: Agent) -> None:
    assert (await drills.drill(agent, {"point": "T01", "drill": "7"})).splitlines() == [f"decided={NOW}"]


@pytest.mark.parametrize("arguments", [{}, {"point": "T99"}, {"point": "T01", "drill": "x"}, {"point": "T01", "drill": "1" * 20}])
async def test_what_names_no_point_or_no_drill_is_refused_and_nothing_is_sent(agent: Agent, arguments: dict[str, str]) -> None:
    with pytest.raises(BadConfig):
        await drills.drill(agent, arguments)
    assert agent.events.pending == 0
