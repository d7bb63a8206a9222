"""What a start finds on disk and writes there, file by file; and which file goes when room is needed."""

import errno
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.ranges import Ranges
from edge_agent.outbox.catalogue import MOST_DAMAGED, SPARE, Catalogue
from edge_agent.outbox.frames import Header
from edge_agent.outbox.highwater import HighWater
from edge_agent.outbox.segment import Writer

A, B, C = "a" * 16, "b" * 16, "c" * 16


def segment(folder: Path, epoch: str, first: int, count: int, newest: int = 1, name: str = "") -> Path:
    """A sealed segment of so many items."""
    folder.mkdir(exist_ok=True)
    path = folder / (name or f"{epoch}-{first:012d}.seg")
    writer = Writer(path, Header(epoch, first, 0))
    writer.append([(b"%d" % seq, seq) for seq in range(first, first + count)], newest)
    writer.seal()
    return path


def row(epoch: str, **values: Any) -> dict[str, Any]:
    return {"epoch": epoch, "made": 0, "predecessor": "", "told_lost": [], "untold": [], "last_time": 0} | values


def known(folder: Path, *rows: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "epochs.json").write_bytes(msgspec.json.encode(rows))


def opened(folder: Path, epoch: str = C) -> Catalogue:
    return Catalogue(folder, "data", HighWater(folder / "high"), epoch)


def losses(catalogue: Catalogue) -> list[tuple[str, str, int, int, str]]:
    return [(one.stream, one.epoch, one.first, one.last, one.reason) for one in catalogue.losses]


# ------------------------------------------------------------ a start


def test_a_start_knows_what_the_last_one_wrote_down(tmp_path: Path) -> None:
    known(tmp_path, row(A, made=9, predecessor=B, told_lost=[(0, 1)], untold=[(4, 5, "outbox full")], last_time=7))
    segment(tmp_path, A, 6, 3, newest=5)

    found = opened(tmp_path)

    state = found.epochs[A]
    assert (state.made, state.predecessor, state.last_time, state.first_held) == (9, B, 7, 6)
    assert (list(state.gone), state.losses_found) == ([(0, 1, 0), (4, 5, 0)], [(0, 1), (4, 5)])
    assert losses(found) == [("data", A, 4, 5, "outbox full")]
    assert (found.current.epoch, found.current.made, found.current.predecessor) == (C, 0, "")


def test_a_start_takes_the_segments_as_they_are_where_nothing_else_is_known(tmp_path: Path) -> None:
    segment(tmp_path, A, 3, 2, newest=50, name="2.seg")
    segment(tmp_path, A, 0, 3, newest=60, name="3.seg")
    segment(tmp_path, B, 0, 1, newest=5, name="1.seg")

    found = opened(tmp_path)

    assert {epoch: (state.made, state.predecessor, state.last_time) for epoch, state in found.epochs.items()} == {
        B: (1, "", 5),
        A: (5, "", 60),
        C: (0, "", 0),
    }
    assert [one.first for one in found.epochs[A].segments] == [0, 3]
    assert losses(found) == []


@pytest.mark.parametrize(("row_made", "high", "made"), [(0, 0, 3), (5, 0, 5), (5, 8, 8), (9, 8, 9), (0, 2, 3)])
def test_as_many_items_were_made_as_any_of_three_says_and_what_is_not_there_is_a_torn_tail(
    tmp_path: Path, row_made: int, high: int, made: int
) -> None:
    known(tmp_path, row(A, made=row_made))
    segment(tmp_path, A, 0, 3)
    segment(tmp_path, B, 0, 1)
    mark = HighWater(tmp_path / "high")
    mark.mark(A, high)
    mark.close()

    found = opened(tmp_path)

    assert (found.epochs[A].made, found.epochs[B].made, found.current.predecessor) == (made, 1, A)
    assert losses(found) == ([] if made == 3 else [("data", A, 3, made - 1, "torn tail")])


def test_what_is_missing_between_two_segments_was_cut_out(tmp_path: Path) -> None:
    for first, count in ((2, 2), (6, 1), (8, 2)):
        segment(tmp_path, A, first, count)

    found = opened(tmp_path)

    assert losses(found) == [("data", A, 4, 5, "segment cut or missing"), ("data", A, 7, 7, "segment cut or missing")]
    assert found.epochs[A].first_held == 2, "what was before the first was freed"


