"""The agent tells its own state: what hangs is stuck; no link, no receipts or a full disk is not ready; unknown has no sample."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.packs import load
from contracts.clock import SECOND, ManualClock
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Poll
from contracts.points import Point, Registry
from contracts.topics import Gateway
from edge_agent.advice.word import ModelsWord
from edge_agent.agent import Agent
from edge_agent.metrics import RECEIPT_OVERDUE, STUCK_AFTER, health_of, watched
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer

REGISTRY = Registry("mine", "矿", "mine", (Point("T01", "methane", "face", "回风隅角", "return corner"),))


class Silent:
    """A source that is never polled."""

    name, period = "field", SECOND

    def resume(self, cursor: int) -> None:
        """It has no place to go back to."""

    async def poll(self, due: int) -> Answer:
        raise AssertionError(due)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    clock = ManualClock()
    clock.ticks = SECOND
    agent = Agent(Gateway("mine", "gate-1"), REGISTRY, [Silent()], tmp_path, BrokerAddress(), OutboxLimits(), load(), clock)
    agent.link.connected = True
    agent._open_epoch()
    yield agent
    agent._flush()


def later(agent: Agent, micros: int) -> None:
    assert isinstance(agent.clock, ManualClock)
    agent.clock.advance(micros)


def polled(agent: Agent) -> None:
    agent.polling.last_poll["field"] = agent.clock.monotonic()


def sample(agent: Agent, name: str, **labels: str) -> float | None:
    return watched(agent).registry.get_sample_value(name, labels)


def test_items_are_made_then_committed_then_wait_for_their_receipt(agent: Agent) -> None:
    committed = sample(agent, "davy_edge_items_committed_total", stream="data")
    agent.take(Answer(Block.of([0], agent.clock.now(), [0.5]), [Poll("field", SECOND, agent.clock.now())]))

    assert sample(agent, "davy_edge_items_made_total", stream="data") == (committed or 0) + 1
    assert sample(agent, "davy_edge_items_committed_total", stream="data") == committed
    agent._commit()
    assert sample(agent, "davy_edge_items_committed_total", stream="data") == (committed or 0) + 1
    assert sample(agent, "davy_edge_items_waiting", stream="data") == (committed or 0) + 1
    assert sample(agent, "davy_edge_polls_due_total") == sample(agent, "davy_edge_polls_answered_total") == 1.0


def test_models_are_named_with_what_they_cost_and_without_any_there_is_no_cost(agent: Agent) -> None:
    agent.models = lambda: ModelsWord(refused="older: 2")
    assert sample(agent, "davy_edge_models_refused") == 1.0
    assert sample(agent, "davy_edge_models_cycle_seconds_count") is None

    agent.models = lambda: ModelsWord("3@ab", 4, 5 * SECOND, "王工", cycles=9, total_s=0.5, failed=2, failure="x", p99_ms=8, standing=1)
    figures = {"info": 1.0, "since_seconds": 5.0, "failing": 1.0, "findings": 1.0, "failures_total": 2.0}
    figures |= {"cycle_seconds_count": 9.0, "cycle_seconds_sum": 0.5, "cycle_p99_seconds": 0.008, "refused": 0.0}
    labels = {"info": {"use": "3@ab", "signer": "王工", "refused": ""}}
    assert {name: sample(agent, f"davy_edge_models_{name}", **labels.get(name, {})) for name in figures} == figures


def test_before_the_first_receipt_there_is_no_age_of_one(agent: Agent) -> None:
    assert sample(agent, "davy_edge_receipt_age_seconds") is None

    agent.link.last_receipt = agent.clock.monotonic()
    later(agent, 7 * SECOND)
    assert sample(agent, "davy_edge_receipt_age_seconds") == 7.0


def test_a_source_that_is_not_polled_any_more_is_stuck(agent: Agent) -> None:
    polled(agent)
    later(agent, STUCK_AFTER + 2 * SECOND)
    assert health_of(agent).live

    later(agent, SECOND)
    assert health_of(agent).stuck == ("source field: no poll for 63 s",)


def test_a_commit_that_hangs_is_stuck(agent: Agent) -> None:
    agent.committing_since = agent.clock.monotonic()
    later(agent, STUCK_AFTER + SECOND)
    polled(agent)

    assert health_of(agent).stuck == ("outbox: a commit takes 61 s",)


def test_connected_without_receipts_while_items_wait_is_a_stuck_link_of_a_live_process(agent: Agent) -> None:
    later(agent, RECEIPT_OVERDUE + SECOND)
    polled(agent)
    told = health_of(agent)

    assert (told.live, told.ready) == (True, False)
    assert told.unready == ("link stuck: connected, 1 items wait, no receipt for 121 s",)


def test_a_recent_receipt_is_progress(agent: Agent) -> None:
    later(agent, RECEIPT_OVERDUE + SECOND)
    polled(agent)
    agent.link.last_receipt = agent.clock.monotonic()

    assert health_of(agent).ready


def test_no_link_and_a_disk_that_refuses_are_both_said(agent: Agent) -> None:
    agent.link.connected, agent.link.why, agent.disk_error = False, "refused", "no space left"

    assert health_of(agent).unready == ("link: refused", "disk refuses: no space left")
