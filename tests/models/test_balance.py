"""Ventilation balance: a meter that drifts is named, gas that all meters see is not."""

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from models.balance import Balance, BalanceSettings
from models.base import BadModel, Frame
from models.places import Spot

POINTS = ("face", "return", "district", "main", "wind")
SPOTS = (*(Spot(name, "methane", "a", step=0.01) for name in POINTS[:4]), Spot("wind", "wind_speed", "a", step=0.1))


def mine(rows: int, seed: int) -> Frame:
    """A row every 30 s; what the face gives off wanders over hours and is thinned on its way."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(rows + 400, 2))
    slow = np.apply_along_axis(lambda column: np.convolve(column, np.ones(200) / 14.0, "valid"), 0, steps)[:rows]
    wind = 2.0 + 0.1 * slow[:, 1]
    face = (1.0 + 0.25 * slow[:, 0]) / wind
    gas = np.column_stack([face, face + 0.2 / wind, 0.6 * face + 0.05, 0.4 * face + 0.04]) + 0.008 * rng.normal(size=(rows, 4))
    return Frame(
        POINTS, BUILD_TIME + 30 * SECOND * np.arange(rows, dtype=np.int64), np.column_stack([gas, wind + 0.05 * rng.normal(size=rows)])
    )


def balanced() -> Balance:
    return Balance(BalanceSettings(SPOTS)).fit(mine(2880, 1))


@pytest.mark.parametrize("meter", range(4))
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_meter_that_drifts_is_named_and_no_other(meter: int, sign: int):
    frame = mine(600, 2)
    frame.values[240:, meter] += sign * 0.3 * np.arange(360) / 120.0
    parts = balanced().score(frame).parts

    assert parts[-1, meter] >= 1
    assert np.delete(parts, meter, axis=1).max() < 1
    assert parts[:240].max() < 1


def test_gas_that_comes_through_the_whole_airway_is_no_drift():
    frame = mine(600, 3)
    more = 0.3 * np.clip((np.arange(600) - 200) / 100.0, 0, 1)
    frame.values[:, :4] += more[:, None] * np.array([1.0, 1.0, 0.6, 0.4])

    assert balanced().score(frame).parts.max() < 1


def test_minutes_of_test_gas_are_no_drift():
    frame = mine(600, 4)
    frame.values[300:308, 1] = 2.0

    assert balanced().score(frame).parts.max() < 1


def test_an_expected_value_stands_beside_the_reading():
    frame = mine(600, 2)
    frame.values[240:, 1] += 0.3 * np.arange(360) / 120.0
    balance = balanced()
    scores = balance.score(frame)
    cause = balance.explain(scores, 599)[0]

    assert cause.point == "return"
    assert cause.value - cause.expected > 0.3


def test_a_span_without_common_readings_is_refused():
    frame = mine(100, 5)
    frame.values[:, 0] = np.nan
    frame.values[:, 1:] = np.nan

    with pytest.raises(BadModel):
        Balance(BalanceSettings(SPOTS)).fit(frame)
