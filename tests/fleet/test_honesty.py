"""The definitions of the facts of honesty, one by one."""

import numpy as np
import pytest

from fleet.facts import honesty
from fleet.facts.honesty import WINDOWS, flags_at_once, gas_seen, peaks_cut, standing, stands_from


def _ints(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


def test_flags_count_together_only_while_they_stand_together() -> None:
    one_after_the_other = flags_at_once(_ints(100, 104, 108), _ints(4, 4, 4), 2)
    assert one_after_the_other.tolist() == [1, 0]
    assert flags_at_once(_ints(100, 103, 103), _ints(4, 4, 1), 1).tolist() == [3]


def test_a_flag_over_midnight_counts_on_both_days() -> None:
    assert flags_at_once(_ints(WINDOWS - 2), _ints(4), 3).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("base", "before", "highest", "after", "seen"),
    [
        (0.3, 0.32, 2.0, 0.31, True),
        (0.3, 0.32, 0.35, 0.31, False),  # nothing was given
        (0.3, 0.8, 1.3, 0.75, False),  # the mine's own gas rises before the flag and goes slowly
        (0.3, 0.3, 1.3, 0.9, False),  # it is still there afterwards
        (0.0, 0.0, 0.5, 0.0, True),
        (0.0, 0.0, 0.49, 0.0, False),
    ],
)
def test_test_gas_comes_at_once_and_goes_at_once(base: float, before: float, highest: float, after: float, seen: bool) -> None:
    assert bool(gas_seen(*(np.array([one]) for one in (base, before, highest, after)))[0]) is seen


def test_a_point_stands_after_two_hours_or_four_times_its_longest_rest() -> None:
    assert stands_from(np.array([0.25, 0.5, 3.0])).tolist() == [24, 24, 144]


def test_a_rest_counts_from_the_day_it_is_long_enough_and_as_long_as_it_lasts() -> None:
    begun = _ints(WINDOWS - 10)
    assert standing(begun, _ints(23), _ints(24), 3).tolist() == [0, 0, 0]
    assert standing(begun, _ints(24), _ints(24), 3).tolist() == [0, 1, 0]
    assert standing(begun, _ints(10 + WINDOWS + 1), _ints(24), 4).tolist() == [0, 1, 1, 0]
    assert standing(_ints(5, 6), _ints(100, 100), _ints(24, 24), 1).tolist() == [2]


def _tail(days: int, level: float, seed: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    rng = np.random.default_rng(seed)
    gas: np.ndarray[tuple[int, int, int], np.dtype[np.float64]] = np.round(level * np.exp(0.38 * rng.standard_normal((1, days, 24))), 2)
    return gas


@pytest.mark.parametrize("level", [0.3, 0.45, 0.6])
def test_a_real_tail_is_never_cut(level: float) -> None:
    assert not any(peaks_cut(_tail(60, level, seed)).any() for seed in range(20))


def test_peaks_at_one_value_below_the_limit_are_cut_from_some_days_on() -> None:
    gas = _tail(60, 0.55, 1)
    gas[:, 30:] = np.minimum(gas[:, 30:], 0.96)
    found = peaks_cut(gas)[0]
    assert not found[:30].any()
    assert found[44:].all()


def test_a_pile_with_as_much_above_the_limit_is_no_cut() -> None:
    gas = np.minimum(_tail(30, 0.55, 1), 0.96)
    over = gas.copy()
    over[0, :, ::4] = 1.2
    assert peaks_cut(gas).any()
    assert not peaks_cut(over).any()


def test_hours_without_a_maximum_count_for_nothing() -> None:
    assert not peaks_cut(np.full((2, 20, 24), np.nan)).any()
    assert honesty.LOOKBACK_DAYS == 14
