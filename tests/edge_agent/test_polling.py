"""What sources say of themselves is told: in the log once, in the status, in the metrics."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contracts.clock import SECOND
from contracts.config import BrokerAddress
from contracts.payload import Poll
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.batchfiles import BatchFiles, Room
from edge_agent.blackbox.key import own_key
from edge_agent.metrics import watched
from edge_agent.outbox import OutboxLimits
from edge_agent.polling import MOST_WORDS
from edge_agent.process import filed
from edge_agent.sources import Answer
from tests.edge_agent.kj_mine import HEADER, NOON, PACK, REGISTRY, KjMine, record


class Line:
    """A source that answers what the test puts there."""

    name, period = "line", SECOND

    def __init__(self) -> None:
        self.says: list[tuple[str, str]] = []
        """(peer, why); answered where why is empty or ends with `but`."""

    def resume(self, cursor: int) -> None:
        """It has no place to go back to."""

    async def poll(self, due: int) -> Answer:
        parts = [Answer(None, (Poll(peer, SECOND, due, 1, int(not why or why.endswith("but"))),), why) for peer, why in self.says]
        return Answer.of(*parts)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def mine(tmp_path: Path) -> KjMine:
    return KjMine(tmp_path)


@pytest.fixture
def agent(mine: KjMine, tmp_path: Path) -> Iterator[Agent]:
    agent = Agent(
        Gateway("mine", "gate"), REGISTRY, [mine.source, Line()], tmp_path / "o", BrokerAddress(), OutboxLimits(), PACK, mine.clock
    )
    agent._open_epoch()
    yield agent
    agent._flush()


async def say(agent: Agent, second: int, *says: tuple[str, str]) -> list[dict]:
    """The log of one poll of the line."""
    line = agent.polling.sources[1]
    assert isinstance(line, Line)
    line.says = list(says)
    with capture_logs() as logs:
        await agent.polling.ask(line, NOON + second * SECOND)
    return [entry for entry in logs if entry["event"].startswith("source")]


async def test_a_peer_that_falls_silent_is_logged_once_with_the_reason_and_once_when_it_answers_again(agent: Agent) -> None:
    assert await say(agent, 1, ("a", ""), ("b", "")) == []
    [gone] = await say(agent, 2, ("a", ""), ("b", "no answer"))
    assert (gone["event"], gone["log_level"], gone["source"], gone["why"]) == ("source is silent", "warning", "b", "no answer")
    assert await say(agent, 3, ("a", ""), ("b", "no answer")) == []
    [back] = await say(agent, 4, ("a", ""), ("b", ""))
    assert (back["event"], back["source"]) == ("source answers", "b")


async def test_a_reason_that_changes_at_every_poll_is_logged_once_a_minute(agent: Agent) -> None:
    logs = [await say(agent, second, ("a", f"no row for {second} polls")) for second in range(1, 122)]

    assert [second for second, found in enumerate(logs, start=1) if found] == [1, 61, 121]


async def test_the_status_keeps_the_last_reason_and_when_it_was_said(agent: Agent) -> None:
    await say(agent, 1, ("a", "half of it, but"), ("b", "refused"))
    await say(agent, 5, ("a", ""), ("b", "refused"))

    a, b = agent.status().sources

    assert (a.name, a.answered, a.why, a.why_at, a.at) == ("a", True, "half of it, but", NOON + SECOND, NOON + 5 * SECOND)
    assert (b.name, b.answered, b.why, b.since, b.polls, b.answers) == ("b", False, "refused", NOON + SECOND, 2, 0)


async def test_what_is_kept_of_peers_is_bounded(agent: Agent) -> None:
    await say(agent, 1, *((f"p{n:04}", "x" * 5000) for n in range(MOST_WORDS + 20)))

    assert len(agent.status().sources) == MOST_WORDS
    assert max(len(word.why) for word in agent.status().sources) == 300


async def test_the_files_of_a_kj_source_are_counted_in_status_and_metrics(agent: Agent, mine: KjMine) -> None:
    mine.write("m_CDSS_1.txt", HEADER + record("T02", "0.41") + record("T02", "much", "2026-11-24 16:00:01") + "||")
    mine.write("m_CDSS_2.txt", HEADER + record("T02", "0.42", "2026-11-24 16:00:15") + "||")
    mine.write("m_CDSS_3.txt", HEADER + record("T02", "0.42", "2026-11-24 16:00:15") + "||")
    mine.clock.advance(15 * SECOND)
    await agent.polling.ask(mine.source, mine.clock.now())

    counts, [kj] = agent.status().counts["kj"], agent.status().sources
    metrics = watched(agent).registry

    wanted = {"files": 2, "repeated_files": 1, "damaged_files": 1, "readings": 2, "refused": 1}
    assert {name: counts[name] for name in wanted} == wanted
    assert "m_CDSS_1.txt: 1 refused or doubted" in kj.why
    assert metrics.get_sample_value("davy_edge_source_seen_total", {"source": "kj", "what": "damaged_files"}) == 1
    assert metrics.get_sample_value("davy_edge_source_answered", {"source": "kj"}) == 1


async def test_the_batch_files_are_told_in_status_and_metrics(agent: Agent, tmp_path: Path) -> None:
    assert agent.status().files is None
    out, home = tmp_path / "usb", tmp_path / "o"
    boxes = (agent.data, agent.events)
    files = agent.files = BatchFiles(out, home, "mine/gate", boxes, lambda: filed(agent), lambda: own_key(home), Room(reserve=0))
    agent._commit()
    assert (agent.status().files.written, agent.status().files.waiting) == (0, agent.data.waiting)

    await files.turn()

    told, metrics = agent.status().files, watched(agent).registry
    assert (told.written, told.waiting, told.error, told.last_at) == (1, 0, "", agent.watch.now())
    assert (out / told.last).is_file()
    assert metrics.get_sample_value("davy_edge_files_written_total") == 1
    assert metrics.get_sample_value("davy_edge_files_age_seconds") == 0


async def test_a_folder_without_room_is_told_with_what_waits(agent: Agent, tmp_path: Path) -> None:
    boxes, home = (agent.data, agent.events), tmp_path / "o"
    agent.files = BatchFiles(tmp_path / "usb", home, "mine/gate", boxes, lambda: filed(agent), lambda: own_key(home), Room(reserve=1 << 60))
    agent._commit()

    await agent.files.turn()

    told = agent.status().files
    assert ("MB free" in told.error, told.waiting > 0, told.written) == (True, True, 0)
    assert watched(agent).registry.get_sample_value("davy_edge_files_failing") == 1
