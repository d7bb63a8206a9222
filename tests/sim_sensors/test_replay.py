"""A replay gives every row once, with the right stamp, and nothing in between."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import BUILD_TIME, MINUTE, SECOND, from_iso
from contracts.columns import join
from contracts.errors import BadConfig
from contracts.points import Point, Registry
from contracts.quality import NOT_POLLED
from contracts.registers import RegisterMap
from sim_sensors.config import DeviceSettings, build
from sim_sensors.recordings.read import Recording
from sim_sensors.recordings.silesia import FIRST, longwall, longwall_registers, longwall_registry
from sim_sensors.replay import Pace, ReplaySource

SHARED = Path(os.environ.get("DAVY_DATA", Path(__file__).parents[3] / "shared" / "data"))
START = BUILD_TIME


def silesia(**pace: object) -> ReplaySource:
    return ReplaySource(longwall(), longwall_registry("s", "s", "s"), longwall_registers(), START, Pace(first=from_iso(FIRST), **pace))


def small(seconds: list[float], values: list[float] | None = None, **pace: object) -> ReplaySource:
    time = np.array([int(at * SECOND) for at in seconds], np.int64)
    numbers = np.array(values or range(len(seconds)), np.float64)[:, None]
    registry = Registry("m", "m", "m", (Point("a", "temperature", "", "a", "a"),))
    return ReplaySource(Recording("r", ("a",), time, numbers), registry, RegisterMap(1, ()), START, Pace(**pace))


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_every_row_of_the_longwall_comes_out_exactly_once_with_the_stamp_it_had(speed):
    replay, rows = silesia(speed=speed), longwall()
    blocks = [replay.due(at - 1, at + MINUTE - 1) for at in range(START, START + replay.round, MINUTE)]
    block = join(blocks).take(join(blocks).time < START + replay.round)
    stamps = block.time.reshape(848, 28)
    begin = int(np.searchsorted(rows.time, from_iso(FIRST)))
    order = np.roll(np.arange(848), -begin)

    assert np.array_equal(block.value.reshape(848, 28), rows.values[order])
    assert (stamps == stamps[:, :1]).all()
    assert stamps[0, 0] == START
    steps, recorded = np.diff(stamps[:, 0]) * speed, np.diff(rows.time[order])
    usual = (recorded > 0) & (recorded <= 120 * SECOND)
    assert np.array_equal(steps[usual], recorded[usual])
    assert (steps[~usual] == 21 * SECOND).all()
    assert (~usual).sum() == 16


def test_polled_once_a_second_the_device_shows_each_row_once_and_nothing_in_the_gaps():
    replay = silesia()
    instants = range(START + SECOND // 2, START + replay.round, SECOND)
    shown = [replay.read(now) for now in instants]
    reported = np.array([not np.isnan(values).any() for values, _ in shown])

    assert reported.sum() == 848
    assert np.array_equal(np.array([values for values, _ in shown])[reported], replay.values)
    assert all(
        np.isnan(values).all() and (quality == NOT_POLLED).all()
        for (values, quality), there in zip(shown, reported, strict=True)
        if not there
    )
    assert all((quality == 0).all() for (_, quality), there in zip(shown, reported, strict=True) if there)


def test_the_demo_begins_with_the_episode_that_reaches_5_percent():
    replay = silesia()
    methane = [replay.read(START + at * SECOND)[0][replay.registry.number["MM261"]] for at in range(270)]

    assert np.nanmax(methane) == 5.0
    assert methane[:3] == [0.7, 1.0, 1.4] or methane[0] < 1.0


def test_the_replay_begins_again_with_new_stamps():
    replay = silesia()
    first, second = replay.due(START - 1, START), replay.due(START + replay.round - 1, START + replay.round)

    assert np.array_equal(first.value, second.value)
    assert second.time[0] - first.time[0] == replay.round
    assert np.array_equal(replay.read(START)[0], replay.read(START + 5 * replay.round)[0])


def test_gaps_shorter_than_the_limit_keep_their_length_and_longer_ones_become_a_pause():
    replay = small([0, 1, 10, 11, 500, 501], longest_gap=60 * SECOND, pause=5 * SECOND)

    assert ((replay.due(START - 1, START + 18 * SECOND).time - START) // SECOND).tolist() == [0, 1, 10, 11, 17, 18]


def test_a_clock_set_back_in_the_recording_becomes_a_pause_and_no_row_is_dropped():
    replay = small([100, 101, 50, 51], pause=5 * SECOND)
    block = replay.due(START - 1, START + 8 * SECOND)

    assert block.value.tolist() == [0, 1, 2, 3]
    assert ((block.time - START) // SECOND).tolist() == [0, 1, 7, 8]


def test_two_rows_of_one_stamp_both_come_out():
    assert small([0, 1, 1, 2]).due(START - 1, START + 2 * SECOND).value.tolist() == [0, 1, 2, 3]


def test_an_empty_cell_is_no_reading():
    replay = small([0, 1, 2], [1.0, np.nan, 3.0])

    assert replay.due(START - 1, START + 2 * SECOND).value.tolist() == [1.0, 3.0]
    assert replay.read(START + SECOND)[1].tolist() == [NOT_POLLED]


def test_nothing_is_reported_before_the_start():
    replay = silesia()

    assert np.isnan(replay.read(START - 1)[0]).all()
    assert len(replay.due(0, START - 1)) == 0


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=12),
    st.sampled_from([0.5, 1.0, 3.0, 10.0, 60.0]),
    st.lists(st.integers(1, 100_000_000), min_size=1, max_size=20),
)
def test_however_it_is_asked_each_row_is_due_once_and_shown_at_its_stamp(gaps, speed, asks):
    replay = small([0, *np.cumsum(gaps).tolist()], speed=speed)
    at, got = START - 1, []
    for ask in asks:
        got.append(replay.due(at, at + ask))
        at += ask
    block = join(got)

    assert block.same(replay.due(START - 1, at))
    assert (np.diff(block.time) > 0).all()
    assert block.value.tolist() == [index % (len(gaps) + 1) for index in range(len(block))]
    assert all(replay.read(int(time))[0][0] == value for time, value in zip(block.time[:20], block.value[:20], strict=True))


def test_a_column_that_is_not_in_the_recording_is_refused():
    registry = Registry("m", "m", "m", (Point("b", "temperature", "", "b", "b"),))
    with pytest.raises(BadConfig, match="a column of r"):
        ReplaySource(Recording("r", ("a",), np.zeros(1, np.int64), np.zeros((1, 1))), registry, RegisterMap(1, ()), START)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings of ../shared/data are not here")
@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("nab/realKnownCause/machine_temperature_system_failure.csv.gz", {"value": "temperature"}),
        ("skab/valve1/0.csv.gz", {"Current": "current", "Temperature": "temperature"}),
        ("ims-bearing/ims-test2-mean-abs.csv.gz", {"bearing_1": "vibration"}),
    ],
)
def test_any_file_in_a_known_layout_is_replayed_whole_by_its_path(file, columns):
    replay = build(DeviceSettings(name="x", kind="replay", recording=str(SHARED / file), columns=columns, speed=1000.0), START)
    assert isinstance(replay, ReplaySource)
    block = replay.due(START - 1, START + replay.round - 1)

    assert np.array_equal(block.value.reshape(-1, len(columns)), np.stack([replay.recording.column(name) for name in columns], axis=1))
