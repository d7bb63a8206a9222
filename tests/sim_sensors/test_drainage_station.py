"""The drainage station: only where it is asked for, and what it measures adds up to what the districts drain."""

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from contracts.streams import pipes, returns
from fleet.facts.day import Day
from fleet.facts.drainage import drainage, pure_flow
from fleet.facts.grid import GatewayDay, grid_of
from sim_sensors.config import DeviceSettings, build
from sim_sensors.layout import lay_out
from sim_sensors.mine.preset import HIGH
from sim_sensors.source import SimulatedSource
from store.interface import WINDOW, Windows

PLAIN, DRAINED = (lay_out("pit", "矿", "pit", HIGH, drainage=wanted) for wanted in (False, True))
START = BUILD_TIME


@pytest.fixture(scope="module")
def source() -> SimulatedSource:
    return SimulatedSource(DRAINED, HIGH, 11, START)


def test_a_mine_that_is_not_asked_for_one_stays_as_it_was() -> None:
    assert not any(point.stream or point.section_m2 for point in PLAIN.registry.points)
    assert [point.id for point in DRAINED.registry.points[: len(PLAIN.registry.points)]] == [point.id for point in PLAIN.registry.points]
    assert not any(point.id.startswith("DS-") for point in PLAIN.registry.points)


def test_the_station_is_a_whole_pipe_and_the_main_return_is_measured() -> None:
    [pipe], [air] = pipes(DRAINED.registry.points, 0, 1), returns(DRAINED.registry.points, 0, 1)
    assert (pipe.name, pipe.whole, air.name, air.whole) == ("pipe:main", True, "return:main", True)
    assert air.instruments["speed"][0].section_m2 == pytest.approx(HIGH.network.main_area)


def test_what_is_in_the_pipe_is_what_the_district_drains_at_the_standard_state(source: SimulatedSource) -> None:
    """Truth by another way: the district's own meter of pure methane."""
    _, _, there = source.span(0, 600)
    number = source.registry.number
    seen = {name: there[:, number[name]] for name in ("DS-CH4", "DS-Q", "DS-P", "DS-TE", "DS-BARO", "1-PIPE-F")}
    pure = pure_flow(seen["DS-Q"], seen["DS-CH4"], seen["DS-BARO"] / 10 - seen["DS-P"], seen["DS-TE"])

    assert np.allclose(pure, seen["1-PIPE-F"], rtol=1e-9)
    assert (seen["DS-Q"] > seen["1-PIPE-F"] / (seen["DS-CH4"] / 100)).all()  # thinner than at the standard state


def test_what_the_sensors_show_is_near_it(source: SimulatedSource) -> None:
    shown, quality, there = source.span(600, 600)
    number = source.registry.number
    mean = {name: shown[:, number[name]].mean() for name in ("DS-CH4", "DS-Q", "DS-P", "DS-TE", "DS-BARO")}
    pure = float(pure_flow(mean["DS-Q"], mean["DS-CH4"], mean["DS-BARO"] / 10 - mean["DS-P"], mean["DS-TE"]))

    assert pure == pytest.approx(there[:, number["1-PIPE-F"]].mean(), rel=0.03)
    assert not quality[:, number["DS-CH4"]].any()


def test_a_device_of_the_settings_may_have_one() -> None:
    device = build(DeviceSettings(name="pit", kind="mine", drainage=True), START)
    assert {point.id for point in device.registry.points} >= {"DS-CH4", "DS-Q", "DS-P", "DS-TE", "DS-BARO"}
    assert len(device.registers.registers) == len(device.registry.points)


def test_two_hours_of_facts_are_the_truth_within_two_percent(source: SimulatedSource) -> None:
    """From what the sensors show, by 5-minute statistics, as the centre does it."""
    seconds, start = 7200, START // WINDOW * WINDOW
    shown, quality, there = source.span(1200, seconds)
    good = np.where(quality == 0, 1.0, 0.0).reshape(-1, WINDOW // SECOND, len(DRAINED.settings))
    means = shown.reshape(good.shape).mean(axis=1)
    starts = start + np.arange(len(means)) * WINDOW
    counts = np.full(len(means), WINDOW // SECOND)
    found = {
        point.id: Windows(starts, *(means[:, at],) * 4, counts, counts, good[..., at].sum(axis=1).astype(np.int64))
        for at, point in enumerate(DRAINED.registry.points)
    }
    day = Day("pit", "2026-11-30", start, start + seconds * SECOND, start + seconds * SECOND)
    told = {fact.name: fact for fact in drainage(day, grid_of(day, [GatewayDay("pit/g1", DRAINED.registry, SECOND, 0)], [found]))}

    number = source.registry.number
    drained = there[:, number["1-PIPE-F"]].sum() / 60
    section = HIGH.network.main_area
    exhausted = (there[:, number["MR-WS"]] * section * there[:, number["MR-T"]] / 100).sum()
    assert told["drained_pure_m3"].value == pytest.approx(drained, rel=0.02)
    assert told["drainage_rate"].value == pytest.approx(drained / (drained + exhausted), rel=0.03)
    assert {fact.completeness for fact in told.values()} == {1.0}
