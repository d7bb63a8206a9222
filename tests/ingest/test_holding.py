"""What is held of one gateway, row by row: the receipt in full, spans of epochs, clones, losses, and a centre put back to a backup."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.payload import DATA_STREAM, EVENT_STREAM, MAX_BYTES, VERSION, Birth, Extent, Receipt, Told, encode
from contracts.ranges import Ranges
from contracts.topics import Gateway
from ingest.pipeline import Identity
from ingest.receipts import MOST_BIRTHS, MOST_RANGES, Holding, _surely_fits

GATEWAY = Gateway("m1", "gate-1")
A, B, C = "000000000000000a", "000000000000000b", "000000000000000c"


def item(seq: int, digest: int, epoch: str = A, stream: str = DATA_STREAM) -> Identity:
    return Identity(GATEWAY, stream, epoch, seq, 1, digest)


def born(*extents: Extent, nonce: int = 7) -> Birth:
    return Birth(1, "agent", nonce, 1, "trusted", "", "", 1, "", list(extents))


def current(epoch: str, made: int = 10) -> Extent:
    return Extent(epoch, DATA_STREAM, made, 0, False)


def holding(*held: int, epoch: str = A) -> Holding:
    found = Holding()
    for seq in held:
        found.hold(item(seq, 1000 + seq, epoch))
    return found


def never(epoch: str, first: int, last: int) -> int:
    pytest.fail(f"{epoch} {first} {last}: nothing to clip")


# ------------------------------------------------------------ the receipt


def test_a_receipt_tells_everything_and_counts_up() -> None:
    found = holding(0, 1, 3)
    found.hold(item(5, 1005, A, DATA_STREAM), dead=True)
    assert found.lose(A, DATA_STREAM, 2, 2) == [(2, 2)]
    found.bear(born(current(A)))

    first, second = found.receipt("gen", 4096, never), found.receipt("gen", 0, never)

    told = Told(A, DATA_STREAM, 3, [(0, 1, 2001), (3, 3, 1003), (5, 5, 1005)], [(5, 5)], [(2, 2)])
    assert first == Receipt(VERSION, "gen", 7, 1, 4096, [told])
    assert second == Receipt(VERSION, "gen", 7, 2, 1, [told]), "credit is never 0: nothing would come any more"
    assert Holding().receipt("gen", 1, never) is None


def test_each_epoch_and_stream_has_its_own_row() -> None:
    found = holding(0, 1)
    found.hold(item(0, 5, A, EVENT_STREAM))
    found.lose(B, DATA_STREAM, 0, 1)
    found.bear(born(Extent(B, DATA_STREAM, 2, 0, True), current(A, 2), Extent(A, EVENT_STREAM, 3, 0, False)))

    receipt = found.receipt("gen", 1, never)

    assert receipt is not None
    assert receipt.epochs == [
        Told(B, DATA_STREAM, 1, [], [], [(0, 1)]),
        Told(A, DATA_STREAM, 1, [(0, 1, 2001)], [], []),
        Told(A, EVENT_STREAM, 0, [(0, 0, 5)], [], []),
    ]


def test_what_was_lost_and_came_after_all_is_lost_no_more() -> None:
    found = holding(0)
    found.lose(A, DATA_STREAM, 1, 3)
    found.hold(item(2, 1002, A, DATA_STREAM))
    found.bear(born(current(A, 4)))

    receipt = found.receipt("gen", 1, never)

    assert receipt is not None
    assert receipt.epochs[0].lost == [(1, 1), (3, 3)]
    assert receipt.epochs[0].through == 3


def test_a_closed_epoch_of_fewer_items_than_are_held_is_cut_and_its_digest_asked_for() -> None:
    found, asked = holding(0, 1, 2, 3, 6), list[tuple[str, int, int]]()

    def clipped(epoch: str, first: int, last: int) -> int:
        asked.append((epoch, first, last))
        return 77

    found.bear(born(Extent(A, DATA_STREAM, 3, 0, True)))
    receipt = found.receipt("gen", 1, clipped)

    assert receipt is not None
    assert receipt.epochs == [Told(A, DATA_STREAM, 2, [(0, 2, 77)])]
    assert asked == [(A, 0, 2)]


def test_a_closed_epoch_that_ends_where_a_range_ends_is_told_as_it_is() -> None:
    found = holding(0, 1, 2)
    found.bear(born(Extent(A, DATA_STREAM, 3, 0, True)))

    receipt = found.receipt("gen", 1, never)

    assert receipt is not None
    assert receipt.epochs == [Told(A, DATA_STREAM, 2, [(0, 2, 3003)])]


def test_an_open_epoch_tells_what_is_held_beyond_what_its_birth_knew() -> None:
    found = holding(0, 1, 2, 3)
    found.bear(born(current(A, 2)))

    receipt = found.receipt("gen", 1, never)

    assert receipt is not None
    assert (receipt.epochs[0].through, receipt.epochs[0].held) == (3, [(0, 3, 4006)])


def test_many_ranges_are_told_as_far_as_they_fit_the_lowest_first() -> None:
    def told(epochs: int, ranges: int) -> list[int]:
        found = Holding()
        extents = [Extent(f"{at:016x}", DATA_STREAM, 10**6, 0, True) for at in range(epochs)]
        for extent in extents:
            found.held[extent.epoch, DATA_STREAM] = Ranges((10_000 * at, 10_000 * at, 2**64 - 1) for at in range(ranges))
        found.bear(born(*extents))
        receipt = found.receipt("gen", 1, never)
        assert receipt is not None
        assert len(encode(receipt)) <= MAX_BYTES
        return [len(one.held) for one in receipt.epochs]

    assert told(1, 200) == [MOST_RANGES]
    assert set(told(60, 100)) == {30}
    assert set(told(150, 100)) == {10}
    assert set(told(400, 100)) == {3}


def test_a_receipt_of_exactly_the_largest_payload_is_not_cut() -> None:
    found = Holding()
    extents = [Extent(f"{at:016x}", DATA_STREAM, 10**6, 0, True) for at in range(17)]
    for extent in extents:
        found.held[extent.epoch, DATA_STREAM] = Ranges((10_000 * at, 10_000 * at, 2**64 - 1) for at in range(MOST_RANGES))
    found.bear(born(*extents))

    def told(more: int) -> tuple[int, int]:
        receipt = found.receipt("g" * (1000 + more), 1, never)
        assert receipt is not None
        found.serial = 0
        return len(encode(receipt)), len(receipt.epochs[0].held)

    size, ranges = told(0)
    assert ranges == MOST_RANGES
    assert told(MAX_BYTES - size) == (MAX_BYTES, MOST_RANGES)
    assert told(MAX_BYTES - size + 1)[1] < MOST_RANGES


@pytest.mark.parametrize(
    "told",
    [
        [Told(A, DATA_STREAM, -1, [(0, 0, 2**64 - 1)] * (MAX_BYTES // 12))],
        [Told(A, DATA_STREAM, -1, [], [(10**6, 10**6)] * (MAX_BYTES // 11))],
        [Told(A, DATA_STREAM, -1, [], [], [(10**6, 10**6)] * (MAX_BYTES // 11))],
        [Told(A, DATA_STREAM, -1, [])] * (MAX_BYTES // 27),
        [Told("e" * 1000, DATA_STREAM, -1, [])] * (MAX_BYTES // 1000),
        [Told(A, "s" * 1000, -1, [])] * (MAX_BYTES // 1000),
    ],
    ids=["held", "dead", "lost", "epochs", "names of epochs", "names of streams"],
)
def test_what_surely_fits_does(told: list[Told]) -> None:
    assert len(encode(Receipt(VERSION, "g", 1, 1, 1, told))) > MAX_BYTES
    assert not _surely_fits(told)


# ------------------------------------------------------------ what is not as nearly always


def test_a_closed_epoch_of_one_range_that_is_longer_than_it_was_made_is_cut_too() -> None:
    found = holding(0, 1, 2, 3)
    found.bear(born(Extent(A, DATA_STREAM, 3, 0, True)))

    receipt = found.receipt("gen", 1, lambda *_: 77)

    assert receipt is not None
    assert receipt.epochs == [Told(A, DATA_STREAM, 2, [(0, 2, 77)])]


def test_an_open_epoch_of_one_range_tells_what_is_lost_and_what_is_dead() -> None:
    found = holding(0, 1)
    found.lose(A, DATA_STREAM, 2, 3)
    found.hold(item(4, 1004, B), dead=True)
    found.bear(born(current(A), current(B)))

    receipt = found.receipt("gen", 1, never)

    assert receipt is not None
    assert receipt.epochs == [
        Told(A, DATA_STREAM, 3, [(0, 1, 2001)], [], [(2, 3)]),
        Told(B, DATA_STREAM, -1, [(4, 4, 1004)], [(4, 4)], []),
    ]


def test_losses_beyond_what_the_birth_knew_are_told_but_carry_no_epoch_on() -> None:
    found = holding(0, 1, 2)
    found.lose(A, DATA_STREAM, 3, 9)
    found.bear(born(current(A, 3)))

    receipt = found.receipt("gen", 1, never)

    assert receipt is not None
    assert (receipt.epochs[0].through, receipt.epochs[0].lost) == (2, [(3, 9)])


# ------------------------------------------------------------ losses, spans, clones


def test_only_what_is_neither_held_nor_known_as_lost_is_new() -> None:
    found = holding(2)

    assert found.lose(A, DATA_STREAM, 0, 4) == [(0, 1), (3, 4)]
    assert found.lose(A, DATA_STREAM, 0, 6) == [(5, 6)]
    assert list(found.lost[A, DATA_STREAM]) == [(0, 1, 0), (3, 6, 0)]


@given(
    st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 50), st.integers(0, 10)), max_size=12),
    st.integers(0, 60),
    st.integers(0, 9),
)
def test_a_span_is_used_elsewhere_where_another_epoch_s_readings_reach_into_it(
    spans: list[tuple[str, int, int]], first: int, length: int
) -> None:
    found, last = Holding(), first + length
    for epoch, low, more in spans:
        found.span(epoch, low, low + more)

    reach = {epoch: [(low, low + more) for name, low, more in spans if name == epoch] for epoch, _, _ in spans}
    hull = {epoch: (min(low for low, _ in some), max(high for _, high in some)) for epoch, some in reach.items()}
    assert found.spans == hull
    for epoch in (A, B, C):
        meets = any(low <= last and first <= high for other, (low, high) in hull.items() if other != epoch)
        assert found.used_before(epoch, first, last) is meets


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.integers(0, 50), st.integers(0, 10)), min_size=1, max_size=8), st.integers(0, 60))
def test_times_that_an_epoch_had_again_are_used_before_for_itself_only(turns: list[tuple[str, int, int]], at: int) -> None:
    found, hull = Holding(), dict[str, tuple[int, int]]()
    for epoch, low, more in turns:
        known = hull.get(epoch)
        hull[epoch] = (min(low, known[0]), max(low + more, known[1])) if known else (low, low + more)
        assert found.turned_back(epoch, low, low + more) is (hull[epoch] != known)
    for epoch in (A, B):
        assert found.used_before(epoch, at, at) is (epoch in hull and hull[epoch][0] <= at <= hull[epoch][1])
    found.forget(turns[0][0])
    assert not found.used_before(turns[0][0], at, at)


@given(st.lists(st.sampled_from([A, B, C]), max_size=8))
def test_a_clone_is_an_epoch_that_comes_back_after_another_one(births: list[str]) -> None:
    found, seen = Holding(), list[str]()
    for epoch in births:
        back = epoch in seen and seen[-1] != epoch
        assert found.bear(born(current(epoch))) is back
        if seen[-1:] != [epoch]:
            seen.append(epoch)
    assert found.current_epochs == seen
    assert all(one != after for one, after in pairwise(found.current_epochs))


def test_only_the_open_data_epoch_of_a_birth_says_who_it_is() -> None:
    found = Holding()
    found.bear(born(Extent(B, DATA_STREAM, 1, 0, True), Extent(C, EVENT_STREAM, 1, 0, False), current(A)))
    found.bear(born(Extent(A, DATA_STREAM, 1, 0, True)))

    assert found.current_epochs == [A, ""]


def test_births_are_remembered_up_to_a_number_the_newest_of_them() -> None:
    found = Holding()
    for at in range(MOST_BIRTHS + 2):
        found.bear(born(current(f"{at:016x}")))

    assert (len(found.current_epochs), found.current_epochs[0], found.current_epochs[-1]) == (
        MOST_BIRTHS,
        f"{2:016x}",
        f"{MOST_BIRTHS + 1:016x}",
    )


# ------------------------------------------------------------ a centre put back to a backup


@pytest.mark.parametrize(
    ("held", "lost", "through", "behind"),
    [
        ((0, 1, 2), None, 2, False),
        ((0, 1, 2), None, 3, True),
        ((0, 1, 2), None, -1, False),
        ((), None, 0, True),
        ((0, 2), None, 2, True),
        ((0, 2), (1, 1), 2, False),
        ((1, 2), None, 2, True),
    ],
)
def test_a_gateway_that_was_told_more_than_is_held_shows_a_centre_put_back(
    held: tuple[int, ...], lost: tuple[int, int] | None, through: int, behind: bool
) -> None:
    found = holding(*held)
    if lost:
        found.lose(A, DATA_STREAM, *lost)

    assert found.behind(born(Extent(A, DATA_STREAM, 10, 0, False, through=through))) is behind


def test_an_epoch_that_is_forgotten_leaves_nothing_behind_and_takes_no_other_with_it() -> None:
    found = holding(0, 1)
    found.hold(item(0, 1, A, EVENT_STREAM), dead=True)
    found.hold(item(0, 1, B, DATA_STREAM), dead=True)
    found.lose(A, DATA_STREAM, 2, 3)
    found.span(A, 1, 2)
    found.span(B, 3, 4)
    found.asked |= {A, B}

    found.forget(A)
    found.forget(C)

    assert (list(found.held), list(found.dead), list(found.lost)) == ([(B, DATA_STREAM)], [(B, DATA_STREAM)], [])
    assert (found.spans, found.asked) == ({B: (3, 4)}, {B})
    assert (found.has(A, DATA_STREAM, 0), found.has(B, DATA_STREAM, 0), found.has(B, DATA_STREAM, 1)) == (False, True, False)
