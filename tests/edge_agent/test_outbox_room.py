"""Which file goes when room is needed, and which stays."""

import os
from pathlib import Path
from shutil import disk_usage
from typing import Any

import pytest

from contracts.clock import DAY
from edge_agent.outbox import Outbox, OutboxLimits, room
from tests.edge_agent.test_outbox import batch, digests, fill
from tests.edge_agent.test_outbox_catalogue import A, B, losses, opened, segment
from tests.edge_agent.test_outbox_told import ONE_EACH, boxed

# ------------------------------------------------------------ room


def reclaimed(folder: Path, now: int = 0, **limits: Any) -> tuple[int, list[str]]:
    """Bytes freed, and which files are left."""
    found = opened(folder)
    freed = room.reclaim(found, OutboxLimits(**{"segment_bytes": 1} | limits), None, now)
    return freed, sorted(path.stem[-2:] for path in folder.glob("*.seg"))


def test_without_a_folder_there_is_nothing_to_free(tmp_path: Path) -> None:
    assert room.reclaim(opened(tmp_path / "none"), OutboxLimits(), None, 0) == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("later", "left"), [(0, 2), (1, 1)])
def test_what_is_received_is_kept_for_its_time_and_then_freed_to_the_byte(tmp_path: Path, later: int, left: int) -> None:
    old, new = segment(tmp_path, A, 0, 1, newest=1000), segment(tmp_path, A, 1, 1, newest=1001)
    found, size = opened(tmp_path), old.stat().st_size
    found.epochs[A].received.add(0, 1, 0)

    freed = room.reclaim(found, OutboxLimits(keep=DAY), None, 1000 + DAY + later)

    assert (freed, len(found.epochs[A].segments), new.exists()) == (0 if left == 2 else size, left, True)
    assert (tmp_path / "spare").exists()


