"""The outbox keeps what was committed, tells what it lost, and frees only what it may."""

import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.digest import MASK, item_digest
from contracts.payload import Batch, Item, Poll, decode, encode
from edge_agent.outbox import Outbox, OutboxLimits

SMALL = OutboxLimits(segment_bytes=400)


def batch(n: int) -> Batch:
    return Batch("0123456789abcdef", 1_000_000 * n, [0, 1], [0, 1], n.to_bytes(8, "little"), [], [Poll("s", 1_000_000, n)])


def fill(box: Outbox, n: int, start: int = 0) -> None:
    for at in range(start, start + n):
        box.append(batch(at), 1_000_000 * at)
        box.commit()


def kept(box: Outbox) -> dict[tuple[str, int], bytes]:
    return {(epoch, seq): data for epoch in box.epochs for seq, data in box.items(epoch) if data is not None}


def digests(box: Outbox, epoch: str, first: int, last: int) -> int:
    return sum(item_digest(box.read(epoch, seq) or b"") for seq in range(first, last + 1)) & MASK


def test_an_item_is_encoded_once_and_comes_back_byte_for_byte_after_a_restart(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 25)
    before = kept(box)
    box.close()

    again = Outbox(tmp_path, "data", SMALL)

    assert kept(again) == before
    assert [decode(Item, data).seq for data in before.values()] == list(range(25))


def test_every_start_has_an_epoch_of_its_own_and_knows_the_one_before(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "data", SMALL)
    fill(first, 3)
    first.close()

    second = Outbox(tmp_path, "data", SMALL)

    assert second.epoch != first.epoch
    assert second.current.predecessor == first.epoch
    assert [(extent.epoch, extent.made, extent.closed) for extent in second.extents()] == [(first.epoch, 3, True), (second.epoch, 0, False)]


