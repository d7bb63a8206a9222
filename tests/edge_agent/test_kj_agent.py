"""An agent on a folder of KJ files: limits are judged, and a crash neither loses a reading nor doubles one."""

from pathlib import Path

from contracts.codec import unpack
from contracts.config import BrokerAddress
from contracts.payload import Batch, Event, Item, decode
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.outbox import Outbox, OutboxLimits
from tests.edge_agent.kj_mine import HEADER, PACK, REGISTRY, KjMine, record


def started(mine: KjMine, folder: Path) -> Agent:
    """An agent as after its start, its source at the place the outbox vouches for."""
    agent = Agent(Gateway("mine", "gate"), REGISTRY, [], folder, BrokerAddress(), OutboxLimits(), PACK, mine.clock)
    agent._open_epoch()
    agent._commit()
    mine.source = mine.fresh(agent.facts.cursors.get("kj", 0))
    return agent


def bodies(box: Outbox) -> list[object]:
    return [decode(Item, data).body for epoch in box.epochs for _, data in box.items(epoch) if data]


async def test_what_was_not_on_disk_at_a_crash_is_read_again_and_nothing_else(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    agent = started(mine, tmp_path / "outbox")
    mine.write("m_CDSS_1.txt", HEADER + record("T02", "0.41") + "||")
    agent.take(await mine.poll())
    agent._commit()
    mine.write("m_CDSS_2.txt", HEADER + record("T02", "0.42", "2026-11-24 16:00:15") + "||")
    agent.take(await mine.poll())  # and the power goes
    await mine.source.close()

    again = started(mine, tmp_path / "outbox")
    for _ in range(3):
        again.take(await mine.poll())
    again._commit()

    values = [value for body in bodies(again.data) if isinstance(body, Batch) for value in unpack(body).value.tolist()]
    assert sorted(values) == [0.41, 0.42]


async def test_a_limit_crossed_in_a_fresh_file_is_an_alarm_and_in_a_late_one_a_past_alarm(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    agent = started(mine, tmp_path / "outbox")
    mine.write("m_CDSS_1.txt", HEADER + record("T01", "0.4", "2026-11-24 16:00:05") + "||")
    agent.take(await mine.poll())
    mine.write("m_CDSS_2.txt", HEADER + record("T01", "1.3", "2026-11-24 15:00:00") + "||")
    agent.take(await mine.poll())
    mine.write("m_CDSS_3.txt", HEADER + record("T01", "1.2", "2026-11-24 16:00:30") + "||")
    agent.take(await mine.poll())
    agent._commit()

    found = [(body.change, body.value) for body in bodies(agent.events) if isinstance(body, Event) and body.rule == "limit.alarm"]
    assert found == [("past", 1.3), ("raise", 1.2)]
