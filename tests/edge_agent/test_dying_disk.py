"""Segments that cannot be read any more, a disk smaller than the outbox may be, and files the black box holds too."""

import os
import shutil
from pathlib import Path

import pytest

from contracts.errors import BadConfig
from edge_agent.outbox import Outbox, OutboxLimits, room
from edge_agent.outbox.catalogue import MOST_DAMAGED, SPARE
from edge_agent.process import own
from tests.edge_agent.test_outbox import SMALL, digests, fill, kept


def disk_with(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(room, "disk_usage", lambda _: shutil._ntuple_diskusage(1 << 40, 0, free))


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "the one that is written"])
def test_a_segment_that_somebody_removes_while_it_runs_is_told_lost_and_the_rest_is_read(tmp_path: Path, sealed: bool) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 17)
    victim = segments(tmp_path)[1 if sealed else -1]
    victim.unlink()

    read = {seq: box.read(box.epoch, seq) for seq in range(17)}

    lost = {seq for loss in box.losses for seq in range(loss.first, loss.last + 1)}
    assert lost == {seq for seq, data in read.items() if data is None} != set()
    assert len(lost) < 17


def test_a_segment_that_the_disk_cannot_read_is_set_aside_at_the_start_and_told(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "data", SMALL)
    fill(first, 17)
    first.close()
    victim = segments(tmp_path)[1]
    victim.unlink()
    victim.mkdir()  # reading it is an error of the system, not a wrong checksum

    again = Outbox(tmp_path, "data", SMALL)

    assert victim.with_suffix(".damaged").exists()
    lost = {seq for loss in again.losses for seq in range(loss.first, loss.last + 1)}
    assert lost | {seq for _, seq in kept(again)} == set(range(17))


def test_a_receipt_for_a_segment_that_cannot_be_read_is_borne(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 17)
    sums = digests(box, box.epoch, 0, 4)
    segments(tmp_path)[0].unlink()
    for segment in box.current.segments:
        segment.forget_index()

    box.told(box.epoch, [(0, 4, sums)], [])

    assert box.read(box.epoch, 16) is not None


def test_want_of_handles_is_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 9)

    def refuse(*_: object) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with pytest.raises(OSError, match="Too many"):
            box.read(box.epoch, 3)

    assert box.losses == []
    assert box.read(box.epoch, 3) is not None


def test_files_set_aside_are_bounded(tmp_path: Path) -> None:
    Outbox(tmp_path, "data", SMALL).close()
    for at in range(MOST_DAMAGED + 5):
        path = tmp_path / f"0123456789abcdef-{at:012d}.seg"
        path.write_bytes(b"no segment")
        os.utime(path, (at, at))

    box = Outbox(tmp_path, "data", SMALL)

    assert box.set_aside == MOST_DAMAGED
    assert not (tmp_path / f"0123456789abcdef-{0:012d}.damaged").exists()


def test_on_a_disk_smaller_than_the_bound_the_reserve_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", OutboxLimits(segment_bytes=400, reserve=5 << 20))
    fill(box, 40)
    size = box.size
    disk_with(monkeypatch, (5 << 20) - 700)

    box.reclaim(0)

    assert 700 <= size - box.size < 1500
    assert {loss.reason for loss in box.losses} == {"outbox full"}


def test_without_a_reserve_a_megabyte_is_kept_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 40)
    disk_with(monkeypatch, 0)

    assert box.reclaim(0) > 0


def test_what_the_black_box_holds_too_is_not_given_up_for_room_it_would_not_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path / "data", "data", SMALL)
    fill(box, 40)
    (tmp_path / "case").mkdir()
    for path in segments(tmp_path / "data"):
        os.link(path, tmp_path / "case" / path.name)
    disk_with(monkeypatch, 0)

    assert box.reclaim(0) == 0
    assert box.losses == []


def test_where_a_loss_cannot_be_written_for_want_of_room_the_spare_file_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 40)
    box.reclaim(0)
    assert (tmp_path / "spare").stat().st_size == SPARE
    disk_with(monkeypatch, 0)
    real = os.fsync

    def full(file: int) -> None:
        if (tmp_path / "spare").exists():
            raise OSError(28, "No space left on device")
        real(file)

    monkeypatch.setattr(os, "fsync", full)

    assert box.reclaim(0) > 0
    assert box.losses != []


def test_a_folder_that_cannot_be_written_is_owned_where_an_agent_ran_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own(tmp_path / "ran").close()
    (tmp_path / "new").mkdir()
    real = Path.open

    def read_only(path: Path, mode: str = "r", **more: str) -> object:
        if mode != "r":
            raise OSError(30, "Read-only file system")
        return real(path, mode, **more)

    monkeypatch.setattr(Path, "open", read_only)
    lock = own(tmp_path / "ran")
    with pytest.raises(BadConfig, match="no other agent"):
        own(tmp_path / "ran")
    lock.close()
    with pytest.raises(BadConfig, match="Read-only file system"):
        own(tmp_path / "new")
