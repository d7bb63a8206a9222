"""The outbox's own books, number by number: what is pending, what a receipt settles, what it cannot settle, and what may go."""

from pathlib import Path

import pytest

from contracts.digest import MASK, item_digest
from edge_agent.outbox import Outbox, OutboxLimits
from tests.edge_agent.test_outbox import SMALL, batch, digests, fill, kept

ONE_EACH = OutboxLimits(segment_bytes=1, keep=0)
"""A segment for each commit; what is received may go at once."""


def boxed(folder: Path, n: int, limits: OutboxLimits = ONE_EACH) -> Outbox:
    box = Outbox(folder, "data", limits)
    fill(box, n)
    return box


# ------------------------------------------------------------ what is pending


def test_what_waits_for_the_disk_is_counted_in_items_and_bytes(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    assert (box.pending, box.pending_bytes, box.commit()) == (0, 0, 0)

    assert [box.append(batch(at), 1_000_000 * at) for at in (1, 2)] == [0, 1]
    assert (box.pending, box.pending_bytes > 60, box.waiting) == (2, True, 0)
    size = box.pending_bytes
    assert box.commit() == 2
    assert (box.pending, box.pending_bytes, box.waiting) == (0, 0, 2)
    assert sum(len(data) for data in kept(box).values()) == size
    assert [(extent.made, extent.last_time) for extent in box.extents()] == [(2, 2_000_000)]


def test_a_folder_that_was_not_there_is_blank_once_and_its_mark_has_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    box = Outbox(folder, "data", SMALL)
    box.close()

    assert (box.blank, box.refused, Outbox(folder, "data", SMALL).blank) == (True, "", False)
    assert (folder / "high").exists(), "an agent of another version looks for it there"


def test_a_segment_is_sealed_when_it_reaches_the_bound(tmp_path: Path) -> None:
    boxed(tmp_path / "a", 1, SMALL)
    size = next((tmp_path / "a").glob("*.seg")).stat().st_size

    for bound, files in ((size, 2), (size + 1, 1)):
        folder = tmp_path / str(bound)
        boxed(folder, 2, OutboxLimits(segment_bytes=bound))
        assert len(list(folder.glob("*.seg"))) == files


# ------------------------------------------------------------ reading


def test_a_number_that_was_never_made_is_no_loss(tmp_path: Path) -> None:
    box = boxed(tmp_path, 3)

    assert [box.read(box.epoch, seq) for seq in (3, 4)] == [None, None]
    assert box.losses == []


def test_an_item_damaged_on_disk_is_told_lost_once_and_remembered(tmp_path: Path) -> None:
    box = boxed(tmp_path, 3, SMALL)
    path = box.current.segments[0].path
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))

    assert box.read(box.epoch, 2) is box.read(box.epoch, 2) is None
    assert [(loss.stream, loss.epoch, loss.first, loss.last, loss.reason) for loss in box.losses] == [
        ("data", box.epoch, 2, 2, "damaged on disk")
    ]
    box.close()
    assert [(loss.first, loss.last, loss.reason) for loss in Outbox(tmp_path, "data", SMALL).losses] == [(2, 2, "damaged on disk")]


# ------------------------------------------------------------ receipts


def test_a_range_in_the_middle_has_the_digest_of_its_own_items(tmp_path: Path) -> None:
    box = boxed(tmp_path, 9)

    assert box.told(box.epoch, [(3, 5, digests(box, box.epoch, 3, 5))], []) == []
    assert box.current.open_ranges() == [(0, 2), (6, 8)]
    assert box.told("nobody's", [(0, 0, 1)], [(0, 0)]) == []


@pytest.mark.parametrize(
    "more", [(2, 4, 5), (3, 4, 5), (5, 4, 0), (-1, -1, 0)], ids=["overlaps", "overlaps by one", "ends before it begins", "below zero"]
)
def test_rows_that_contradict_each_other_free_nothing_twice(tmp_path: Path, more: tuple[int, int, int]) -> None:
    box = boxed(tmp_path, 9)
    good = (0, 3, digests(box, box.epoch, 0, 3))
    last = (6, 8, digests(box, box.epoch, 6, 8))

    assert box.told(box.epoch, [last, more, good], []) == []
    assert box.current.open_ranges() == [(4, 5)]


def test_more_than_we_made_is_neither_believed_nor_called_a_clone(tmp_path: Path) -> None:
    box = boxed(tmp_path, 3)

    assert box.told(box.epoch, [(0, 9, 1)], []) == []
    assert (box.current.open_ranges(), box.current.conflict) == ([(0, 2)], False)


