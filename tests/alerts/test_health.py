"""Alarm health: what counts, what chatters, what nobody acknowledged; and that no figure is drawn from what is not an alarm."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.config import Recipient
from alerts.health import Known, Step, health
from alerts.health_bounds import BOUNDS, Bound, figure, verdict
from alerts.health_duty import operators
from alerts.rota import Rota
from alerts.spans import chattering, peak
from contracts.clock import DAY, HOUR, MINUTE, SECOND

START = 1_795_046_400 * SECOND
"""Midnight UTC."""
END = START + DAY
KNOWN = {
    1: Known(1, "m1", "T01", "limit.alarm", "T01", ("回风", "return"), 2),
    2: Known(2, "m1", "T02", "limit.alarm", "T02", ("工作面", "face"), 1, "test_gas"),
    3: Known(3, "m1", "T01", "limit.alarm", "T01", ("回风", "return"), 2),
}


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def came(alarm: int, seconds: float, change: str = "raise", after: str = "unacknowledged", reason: str = "limit_reached") -> Step:
    return Step(alarm, at(seconds), change, "normal", after, reason)


def went(alarm: int, seconds: float) -> Step:
    return Step(alarm, at(seconds), "return", "unacknowledged", "returned_unacknowledged", "below_deadband")


def seen(alarm: int, seconds: float, after: str = "acknowledged") -> Step:
    return Step(alarm, at(seconds), "acknowledge", "unacknowledged", after, "王工")


def of(*steps: Step, operators: float | None = None):
    return health(sorted(steps, key=lambda step: step.at), KNOWN, START, END, operators)


def test_what_people_were_called_for_counts_and_nothing_else():
    found = of(
        came(1, 10),
        came(1, 20, reason="raised_again"),
        came(2, 30, after="planned"),
        came(2, 40, "past", "returned_unacknowledged"),
        came(2, 50, "unplan", reason="raised_without_a_permit"),
        came(1, 60, after="shelved"),
        came(2, 70, after="suppressed"),
        Step(1, at(80), "filed", "normal", "normal", "lock_tested_under_calibration"),
        Step(1, at(90), "drill", "normal", "returned_unacknowledged", "drill_of_the_chain"),
    )
    assert found.called == 3
    assert found.aside == {"planned": 1, "shelved": 1, "suppressed": 1, "out_of_service": 0}
    assert found.per_hour == pytest.approx(3 / 24)


def test_without_a_rota_nothing_is_said_of_operators():
    assert of(came(1, 10)).per_operator_hour is None
    assert verdict(of(came(1, 10)), "per_operator_hour") == "unknown"
    assert of(came(1, 10), operators=2.0).per_operator_hour == pytest.approx(1 / 48)


def test_the_peak_is_of_any_ten_minutes_not_of_the_clocks():
    steps = [step for n in range(6) for step in (came(1, 9 * 60 + 20 * n), went(1, 9 * 60 + 20 * n + 15))]
    found = of(*steps, came(2, 30 * 60))
    assert (found.peak, found.peak_at) == (6, at(9 * 60))
    assert sum(count for _, count in found.tens) == found.called == 7


def test_an_alarm_that_is_active_at_the_end_stands_and_after_a_day_is_stale():
    yesterday = Step(2, START - 2 * HOUR, "raise", "normal", "unacknowledged", "limit_reached")
    found = of(yesterday, came(1, 3600), seen(1, 3660), came(3, 10), went(3, 20))
    assert [(one.about.id, one.since) for one in found.standing] == [(2, START - 2 * HOUR), (1, at(3600))]
    assert [one.about.id for one in found.stale] == [2]
    assert found.called == 2


def test_a_happening_without_an_end_stands_until_somebody_acknowledges_it():
    assert of(came(1, 10)).standing
    assert of(came(1, 10), seen(1, 20, after="normal")).standing == []


def test_three_times_in_a_minute_chatters_once_and_again_after_a_rest():
    times = [0, 20, 40, 50, 3600, 3620, 3659]
    found = of(*(step for n in times for step in (came(1, n), went(1, n + 11))))
    assert [(one.about.key, one.count) for one in found.chattering] == [(("m1", "T01", "limit.alarm"), 2)]
    assert of(*(step for n in (0, 31, 62) for step in (came(1, n), went(1, n + 11)))).chattering == []


def test_what_comes_and_goes_before_anybody_acknowledges_is_fleeting():
    assert [one.count for one in of(came(1, 0), went(1, 9)).fleeting] == [1]
    assert of(came(1, 0), seen(1, 5), went(1, 9)).fleeting == []
    assert of(came(1, 0), went(1, 11)).fleeting == []


def test_the_wait_counts_from_the_first_call_and_what_nobody_acknowledged_is_counted_apart():
    found = of(came(1, 0), went(1, 15), came(1, 30), seen(1, 60), came(2, 0), seen(2, 20), came(3, 100)).waits
    assert (found.count, found.median, found.longest, found.never) == (2, 20 * SECOND, 60 * SECOND, 1)
    assert of(came(1, 0)).waits == replace(of().waits, never=1)


def test_the_same_alarm_in_two_rows_is_one_of_the_most_frequent():
    found = of(came(1, 0), went(1, 20), came(3, 100), went(3, 120), came(2, 200))
    assert [(one.about.point, one.count) for one in found.top] == [("T01", 2), ("T02", 1)]
    assert found.top_share == pytest.approx(1.0)
    assert found.priorities == {1: 1, 2: 2}
    assert found.causes == {"": 2, "test_gas": 1}


def test_floods_and_busy_hours_are_shares_of_all_periods():
    steps = [step for n in range(31) for step in (came(1, 18 * n), went(1, 18 * n + 12))]
    found = of(*steps)
    assert found.floods == pytest.approx(1 / 144)
    assert found.busy == pytest.approx(1 / 24)


@given(st.lists(st.integers(0, 3600), max_size=40), st.integers(1, 900))
def test_the_peak_is_what_looking_everywhere_finds(seconds: list[int], within: int):
    times = sorted(second * SECOND for second in seconds)
    most, _ = peak(times, within * SECOND)
    assert most == max((sum(one <= other < one + within * SECOND for other in times) for one in times), default=0)


@given(st.lists(st.integers(0, 300), max_size=30))
def test_it_chatters_where_any_minute_holds_three(seconds: list[int]):
    times = sorted(second * SECOND for second in seconds)
    anywhere = any(third - first <= MINUTE for first, third in zip(times, times[2:], strict=False))
    assert bool(chattering({"x": times})) is anywhere


def test_bounds_have_a_source_and_a_verdict():
    assert all("18.2" in text for bound in BOUNDS.values() for text in bound.source)
    assert [Bound(6, 12).verdict(value) for value in (6, 6.1, 12, 12.1, None)] == ["met", "manageable", "manageable", "over", "unknown"]
    found = of(*(step for n in (0, 20, 40) for step in (came(1, n), went(1, n + 15))))
    assert (figure(found, "chattering"), verdict(found, "chattering")) == (1.0, "over")
    assert verdict(found, "top_share") == "unknown"


def test_operators_are_those_the_rota_names_for_the_mine():
    rota = Rota("m1", ("00:00", "12:00"), {"every": (("a", "b"), ("a",))})
    people = [Recipient(name=name, address="http://127.0.0.1:1/", mines=("m1",)) for name in ("a", "b")]
    assert operators([rota], people, "m1", START, END) == pytest.approx(1.5)
    assert operators([rota], people, "m2", START, END) is None
    assert operators([], people, "m1", START, END) is None
