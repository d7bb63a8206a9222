"""Test gas is a step to a level that stands still while the neighbours are calm; everything else is not, and doubt does not last."""

import numpy as np
import pytest

from alerts.testgas import DEADLINE, Asked, Trace, Verdict, look
from contracts import quality as q
from contracts.clock import BUILD_TIME, SECOND

NOW = BUILD_TIME
RNG = np.random.default_rng(7)


def trace(values: dict[int, float], *, step: int = 1, first: int = -150, last: int = 200, quality: int = 0, noise: float = 0.005) -> Trace:
    """Values from given seconds (after the raise) on, one reading in `step` seconds, straight lines between them."""
    seconds = np.arange(first, last, step)
    value = np.interp(seconds, list(values), list(values.values())) + RNG.normal(0, noise, len(seconds))
    return Trace(NOW + seconds * SECOND, np.round(value, 2), np.full(len(seconds), quality, np.uint16))


def until(whole: Trace, second: int) -> Trace:
    return whole.where(whole.time <= NOW + second * SECOND)


GAS = {-150: 0.3, -5: 0.3, 0: 1.02, 5: 1.6, 12: 1.95, 18: 2.0, 120: 2.0, 150: 0.3}
CALM = {-150: 0.3, 200: 0.32}
ASKED = Asked("methane", 1.0, NOW, NOW + SECOND // 2)


def verdicts(own: Trace, near: list[Trace], asked: Asked = ASKED, upto: int = 150) -> list[tuple[int, str, str]]:
    """What is said second by second, told once each."""
    out: list[tuple[int, str, str]] = []
    for second in range(upto):
        found = look(asked, until(own, second), [until(one, second) for one in near], NOW + second * SECOND)
        if not out or (found.verdict, found.reason) != out[-1][1:]:
            out.append((second, str(found.verdict), found.reason))
    return out


def test_a_plateau_with_calm_neighbours_fits_within_three_quarters_of_a_minute():
    said = verdicts(trace(GAS, quality=q.CALIBRATION), [trace(CALM)])
    assert [what for _, what, _ in said] == ["pending", "fits"]
    assert said[1][0] <= 45


def test_the_level_and_the_seconds_to_the_alarm_are_told():
    found = look(ASKED, until(trace(GAS), 60), [until(trace(CALM), 60)], NOW + 60 * SECOND)
    assert found.level == pytest.approx(2.0, abs=0.05)
    assert found.alarm_s == pytest.approx(5, abs=2)


@pytest.mark.parametrize(
    ("own", "near", "reason", "latest"),
    [
        (GAS, {-150: 0.3, 3: 0.3, 15: 0.6, 200: 0.9}, "neighbours_rise", 12),
        ({-150: 0.3, 0: 1.0, 200: 2.5}, CALM, "no_plateau", 66),
        ({-150: 0.3, -60: 0.5, 0: 1.0, 30: 1.25, 200: 1.25}, CALM, "slow_rise", 66),
        ({-150: 0.3, -5: 0.3, 0: 1.02, 10: 3.4, 200: 3.5}, CALM, "above_the_test_gas", 12),
        ({-150: 0.9, -5: 0.9, 0: 1.02, 200: 1.05}, CALM, "no_step", 30),
        ({-150: 0.3, -5: 0.3, 0: 1.02, 6: 0.3, 200: 0.3}, CALM, "no_plateau", 66),
    ],
)
def test_what_is_no_test_gas_is_told_in_time(own, near, reason, latest):
    said = verdicts(trace(own), [trace(near)])
    assert said[-1][1:] == ("misfit", reason)
    assert said[-1][0] <= latest


def test_a_level_that_is_left_upwards_fits_no_longer():
    own = trace({-150: 0.3, -5: 0.3, 0: 1.02, 12: 1.5, 60: 1.5, 90: 1.9, 200: 1.9})
    found = look(ASKED, until(own, 50), [until(trace(CALM), 50)], NOW + 50 * SECOND)
    assert found.verdict is Verdict.FITS
    stood = Asked("methane", 1.0, NOW, NOW, None, found.level)
    assert look(stood, until(own, 100), [until(trace(CALM), 100)], NOW + 100 * SECOND).reason == "left_its_level"


def test_the_gas_that_was_told_is_held_against_the_level():
    told = Asked("methane", 1.0, NOW, NOW, 1.2)
    assert verdicts(trace(GAS), [trace(CALM)], told)[-1][1:] == ("misfit", "above_the_test_gas")
    much = Asked("methane", 1.0, NOW, NOW, 2.9)
    assert verdicts(trace(GAS), [trace(CALM)], much)[-1][1:] == ("misfit", "not_the_test_gas")


def test_without_readings_doubt_ends_at_the_deadline():
    nothing = trace({-150: 0.3, 0: 0.3}, last=0)
    assert look(ASKED, nothing, [trace(CALM, last=0)], NOW + DEADLINE).verdict is Verdict.PENDING
    late = NOW + DEADLINE + 5 * SECOND
    assert look(ASKED, nothing, [trace(CALM)], late) == look(ASKED, nothing, [trace(CALM)], late)
    assert look(ASKED, nothing, [trace(CALM)], late).reason == "no_readings"


def test_neighbours_nobody_can_read_are_not_calm():
    blind = trace(CALM, quality=q.SENSOR_FAULT)
    assert verdicts(trace(GAS), [blind])[-1][1:] == ("misfit", "neighbours_unknown")


def test_a_sensor_without_neighbours_needs_the_calibration_flag():
    assert verdicts(trace(GAS), [])[-1][1:] == ("fits", "")
    bare = Asked("methane", 1.0, NOW, NOW, flagged=False)
    assert verdicts(trace(GAS), [], bare)[-1][1:] == ("misfit", "no_neighbour")


def test_a_slow_system_gets_its_three_readings():
    own = trace({-150: 0.3, -20: 0.3, 0: 1.5, 30: 2.0, 200: 2.0}, step=30)
    said = verdicts(own, [trace(CALM, step=30)], upto=190)
    assert said[-1][1:] == ("fits", "")
