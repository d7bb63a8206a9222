"""A clock set back while gas rises: what is read then is new although its stamps are not, and people hear of it once, as of an alarm."""

from pathlib import Path

import pytest

from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Event, Item, Poll, decode
from contracts.points import Point, Registry
from contracts.quality import CLOCK_SUSPECT
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer

REGISTRY = Registry("mine", "矿", "mine", (Point("T1", "methane", "h", "处", "place", limit_row="heading_return", mapped_by="王工"),))
NOW = BUILD_TIME + 10 * DAY
LOW, HIGH = 0.2, 1.2


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def agent(tmp_path: Path, clock: ManualClock) -> Agent:
    made = Agent(Gateway("mine", "gate"), REGISTRY, [], tmp_path, BrokerAddress(), OutboxLimits(), load(), clock)
    made._open_epoch()
    return made


def shown(agent: Agent, clock: ManualClock, *values: float) -> None:
    """One reading a second."""
    for value in values:
        clock.advance(SECOND)
        agent.watch.now()
        agent.take(Answer(Block.of([0], clock.now(), [value]), (Poll("kj", SECOND, clock.now()),)))


def decided(agent: Agent) -> list[tuple[str, int, bool]]:
    """(change, s after the start, suspect) of what was decided of the limit."""
    agent._commit()
    bodies = [decode(Item, data).body for _, data in agent.events.items(agent.events.epoch) if data]
    told = [body for body in bodies if isinstance(body, Event) and body.rule == "limit.alarm" and body.reason != "first_reading"]
    return [(event.change, (event.time - NOW) // SECOND, bool(event.quality & CLOCK_SUSPECT)) for event in told]


@pytest.mark.parametrize("back", [7, 45, 59, 61, 3600])
def test_an_exceedance_in_times_that_come_again_is_one_live_alarm(agent: Agent, clock: ManualClock, back: int) -> None:
    shown(agent, clock, LOW, HIGH, LOW, *[LOW] * 57)
    clock.step(-back * SECOND)
    shown(agent, clock, LOW, HIGH, HIGH, HIGH, HIGH, LOW)

    first = 60 - back
    assert decided(agent) == [("raise", 2, False), ("return", 3, False), ("raise", first + 2, True), ("return", first + 6, True)]


def test_what_is_active_when_the_clock_is_set_back_ends_at_a_stamp_after_its_beginning(agent: Agent, clock: ManualClock) -> None:
    shown(agent, clock, *[LOW] * 30, HIGH, HIGH)
    clock.step(-10 * SECOND)
    shown(agent, clock, *[LOW] * 20)

    assert decided(agent) == [("raise", 31, False), ("return", 32, True)]


def test_what_began_under_a_clock_far_ahead_ends_at_once(agent: Agent, clock: ManualClock) -> None:
    clock.step(3600 * SECOND)
    shown(agent, clock, LOW, HIGH)
    clock.step(-3600 * SECOND)
    shown(agent, clock, LOW)

    assert [change for change, _, _ in decided(agent)] == ["raise", "return"]


def test_once_the_old_times_are_passed_nothing_is_marked_any_more(agent: Agent, clock: ManualClock) -> None:
    shown(agent, clock, *[LOW] * 10)
    clock.step(-5 * SECOND)
    shown(agent, clock, *[LOW] * 10, HIGH, LOW)

    assert [suspect for _, _, suspect in decided(agent)] == [False, False]
