"""The agent decides on the spot what no single reading says: a silent source, a supply that stays on."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Event, Item, Poll, decode
from contracts.points import Point, Registry
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer

REGISTRY = Registry(
    "mine",
    "矿",
    "mine",
    (
        Point("T1", "methane", "h", "处", "place", limit_row="heading_return", mapped_by="王工", feeds=("FEED",)),
        Point("FEED", "feed_state", "h", "处", "place"),
    ),
)
NOW = BUILD_TIME + 10 * DAY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def agent(tmp_path: Path, clock: ManualClock) -> Agent:
    made = Agent(Gateway("mine", "gate"), REGISTRY, [], tmp_path, BrokerAddress(), OutboxLimits(), load(), clock)
    made._open_epoch()
    return made


def decided(agent: Agent) -> list[tuple[str, str, str, str]]:
    agent._commit()
    bodies = [decode(Item, data).body for _, data in agent.events.items(agent.events.epoch) if data]
    told = [body for body in bodies if isinstance(body, Event) and body.reason != "first_reading"]
    return [(event.point, event.rule, event.change, event.clause) for event in told]


def test_a_source_that_stops_answering_is_told_once(agent: Agent, clock: ManualClock) -> None:
    for second in range(120):
        clock.advance(SECOND)
        block = Block.of([0, 1], clock.now(), [0.2, 1.0]) if second < 5 else None
        agent.take(Answer(block, (Poll("kj", SECOND, clock.now(), 1, int(second < 5)),)))
        agent.deciding.look(clock.now())
    assert decided(agent) == [("kj", "source.stale", "raise", "project")]


def test_a_supply_that_stays_on_at_the_cut_value_is_feed_abnormal(agent: Agent, clock: ManualClock) -> None:
    for second in range(50):
        clock.advance(SECOND)
        agent.take(Answer(Block.of([0, 1], clock.now(), [0.2 if second < 2 else 1.2, 1.0]), (Poll("kj", SECOND, clock.now()),)))
    assert ("FEED", "feed.abnormal", "raise", "CMSR2025 Art.528") in decided(agent)


async def test_time_alone_is_looked_at_while_the_agent_runs(agent: Agent, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(agent.deciding, "look", looked.append)

    async def at_once(_seconds: float) -> None:
        if looked:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", at_once)
    with suppress(asyncio.CancelledError):
        await agent.deciding.run()
    assert looked == [NOW]
