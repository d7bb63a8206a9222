"""Where a start goes on reading each source: after the newest poll that is on disk, however short the lives before were."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, HOUR, SECOND, ManualClock
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Poll
from contracts.points import Point, Registry
from contracts.topics import Gateway
from edge_agent.agent import Agent
from edge_agent.outbox import Outbox, OutboxLimits
from edge_agent.outbox.segment import Segment
from edge_agent.places import Mark, places
from edge_agent.sources import Answer

REGISTRY = Registry("mine", "矿", "mine", (Point("W01", "wind_speed", "face", "处", "place"),))
NOW = BUILD_TIME + 10 * DAY
PACK = load()


class Silent:
    """A source that is only resumed."""

    period = SECOND

    def __init__(self, name: str) -> None:
        self.name, self.at = name, -1

    def resume(self, cursor: int) -> None:
        self.at = cursor

    async def poll(self, due: int) -> Answer:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is open."""


def start(folder: Path, clock: ManualClock, *names: str) -> Agent:
    """A life of the agent; whatever lived before ended as by kill -9."""
    sources = [Silent(name) for name in names]
    one = Agent(Gateway("mine", "gate"), REGISTRY, sources, folder, BrokerAddress(), OutboxLimits(segment_bytes=600), PACK, clock)
    one._open_epoch()
    one._commit()
    one.polling.resume()
    return one


def killed(one: Agent) -> None:
    """As kill -9 does: its files are closed, nothing more is written."""
    for box in (one.data, one.events):
        if box._writer is not None:
            box._writer.close()
        box._high.close()
    one._disk.shutdown()


def keep(one: Agent, source: str, cursor: int) -> None:
    at = one.watch.now()
    one.take(Answer(Block.of([0], at, [1.5]), (Poll(source, SECOND, at, cursor=cursor),)))
    one._commit()


def write_diary(one: Agent) -> None:
    one._settle()
    one._write_diary()


def test_rows_that_are_on_disk_are_not_read_again_after_a_life_in_which_only_others_were_polled(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    first = start(tmp_path, clock, "field", "rows")
    keep(first, "rows", 10)
    write_diary(first)
    keep(first, "rows", 34)
    keep(start(tmp_path, clock, "field", "rows"), "field", 0)

    third = start(tmp_path, clock, "field", "rows")

    assert [source.at for source in third.polling.sources if isinstance(source, Silent)] == [0, 34]


def test_the_last_life_counts_also_where_its_clock_was_behind_those_before(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    keep(start(tmp_path, clock, "rows"), "rows", 5)
    clock.step(-2 * HOUR)
    keep(start(tmp_path, clock, "rows"), "rows", 6)

    assert start(tmp_path, clock, "rows").place_of("rows") == 6


def test_what_the_diary_accounts_for_is_not_searched_for_a_source_that_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(NOW)
    first = start(tmp_path, clock, "rows")
    for row in range(1, 60):
        keep(first, "rows", row)
    write_diary(first)
    keep(first, "rows", 60)
    read, really = list[int](), Segment.read
    monkeypatch.setattr(Segment, "read", lambda segment, seq: read.append(seq) or really(segment, seq))

    second = start(tmp_path, clock, "rows", "new")

    assert (second.place_of("rows"), second.place_of("new"), len(read)) == (60, 0, 1)


def test_without_a_diary_the_disk_alone_tells(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    first = start(tmp_path, clock, "field", "rows")
    keep(first, "rows", 3)
    for _ in range(30):
        keep(first, "field", 0)
    write_diary(first)
    (tmp_path / "agent.json").unlink()

    assert start(tmp_path, clock, "field", "rows").place_of("rows") == 3


def test_rows_that_a_torn_tail_lost_are_read_again_whatever_the_diary_says(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    first = start(tmp_path, clock, "rows")
    for row in (1, 2):
        keep(first, "rows", row)
    write_diary(first)
    [newest] = (tmp_path / "data").glob("*.seg")
    with newest.open("r+b") as file:
        file.truncate(newest.stat().st_size - 5)

    assert start(tmp_path, clock, "rows").place_of("rows") == 1


def test_a_mark_beyond_all_that_was_made_is_none(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data")

    assert places(box, {"rows": 7}, Mark("elsewhere", 3), ["rows"]) == {"rows": 7}


LIVES = st.lists(st.lists(st.sampled_from(["a", "b", "c", "diary"]), max_size=8), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(LIVES, st.lists(st.integers(-3, 3), min_size=6, max_size=6))
def test_every_life_goes_on_after_the_newest_poll_that_was_kept(
    tmp_path_factory: pytest.TempPathFactory, lives: list[list[str]], steps: list[int]
) -> None:
    folder, clock, kept = tmp_path_factory.mktemp("lives"), ManualClock(NOW), {"a": 0, "b": 0, "c": 0}
    for deeds, step in zip(lives, steps, strict=False):
        one = start(folder, clock, *kept)
        assert {name: one.place_of(name) for name in kept} == kept
        for deed in deeds:
            if deed == "diary":
                write_diary(one)
            else:
                kept[deed] += 1
                keep(one, deed, kept[deed])
            clock.advance(SECOND)
        clock.step(step * HOUR)
        killed(one)
    one = start(folder, clock, *kept)
    killed(one)
    assert {name: one.place_of(name) for name in kept} == kept


def test_a_registry_that_the_centre_held_once_is_known_at_the_next_start_and_another_one_is_not(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    first = start(tmp_path, clock)
    write_diary(first)
    assert [first.lanes.registry_known, start(tmp_path, clock).lanes.registry_known] == [False, False]

    last = start(tmp_path, clock)
    last.data.current.received.add(0, last.lanes.registry_items - 1, 0)
    write_diary(last)
    assert start(tmp_path, clock).lanes.registry_known
    last.facts.registry = "0" * 16
    last.diary.write(last.facts, last.status())
    assert not start(tmp_path, clock).lanes.registry_known
