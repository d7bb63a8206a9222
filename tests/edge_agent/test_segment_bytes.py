"""Bytes of a segment and of the high-water mark: each as the description of the format says, and none read that was changed."""

import io
import os
import struct
from array import array
from pathlib import Path
from zlib import crc32

import pytest

from contracts.digest import MASK, item_digest
from contracts.payload import MAX_BYTES
from edge_agent.outbox import frames
from edge_agent.outbox.epoch import EpochState
from edge_agent.outbox.frames import FRAME_SIZE, HEADER_SIZE, Header, Index
from edge_agent.outbox.highwater import HighWater
from edge_agent.outbox.segment import Segment, Writer

HEADER = Header("0123456789abcdef", 7, MASK - 1)
ITEMS = [b"one", b"", b"three", b"x" * 300]
DIGESTS = [item_digest(data) for data in ITEMS]
STARTS = [HEADER_SIZE + sum(FRAME_SIZE + len(data) for data in ITEMS[:at]) for at in range(len(ITEMS) + 1)]


def with_crc(data: bytes) -> bytes:
    return data + struct.pack(">I", crc32(data))


def frame(data: bytes, digest: int) -> bytes:
    return with_crc(struct.pack(">IQ", len(data), digest)) + data


def changed(data: bytes) -> list[bytes]:
    """The bytes with each one of them changed in turn."""
    return [data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :] for at in range(len(data))]


HEAD = with_crc(struct.pack(">8s16sQQ", b"DAVYSEG1", b"0123456789abcdef", 7, MASK - 1))
OPEN = HEAD + b"".join(map(frame, ITEMS, DIGESTS))
FOOT = with_crc(struct.pack(">IIq4I4Q", 0xFFFFFFFF, 4, 99, *STARTS[:4], *DIGESTS))
SEALED = OPEN + FOOT + struct.pack(">I8s", len(FOOT), b"DAVYEND1")


def written(path: Path, *, sealed: bool) -> Segment:
    writer = Writer(path, HEADER)
    writer.append(list(zip(ITEMS[:1], DIGESTS[:1], strict=True)), 50)
    writer.append(list(zip(ITEMS[1:], DIGESTS[1:], strict=True)), 99)
    if sealed:
        return writer.seal()
    writer.close()
    return writer.segment


# ------------------------------------------------------------ the format


@pytest.mark.parametrize("sealed", [False, True])
def test_a_segment_has_the_bytes_that_its_description_says(tmp_path: Path, sealed: bool) -> None:
    segment = written(tmp_path / "a.seg", sealed=sealed)

    assert segment.path.read_bytes() == (SEALED if sealed else OPEN)
    assert (segment.size, segment.newest, segment.sealed) == (len(SEALED if sealed else OPEN), 99, sealed)


def test_a_header_is_read_whole_or_not_at_all() -> None:
    assert frames.read_header(HEAD) == frames.read_header(HEAD + b"more") == HEADER
    assert frames.read_header(HEAD[:-1]) is None
    assert not any(map(frames.read_header, changed(HEAD)))
    assert frames.read_header(with_crc(b"DAVYSEG2" + HEAD[8:40])) is None, "another kind of file, whole"


def test_a_header_whose_epoch_is_no_text_is_a_header_all_the_same() -> None:
    read = frames.read_header(with_crc(struct.pack(">8s16sQQ", b"DAVYSEG1", b"\xff" * 16, 7, 9)))

    assert read is not None
    assert (read.first, read.before) == (7, 9)


@pytest.mark.parametrize("data", ITEMS)
def test_a_frame_gives_its_item_or_nothing(data: bytes) -> None:
    whole = frame(data, item_digest(data))

    assert frames.frame_bytes(data, item_digest(data)) == whole
    assert frames.whole_item(whole) == frames.whole_item(whole + b"more") == data
    assert not any(frames.whole_item(part) is not None for part in [*changed(whole), *(whole[:at] for at in range(len(whole)))])


