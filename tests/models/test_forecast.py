"""Errors of a forecast on a point's own lags."""

import numpy as np

from contracts.clock import SECOND
from models.forecast import Forecast, ForecastSettings
from tests.models.test_robust import LATER, noise, rows

PLAIN = ForecastSettings(smooth=1)


def wave(count: int, seed: int = 1, phase: float = 0.0) -> np.ndarray:
    return np.sin(np.arange(count) / 5 + phase) + noise(count, seed)


def test_a_wave_is_foretold_far_better_than_by_its_last_reading() -> None:
    later = wave(200, 2, 1.0)
    scores = Forecast(PLAIN).fit(rows(wave(900))).score(rows(later, start=LATER))

    error = np.nanstd(scores.values - scores.expected)

    assert error < 0.3 * np.std(np.diff(later))
    assert np.nanmax(scores.total) < 1


def test_a_wave_that_stops_is_found_although_each_value_was_seen_before() -> None:
    later = wave(100, 2, 1.0)
    later[60:] = later[60]

    assert np.nanmax(Forecast(PLAIN).fit(rows(wave(900))).score(rows(later, start=LATER)).total) > 1


def test_nothing_is_known_until_its_lags_are_there() -> None:
    scores = Forecast(ForecastSettings(lags=4, ahead=3)).fit(rows(wave(900))).score(rows(wave(20), start=LATER))

    assert np.isnan(scores.total[:6]).all()
    assert np.isfinite(scores.total[6:]).all()


def test_a_missing_reading_is_bridged_and_a_third_in_a_row_is_not() -> None:
    values = wave(60, 2)
    values[20:22] = values[40:43] = np.nan

    total = Forecast(ForecastSettings(lags=4, bridge=2, smooth=1)).fit(rows(wave(900))).score(rows(values, start=LATER)).total

    assert np.isnan(total[20:22]).all()
    assert np.isfinite(total[22:40]).all()
    assert np.isnan(total[40:47]).all()
    assert np.isfinite(total[47:]).all()


def test_the_lags_are_gathered_anew_after_a_gap() -> None:
    frame = rows(np.append(wave(30), wave(30) + 5), start=LATER)
    frame.times[30:] += 600 * SECOND

    total = Forecast(PLAIN).fit(rows(wave(900))).score(frame).total

    assert np.isnan(total[30:36]).all()
    assert np.isfinite(total[36:]).all()
