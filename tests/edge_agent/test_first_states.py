"""A start is no storm: what thousands of points show first goes to the centre in a few items; what is raised goes at once, alone."""

from pathlib import Path

from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Event, Item, Poll, Returns, decode
from contracts.points import Point, Registry
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer

POINTS = 3_000
NOW = BUILD_TIME + 10 * DAY
REGISTRY = Registry(
    "mine", "矿", "mine", tuple(Point(f"T{at}", "methane", "face", "处", "place", limit_row="face_return_corner") for at in range(POINTS))
)


def test_the_first_poll_of_thousands_of_points_is_a_few_items_and_every_point_is_in_one(tmp_path: Path) -> None:
    agent = Agent(Gateway("mine", "gate"), REGISTRY, [], tmp_path, BrokerAddress(), OutboxLimits(), load(), ManualClock(NOW))
    heard: list[Event] = []
    agent.deciding.heard_by.append(heard.append)
    values = [0.1] * POINTS
    values[7] = 1.2

    agent.take(Answer(Block.of(list(range(POINTS)), NOW, values), (Poll("s", SECOND, NOW),)))
    agent._commit()

    bodies = [decode(Item, data).body for _, data in agent.events.items(agent.events.epoch) if data]
    raised = [body for body in bodies if isinstance(body, Event)]
    told = [point for body in bodies if isinstance(body, Returns) and body.rule == "*" for point in body.points]
    assert {(body.point, body.change) for body in raised if body.rule == "limit.alarm"} == {("T7", "raise")}
    assert heard == raised
    assert sorted(told) == sorted(f"T{at}" for at in range(POINTS) if at != 7)
    assert len(bodies) < 15
