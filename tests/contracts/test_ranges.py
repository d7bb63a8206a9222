"""Ranges against the plainest thing that could be right: a dict of numbers and their items' hashes."""

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.digest import MASK
from contracts.ranges import Ranges

NUMBERS = st.integers(0, 40)


class RangesMachine(RuleBasedStateMachine):
    """Adds runs in any order; a run that overlaps is refused and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.ranges, self.reference = Ranges(), dict[int, int]()

    @initialize(seed=st.integers(0, MASK))
    def hashes(self, seed: int) -> None:
        self.hash = [(seed * (number + 1) * 0x9E3779B97F4A7C15 + number) & MASK for number in range(60)]

    @rule(first=NUMBERS, length=st.integers(1, 12))
    def add(self, first: int, length: int) -> None:
        run = range(first, first + length)
        digest = sum(self.hash[number] for number in run)
        if self.reference.keys() & set(run):
            with pytest.raises(ValueError, match="overlaps"):
                self.ranges.add(first, run[-1], digest)
        else:
            self.ranges.add(first, run[-1], digest)
            self.reference |= {number: self.hash[number] for number in run}

    @rule(first=NUMBERS)
    def add_nothing(self, first: int) -> None:
        with pytest.raises(ValueError, match="empty"):
            self.ranges.add(first, first - 1, 0)

    @rule(first=NUMBERS, last=NUMBERS)
    def ask_what_is_missing(self, first: int, last: int) -> None:
        missing = [number for low, high in self.ranges.missing(first, last) for number in range(low, high + 1)]
        assert missing == [number for number in range(first, last + 1) if number not in self.reference]

    @rule()
    def rebuild(self) -> None:
        assert Ranges(reversed(list(self.ranges))) == self.ranges

    @invariant()
    def rows_are_ascending_and_joined(self) -> None:
        rows = list(self.ranges)
        assert all(first <= last for first, last, _ in rows)
        assert all(left[1] + 1 < right[0] for left, right in pairwise(rows))

    @invariant()
    def it_holds_what_the_dict_holds(self) -> None:
        assert {number for number in range(60) if number in self.ranges} == set(self.reference)
        assert len(self.ranges) == len(self.reference)
        assert -1 not in self.ranges

    @invariant()
    def a_digest_is_the_sum_of_its_items(self) -> None:
        for first, last, digest in self.ranges:
            assert digest == sum(self.reference[number] for number in range(first, last + 1)) & MASK

    @invariant()
    def through_ends_the_run_from_0(self) -> None:
        end = next(number for number in range(61) if number not in self.reference)
        assert self.ranges.through() == end - 1


TestRanges = RangesMachine.TestCase
TestRanges.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_what_was_built_in_another_order_is_equal() -> None:
    left, right = Ranges([(0, 1, 5), (2, 3, MASK), (7, 7, 1)]), Ranges([(7, 7, 1), (0, 3, 4)])

    assert left == right
    assert repr(left) == "Ranges([(0, 3, 4), (7, 7, 1)])"
    assert left != Ranges([(0, 3, 5), (7, 7, 1)])
    assert left != [(0, 3, 4), (7, 7, 1)]


def test_ranges_of_a_lifetime_stay_small() -> None:
    held = Ranges([(0, (1 << 62) - 1, 7)])

    assert len(held) == 1 << 62
    assert held.missing(0, 1 << 62) == [(1 << 62, 1 << 62)]
