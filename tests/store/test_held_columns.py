"""Held rows as columns and polls in few runs say the same as the rows and the polls themselves, in every store."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from contracts.clock import DAY, SECOND
from contracts.payload import Poll
from store.held import by_epoch, in_few
from store.interface import Delivery, HeldItem, Store

GATEWAY = "north/gw1"
EVER = (0, 1 << 60)
Make = Callable[..., Delivery]


def instants(runs: list[Poll]) -> list[tuple[str, int, int]]:
    """Every instant of runs that were answered throughout, by source and period."""
    whole = [run for run in runs if run.count == run.answered]
    return sorted((run.source, run.period, run.first + at * run.period) for run in whole for at in range(run.count))


def fill(store: Store, delivery: Make, noon: int) -> None:
    """Over two days of arrival: runs that follow each other, one that answered in part, another period, and another source between them."""
    runs = [
        [Poll("kj/1", SECOND, noon, 60, 60, 5), Poll("kj/2", SECOND, noon + 10 * SECOND, 10, 10)],
        [Poll("kj/1", SECOND, noon + 60 * SECOND, 30, 30, 6)],
        [Poll("kj/1", SECOND, noon + 90 * SECOND, 10, 9, 7)],
        [Poll("kj/1", SECOND, noon + 100 * SECOND, 20, 20, 8), Poll("kj/1", SECOND, noon + 120 * SECOND, 20, 20, 9)],
        [Poll("kj/1", 2 * SECOND, noon + 140 * SECOND, 5, 5), Poll("kj/1", 0, noon + 150 * SECOND), Poll("kj/1", 0, noon + 150 * SECOND)],
    ]
    for seq, polls in enumerate(runs):
        epoch, later = ("e1", "e2")[seq % 2], seq // 3 * DAY
        store.append([delivery(seq, epoch=epoch, polls=polls, made=noon + seq, received=noon + later, replayed=seq == 2)])
    store.append([delivery(9, gateway="north/other", polls=[Poll("kj/1", SECOND, noon - 10 * SECOND, 10, 10)], made=noon)])


def test_runs_that_follow_each_other_and_were_answered_are_one(store: Store, delivery: Make, noon: int) -> None:
    fill(store, delivery, noon)

    assert store.runs(GATEWAY, *EVER) == [
        Poll("kj/1", SECOND, noon, 90, 90, 6),
        Poll("kj/1", SECOND, noon + 90 * SECOND, 10, 9, 7),
        Poll("kj/1", SECOND, noon + 100 * SECOND, 40, 40, 9),
        Poll("kj/1", 2 * SECOND, noon + 140 * SECOND, 5, 5),
        Poll("kj/1", 0, noon + 150 * SECOND),
        Poll("kj/1", 0, noon + 150 * SECOND),
        Poll("kj/2", SECOND, noon + 10 * SECOND, 10, 10),
    ]
    assert store.runs(GATEWAY, noon + SECOND, noon + 90 * SECOND) == in_few(store.polls(GATEWAY, noon + SECOND, noon + 90 * SECOND))
    assert store.runs(GATEWAY, 0, noon) == store.runs("north/nobody", *EVER) == []


def test_items_as_columns_are_the_items(store: Store, delivery: Make, noon: int) -> None:
    fill(store, delivery, noon)
    found = store.item_columns(GATEWAY, *EVER)

    assert {epoch: columns.seq.tolist() for epoch, columns in found.items()} == {"e1": [0, 2, 4], "e2": [1, 3]}
    assert found["e1"].made.tolist() == [noon, noon + 2, noon + 4]
    assert found["e1"].received.tolist() == [noon, noon, noon + DAY]
    assert found["e1"].replayed.tolist() == [False, True, False]
    part = store.item_columns(GATEWAY, noon + 1, noon + 3)
    assert {epoch: columns.seq.tolist() for epoch, columns in part.items()} == {"e1": [2], "e2": [1]}
    assert store.item_columns("north/nobody", *EVER) == {}


@given(st.lists(st.builds(HeldItem, st.sampled_from("ab"), st.integers(0, 99), *[st.integers(0, 9)] * 3, st.booleans(), st.just(1))))
def test_columns_hold_every_item_by_epoch_in_the_order_of_their_numbers(items: list[HeldItem]) -> None:
    found = by_epoch(items)
    rows = [(epoch, *row) for epoch, of in found.items() for row in zip(of.seq, of.made, of.received, of.replayed, strict=True)]

    assert sorted(rows) == sorted((item.epoch, item.seq, item.made, item.received, item.replayed) for item in items)
    assert all((of.seq[1:] >= of.seq[:-1]).all() for of in found.values())


@given(
    st.lists(
        st.builds(Poll, st.sampled_from("ab"), st.integers(0, 2), st.integers(0, 12), st.integers(1, 4), st.integers(0, 4)), max_size=9
    )
)
def test_few_runs_have_every_instant_and_every_unanswered_run(polls: list[Poll]) -> None:
    polls.sort(key=lambda poll: (poll.source, poll.first))
    runs = in_few(polls)

    assert instants(runs) == instants(polls)
    assert [run for run in runs if run.count != run.answered] == [poll for poll in polls if poll.count != poll.answered]