def test_files_without_one_whole_item_are_set_aside_and_their_items_lost(tmp_path: Path) -> None:
    segment(tmp_path, A, 6, 2)
    for first in (2, 4):
        (tmp_path / f"{A}-{first:012d}.seg").write_bytes(b"damaged")
    Writer(tmp_path / f"{B}-{3:012d}.seg", Header(B, 3, 0)).close()
    (tmp_path / "no-number.seg").write_bytes(b"")
    (tmp_path / "123.seg").write_bytes(b"")
    (tmp_path / f"{'d' * 16}-{0:012d}.seg").write_bytes(b"")
    known(tmp_path, row(B, made=5), row("e" * 16))

    found = opened(tmp_path)
    assert found.set_aside() == []
    found.begin()

    assert losses(found) == [("data", B, 3, 4, "torn tail"), ("data", A, 2, 5, "segment cut or missing")]
    names = sorted(path.name for path in found.set_aside())
    assert {epoch: (one.epoch, one.predecessor, one.made) for epoch, one in found.epochs.items()} == {
        epoch: (epoch, "", made) for epoch, made in ((A, 8), (B, 5), (C, 0), ("d" * 16, 0), ("e" * 16, 0))
    }
    assert names == [
        "123.damaged",
        f"{A}-{2:012d}.damaged",
        f"{A}-{4:012d}.damaged",
        f"{B}-{3:012d}.damaged",
        f"{'d' * 16}-{0:012d}.damaged",
        "no-number.damaged",
    ]
    assert sorted(path.name for path in tmp_path.glob("*.seg")) == [f"{A}-{6:012d}.seg"]
    assert losses(opened(tmp_path)) == losses(found)


def test_of_too_many_damaged_files_those_that_were_written_longest_ago_go(tmp_path: Path) -> None:
    for at in range(MOST_DAMAGED + 2):
        path = tmp_path / f"{A}-{at:012d}.damaged"
        path.write_bytes(b"")
        os.utime(path, (1000 - at, 1000 - at))

    found = opened(tmp_path)
    found.begin()

    assert sorted(path.stem for path in found.set_aside()) == [f"{A}-{at:012d}" for at in range(MOST_DAMAGED)]


def test_a_file_that_is_gone_before_it_is_set_aside_is_no_error(tmp_path: Path) -> None:
    for first in (0, 1):
        (tmp_path / f"{A}-{first:012d}.seg").write_bytes(b"damaged")
    found = opened(tmp_path)
    (tmp_path / f"{A}-{0:012d}.seg").unlink()

    found.begin()

    assert [path.name for path in found.set_aside()] == [f"{A}-{1:012d}.damaged"]


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":1}', b'[{"epoch":7}]'])
def test_a_list_of_epochs_that_cannot_be_read_says_nothing(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "epochs.json").write_bytes(text)
    segment(tmp_path, A, 0, 2)

    assert opened(tmp_path).epochs[A].made == 2


# ------------------------------------------------------------ what is written


