"""Polls put together say the same; items that did not come are those of the gap ledger."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from console.fleet.came import Told, absent, count_of
from contracts.clock import MINUTE, SECOND
from contracts.payload import Poll
from contracts.ranges import Ranges
from fleet.facts.grid import polled as windows_polled
from ingest.ledger import Made, Word, missing, polled
from store.held import in_few
from store.interface import HeldItem
from store.records.epochs import EpochRow
from store.records.losses import LossRow
from tests.fleet.gridded import GATE, THE_DAY

START, END = THE_DAY.start, THE_DAY.end
run = st.builds(
    lambda source, period, at, count, lack: Poll(source, period * SECOND, START + at * SECOND, count, max(0, count - lack)),
    st.sampled_from(["a", "b"]),
    st.sampled_from([1, 30, 60]),
    st.integers(-100, 5000),
    st.integers(1, 20),
    st.sampled_from([0, 0, 0, 1]),
)


def row(made: int, last_time: int = START) -> EpochRow:
    return EpochRow(GATE, "e1", "data", made, 0, False, "", -1, last_time, START, START, False, None)


@settings(deadline=None)
@given(st.lists(run, max_size=12), st.lists(st.integers(1, 20), max_size=12))
def test_polls_put_together_are_due_answered_and_missing_as_before(some: list[Poll], counts: list[int]) -> None:
    at = START
    for count in counts:
        some.append(Poll("c", SECOND, at, count, count))
        at += count * SECOND
    before = sorted(some, key=lambda one: (one.source, one.first))
    after = in_few(before)
    assert len(after) <= len(before)
    assert sum(one.source == "c" for one in after) <= 1
    assert polled(after, START, END) == polled(before, START, END)
    assert (windows_polled(THE_DAY, after) == windows_polled(THE_DAY, before)).all()


def test_a_run_without_an_answer_stays_by_itself() -> None:
    lacks = [Poll("a", SECOND, START, 5, 4), Poll("a", SECOND, START + 5 * SECOND, 5, 5), Poll("a", SECOND, START + 10 * SECOND, 5, 3)]
    assert in_few(lacks) == lacks


def of_ledger(seqs: list[int], made: int, lost: Ranges) -> set[tuple[int, int]]:
    held = Ranges((seq, seq, 1) for seq in seqs)
    numbers, no = np.array(seqs, np.int64), np.zeros(len(seqs), np.bool_)
    of_day = Made(numbers, START + numbers, np.full(len(seqs), START), no, no)
    return set(missing(held, lost, max([made, *(seq + 1 for seq in seqs)]), of_day))


@settings(deadline=None)
@given(st.sets(st.integers(0, 60), min_size=1), st.integers(0, 70), st.sets(st.integers(0, 60)))
def test_what_did_not_come_is_what_the_ledger_says(came: set[int], made: int, gone: set[int]) -> None:
    seqs = sorted(came)
    losses = tuple(LossRow(GATE, "data", "e1", seq, seq, "thinned", START + MINUTE) for seq in sorted(gone - came))
    items = [HeldItem("e1", seq, 1, START + seq, START + seq, False, 1) for seq in seqs]
    held = {"e1": Ranges((seq, seq, 1) for seq in seqs)}
    found = absent(THE_DAY, GATE, Told((row(made),), losses, {}), held, items)
    mine = {(int(hole.ref.rpartition("/")[2]), hole.items) for hole in found if hole.word == Word.MISSING}
    truth = of_ledger(seqs, made, Ranges((loss.first, loss.last, 0) for loss in losses))
    assert mine == {(first, last - first + 1) for first, last in truth}
    assert count_of(found, Word.LOST) == len(losses)


def test_an_epoch_nobody_heard_of_is_missing_on_its_last_day_and_dead_letters_are_held() -> None:
    assert count_of(absent(THE_DAY, GATE, Told((row(7),), (), {}), {}, []), Word.MISSING) == 7
    assert absent(THE_DAY, GATE, Told((row(7, END),), (), {}), {}, []) == []
    dead = {("e1", "data"): Ranges([(1, 1, 5)])}
    items = [HeldItem("e1", seq, 1, START, START, False, 1) for seq in (0, 2)]
    held = {"e1": Ranges([(0, 0, 1), (2, 2, 1)])}
    assert absent(THE_DAY, GATE, Told((row(3),), (), dead), held, items) == []
