"""Points online, of good quality, heartbeat of systems: what they are, and that silence never helps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.points import Point
from fleet.facts.grid import grid_of
from fleet.facts.presence import presence, running
from fleet.facts.systems import SYSTEMS, Role, role_of, system_of
from store.interface import WINDOW
from tests.fleet.gridded import (
    ALL,
    AUTO,
    BELT,
    CREW,
    DUE,
    FAN,
    METHANE,
    POINTS,
    POST,
    REMOTE,
    SHEARER,
    THE_DAY,
    WIND,
    W,
    full,
    grid,
    windows,
)

TWO = (METHANE, WIND)


def by_name(found: list, name: str, subject: str = ""):  # type: ignore[no-untyped-def,type-arg]
    return next(fact for fact in found if (fact.name, fact.subject) == (name, subject))


def test_a_point_that_gave_half_of_what_was_due_is_online_and_one_under_calibration_is_not() -> None:
    half, under = np.full(W, DUE // 2), np.full(W, DUE)
    found = presence(grid({"T01": windows(half), "V01": windows(under, good=np.zeros(W))}, TWO))

    assert by_name(found, "points_online_rate").value == 0.5
    assert by_name(found, "wind_points_online_rate").value == 0.0
    assert by_name(found, "points_good_rate").value == 0.25
    assert by_name(found, "points_online_rate").evidence == ("point:V01",)
    assert all(fact.completeness == 1.0 for fact in found)
    less = presence(grid({"T01": windows(half - 1), "V01": windows(under)}, TWO))
    assert by_name(less, "points_online_rate").evidence == ("point:T01",)


def test_silence_of_a_device_that_was_asked_is_known_and_silence_of_the_gateway_is_not() -> None:
    asked = by_name(presence(grid({}, TWO)), "points_online_rate")
    assert (asked.value, asked.completeness) == (0.0, 1.0)

    unheard = by_name(presence(grid({}, TWO, runs=())), "points_online_rate")
    assert (unheard.value, unheard.why, unheard.completeness) == (None, "too_little_data", 0.0)


def test_a_tenth_of_the_day_unknown_is_the_most_and_counts_as_offline() -> None:
    seen = np.full(W, DUE)
    seen[: W // 10] = 0
    enough = by_name(presence(grid({"T01": windows(seen), "V01": windows(seen)}, TWO, runs=())), "points_online_rate")
    assert enough.value == pytest.approx(1 - (W // 10) / W, abs=1e-6)
    seen[: W // 10 + 1] = 0
    short = by_name(presence(grid({"T01": windows(seen), "V01": windows(seen)}, TWO, runs=())), "points_online_rate")
    assert (short.value, short.why) == (None, "too_little_data")


def test_without_points_there_is_no_evidence() -> None:
    assert [fact.why for fact in presence(grid({}, ()))] == ["no_points"] * 3
    assert [fact.why for fact in running(grid({}, ()))] == ["no_points"]


def test_a_point_counts_from_the_day_it_hangs_there() -> None:
    half = replace_point(METHANE, valid_from=THE_DAY.start + W // 2 * WINDOW)
    seen = np.zeros(W)
    seen[W // 2 :] = DUE
    fact = by_name(presence(grid({"T01": windows(seen)}, (half,))), "points_online_rate")
    assert (fact.value, fact.numbers["windows"]) == (1.0, W / 2)
    gone = replace_point(METHANE, valid_to=THE_DAY.start)
    assert grid({"T01": full()}, (gone,)).points == ()


def replace_point(point: Point, **changed: int) -> Point:
    return Point(point.id, point.quantity, point.area, point.place_zh, point.place_en, **changed)  # type: ignore[arg-type]


def test_each_system_has_its_own_heartbeat() -> None:
    beats = np.zeros(W)
    beats[: W // 2] = DUE
    found = running(grid({"T01": full(), "BE-RUN": windows(beats)}, (METHANE, BELT)))
    assert {fact.subject: fact.value for fact in found} == {"safety_monitoring": 1.0, "main_haulage": 0.5}


def test_points_belong_to_systems_and_roles_by_their_words() -> None:
    assert {point.id: system_of(point) for point in POINTS} == {
        "T01": "safety_monitoring",
        "V01": "ventilation_air",
        "SH-RUN": "coal_face",
        "SH-AUTO": "coal_face",
        "BE-RUN": "main_haulage",
        "BE-REM": "main_haulage",
        "MF-REM": "ventilation_air",
        "P-SUB": "information_base",
        "P-FACE": "information_base",
        "P-ALL": "information_base",
    }
    roles = {SHEARER: Role.FACE_PRODUCES, AUTO: Role.FACE_AUTO, BELT: Role.BELT_RUNS, REMOTE: Role.BELT_REMOTE, FAN: Role.FAN_REMOTE}
    roles |= {POST: Role.POST_PERSONS, CREW: Role.FACE_PERSONS, ALL: Role.MINE_PERSONS}
    assert {point: role_of(point) for point in roles} == roles
    assert role_of(METHANE) is None
    for bare in ("主通风机1号", "main fan 1"):
        assert role_of(Point("X", "run_state", "surface", bare, bare)) is None
    assert set(map(system_of, POINTS)) <= set(SYSTEMS)


@settings(deadline=None, max_examples=60)
@given(
    counts=st.lists(st.integers(0, DUE), min_size=W, max_size=W),
    bad=st.integers(0, DUE),
    taken=st.lists(st.integers(0, W - 1), min_size=1, max_size=200),
    left=st.integers(0, DUE),
    polled=st.booleans(),
)
def test_taking_readings_away_never_improves_a_rate(counts: list[int], bad: int, taken: list[int], left: int, polled: bool) -> None:
    before = np.array(counts)
    after = before.copy()
    after[taken] = np.minimum(after[taken], left)
    runs = {} if polled else {"runs": ()}

    def facts(count: np.ndarray) -> list:  # type: ignore[type-arg]
        found = grid({"T01": windows(count, good=np.maximum(count - bad, 0)), "V01": full()}, TWO, **runs)
        return [*presence(found), *running(found)]

    for old, new in zip(facts(before), facts(after), strict=True):
        assert new.completeness <= old.completeness
        if new.value is not None:
            assert old.value is not None
            assert new.value <= old.value


def test_two_gateways_are_asked_each_by_itself() -> None:
    from tests.fleet.gridded import gateway  # noqa: PLC0415

    silent = gateway((WIND,), gateway="mine/gate-2", runs=())
    found = grid_of(THE_DAY, [gateway((METHANE,)), silent], [{"T01": full()}])
    assert found.asked.all(axis=1).tolist() == [True, False]
    assert replace(found).known == 0.5
