"""The arithmetic under the mine: lags, transport, chance."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_sensors.mine.airway import carry
from sim_sensors.mine.memory import Memory, lag
from sim_sensors.mine.noise import noise


def test_a_lag_reaches_63_percent_of_a_step_after_its_time_constant():
    out = lag(np.zeros(1), np.ones((300, 1)), 100.0)

    assert abs(out[99, 0] - (1 - np.exp(-1))) < 1e-12


def test_a_lag_equals_the_recursion_it_stands_for_over_a_whole_day():
    target = noise(1, "t", 0, 86_400, 1)
    slow = lag(np.zeros(1), target, 7.0)
    y, expected = 0.0, np.empty(86_400)
    for at, x in enumerate(target[:, 0]):
        y += (1 - np.exp(-1 / 7.0)) * (x - y)
        expected[at] = y

    assert np.allclose(slow[:, 0], expected, atol=1e-12)


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.floats(1.0, 500.0))
def test_a_lag_does_not_depend_on_where_it_is_interrupted(pieces, seconds):
    total = sum(pieces)
    target, varying = noise(2, "t", 0, total, 3), seconds + 50 * np.abs(noise(2, "s", 0, total, 3))
    whole, parts = Memory(0).lag("x", target, varying), Memory(0)
    at, out = 0, []
    for count in pieces:
        out.append(parts.lag("x", target[at : at + count], varying[at : at + count]))
        at += count

    assert np.allclose(np.concatenate(out), whole, rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(st.integers(0, 5_000), st.integers(1, 200), st.integers(1, 7))
def test_noise_of_a_second_is_the_same_whatever_was_asked_before(offset, count, width):
    first = 1_800_000_000
    whole = noise(3, "n", first, offset % 300 + count, width)

    assert np.array_equal(whole[offset % 300 :], noise(3, "n", first + offset % 300, count, width))


def test_noise_has_mean_0_and_variance_1_and_differs_between_names_seeds_and_columns():
    n = noise(1, "a", 0, 50_000, 2)

    assert abs(n.mean()) < 0.02
    assert abs(n.std() - 1) < 0.02
    for other in (n[:, 1], noise(1, "b", 0, 50_000, 1)[:, 0], noise(2, "a", 0, 50_000, 2)[:, 0]):
        assert abs(np.corrcoef(n[:, 0], other)[0, 1]) < 0.02


def test_a_wandering_value_keeps_its_spread_from_the_first_second_on():
    first = np.array([Memory(seed).wander("w", 0, (1, 1), 2.0, 1000.0)[0, 0] for seed in range(400)])
    later = Memory(5).wander("w", 0, (200_000, 1), 2.0, 100.0)

    assert abs(first.std() - 2.0) < 0.3
    assert abs(later.std() - 2.0) < 0.2


def _pulse(count: int, at: int) -> np.ndarray:
    gas = np.zeros((count, 1, 3))
    gas[at : at + 60, 0, 0] = 1.0
    return gas


def test_gas_arrives_after_length_over_speed():
    out = carry(Memory(0), "r", 600.0, np.full((1000, 1), 2.0), _pulse(1000, 100))[:, 0, 0]

    assert np.flatnonzero(out > 0.5)[0] == 400
    assert np.flatnonzero(out > 0.5)[-1] == 459


def test_gas_waits_while_the_air_stands_and_goes_on_with_it():
    speed = np.full((2000, 1), 2.0)
    speed[200:1200] = 0.0
    out = carry(Memory(0), "r", 600.0, speed, _pulse(2000, 100))[:, 0, 0]

    assert abs(int(np.flatnonzero(out > 0.5)[0]) - 1400) <= 1


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_a_roadway_gives_back_the_gas_it_took(seed):
    speed = 1.5 + np.clip(noise(seed, "u", 0, 3000, 2), -1, 1)
    gas = np.zeros((3000, 2, 3))
    gas[30:1500] = np.repeat(np.abs(noise(seed, "c", 0, 49, 6)).reshape(49, 2, 3), 30, axis=0)
    memory = Memory(0)
    out = np.concatenate([carry(memory, "r", 500.0, speed[a : a + 500], gas[a : a + 500]) for a in range(0, 3000, 500)])
    taken, given_back = (speed[..., None] * gas).sum(axis=0), (speed[..., None] * out).sum(axis=0)

    assert np.allclose(given_back, taken, rtol=0.02)
    assert out.min() >= 0
    assert out.max() <= gas.max()