def test_nothing_counts_before_the_commit(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    box.append(batch(0), 0)

    assert box.current.made == 0
    assert kept(Outbox(tmp_path / ".." / tmp_path.name, "data", SMALL)) == {}


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_segment_truncated_at_any_byte_loses_its_tail_only_and_says_exactly_what(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("box")
    box = Outbox(folder, "data", SMALL)
    fill(box, 17)
    before = kept(box)
    box.close()
    victim = data.draw(st.sampled_from(sorted(folder.glob("*.seg"))))
    size = data.draw(st.integers(0, victim.stat().st_size))
    os.truncate(victim, size)

    after = Outbox(folder, "data", SMALL)

    survivors = kept(after)
    assert all(before[key] == value for key, value in survivors.items())
    lost = {(loss.epoch, seq) for loss in after.losses for seq in range(loss.first, loss.last + 1)}
    assert lost | survivors.keys() == before.keys()
    assert not lost & survivors.keys()


@given(st.integers(0, 3000), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_changed_byte_is_never_handed_out_as_an_item(tmp_path_factory: pytest.TempPathFactory, at: int, value: int) -> None:
    folder = tmp_path_factory.mktemp("box")
    box = Outbox(folder, "data", SMALL)
    fill(box, 17)
    before = kept(box)
    box.close()
    files = sorted(folder.glob("*.seg"))
    victim = files[at % len(files)]
    raw = bytearray(victim.read_bytes())
    raw[at % len(raw)] = value
    victim.write_bytes(bytes(raw))

    after = Outbox(folder, "data", SMALL)

    assert all(before[key] == data for key, data in kept(after).items())


def test_a_range_is_received_only_where_the_digest_is_that_of_our_own_copies(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 12)
    good = digests(box, box.epoch, 0, 5)

    assert box.told(box.epoch, [(0, 5, good)], []) == []
    assert box.current.open_ranges() == [(6, 11)]
    assert box.told(box.epoch, [(0, 5, good ^ 1)], []) == [(0, 5)]
    assert box.current.open_ranges() == [(0, 11)]


def test_digests_still_agree_after_segments_were_freed_and_the_process_restarted(tmp_path: Path) -> None:
    limits = OutboxLimits(segment_bytes=400, keep=0)
    box = Outbox(tmp_path, "data", limits)
    fill(box, 20)
    everything = digests(box, box.epoch, 0, 19)
    box.told(box.epoch, [(0, 15, digests(box, box.epoch, 0, 15))], [])
    assert box.reclaim(10**12) > 0
    epoch = box.epoch
    box.close()

    again = Outbox(tmp_path, "data", limits)

    assert again.epochs[epoch].first_held > 0
    assert again.told(epoch, [(0, 19, everything)], []) == []
    assert again.epochs[epoch].open_ranges() == []


def test_a_full_outbox_frees_received_items_first_then_the_oldest_samples_and_tells_the_range(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", OutboxLimits(max_bytes=2000, segment_bytes=400))
    fill(box, 40)
    box.told(box.epoch, [(0, 9, digests(box, box.epoch, 0, 9))], [])

    box.reclaim(0)

    assert box.size <= 2000
    gone = [seq for loss in box.losses for seq in range(loss.first, loss.last + 1)]
    assert gone == list(range(10, box.current.first_held))
    assert {loss.reason for loss in box.losses} == {"outbox full"}


def test_events_are_never_dropped_however_full_the_disk(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "event", OutboxLimits(max_bytes=1000, segment_bytes=400, droppable=False))
    fill(box, 40)
    before = kept(box)

    box.reclaim(10**15)

    assert kept(box) == before
    assert box.losses == []


def test_age_never_deletes_what_was_not_received(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", OutboxLimits(segment_bytes=400, keep=0))
    fill(box, 40)

    assert box.reclaim(10**15) == 0


def test_a_loss_is_told_again_after_a_crash_until_telling_it_was_durable(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 9)
    box.close()
    victim = max(tmp_path.glob("*.seg"))
    os.truncate(victim, victim.stat().st_size - 3)

    first = Outbox(tmp_path, "data", SMALL)
    crashed_before_telling = Outbox(tmp_path, "data", SMALL)
    assert crashed_before_telling.losses == first.losses != []
    crashed_before_telling.told_losses()

    assert Outbox(tmp_path, "data", SMALL).losses == []


def test_a_disk_that_refuses_keeps_the_items_for_another_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 2)
    real = os.pwrite

    def half(file: int, data: bytes, at: int) -> int:
        real(file, bytes(data)[: len(data) // 2], at)
        raise OSError(28, "No space left on device")

    box.append(batch(2), 2)
    monkeypatch.setattr(os, "pwrite", half)
    with pytest.raises(OSError, match="No space"):
        box.commit()
    monkeypatch.setattr(os, "pwrite", real)
    box.commit()
    box.close()

    assert [seq for _, seq in kept(Outbox(tmp_path, "data", SMALL))] == [0, 1, 2]


def test_committing_in_a_thread_beside_appending_reading_and_receipts_never_miscounts(tmp_path: Path) -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        _commit_beside(tmp_path)
    finally:
        sys.setswitchinterval(usual)


def _commit_beside(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    stop = threading.Event()

    def disk() -> None:
        while not stop.is_set():
            box.commit()

    thread = threading.Thread(target=disk)
    thread.start()
    sums = [0]
    for at in range(1500):
        seq = box.append(batch(at), at)
        assert seq == at
        sums.append((sums[-1] + item_digest(encode(Item(1, box.epoch, seq, at, batch(at))))) & MASK)
        made = box.current.made
        if made:
            assert box.told(box.epoch, [(0, made - 1, sums[made])], []) == []
            assert decode(Item, box.read(box.epoch, made - 1) or b"").seq == made - 1
    stop.set()
    thread.join()
    box.commit()

    assert [decode(Item, data or b"").seq for _, data in box.items(box.epoch)] == list(range(1500))


def test_a_disk_full_at_the_start_of_a_segment_does_not_stop_the_outbox_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    box.append(batch(0), 0)
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", refuse)
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                box.commit()
    box.commit()
    box.close()

    assert [seq for _, seq in kept(Outbox(tmp_path, "data", SMALL))] == [0]


def test_a_high_water_mark_that_cannot_be_written_does_not_write_its_items_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", SMALL)
    fill(box, 2)
    box.append(batch(2), 2)
    with monkeypatch.context() as full:
        full.setattr(box._high, "mark", refuse)
        with pytest.raises(OSError, match="No space"):
            box.commit()
    fill(box, 1, 3)

    assert [decode(Item, data or b"").seq for _, data in box.items(box.epoch)] == [0, 1, 2, 3]
    assert box.current.made == 4


def refuse(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_a_full_outbox_keeps_the_head_of_an_epoch_as_long_as_data_that_need_its_registry(tmp_path: Path) -> None:
    limits = OutboxLimits(max_bytes=2000, segment_bytes=400)
    box = Outbox(tmp_path, "data", limits)
    fill(box, 40)

    box.reclaim(0)

    assert box.size <= 2000
    assert box.read(box.epoch, 0) is not None
    assert box.current.open_ranges()[0] == (0, box.losses[0].first - 1)


def test_a_loss_for_want_of_room_is_on_disk_before_the_items_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(tmp_path, "data", OutboxLimits(max_bytes=2000, segment_bytes=400))
    fill(box, 40)
    before = kept(box).keys()
    with monkeypatch.context() as killed:
        killed.setattr(Path, "rename", refuse)
        with pytest.raises(OSError, match="No space"):
            box.reclaim(0)

    assert kept(box).keys() == before


def test_an_epoch_wholly_lost_leaves_the_catalogue_once_the_centre_knows(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "data", SMALL)
    fill(first, 3)
    first.close()
    for path in tmp_path.glob("*.seg"):
        os.truncate(path, 0)
    again = Outbox(tmp_path, "data", SMALL)
    assert [extent.epoch for extent in again.extents()] == [first.epoch, again.epoch]

    again.told(first.epoch, [], [(0, 2)])

    assert [extent.epoch for extent in again.extents()] == [again.epoch]
    assert again.epochs[first.epoch].over


def test_an_epoch_received_and_freed_but_for_a_lost_tail_leaves_the_catalogue_too(tmp_path: Path) -> None:
    limits = OutboxLimits(segment_bytes=400, keep=0)
    first = Outbox(tmp_path, "data", limits)
    fill(first, 20)
    first.close()
    os.truncate(max(tmp_path.glob("*.seg")), 50)
    second = Outbox(tmp_path, "data", limits)
    [loss] = second.losses
    held = [(0, loss.first - 1, digests(second, first.epoch, 0, loss.first - 1))]
    second.told_losses()
    second.told(first.epoch, held, [])
    second.reclaim(10**15)
    second.close()

    third = Outbox(tmp_path, "data", limits)
    third.told(first.epoch, held, [(loss.first, loss.last)])

    assert [extent.epoch for extent in third.extents()] == [third.epoch]


def test_what_the_centre_calls_lost_is_still_sent_where_it_is_on_disk_or_not_yet_made(tmp_path: Path) -> None:
    limits = OutboxLimits(segment_bytes=400, keep=0)
    box = Outbox(tmp_path, "data", limits)
    fill(box, 12)
    box.told(box.epoch, [(0, 5, digests(box, box.epoch, 0, 5))], [])
    box.reclaim(10**15)
    first = box.current.first_held
    assert first > 0

    box.told(box.epoch, [], [(0, 50)])

    assert box.current.open_ranges() == [(first, 11)]
    fill(box, 1, 12)
    assert box.current.open_ranges() == [(first, 12)]