def test_a_footer_says_where_each_item_stands_and_is_read_whole_or_not_at_all() -> None:
    def read(data: bytes) -> Index | None:
        return frames.read_footer(io.BytesIO(data), len(data))

    assert read(SEALED) == Index(array("I", STARTS[:4]), array("Q", DIGESTS), STARTS[4], 99, sealed=True, torn=False)
    end = len(FOOT) + 12
    assert not any(read(SEALED[:-end] + other) for other in changed(SEALED[-end:]))
    assert not any(read(SEALED[:at]) for at in range(len(SEALED)))


def test_a_segment_without_items_can_be_sealed(tmp_path: Path) -> None:
    Writer(tmp_path / "a.seg", HEADER).seal()
    data = (tmp_path / "a.seg").read_bytes()

    assert frames.read_footer(io.BytesIO(data), len(data)) == Index(array("I"), array("Q"), HEADER_SIZE, 0, sealed=True)


@pytest.mark.parametrize(
    ("body", "length"),
    [
        (struct.pack(">IIq", 0xFFFFFFFE, 0, 9), None),
        (struct.pack(">IIq", 0xFFFFFFFF, 1, 9), None),
        (struct.pack(">IIq", 0xFFFFFFFF, 0, 9), 0),
        (struct.pack(">IIq", 0xFFFFFFFF, 0, 9), 14),
        (struct.pack(">IIq", 0xFFFFFFFF, 0, 9), 10**6),
        (struct.pack(">IIq", 0xFFFFFFFF, 0, 9) + bytes(12), None),
    ],
    ids=[
        "no footer's mark",
        "items that are not there",
        "no length",
        "a length that is too short",
        "longer than the file",
        "items that are not counted",
    ],
)
def test_what_is_whole_but_no_footer_is_none(body: bytes, length: int | None) -> None:
    foot = with_crc(body)
    data = HEAD + foot + struct.pack(">I8s", len(foot) if length is None else length, b"DAVYEND1")

    assert frames.read_footer(io.BytesIO(data), len(data)) is None


def test_a_scan_takes_whole_frames_up_to_the_first_that_is_torn() -> None:
    for size in range(HEADER_SIZE, len(OPEN) + 1):
        index = frames.scan(io.BytesIO(OPEN[:size]), size)
        count = sum(end <= size for end in STARTS[1:])
        assert list(index.offsets) == STARTS[:count]
        assert list(index.digests) == DIGESTS[:count]
        assert (index.end, index.torn, index.sealed) == (STARTS[count], size not in STARTS, False)


def test_a_scan_stops_at_a_changed_head_and_goes_over_changed_bytes_of_an_item() -> None:
    for at in range(STARTS[2], STARTS[3]):
        data = OPEN[:at] + bytes([OPEN[at] ^ 0x55]) + OPEN[at + 1 :]
        index = frames.scan(io.BytesIO(data), len(data))
        in_head = at < STARTS[2] + FRAME_SIZE
        assert (list(index.offsets), index.torn) == (STARTS[:2] if in_head else STARTS[:4], in_head)


@pytest.mark.parametrize(("length", "taken"), [(MAX_BYTES, 1), (MAX_BYTES + 1, 0)])
def test_no_item_is_longer_than_the_largest_payload(length: int, taken: int) -> None:
    data = HEAD + frame(bytes(length), 5)

    index = frames.scan(io.BytesIO(data), len(data))

    assert (len(index.offsets), index.torn) == (taken, not taken)


# ------------------------------------------------------------ a segment


@pytest.mark.parametrize("sealed", [False, True])
def test_a_segment_opened_again_is_the_one_that_was_written(tmp_path: Path, sealed: bool) -> None:
    path = written(tmp_path / "a.seg", sealed=sealed).path
    os.utime(path, ns=(0, 123_456_789))

    segment = Segment.open(path)

    assert segment is not None
    assert (segment.epoch, segment.first, segment.last, segment.count) == (HEADER.epoch, 7, 10, 4)
    assert (segment.before, segment.after) == (MASK - 1, (MASK - 1 + sum(DIGESTS)) & MASK)
    assert (segment.size, segment.sealed, segment.torn) == (len(SEALED if sealed else OPEN), sealed, False)
    assert segment.newest == (99 if sealed else 123_456), "without a footer: when it was written last"
    assert [segment.read(seq) for seq in range(6, 12)] == [None, *ITEMS, None]
    sums = [(MASK - 1 + sum(DIGESTS[:at])) & MASK for at in range(5)]
    assert [segment.sum_to(seq) for seq in range(7, 12)] == sums


