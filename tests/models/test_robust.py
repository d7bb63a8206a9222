"""Level and slope of each point."""

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from models.base import Frame
from models.robust import Robust, RobustSettings


def rows(*columns: np.ndarray, start: int = BUILD_TIME, period_s: float = 1.0) -> Frame:
    times = start + (np.arange(len(columns[0])) * period_s * SECOND).astype(np.int64)
    return Frame(tuple("abcdef"[: len(columns)]), times, np.column_stack(columns))


def noise(count: int, seed: int = 1, size: float = 0.01) -> np.ndarray:
    return 0.5 + size * np.random.default_rng(seed).normal(size=count)


TRAINED = Robust().fit(rows(noise(900)))
LATER = BUILD_TIME + 2000 * SECOND


def total(values: np.ndarray) -> np.ndarray:
    TRAINED.restart()
    return TRAINED.score(rows(values, start=LATER)).total


def test_one_spike_is_no_level() -> None:
    values = noise(60, 2)
    values[30] += 5.0

    assert total(values).max() < 1


def test_a_step_is_found_within_three_readings_and_told_with_what_was_expected() -> None:
    values = noise(60, 2)
    values[30:] += 0.3

    found = total(values)

    assert (found[:30] < 1).all()
    assert found[32] > 1
    TRAINED.restart()
    [cause] = TRAINED.explain(TRAINED.score(rows(values, start=LATER)), 32)
    assert cause.value == pytest.approx(0.8, abs=0.05)
    assert cause.expected == pytest.approx(0.5, abs=0.02)


def test_a_rise_is_found_by_its_slope_long_before_its_level() -> None:
    values = noise(200, 2) + np.clip(np.arange(200) - 60, 0, None) * 0.002
    level_alone = np.abs(values - 0.5) / 0.01 > 6 * 1.2

    assert np.argmax(total(values) > 1) < np.argmax(level_alone)
    assert np.argmax(total(values) > 1) > 60


def test_a_point_that_never_moved_is_unknown_unless_its_steps_are_given() -> None:
    still = np.zeros(200)
    moved = np.append(still[:30], np.full(30, 0.5))

    without = Robust().fit(rows(still, noise(200)))
    with_steps = Robust(RobustSettings(steps={"a": 0.1})).fit(rows(still, noise(200)))

    assert np.isnan(without.score(rows(moved, noise(60), start=LATER)).parts[:, 0]).all()
    assert with_steps.score(rows(moved, noise(60), start=LATER)).parts[-1, 0] > 1


def test_whole_days_of_zero_in_steps_of_a_hundredth_do_not_shout_at_three_hundredths() -> None:
    days = np.zeros(3000)
    days[::97] = 0.01
    kj = Robust(RobustSettings(steps={"a": 0.02})).fit(rows(days, period_s=25))
    later = np.append(np.zeros(40), np.full(20, 0.03))

    assert kj.score(rows(later, start=LATER * 2, period_s=25)).total.max() < 1
    kj.restart()
    assert kj.score(rows(later * 10, start=LATER * 2, period_s=25)).total.max() > 1


def test_the_first_reading_after_a_long_gap_is_judged_by_itself() -> None:
    frame = rows(np.append(noise(60, 2), [1.0, 1.0]), start=LATER)
    TRAINED.restart()
    at_once = TRAINED.score(frame).total
    frame.times[60:] += 3600 * SECOND
    TRAINED.restart()

    assert at_once[60] < 1
    assert TRAINED.score(frame).total[60] > 1


def test_a_slow_wander_is_followed_and_a_large_offset_moves_the_location_no_faster() -> None:
    near, far = (Robust(RobustSettings(follow_s=60, bend=2)).fit(rows(noise(900))) for _ in range(2))

    expected = [one.score(rows(noise(120, 2) + off, start=LATER)).expected for one, off in ((near, 0.1), (far, 1000.0))]

    assert expected[0][-1, 0] > 0.52
    np.testing.assert_allclose(expected[0], expected[1])
