"""What a point and a mine are said to be."""

import math
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.packs import load
from alerts.packs.pack import LimitRow
from console.web.states import AHEAD, DELIVERY, Heard, MineState, Standing, State, age_of, mine_state, point_state
from contracts import quality as q
from contracts.clock import BUILD_TIME, SECOND
from store.interface import Last

NOW = BUILD_TIME + 1000 * SECOND
ROW = load().rows["face_return_corner"]
NO_VALUE = LimitRow("r", "methane", "%CH4", "处", "place", None, (), "CMSR2025", "Art.1", "seen")
HEARD = Heard(silent=False, period=SECOND, since=NOW - SECOND)

bits = st.integers(0, 0xFFFF) | st.sampled_from([0, 0, 0, *q.NAMES])
values = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 2)
lasts = st.none() | st.builds(Last, st.integers(NOW - 20 * SECOND, NOW + 20 * SECOND), values, bits)
hearing = st.none() | st.builds(Heard, st.booleans(), st.integers(SECOND, 5 * SECOND), st.integers(-5 * SECOND, 5 * SECOND), st.just(NOW))
rows = st.none() | st.just(NO_VALUE) | st.just(ROW)
alarms = st.none() | st.builds(Standing, st.just("1"), st.booleans())


@given(lasts, hearing, rows, alarms, st.booleans())
@example(Last(NOW, 0.4, 0), HEARD, ROW, None, True)
def test_normal_needs_a_fresh_good_reading_of_a_gateway_that_is_heard_within_a_known_limit_and_no_alarm(last, heard, row, alarm, known):
    state, reason = point_state(last, heard, NOW, row, alarm, known)
    proven = (
        last is not None
        and heard is not None
        and not heard.silent
        and -AHEAD <= age_of(last, heard, NOW) <= 3 * heard.period + DELIVERY
        and last.quality == 0
        and math.isfinite(last.value)
        and row is not None
        and row.alarm_ge is not None
        and last.value < row.alarm_ge
        and alarm is None
        and known
    )

    assert (state is State.NORMAL) == proven
    assert reason.code


@given(lasts, rows, alarms, st.booleans())
def test_every_point_of_a_silent_gateway_is_unknown(last, row, alarm, known):
    state, _ = point_state(last, Heard(silent=True, period=SECOND, since=NOW - 9 * SECOND), NOW, row, alarm, known)

    assert state is State.UNKNOWN


@given(lasts, hearing, rows, alarms)
def test_an_active_alarm_is_never_hidden_behind_anything_but_unknown(last, heard, row, alarm):
    state, _ = point_state(last, heard, NOW, row, alarm)

    if alarm is not None:
        assert state in (State.UNVERIFIED if alarm.unverified else State.ALARM, State.UNKNOWN)


@pytest.mark.parametrize(
    ("value", "quality", "row", "expected", "code"),
    [
        (0.4, 0, ROW, State.NORMAL, "within_limits"),
        (1.0, 0, ROW, State.ALARM, "beyond_limit"),
        (0.4, q.ALARM, ROW, State.ALARM, "source_alarm"),
        (0.4, q.POWER_CUT, None, State.ALARM, "source_cut"),
        (0.4, q.OVER_RANGE, ROW, State.ALARM, "over_range"),
        (0.4, q.OVER_RANGE, None, State.DOUBTFUL, "quality"),
        (1.2, q.CALIBRATION, ROW, State.UNVERIFIED, "alarm_in_calibration"),
        (0.4, q.CALIBRATION | q.ALARM, None, State.UNVERIFIED, "alarm_in_calibration"),
        (0.4, q.CALIBRATION, ROW, State.CALIBRATION, "quality"),
        (0.4, q.SENSOR_FAULT, ROW, State.FAULT, "quality"),
        (9.9, q.SENSOR_FAULT, ROW, State.FAULT, "quality"),
        (math.nan, 0, ROW, State.FAULT, "quality"),
        (0.4, q.NOT_POLLED, ROW, State.UNKNOWN, "not_polled"),
        (0.4, q.FROZEN, ROW, State.DOUBTFUL, "quality"),
        (0.4, q.CLOCK_SUSPECT, ROW, State.DOUBTFUL, "quality"),
        (0.4, 1 << 15, ROW, State.DOUBTFUL, "quality"),
        (0.4, 0, None, State.NO_LIMIT, "limit_unknown"),
        (0.4, 0, NO_VALUE, State.NO_LIMIT, "no_official_value"),
    ],
)
def test_each_quality_and_limit_has_its_own_state_and_reason(value, quality, row, expected, code):
    state, reason = point_state(Last(NOW, value, quality), HEARD, NOW, row, None)

    assert (state, reason.code) == (expected, code)


def test_an_old_reading_is_unknown_although_its_gateway_is_heard():
    state, reason = point_state(Last(NOW - 6 * SECOND, 0.4, 0), HEARD, NOW, ROW, None)

    assert (state, reason.code, reason.numbers) == (State.UNKNOWN, "stale", {"seconds": 6})


def test_the_offset_of_the_gateways_clock_is_taken_out_of_the_age():
    late = Heard(silent=False, period=SECOND, offset=-60 * SECOND, since=NOW)

    assert point_state(Last(NOW - 60 * SECOND, 0.4, 0), late, NOW, ROW, None)[0] is State.NORMAL
    assert point_state(Last(NOW, 0.4, 0), late, NOW, ROW, None)[1].code == "ahead"


def test_nothing_is_normal_while_the_alarm_journal_cannot_be_read():
    assert point_state(Last(NOW, 0.4, 0), HEARD, NOW, ROW, None, alarms_known=False)[0] is State.UNKNOWN


@given(st.lists(st.sampled_from(State)), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.booleans())
def test_a_mine_is_normal_only_when_all_its_points_are_and_no_alarm_is_active(states, verified, unverified, gateway, known):
    state, _ = mine_state(Counter(states), verified + unverified, unverified, gateway, known)
    calm = known and set(states) <= {State.NORMAL, State.NO_LIMIT} and State.NORMAL in states

    assert (state is MineState.NORMAL) == (calm and not verified + unverified + gateway)
    if verified:
        assert state is MineState.ALARM


def test_a_mine_of_which_nothing_is_known_is_unknown():
    assert mine_state({}, 0, 0, 0)[0] is MineState.UNKNOWN
    assert mine_state({State.UNKNOWN: 2}, 0, 0, 1)[0] is MineState.UNKNOWN