def test_a_torn_segment_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.seg"
    path.write_bytes(OPEN[:-1])

    segment = Segment.open(path)

    assert segment is not None
    assert (segment.torn, segment.sealed, segment.last) == (True, False, 9)


def test_the_index_of_a_sealed_segment_is_forgotten_and_read_again_and_that_of_an_open_one_is_kept(tmp_path: Path) -> None:
    sealed, still_open = written(tmp_path / "a.seg", sealed=True), written(tmp_path / "b.seg", sealed=False)
    assert (sealed.read(8), sealed.index) == (b"", sealed.index)
    kept = still_open.index
    sealed.forget_index()
    still_open.forget_index()

    assert still_open.index is kept
    sealed.path.unlink()
    assert (sealed.sum_to(7), sealed.sum_to(8), sealed.sum_to(11)) == (MASK - 1, None, (MASK - 1 + sum(DIGESTS)) & MASK)
    assert sealed.read(7) is None


def test_a_segment_that_became_shorter_knows_the_sums_of_what_is_left(tmp_path: Path) -> None:
    segment = written(tmp_path / "a.seg", sealed=True)
    os.truncate(segment.path, STARTS[2])

    sums = [(MASK - 1 + sum(DIGESTS[:at])) & MASK for at in range(5)]
    assert [segment.sum_to(seq) for seq in range(7, 12)] == [*sums[:3], None, sums[4]]
    assert [segment.read(seq) for seq in range(7, 11)] == [b"one", b"", None, None]


def test_a_sealed_segment_may_be_cut_anywhere_while_it_is_in_use(tmp_path: Path) -> None:
    segment = written(tmp_path / "a.seg", sealed=True)
    for size in range(len(SEALED)):
        segment.path.write_bytes(SEALED[:size])
        segment.forget_index()
        got = [segment.read(seq) for seq in range(7, 11)]
        assert got == [data if end <= size else None for data, end in zip(ITEMS, STARTS[1:], strict=True)]


def test_an_item_whose_bytes_changed_is_not_handed_out_and_the_others_are(tmp_path: Path) -> None:
    path = written(tmp_path / "a.seg", sealed=True).path
    data = bytearray(SEALED)
    data[STARTS[2] + FRAME_SIZE] ^= 1
    path.write_bytes(bytes(data))

    segment = Segment.open(path)

    assert segment is not None
    assert [segment.read(seq) for seq in range(7, 11)] == [b"one", b"", None, ITEMS[3]]


def test_what_is_no_segment_or_cannot_be_read_is_none_and_other_errors_are_told(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(HEAD[:-1])
    (tmp_path / "folder").mkdir()
    (tmp_path / "round").symlink_to(tmp_path / "round")

    assert Segment.open(tmp_path / "short") is None
    assert Segment.open(tmp_path / "folder") is None
    assert Segment.open(tmp_path / "missing") is None
    with pytest.raises(OSError, match="symbolic links"):
        Segment.open(tmp_path / "round")


def test_a_segment_is_made_for_its_owner_and_group_and_nothing_of_an_earlier_try_stays(tmp_path: Path) -> None:
    (tmp_path / "a.seg").write_bytes(bytes(5000))
    old = os.umask(0)
    try:
        Writer(tmp_path / "c.seg", HEADER).close()
        Writer(tmp_path / "a.seg", HEADER).close()
    finally:
        os.umask(old)

    assert (tmp_path / "a.seg").read_bytes() == HEAD
    assert (tmp_path / "c.seg").stat().st_mode & 0o777 == 0o640


def test_what_a_disk_writes_bit_by_bit_is_whole_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: real(file, bytes(data[:7]), at))

    assert written(tmp_path / "a.seg", sealed=True).path.read_bytes() == SEALED


# ------------------------------------------------------------ an epoch


def epoch_of(tmp_path: Path, counts: list[tuple[int, int]]) -> EpochState:
    state = EpochState("e", "")
    before = 0
    for first, count in counts:
        writer = Writer(tmp_path / f"{first}.seg", Header("e" * 16, first, before))
        writer.append([(b"%d" % seq, seq) for seq in range(first, first + count)], 1)
        writer.close()
        state.segments.append(writer.segment)
        before = writer.segment.after
        state.made = first + count
    return state


