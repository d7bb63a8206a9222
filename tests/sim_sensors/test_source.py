"""A simulated mine as a device."""

import time

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, HOUR, SECOND
from contracts.errors import BadConfig
from contracts.quality import NOT_POLLED
from sim_sensors.config import DeviceSettings, build
from sim_sensors.faults import Event, Kind
from sim_sensors.source import SimulatedSource


def a_mine(**settings: object) -> SimulatedSource:
    device = build(DeviceSettings(name="m", kind="mine", **settings), BUILD_TIME)
    assert isinstance(device, SimulatedSource)
    return device


def test_same_seed_same_values_and_another_seed_others():
    one, same, other = a_mine(seed=1), a_mine(seed=1), a_mine(seed=2)
    at = BUILD_TIME + 100 * SECOND

    assert np.array_equal(one.read(at)[0], same.read(at)[0])
    assert not np.array_equal(one.read(at)[0], other.read(at)[0])


def test_an_instant_is_the_same_in_whatever_order_it_is_asked_for():
    script = (
        Event(kind=Kind.FROZEN, start=30, duration=300, target="1101-T1"),
        Event(kind=Kind.FAN_STOP, start=60, duration=200, target="local_fan"),
    )
    walked, jumped = a_mine(script=script), a_mine(script=script)
    seconds = range(700)
    there = {second: walked.read(BUILD_TIME + second * SECOND) for second in seconds}

    for second in (699, 5, 250, 40, 41, 0, 500):
        values, quality = jumped.read(BUILD_TIME + second * SECOND)
        assert np.array_equal(values, there[second][0])
        assert np.array_equal(quality, there[second][1])


def test_a_day_ahead_is_reached_without_walking_every_second():
    mine = a_mine()
    began = time.process_time()
    values, _ = mine.read(BUILD_TIME + 24 * HOUR)

    assert np.isfinite(values).all()
    assert time.process_time() - began < 5


def test_within_a_second_nothing_changes_and_two_reads_are_equal():
    mine = a_mine()

    assert np.array_equal(mine.read(BUILD_TIME + SECOND)[0], mine.read(BUILD_TIME + 2 * SECOND - 1)[0])
    assert not np.array_equal(mine.read(BUILD_TIME + SECOND)[0], mine.read(BUILD_TIME + 2 * SECOND)[0])


def test_speed_shows_more_simulated_seconds_in_a_second():
    slow, fast = a_mine(), a_mine(speed=10.0)

    assert np.array_equal(slow.read(BUILD_TIME + 120 * SECOND)[0], fast.read(BUILD_TIME + 12 * SECOND)[0])


def test_nothing_is_reported_before_the_start():
    values, quality = a_mine().read(BUILD_TIME - SECOND)

    assert np.isnan(values).all()
    assert (quality == NOT_POLLED).all()


def test_what_was_read_cannot_be_changed_by_the_reader():
    values, _ = a_mine().read(BUILD_TIME)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 0.0


@pytest.mark.parametrize(("points", "mean_ms"), [(0, 2.0), (1000, 5.0)])
def test_a_second_is_computed_quickly(points, mean_ms):
    mine = a_mine(points=points)
    mine.read(BUILD_TIME)
    began = time.process_time()
    for second in range(1, 121):
        mine.read(BUILD_TIME + second * SECOND)

    assert (time.process_time() - began) / 120 * 1000 < mean_ms


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (Event(kind=Kind.DRIFT, start=0, duration=10, target="nowhere"), "target"),
        (Event(kind=Kind.FAN_STOP, start=0, duration=10, target="local_fan/2"), "target"),
        (Event(kind=Kind.FAN_STOP, start=0, duration=10, target="belt"), "target"),
        (Event(kind=Kind.OUTBURST, start=-1, duration=10, target="face"), "start"),
        (Event(kind=Kind.OUTBURST, start=0, duration=10, target="face", every=10), "every"),
    ],
)
def test_a_script_that_cannot_be_played_is_refused_with_its_line(event, named):
    with pytest.raises(BadConfig, match=rf"script\[0\]\.{named}"):
        a_mine(script=(event,))


def test_a_span_tells_what_read_and_truth_tell_one_by_one():
    one, other = a_mine(), a_mine()
    values, quality, there = one.span(100, 150)
    instants = [one.start + second * SECOND for second in range(100, 250)]

    assert np.array_equal(values, [other.read(now)[0] for now in instants], equal_nan=True)
    assert np.array_equal(quality, [other.read(now)[1] for now in instants])
    assert np.allclose(there, [other.truth(now).values for now in instants], rtol=1e-12, atol=1e-12)
