"""Machine health: rise over the training level, hours left."""

import numpy as np
import pytest

from contracts.clock import MINUTE
from models.base import BadModel, Frame
from models.health import Health, HealthSettings

STEP = 10 * MINUTE


def frame(values: np.ndarray, start: int = 0) -> Frame:
    return Frame(("vib", "temp"), (start + np.arange(len(values))) * STEP, values)


def healthy(rows: int = 200) -> np.ndarray:
    random = np.random.default_rng(1)
    return np.column_stack([2.0 * np.exp(0.02 * random.normal(size=rows)), 50 + 0.3 * random.normal(size=rows)])


def fitted() -> Health:
    return Health(HealthSettings(("temp",), {"vib": 7.1, "temp": 75.0})).fit(frame(healthy()))


def test_a_machine_that_goes_on_as_it_was_scores_below_one() -> None:
    scores = fitted().score(frame(healthy(400), 200))
    assert np.nanmax(scores.total) < 1


def test_the_hours_left_of_a_steady_rise_hold_the_truth() -> None:
    values = healthy(300)
    values[:, 1] += 0.02 * np.arange(300)  # 0.12 K an hour
    detector = fitted()
    scores = detector.score(frame(values, 200))
    left = detector.hours_left("temp")
    assert scores.total[-1] > 1
    assert left is not None
    assert left.earliest < (75 - 56) / 0.12 < left.latest
    assert scores.causes(299)[0].point == "temp"
    assert detector.hours_left("vib") is None, "a machine that does not wear has no hours"


def test_a_machine_that_rose_and_rises_no_more_has_no_hours_left() -> None:
    values = healthy(400)
    values[:, 1] += np.minimum(np.arange(400), 100) * 0.1
    detector = fitted()
    scores = detector.score(frame(values, 200))
    assert scores.total[-1] > 1
    assert detector.hours_left("temp") is None


def test_without_a_limit_there_are_no_hours() -> None:
    detector = Health(HealthSettings(("temp",))).fit(frame(healthy()))
    values = healthy(300) + 0.02 * np.arange(300)[:, None]
    detector.score(frame(values, 200))
    assert detector.hours_left("temp") is None


def test_a_stopped_machine_is_unknown() -> None:
    values = healthy(100)
    values[50:, 0] = 0.0
    assert np.isnan(fitted().score(frame(values, 200)).parts[50:, 0]).all()


def test_settings_that_make_no_detector_are_refused() -> None:
    with pytest.raises(BadModel, match="trend_s"):
        Health(HealthSettings(span_s=3600, trend_s=60)).fit(frame(healthy()))
    with pytest.raises(BadModel, match="span_s"):
        Health(HealthSettings(span_s=-1))