def test_where_our_disk_lost_items_of_a_range_the_centre_is_believed(tmp_path: Path) -> None:
    box = boxed(tmp_path, 6)
    epoch, whole = box.epoch, digests(box, box.epoch, 0, 5)
    box.close()
    (tmp_path / f"{epoch}-{5:012d}.seg").unlink()
    again = Outbox(tmp_path, "data", ONE_EACH)
    assert [(loss.first, loss.last, loss.reason) for loss in again.losses] == [(5, 5, "torn tail")]

    assert again.told(epoch, [(0, 5, whole)], []) == []
    assert (again.epochs[epoch].open_ranges(), again.epochs[epoch].settled) == ([], True)


def test_where_only_the_middle_is_lost_the_digest_is_known_and_must_agree(tmp_path: Path) -> None:
    box = boxed(tmp_path, 6)
    epoch, whole = box.epoch, digests(box, box.epoch, 0, 5)
    box.close()
    (tmp_path / f"{epoch}-{2:012d}.seg").unlink()
    again = Outbox(tmp_path, "data", ONE_EACH)
    assert [(loss.first, loss.last, loss.reason) for loss in again.losses] == [(2, 2, "segment cut or missing")]

    assert again.told(epoch, [(0, 5, whole ^ 1)], []) == [(0, 5)]
    assert again.told(epoch, [(0, 5, whole)], []) == []
    assert again.epochs[epoch].open_ranges() == []


@pytest.mark.parametrize(
    ("held", "lost", "over"),
    [
        ([(0, 2)], [], True),
        ([(1, 2)], [], False),
        ([(0, 1)], [], False),
        ([(0, 1)], [(2, 2)], True),
        ([(1, 1)], [(0, 2)], True),
        ([(0, 1)], [(3, 5)], False),
    ],
)
def test_an_epoch_is_over_when_each_item_is_said_to_be_held_or_lost(
    tmp_path: Path, held: list[tuple[int, int]], lost: list[tuple[int, int]], over: bool
) -> None:
    box = boxed(tmp_path, 3)

    box.told(box.epoch, [(first, last, digests(box, box.epoch, first, last)) for first, last in held], lost)

    assert (box.current.over, box.current.told) == (over, True)


def test_what_is_freed_and_now_called_lost_is_lost_up_to_the_last_item_made(tmp_path: Path) -> None:
    box = boxed(tmp_path, 4)
    box.told(box.epoch, [(0, 3, digests(box, box.epoch, 0, 3))], [])
    assert box.reclaim(10**12) > 0
    assert box.current.segments == []

    box.told(box.epoch, [], [(1, 9)])

    assert list(box.current.gone) == [(1, 3, 0)]
    assert box.losses == [], "the centre said it: it need not be told"


def test_digests_go_on_where_all_segments_before_were_freed(tmp_path: Path) -> None:
    box = boxed(tmp_path, 2)
    first = digests(box, box.epoch, 0, 1)
    box.told(box.epoch, [(0, 1, first)], [])
    box.reclaim(10**12)
    fill(box, 2, start=2)

    assert box.told(box.epoch, [(0, 3, (first + digests(box, box.epoch, 2, 3)) & MASK)], []) == []
    assert box.current.open_ranges() == []


# ------------------------------------------------------------ room


def test_nothing_of_an_epoch_goes_where_a_clone_sent_under_its_name(tmp_path: Path) -> None:
    box = boxed(tmp_path, 4)
    good = (0, 1, digests(box, box.epoch, 0, 1))

    assert box.told(box.epoch, [good, (2, 3, 5)], []) == [(2, 3)]
    assert (box.current.conflict, box.reclaim(10**12), len(kept(box))) == (True, 0, 4)
    assert box.told(box.epoch, [good], []) == []
    assert (box.current.conflict, box.reclaim(10**12) > 0, len(kept(box))) == (False, True, 2)


def test_the_file_that_is_written_stays_though_all_in_it_is_received(tmp_path: Path) -> None:
    box = boxed(tmp_path, 3, OutboxLimits(keep=0))
    box.told(box.epoch, [(0, 2, digests(box, box.epoch, 0, 2))], [])

    assert box.reclaim(10**12) == 0
    fill(box, 1, start=3)
    box.close()
    assert len(kept(Outbox(tmp_path, "data"))) == 4


def test_each_item_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    box = boxed(tmp_path, 3)

    assert [item_digest(data) for data in kept(box).values()] == [segment.index.digests[0] for segment in box.current.segments]