def test_a_segment_is_found_by_each_of_its_numbers_and_no_other(tmp_path: Path) -> None:
    state = epoch_of(tmp_path, [(3, 2), (5, 1), (9, 4)])

    assert [segment.first if (segment := state.segment_of(seq)) else None for seq in range(2, 15)] == [
        *[None, 3, 3, 5, None, None, None],
        *[9, 9, 9, 9, None, None],
    ]
    assert EpochState("e", "").segment_of(0) is None


def test_digest_sums_are_known_at_each_number_on_disk_and_at_the_end_of_a_segment(tmp_path: Path) -> None:
    state = epoch_of(tmp_path, [(3, 2), (5, 1), (9, 4)])

    assert [state.sum_to(seq) for seq in range(15)] == [0, None, None, 0, 3, 7, 12, None, None, 12, 21, 31, 42, 54, None]


def test_what_is_lost_or_received_is_open_no_more(tmp_path: Path) -> None:
    state = epoch_of(tmp_path, [(3, 2), (5, 5)])
    state.received.add(0, 4, 0)
    state.lose(7, 8)

    assert (state.first_held, state.open_ranges()) == (3, [(5, 6), (9, 9)])
    assert (list(state.gone), state.losses_found) == ([(7, 8, 0)], [(7, 8)])
    assert EpochState("e", "", made=4).first_held == 4


@pytest.mark.parametrize(("told", "conflict", "everything", "settled"), [(1, 0, 1, 1), (0, 0, 1, 0), (1, 1, 1, 0), (1, 0, 0, 0)])
def test_an_epoch_is_settled_once_the_centre_told_to_hold_all_and_contradicted_nothing(
    tmp_path: Path, told: int, conflict: int, everything: int, settled: int
) -> None:
    state = epoch_of(tmp_path, [(0, 3)])
    state.told, state.conflict = bool(told), bool(conflict)
    state.received.add(0, 2 if everything else 1, 0)

    assert state.settled is bool(settled)


# ------------------------------------------------------------ the high-water mark


def test_a_mark_is_read_again_from_the_newer_of_two_slots(tmp_path: Path) -> None:
    path = tmp_path / "high"
    assert (HighWater(path).epoch, HighWater(path).made, path.exists()) == ("", 0, False)
    old = os.umask(0)
    try:
        high = HighWater(path)
        for made in (1, 2, 3):
            high.mark("abX", made)
            again = HighWater(path)
            assert (again.epoch, again.made) == (high.epoch, high.made) == ("abX", made)
            again.close()
        held = high._file
        high.close()
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(held or 0)
    finally:
        os.umask(old)

    first, second = (with_crc(struct.pack(">16sQQ", b"abX", made, made)).ljust(64, b"\0") for made in (2, 3))
    assert path.read_bytes() == first + second
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_mark_that_was_torn_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "high"
    high = HighWater(path)
    for made in (1, 2, 3):
        high.mark("0123456789abcdef", made)
    high.close()
    whole = path.read_bytes()

    for data in changed(whole[:36]):
        path.write_bytes(data + whole[36:])
        assert HighWater(path).made == 3
    for data in changed(whole[64:100]):
        path.write_bytes(whole[:64] + data + whole[100:])
        assert (HighWater(path).epoch, HighWater(path).made) == ("0123456789abcdef", 2)
    for size in (0, 35, 36, 64, 99, 100):
        path.write_bytes(whole[:size])
        assert HighWater(path).made == (0 if size < 36 else 2 if size < 100 else 3)


def test_marks_go_on_in_turn_after_a_start(tmp_path: Path) -> None:
    path = tmp_path / "high"
    first = HighWater(path)
    first.mark("a", 1)
    first.close()
    second = HighWater(path)
    second.mark("b", 5)
    second.close()

    assert [struct.unpack_from(">16sQQ", path.read_bytes(), at)[1:] for at in (0, 64)] == [(5, 2), (1, 1)]
    assert (HighWater(path).epoch, HighWater(path).made) == ("b", 5)
