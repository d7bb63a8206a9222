"""A disk that is full when the agent starts: it reads, judges and says so, and goes on by itself when there is room."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Batch, Event, Item, Lost, Poll, RegistryPart, decode
from contracts.points import Point, Registry
from contracts.topics import Gateway
from edge_agent import agent as agent_module
from edge_agent import deciding
from edge_agent.agent import Agent
from edge_agent.metrics import health_of
from edge_agent.outbox import Outbox, OutboxLimits
from edge_agent.polling import Word
from edge_agent.process import own
from edge_agent.sources import Answer
from tests.edge_agent.test_outbox import SMALL, fill, kept

NOW = BUILD_TIME + 10 * DAY
REGISTRY = Registry(
    "mine", "矿", "mine", (Point("T01", "methane", "face", "回风隅角", "corner", limit_row="face_return_corner", mapped_by="test"),)
)


@contextmanager
def full_disk() -> Iterator[None]:
    """Every new byte is refused, whoever writes it; what is there can be read."""

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("pwrite", "fsync", "fdatasync", "write", "mkdir"):
            patch.setattr(os, name, refuse)
        patch.setattr(Path, "write_bytes", refuse)
        yield


def agent(folder: Path, clock: ManualClock, limits: OutboxLimits = SMALL) -> Agent:
    made = Agent(Gateway("mine", "gate"), REGISTRY, [], folder, BrokerAddress(), limits, load(), clock)
    made._open_epoch()
    return made


def answer(at: int, value: float = 0.1) -> Answer:
    return Answer(Block.of([0], at, [value]), (Poll("s", SECOND, at),))


def raised(box: Outbox) -> list[str]:
    """Rules of the alarms that wait in memory."""
    waiting = [decode(Item, data).body for data, _ in box._pending]
    return [body.rule for body in waiting if isinstance(body, Event) and body.change == "raise"]


def bodies(box: Outbox) -> list[object]:
    return [decode(Item, data).body for _, data in box.items(box.epoch) if data]


@pytest.mark.parametrize("existed", [False, True], ids=["a new gateway", "one that ran before"])
async def test_an_agent_starts_on_a_full_disk_says_so_and_goes_on_when_there_is_room(tmp_path: Path, existed: bool) -> None:
    clock = ManualClock(NOW)
    folder = tmp_path / "outbox"
    if existed:
        agent(folder, clock)._flush()
    with full_disk():
        one = agent(folder, clock)
        for at in range(5):
            one.take(answer(NOW + at * SECOND, 0.1 if at < 3 else 1.4))
        await one._reclaim()
        one._write_diary()
        assert "No space" in one.status().disk
        assert any("disk refuses" in why for why in health_of(one).unready)
        assert (one.data.current.made, one.data.pending, raised(one.events)) == (0, 6, ["limit.alarm"])

    one._commit()

    assert [type(body) for body in bodies(one.data)] == [RegistryPart] + [Batch] * 5
    assert [body.rule for body in bodies(one.events) if isinstance(body, Event) and body.change == "raise"] == ["limit.alarm"]
    assert one.data.pending == 0


def test_what_is_on_the_disk_is_not_harmed_by_starts_that_found_it_full(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "data", SMALL)
    fill(first, 9)
    before, epoch = kept(first), first.epoch
    first.close()
    victim = max(tmp_path.glob("*.seg"))
    os.truncate(victim, victim.stat().st_size - 3)
    (tmp_path / f"{epoch}-000000000099.seg").write_bytes(b"no segment")
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with full_disk():
        for _ in range(2):
            refused = Outbox(tmp_path, "data", SMALL)
            assert "No space" in refused.refused
            assert kept(refused).items() < before.items()
    assert all((tmp_path / name).read_bytes() == data for name, data in files.items())

    again = Outbox(tmp_path, "data", SMALL)

    assert again.refused == ""
    assert again.current.predecessor == epoch
    assert [(loss.first, loss.last) for loss in again.losses] == [(loss.first, loss.last) for loss in refused.losses] != []


def test_losses_found_by_a_start_without_room_are_told_once_there_is(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    one = agent(tmp_path, clock)
    for at in range(9):
        one.take(answer(NOW + at * SECOND))
        one._commit()
    one._flush()
    os.truncate(max((tmp_path / "data").glob("*.seg")), 60)
    with full_disk():
        again = agent(tmp_path, clock)
    again._tell_losses(NOW)

    [lost] = bodies(again.events)
    assert isinstance(lost, Lost)
    assert (lost.epoch, again.data.losses) == (one.data.epoch, [])


def test_memory_is_bounded_and_alarms_are_decided_beyond_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_module, "MOST_PENDING_BYTES", 2000)
    with full_disk():
        one = agent(tmp_path, ManualClock(NOW))
        for at in range(200):
            one.take(answer(NOW + at * SECOND))
        one.take(answer(NOW + 200 * SECOND, 1.4))

    assert one.data.pending_bytes < 2500
    assert (one.polled, one.unkept) == (201, 202 - one.data.pending)
    assert raised(one.events) == ["limit.alarm"]


def test_decisions_without_room_are_made_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "MOST_DECISIONS", -1)
    with full_disk():
        one = agent(tmp_path, ManualClock(NOW))
        one.take(answer(NOW, 1.4))
    assert raised(one.events) == []
    monkeypatch.undo()

    one.take(answer(NOW + SECOND, 1.4))

    assert raised(one.events) == ["limit.alarm"]


async def test_an_agent_that_is_stopped_on_a_full_disk_ends_without_an_error(tmp_path: Path) -> None:
    with full_disk():
        one = agent(tmp_path, ManualClock(NOW))
        one.take(answer(NOW))
        one._flush()

    assert "No space" in one.disk_error


def test_status_is_written_over_in_place_where_there_is_no_room_for_a_new_file(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    one = agent(tmp_path, clock)
    one._write_diary()
    one.disk_error = "No space left on device"
    with full_disk():
        one._write_diary()

    told = one.diary.read()

    assert told.status is not None
    assert told.status.disk == "No space left on device"


def test_a_status_that_grew_too_long_for_its_place_is_written_without_the_sources(tmp_path: Path) -> None:
    one = agent(tmp_path, ManualClock(NOW))
    one._write_diary()
    size = (tmp_path / "agent.json").stat().st_size
    one.polling._words = {f"p{at}": Word(f"p{at}", False, NOW, why="x" * 200) for at in range(50)}
    one.disk_error = "No space left on device"
    with full_disk():
        one._write_diary()

    told = one.diary.read().status

    assert told is not None
    assert (told.disk, told.sources, (tmp_path / "agent.json").stat().st_size) == ("No space left on device", [], size)
    one._write_diary()
    assert len(one.diary.read().status.sources) == 50


def test_the_folder_is_owned_where_the_process_id_cannot_be_noted(tmp_path: Path) -> None:
    with full_disk():
        own(tmp_path).close()
