"""EWMA and CUSUM of each point."""

import numpy as np

from contracts.clock import SECOND
from models.change import Change, ChangeSettings
from tests.models.test_robust import LATER, noise, rows

TRAINED = Change().fit(rows(noise(900)))


def total(values: np.ndarray) -> np.ndarray:
    TRAINED.restart()
    return TRAINED.score(rows(values, start=LATER)).total


def test_a_shift_of_a_scale_and_a_half_is_found_though_no_reading_is_out_of_the_ordinary() -> None:
    values = noise(120, 2)
    values[60:] += 0.015

    assert (total(values)[:60] < 1).all()
    assert np.abs(values - 0.5).max() < 0.01 * 5
    assert total(values)[75] > 1


def test_a_fall_is_found_as_a_rise_is() -> None:
    offset = np.append(np.zeros(30), np.full(30, 0.02))

    np.testing.assert_allclose(total(0.5 + offset), total(0.5 - offset), atol=0.2)
    assert total(0.5 - offset)[-1] > 1


def test_one_spike_is_no_change() -> None:
    values = noise(60, 2)
    values[30] = 1e6

    assert total(values).max() < 1


def test_it_is_over_some_time_after_the_change_is_undone() -> None:
    values = noise(300, 2)
    values[60:160] += 0.5

    assert total(values)[159] > 1
    assert total(values)[-1] < 1


def test_the_sums_begin_anew_after_a_gap() -> None:
    frame = rows(np.append(noise(60, 2) + 0.02, 0.5), start=LATER)
    frame.times[-1] += 3600 * SECOND
    TRAINED.restart()
    found = TRAINED.score(frame).total

    assert found[-2] > 1
    assert found[-1] < 0.5


def test_a_reference_that_adapts_follows_a_slow_wander_that_a_fixed_one_reports() -> None:
    wander = noise(3000, 2) + np.linspace(0, 0.03, 3000)
    adapting = Change(ChangeSettings(adapt_s=60)).fit(rows(noise(900)))

    assert total(wander)[-1] > 1
    assert adapting.score(rows(wander, start=LATER)).total[-1000:].max() < 1