@pytest.mark.parametrize(("over", "left"), [(0, ["00", "01", "02", "03"]), (1, ["00", "02", "03"]), (60, ["00", "02", "03"])])
def test_the_oldest_go_until_the_bound_holds_but_the_head_of_an_epoch_stays(tmp_path: Path, over: int, left: list[str]) -> None:
    for first, newest in ((0, 10), (1, 20), (2, 30), (3, 40)):
        segment(tmp_path, A, first, 1, newest=newest)
    size = sum(path.stat().st_size for path in tmp_path.glob("*.seg"))

    freed, files = reclaimed(tmp_path, max_bytes=size - over)

    assert files == left
    assert freed == (0 if not over else size // 4)


def test_of_an_epoch_of_two_files_the_head_stays(tmp_path: Path) -> None:
    segment(tmp_path, A, 0, 1, newest=10)
    segment(tmp_path, A, 1, 1, newest=20)

    assert reclaimed(tmp_path, max_bytes=0)[1] == ["00"]


def test_an_epoch_of_one_file_goes_whole_unless_it_is_the_current_one(tmp_path: Path) -> None:
    segment(tmp_path, A, 0, 2)
    assert reclaimed(tmp_path, max_bytes=0)[1] == []
    box = Outbox(tmp_path / "b", "data", OutboxLimits(segment_bytes=1, max_bytes=1))
    fill(box, 1)
    assert (box.reclaim(0), len(box.current.segments)) == (0, 1)


def test_the_file_that_is_written_is_not_dropped_however_little_room_there_is(tmp_path: Path) -> None:
    size = segment(tmp_path / "a", A, 0, 1).stat().st_size + 300
    box = Outbox(tmp_path / "b", "data", OutboxLimits(segment_bytes=size, max_bytes=1))
    while len(box.current.segments) < 2:
        fill(box, 1)
    made = box.current.made

    assert box.reclaim(0) == 0
    fill(box, 1)
    box.close()
    assert sum(one.count for one in Outbox(tmp_path / "b", "data").epochs[box.epoch].segments) == made + 1


def test_received_files_go_before_any_that_is_not_and_only_what_was_not_received_is_lost(tmp_path: Path) -> None:
    for first, newest in ((0, 10), (2, 20), (4, 30), (6, 40)):
        segment(tmp_path, A, first, 2, newest=newest)
    found = opened(tmp_path)
    found.epochs[A].received.add(3, 3, 0)
    found.epochs[A].received.add(6, 7, 0)
    size = room.size_of(found)

    freed = room.reclaim(found, OutboxLimits(max_bytes=size // 2), None, 0)

    assert freed == size // 2
    assert [one.first for one in found.epochs[A].segments] == [0, 4]
    assert losses(found) == [("data", A, 2, 2, "outbox full")]
    assert ("data", A, 2, 2, "outbox full") in losses(opened(tmp_path))


def test_events_are_not_dropped_and_the_oldest_of_all_epochs_go_first(tmp_path: Path) -> None:
    for epoch, first, newest in ((A, 0, 50), (A, 1, 60), (B, 0, 10), (B, 1, 20), (B, 3, 20)):
        segment(tmp_path, epoch, first, 1, newest=newest)
    size = sum(path.stat().st_size for path in tmp_path.glob("*.seg"))

    assert reclaimed(tmp_path, max_bytes=0, droppable=False)[0] == 0
    found = opened(tmp_path)
    room.reclaim(found, OutboxLimits(max_bytes=size - 1), None, 0)
    assert [(one.epoch, one.first) for state in found.epochs.values() for one in state.segments] == [(A, 0), (A, 1), (B, 0), (B, 3)]


@pytest.mark.parametrize(("free", "gone"), [(room.LEAST_RESERVE, 0), (room.LEAST_RESERVE - 1, 1), (0, 2)])
def test_the_disk_s_own_room_is_kept_too_and_a_file_with_another_name_gives_it_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, gone: int
) -> None:
    box = boxed(tmp_path / "box", 3)
    os.link(box.current.segments[0].path, tmp_path / "black box")
    box.told(box.epoch, [(0, 2, digests(box, box.epoch, 0, 2))], [])
    usage = disk_usage(tmp_path)
    monkeypatch.setattr(room, "disk_usage", lambda _: usage._replace(free=free))
    size = box.current.segments[1].size

    assert room.reclaim(box._catalogue, OutboxLimits(keep=10**15), None, 10**12) == gone * size
    assert [one.first for one in box.current.segments] == [0, 1, 2][:1] + [1, 2][gone:]


def test_a_file_that_is_gone_gives_the_disk_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = boxed(tmp_path, 3)
    box.told(box.epoch, [(0, 2, digests(box, box.epoch, 0, 2))], [])
    box.current.segments[0].path.unlink()
    usage = disk_usage(tmp_path)
    monkeypatch.setattr(room, "disk_usage", lambda _: usage._replace(free=room.LEAST_RESERVE - 1))

    room.reclaim(box._catalogue, OutboxLimits(keep=10**15), None, 10**12)

    assert [one.first for one in box.current.segments] == [0, 2]


def test_a_reserve_of_the_configuration_counts_where_it_is_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = boxed(tmp_path, 3)
    box.told(box.epoch, [(0, 2, digests(box, box.epoch, 0, 2))], [])
    usage = disk_usage(tmp_path)
    monkeypatch.setattr(room, "disk_usage", lambda _: usage._replace(free=5 << 20))

    assert room.reclaim(box._catalogue, OutboxLimits(keep=10**15, reserve=5 << 20), None, 10**12) == 0
    assert room.reclaim(box._catalogue, OutboxLimits(keep=10**15, reserve=(5 << 20) + 1), None, 10**12) > 0


def test_a_file_that_is_gone_already_is_freed_without_an_error(tmp_path: Path) -> None:
    box = boxed(tmp_path, 3, ONE_EACH)
    box.told(box.epoch, [(0, 2, digests(box, box.epoch, 0, 2))], [])
    box.current.segments[1].path.unlink()

    assert box.reclaim(10**12) > 0
    assert box.current.segments == []
    assert box.append(batch(9), 0) == 3
