"""Every store: what is held, and when it was made."""

from collections.abc import Callable

from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.payload import Poll
from contracts.ranges import Ranges
from store.interface import Delivery, HeldItem, Store

GATEWAY, EVER = "north/gw1", (0, 1 << 60)
Make = Callable[..., Delivery]
Rows = Callable[..., list[tuple[int, float, int, int]]]


def test_held_tells_ranges_with_digests_by_epoch(store: Store, delivery: Make) -> None:
    store.append([delivery(seq) for seq in (0, 1, 2, 5)] + [delivery(9, epoch="e2")])
    assert store.held(GATEWAY) == {"e1": Ranges([(0, 2, 3003), (5, 5, 1005)]), "e2": Ranges([(9, 9, 1009)])}
    assert store.held("north/other") == {}


def test_what_held_returned_does_not_change_the_store(store: Store, delivery: Make) -> None:
    store.append([delivery(0)])
    store.held(GATEWAY)["e1"].add(1, 1, 5)
    assert store.held(GATEWAY) == {"e1": Ranges([(0, 0, 1000)])}


def test_digests_use_all_64_bits(store: Store, delivery: Make) -> None:
    top = (1 << 64) - 1
    store.append([delivery(0, digest=top), delivery(1, digest=top)])
    assert store.digest_of(GATEWAY, "e1", 0) == top
    assert list(store.held(GATEWAY)["e1"]) == [(0, 1, top - 1)]


def test_digest_of_an_item_that_is_not_held_is_none(store: Store, delivery: Make) -> None:
    store.append([delivery(0), delivery(2)])
    asked = [("north/gw1", "e1", 1), ("north/gw1", "e2", 0), ("north/gw2", "e1", 0), ("north/gw1", "e1", -1)]
    assert [store.digest_of(*key) for key in asked] == [None] * 4


def test_range_digest_sums_what_is_held(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(seq) for seq in (0, 1, 2, 3)])
    store.append([delivery(seq, received=noon + 2 * DAY) for seq in (4, 7, 8)])
    spans = [(0, 4), (1, 2), (3, 4), (2, 7), (0, 99), (5, 6), (8, 8)]
    sums = [sum(1000 + seq for seq in (0, 1, 2, 3, 4, 7, 8) if first <= seq <= last) for first, last in spans]
    assert [store.range_digest(GATEWAY, "e1", *span) for span in spans] == sums
    assert store.range_digest(GATEWAY, "e2", 0, 99) == 0


def test_range_digest_is_modulo_two_to_the_64(store: Store, delivery: Make) -> None:
    store.append([delivery(seq, digest=(1 << 63) + seq) for seq in range(4)])
    assert store.range_digest(GATEWAY, "e1", 1, 2) == 3


def test_spans_are_of_reading_times(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 4, 1.0, 0), (1, 2, 1.0, 0)]), delivery(1, [(0, 9, 1.0, 0)]), delivery(2, [])])
    store.append([delivery(0, [(0, -3, 1.0, 0)], epoch="e2"), delivery(0, [], epoch="e3")])
    assert store.spans(GATEWAY) == {"e1": (noon + 2 * SECOND, noon + 9 * SECOND), "e2": (noon - 3 * SECOND, noon - 3 * SECOND)}
    assert store.spans("north/other") == {}


def test_items_are_found_by_when_they_were_made(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(seq, made=noon + seq) for seq in (3, 1, 2, 4)] + [delivery(0, epoch="e0", made=noon + 2, digest=(1 << 64) - 1)])
    found = store.items(GATEWAY, noon + 2, noon + 4)
    assert [(item.epoch, item.seq) for item in found] == [("e0", 0), ("e1", 2), ("e1", 3)]
    assert store.items("north/other", *EVER) == []
    assert found[0] == HeldItem("e0", 0, (1 << 64) - 1, noon + 2, noon, False, 1)


def test_a_held_row_tells_the_facts_of_the_delivery(store: Store, delivery: Make, noon: int) -> None:
    store.append([delivery(4, [(0, 0, 1.0, 0), (0, 0, 1.0, 0)], made=noon - HOUR, received=noon + 5, replayed=True, doubt=True)])
    assert store.items(GATEWAY, *EVER) == [HeldItem("e1", 4, 1004, noon - HOUR, noon + 5, True, 2)]


def test_polls_come_back_as_sent(store: Store, delivery: Make, noon: int) -> None:
    runs = (Poll("kj/2", SECOND, noon, 60, 58, 17), Poll("kj/1", SECOND, noon + SECOND), Poll("矿", MINUTE, noon + 2 * SECOND, 3, 0, -5))
    store.append([delivery(0, polls=runs), delivery(1, polls=(Poll("kj/1", SECOND, noon - DAY),))])
    assert store.polls(GATEWAY, *EVER) == [Poll("kj/1", SECOND, noon - DAY), runs[1], runs[0], runs[2]]
    assert store.polls(GATEWAY, noon, noon + 2 * SECOND) == [runs[1], runs[0]]
    assert store.polls("north/other", *EVER) == []
