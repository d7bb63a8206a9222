"""Gas drainage: the formula with its units, and that what is not known is never filled in."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import DAY, SECOND
from contracts.facts import Fact
from contracts.points import Point, Registry
from fleet.facts.day import Day
from fleet.facts.drainage import at_standard_state, drainage, drainage_of, pure_flow
from fleet.facts.grid import GatewayDay, Grid, grid_of
from store.interface import WINDOW, Windows

TODAY = Day("pit", "2026-11-30", 0, DAY, DAY)
N, PER = DAY // WINDOW, 300
PIPE = {"CH4": 40.0, "Q": 30.0, "P": 20.0, "TE": 30.0, "BARO": 900.0}
KINDS = {"CH4": "pipe_methane", "Q": "pipe_flow", "P": "pipe_suction", "TE": "pipe_temperature", "BARO": "pressure"}
RETURN = {"MR-T": 0.5, "MR-WS": 5.0}
PURE = 30.0 * 0.4 * (70.0 / 101.325) * (293.15 / 303.15)
"""m³/min of the above."""
EXHAUSTED = 5.0 * 10.0 * 60.0 * 0.005


def point(name: str, quantity: str, stream: str, **more: object) -> Point:
    return Point(name, quantity, "station", "泵站", "station", stream=stream, **more)  # type: ignore[arg-type]


POINTS = [point(name, KINDS[name], "pipe:main") for name in PIPE]
AIR = [point("MR-T", "methane", "return:main"), point("MR-WS", "wind_speed", "return:main", section_m2=10.0)]


def windows(value: float, keep: np.ndarray | None = None, *, bad: int = 0, count: int = PER) -> Windows:
    at = np.arange(N) if keep is None else np.flatnonzero(keep)
    level, counts = np.full(len(at), value), np.full(len(at), count)
    return Windows(at * WINDOW, level, level, level, level, counts, counts, counts - bad)


def grid(points: list[Point], found: Mapping[str, Windows]) -> Grid:
    return grid_of(TODAY, [GatewayDay("pit/g1", Registry("pit", "矿", "pit", tuple(points)), SECOND, 0)], [found])


def facts(points: list[Point] | None = None, **changed: Windows) -> dict[str, Fact]:
    found = {name: windows(value) for name, value in {**PIPE, **RETURN}.items()}
    return {fact.name: fact for fact in drainage(TODAY, grid([*POINTS, *AIR] if points is None else points, {**found, **changed}))}


def test_at_the_standard_state_nothing_changes_and_the_formula_is_the_gas_law() -> None:
    assert float(pure_flow(30.0, 40.0, 101.325, 20.0)) == pytest.approx(12.0)
    assert float(at_standard_state(1.0, 101.325 / 2, 20.0)) == pytest.approx(0.5)
    assert float(at_standard_state(1.0, 101.325, 0.0)) == pytest.approx(293.15 / 273.15)
    assert float(pure_flow(30.0, 40.0, 70.0, 30.0)) == pytest.approx(PURE)


FLOW, PERCENT = st.floats(0, 500), st.floats(0, 100)
KPA, CELSIUS = st.floats(5, 120), st.floats(-20, 80)


@settings(max_examples=60, deadline=None)
@given(FLOW, PERCENT, KPA, CELSIUS, st.floats(0, 50))
def test_more_flow_methane_or_pressure_is_more_and_warmer_gas_is_less(
    flow: float, percent: float, kpa: float, celsius: float, more: float
) -> None:
    now = float(pure_flow(flow, percent, kpa, celsius))

    assert float(pure_flow(flow + more, percent, kpa, celsius)) >= now
    assert float(pure_flow(flow, min(percent + more, 100.0), kpa, celsius)) >= now
    assert float(pure_flow(flow, percent, kpa + more, celsius)) >= now
    assert float(pure_flow(flow, percent, kpa, celsius + more)) <= now
    assert float(pure_flow(2 * flow, percent, kpa, celsius)) == pytest.approx(2 * now)


def test_a_whole_day_is_minutes_times_flow_and_the_rate_is_its_part() -> None:
    found = facts()

    assert found["drained_pure_m3"].value == pytest.approx(PURE * 1440, rel=1e-6)
    assert found["drainage_rate"].value == pytest.approx(PURE / (PURE + EXHAUSTED), rel=1e-5)
    assert [fact.completeness for fact in found.values()] == [1.0, 1.0]
    assert found["drained_pure_m3"].numbers["standard_c"] == 20.0
    assert set(found["drained_pure_m3"].evidence) == {f"point:{name}" for name in PIPE}


def test_suction_and_gauge_pressure_say_the_same_with_other_signs() -> None:
    gauge = [replace_quantity(one, "pipe_pressure") if one.id == "P" else one for one in POINTS]

    told = facts([*gauge, *AIR], P=windows(-20.0))["drained_pure_m3"].value
    assert told == pytest.approx(facts()["drained_pure_m3"].value)


def replace_quantity(one: Point, quantity: str) -> Point:
    return point(one.id, quantity, one.stream)


def test_a_mine_without_a_pipe_has_no_fact_and_without_a_return_no_rate() -> None:
    assert facts(AIR) == {}
    alone = facts(POINTS)
    assert alone["drained_pure_m3"].value is not None
    assert (alone["drainage_rate"].value, alone["drainage_rate"].why) == (None, "no_main_return")


@pytest.mark.parametrize("name", list(PIPE))
def test_a_missing_instrument_is_no_evidence_and_never_a_usual_value(name: str) -> None:
    for changed in ({name: windows(0.0, np.zeros(N, bool))}, {name: windows(PIPE[name], bad=1)}):
        found = facts(**changed)
        assert [(fact.value, fact.completeness) for fact in found.values()] == [(None, 0.0), (None, 0.0)]
        assert found["drained_pure_m3"].why == "no_good_readings"
    unregistered = facts([*(one for one in POINTS if one.id != name), *AIR])
    assert unregistered["drained_pure_m3"].why == "instrument_missing"


def test_missing_windows_lower_completeness_and_are_not_filled_in() -> None:
    keep = np.arange(N) < N * 0.95
    found = facts(Q=windows(30.0, keep))

    assert found["drained_pure_m3"].value == pytest.approx(PURE * 5 * keep.sum(), rel=1e-6)
    assert found["drained_pure_m3"].completeness == pytest.approx(keep.mean(), abs=1e-3)
    half = facts(Q=windows(30.0, np.arange(N) % 2 == 0))["drained_pure_m3"]
    assert (half.value, half.why) == (None, "too_little_data")
    assert half.numbers["measured_m3"] == pytest.approx(PURE * 720, rel=1e-6)


def test_half_the_readings_of_a_window_are_half_its_volume() -> None:
    found = facts(Q=windows(30.0, count=150))["drained_pure_m3"]
    assert (found.value, found.completeness) == (None, 0.5)
    assert found.numbers["measured_m3"] == pytest.approx(PURE * 720, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(range(N)), min_size=1, max_size=25, unique=True), st.sampled_from([*PIPE, *RETURN]))
def test_taking_data_away_never_drains_more_and_never_is_more_complete(gone: list[int], name: str) -> None:
    keep = np.ones(N, bool)
    keep[gone] = False
    whole, less = facts(), facts(**{name: windows({**PIPE, **RETURN}[name], keep)})

    for fact in less.values():
        assert fact.completeness <= whole[fact.name].completeness
    assert less["drained_pure_m3"].numbers["measured_m3"] <= whole["drained_pure_m3"].numbers["measured_m3"]
    if less["drainage_rate"].value is not None:  # a steady day: the rate is that of what is left
        assert less["drainage_rate"].value == pytest.approx(whole["drainage_rate"].value, rel=1e-6)


def test_two_pipes_are_added_a_branch_is_not_and_one_unknown_pipe_makes_the_sum_unknown() -> None:
    second = [point(f"{one.id}2", one.quantity, "pipe:low") for one in POINTS]
    more = {f"{name}2": windows(value) for name, value in PIPE.items()}
    branch = [point(f"{one.id}3", one.quantity, "pipe:main/d1") for one in POINTS]
    part = {f"{name}3": windows(value) for name, value in PIPE.items()}

    both = facts([*POINTS, *second, *branch, *AIR], **more, **part)
    assert both["drained_pure_m3"].value == pytest.approx(2 * PURE * 1440, rel=1e-6)
    half = facts([*POINTS, *second, *AIR], **{**more, "Q2": windows(30.0, np.arange(N) < N // 2)})
    assert (half["drained_pure_m3"].value, half["drained_pure_m3"].completeness) == (None, 0.5)
    blind = facts([*POINTS, *second, *AIR], **{name: one for name, one in more.items() if name != "Q2"})
    assert (blind["drained_pure_m3"].value, blind["drained_pure_m3"].completeness) == (None, 0.0)


def test_a_new_instrument_goes_on_where_the_old_one_ended() -> None:
    noon = DAY // 2
    first, then = point("Q", "pipe_flow", "pipe:main", valid_to=noon), point("Q-2", "pipe_flow", "pipe:main", valid_from=noon)
    points = [*(one for one in POINTS if one.id != "Q"), first, then, *AIR]
    morning = np.arange(N) < N // 2

    found = facts(points, Q=windows(30.0, morning), **{"Q-2": windows(15.0, ~morning)})["drained_pure_m3"]
    assert found.value == pytest.approx(PURE * 1080, rel=1e-3)
    assert found.completeness > 0.99
    twice = facts([*points[:-4], replace_valid(first), then, *AIR], Q=windows(30.0), **{"Q-2": windows(15.0, ~morning)})
    assert twice["drained_pure_m3"].why == "two_instruments"


def replace_valid(one: Point) -> Point:
    return point(one.id, one.quantity, one.stream)


def test_flows_are_told_by_windows_with_holes() -> None:
    seen = drainage_of(TODAY, grid([*POINTS, *AIR], {name: windows(value, np.arange(N) != 7) for name, value in PIPE.items()}))

    assert np.isnan(seen.pipes[0].flow[7])
    assert seen.pipes[0].flow[8] == pytest.approx(PURE)
    assert seen.returns[0].why == "no_good_readings"
    assert replace(seen.pipes[0], share=np.zeros(N)).volume == 0.0