def test_the_list_of_epochs_has_all_that_a_start_must_know(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    found = opened(folder)
    found.begin()
    state = found.current
    state.made, state.last_time = 9, 77
    found.hole(state, 2, 3, "outbox full")
    found.told_losses()
    found.hole(state, 1, 5, "damaged on disk")
    found.hole(state, 5, 4, "nothing")
    found.remember()

    assert msgspec.json.decode((folder / "epochs.json").read_bytes()) == [
        row(C, made=9, told_lost=[[2, 3]], untold=[[1, 1, "damaged on disk"], [4, 5, "damaged on disk"]], last_time=77)
    ]
    assert losses(found) == [("data", C, 1, 1, "damaged on disk"), ("data", C, 4, 5, "damaged on disk")]
    assert sorted(path.name for path in folder.iterdir()) == ["epochs.json", "high"]
    assert (HighWater(folder / "high").epoch, HighWater(folder / "high").made) == (C, 0)


def test_what_was_found_of_older_epochs_is_written_before_the_mark_forgets_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    found = opened(tmp_path)
    monkeypatch.setattr(found, "remember", lambda: done.append("epochs.json"))
    monkeypatch.setattr(found._high, "mark", lambda epoch, made: done.append(f"mark {epoch} {made}"))

    found.begin()

    assert done == ["epochs.json", f"mark {C} 0"]


def test_the_list_is_durable_before_it_takes_the_place_of_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, synced = opened(tmp_path), list[tuple[str, bool]]()
    real = os.fsync

    def fsync(file: int) -> None:
        synced.append((Path(os.readlink(f"/proc/self/fd/{file}")).name, (tmp_path / "epochs.json").exists()))
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    found.remember()

    assert synced == [("epochs.json.new", False), (tmp_path.name, True)]


def test_room_for_the_list_is_taken_from_the_spare_file_only_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = opened(tmp_path)
    found.keep_spare()
    spare, tries = tmp_path / "spare", list[int]()

    def refused(error: int) -> None:
        def write() -> None:
            tries.append(error)
            if spare.exists() or error != errno.ENOSPC:
                raise OSError(error, "no")

        monkeypatch.setattr(found, "_remember", write)

    refused(errno.EIO)
    with pytest.raises(OSError, match="no"):
        found.remember()
    assert spare.exists()
    refused(errno.ENOSPC)
    found.remember()
    assert not spare.exists()
    assert tries == [errno.EIO, errno.ENOSPC, errno.ENOSPC]
    monkeypatch.setattr(found, "_remember", lambda: os.pwrite(-1, b"", 0))
    with pytest.raises(OSError, match="Bad file"):
        found.remember()


def test_the_spare_file_is_made_once_and_anew_where_it_is_too_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, spare = opened(tmp_path), tmp_path / "spare"
    found.keep_spare()
    assert (spare.stat().st_size, spare.stat().st_blocks * 512 >= SPARE) == (SPARE, True), "its blocks are there, not only its length"
    os.utime(spare, (5, 5))
    found.keep_spare()
    assert spare.stat().st_mtime == 5
    os.truncate(spare, SPARE - 1)
    found.keep_spare()
    assert spare.stat().st_size == SPARE

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    spare.unlink()
    monkeypatch.setattr(os, "posix_fallocate", full)
    found.keep_spare()


# ------------------------------------------------------------ telling, and forgetting


def test_epochs_are_told_oldest_first_as_long_as_something_of_them_is_open(tmp_path: Path) -> None:
    known(tmp_path, row("d" * 16, made=2, told_lost=[(0, 1)], last_time=20), row("e" * 16, made=2, last_time=1))
    segment(tmp_path, A, 0, 2, newest=30)
    segment(tmp_path, B, 1, 2, newest=10)
    found = opened(tmp_path)
    found.epochs["e" * 16].gone = Ranges()
    found.epochs[A].received.add(0, 0, 0)

    rows = found.extents(9)

    assert [(one.epoch, one.stream, one.made, one.first_held, one.closed, one.through, one.last_time) for one in rows] == [
        (B, "data", 3, 1, True, -1, 10),
        ("d" * 16, "data", 2, 2, True, -1, 20),
        (A, "data", 2, 0, True, 0, 30),
        (C, "data", 0, 0, False, -1, 0),
    ]
    assert [one.epoch for one in found.extents(2)] == [B, C]
    found.epochs[A].received.add(1, 1, 0)
    found.epochs[A].told = True
    assert A not in [one.epoch for one in found.extents(9)]


def test_a_new_generation_takes_back_all_that_was_told(tmp_path: Path) -> None:
    segment(tmp_path, A, 0, 2)
    found = opened(tmp_path)
    state = found.epochs[A]
    state.received.add(0, 1, 0)
    state.told = state.over = True

    found.doubt_everything()

    assert (list(state.received), state.told, state.over) == ([], False, False)


def test_epochs_without_a_file_are_forgotten_once_nothing_of_them_is_to_tell(tmp_path: Path) -> None:
    segment(tmp_path, A, 0, 1)
    known(tmp_path, row(B, told_lost=[(0, 1)]), row("d" * 16), row("e" * 16, told_lost=[(0, 1)]))
    found = opened(tmp_path)
    found.epochs["e" * 16].over = True
    found.epochs["d" * 16].gone = Ranges()

    found.fold_empty()

    assert list(found.epochs) == [B, A, C]
