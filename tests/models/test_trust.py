"""Sensor trust: each test finds its fault, and what looks like one but is not is left alone."""

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from models.base import Frame
from models.places import Spot
from models.trust import APART, FROZEN, SMOOTH, SPAN, SPIKE, Trust, TrustScores, TrustSettings

pytestmark = pytest.mark.slow

GAS = ("T1", "T2", "T3")
SPOTS = (
    *(Spot(name, "methane", "face") for name in GAS),
    Spot("WS", "wind_speed", "face", step=0.1),
    Spot("TE", "temperature", "face", step=0.1),
)
POINTS = tuple(spot.point for spot in SPOTS)
RISE = 1.0 - np.exp(-np.arange(1200) / 6.5)
"""A sensor of T90 = 15 s after a step."""


def air(rows: int, seed: int = 1, cadence: int = 1) -> Frame:
    rng = np.random.default_rng(seed)
    slow = 0.02 * np.sin(np.arange(rows) * cadence / 400.0)
    gas = [0.3 + 0.1 * at + slow + 0.008 * rng.normal(size=rows) for at in range(3)]
    rest = [2.0 + 0.05 * rng.normal(size=rows), 25 + slow + 0.04 * rng.normal(size=rows)]
    values = np.column_stack([*(np.round(column, 2) for column in gas), *(np.round(column, 1) for column in rest)])
    return Frame(POINTS, BUILD_TIME + cadence * SECOND * np.arange(rows, dtype=np.int64), values)


def found_by(frame: Frame, cadence: int = 1) -> np.ndarray:
    scores = Trust(TrustSettings(SPOTS)).fit(air(2400, 7, cadence)).score(frame)
    assert isinstance(scores, TrustScores)
    assert scores.tests is not None
    return scores.tests


def test_nothing_is_said_of_sensors_that_are_well():
    tests = found_by(air(3000, 2))

    assert tests[:, :, (FROZEN, SPIKE, SPAN)].max() < 1


def test_a_meter_that_stands_still_while_the_others_move_is_frozen():
    frame = air(1500)
    frame.values[300:, 0] = frame.values[299, 0]
    frozen = found_by(frame)[:, :, FROZEN] >= 1

    assert not frozen[:500].any()
    assert frozen[700:, 0].all()
    assert not frozen[:, 1:].any()


@pytest.mark.parametrize("cadence", [1, 25])
def test_a_meter_at_zero_all_day_is_not_frozen(cadence: int):
    train, frame = air(2400, 7, cadence), air(2000, 1, cadence)
    train.values[:, 0] = frame.values[:, 0] = 0.0
    scores = Trust(TrustSettings(SPOTS)).fit(train).score(frame)

    assert isinstance(scores, TrustScores)
    assert scores.tests is not None
    assert scores.tests[:, 0, FROZEN].max() == 0


def test_a_jump_out_and_back_is_a_spike_at_that_point():
    frame = air(600)
    frame.values[300:303, 1] += 1.5
    spike = found_by(frame)[:, :, SPIKE] >= 1

    assert spike[303:400, 1].all()
    assert not spike[:300].any()
    assert not spike[:, [0, 2, 3, 4]].any()


def test_a_pulse_that_a_sensor_can_follow_is_no_spike():
    frame = air(600)
    frame.values[300:360, 1] += 1.0 * RISE[:60]
    frame.values[360:460, 1] += 1.0 * (1 - RISE[:100])

    assert found_by(frame)[:, :, SPIKE].max() < 1


def test_a_flat_step_with_still_neighbours_looks_like_calibration_gas():
    frame = air(600)
    frame.values[300:, 0] = np.round(2.2 + (frame.values[300:, 0] - 2.2) * (1 - RISE[:300]), 2)
    span = found_by(frame)[:, :, SPAN] >= 1

    assert np.flatnonzero(span[:, 0])[0] in range(325, 345)
    assert not span[:, 1:].any()


def test_the_same_step_on_all_meters_is_gas():
    frame = air(600)
    for column in range(3):
        frame.values[300:, column] += 1.5 * RISE[:300]

    assert found_by(frame)[:, :, SPAN].max() < 1


def test_a_slow_rise_is_no_calibration_gas():
    frame = air(900)
    frame.values[300:, 0] += 1.5 * (1.0 - np.exp(-np.arange(600) / 60.0))

    assert found_by(frame)[:, :, SPAN].max() < 1


def test_a_meter_that_loses_its_noise_is_too_smooth():
    frame = air(4000)
    frame.values[600:, 0] = 0.3 + 0.0003 * np.arange(3400)
    smooth = found_by(frame)[:, :, SMOOTH]

    assert smooth[3900, 0] >= 1
    assert smooth[:, 1:].max() < 1


def test_a_meter_that_goes_its_own_way_is_apart_and_one_that_goes_with_the_others_is_not():
    alone, together = air(600), air(600)
    alone.values[300:, 0] += np.minimum(np.arange(300) / 100.0, 1.0)
    together.values[300:, :3] += np.minimum(np.arange(300) / 100.0, 1.0)[:, None]

    assert found_by(alone)[400, 0, APART] >= 1
    assert found_by(together)[400, :3, APART].max() == 0


def test_a_gap_in_the_readings_is_no_rest():
    frame = air(1500)
    frame.values[300:900] = np.nan

    assert found_by(frame)[:, :, FROZEN].max() < 1
