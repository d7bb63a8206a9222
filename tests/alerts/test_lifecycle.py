"""The life of one alarm: what moves it, what never does."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.lifecycle import LATE, SHELVE_AT_MOST, Action, Alarm, Deed, Kind, Signal, State, step
from contracts.clock import BUILD_TIME, HOUR, SECOND

NOW = BUILD_TIME


def at(seconds: float) -> int:
    return NOW + int(seconds * SECOND)


def lived(*signals: Signal | Action, now: int = NOW) -> Alarm:
    alarm = Alarm()
    for signal in signals:
        alarm, _ = step(alarm, signal, now)
    return alarm


def signal(kind: Kind, seconds: float, **facts) -> Signal:
    return Signal(kind, at(seconds), "because", **facts)


RAISE, RETURN = signal(Kind.RAISE, -10), signal(Kind.RETURN, -5)
ACKNOWLEDGE = Action(Deed.ACKNOWLEDGE, "王工", "现场检查")
SHELVE = Action(Deed.SHELVE, "王工", "传感器更换", until=NOW + HOUR)
UNSHELVE = Action(Deed.UNSHELVE, "王工", "更换完毕")
REMOVE = Action(Deed.REMOVE, "王工", "传感器拆下送检")
RESTORE = Action(Deed.RESTORE, "王工", "装回")
PLANNED = signal(Kind.RAISE, -10, planned=True)
UNPLAN = signal(Kind.UNPLAN, 0)


@pytest.mark.parametrize(
    ("signals", "state"),
    [
        ([], State.NORMAL),
        ([RAISE], State.UNACKNOWLEDGED),
        ([RAISE, ACKNOWLEDGE], State.ACKNOWLEDGED),
        ([RAISE, RETURN], State.RETURNED),
        ([RAISE, RETURN, ACKNOWLEDGE], State.NORMAL),
        ([RAISE, ACKNOWLEDGE, RETURN], State.NORMAL),
        ([RAISE, RETURN, signal(Kind.RAISE, -1)], State.UNACKNOWLEDGED),
        ([RAISE, SHELVE], State.SHELVED),
        ([RAISE, SHELVE, RETURN, UNSHELVE], State.RETURNED),
        ([RAISE, ACKNOWLEDGE, SHELVE, UNSHELVE], State.UNACKNOWLEDGED),
        ([RAISE, ACKNOWLEDGE, SHELVE, RETURN, UNSHELVE], State.NORMAL),
        ([RAISE, signal(Kind.SUPPRESS, 0)], State.SUPPRESSED),
        ([RAISE, signal(Kind.SUPPRESS, 0), signal(Kind.UNSUPPRESS, 0)], State.UNACKNOWLEDGED),
        ([RAISE, signal(Kind.UNKNOWN, 0)], State.UNACKNOWLEDGED),
        ([signal(Kind.PAST, -100, start=at(-200))], State.RETURNED),
        ([signal(Kind.CUT, -10), signal(Kind.RESTORE, -5)], State.RETURNED),
        ([signal(Kind.RAISE, -10, momentary=True), ACKNOWLEDGE], State.NORMAL),
        ([RAISE, replace(RETURN, quiet=True)], State.NORMAL),
        ([PLANNED], State.PLANNED),
        ([PLANNED, RETURN], State.NORMAL),
        ([PLANNED, UNPLAN], State.UNACKNOWLEDGED),
        ([PLANNED, RETURN, UNPLAN], State.RETURNED),
        ([PLANNED, RAISE], State.UNACKNOWLEDGED),
        ([PLANNED, signal(Kind.PAST, -100, start=at(-200))], State.UNACKNOWLEDGED),
        ([RAISE, replace(PLANNED, time=at(-1))], State.UNACKNOWLEDGED),
        ([RAISE, RETURN, replace(PLANNED, time=at(-1))], State.UNACKNOWLEDGED),
        ([RAISE, ACKNOWLEDGE, signal(Kind.PLAN, 0)], State.PLANNED),
        ([RAISE, signal(Kind.PLAN, 0)], State.UNACKNOWLEDGED),
        ([REMOVE], State.OUT_OF_SERVICE),
        ([REMOVE, RESTORE], State.NORMAL),
        ([REMOVE, RAISE], State.OUT_OF_SERVICE),
        ([REMOVE, RAISE, RESTORE], State.UNACKNOWLEDGED),
        ([REMOVE, RAISE, RETURN, RESTORE], State.RETURNED),
        ([RAISE, ACKNOWLEDGE, REMOVE, RESTORE], State.UNACKNOWLEDGED),
        ([RAISE, SHELVE, REMOVE, RESTORE], State.UNACKNOWLEDGED),
        ([PLANNED, REMOVE, RESTORE], State.PLANNED),
        ([PLANNED, REMOVE, RESTORE, RETURN], State.NORMAL),
        ([RAISE, ACKNOWLEDGE, RETURN, SHELVE], State.NORMAL),
    ],
)
def test_the_state_table(signals, state):
    assert lived(*signals).state is state


def test_restore_never_clears_an_alarm_and_a_return_never_restores_power():
    assert lived(RAISE, signal(Kind.RESTORE, -5)).active
    assert lived(signal(Kind.CUT, -10), RETURN).active


def test_a_late_exceedance_that_is_over_is_a_past_alarm():
    alarm = lived(signal(Kind.RAISE, -600), signal(Kind.RETURN, -550))
    assert alarm.state is State.RETURNED
    assert alarm.late


def test_a_raise_that_comes_after_its_return_is_a_past_alarm_and_is_told():
    alarm, moves = step(lived(RETURN), RAISE, NOW)
    assert (alarm.state, alarm.late, moves[0].kind, moves[0].tell) == (State.RETURNED, True, Kind.PAST, True)


def test_a_past_alarm_told_already_is_not_told_again():
    alarm = lived(RAISE, RETURN, ACKNOWLEDGE)
    after, moves = step(alarm, signal(Kind.PAST, -6, start=at(-8)), NOW)
    assert after == alarm
    assert not moves[0].tell


def test_an_earlier_exceedance_wakes_an_acknowledged_alarm():
    assert lived(RAISE, ACKNOWLEDGE, signal(Kind.PAST, -100, start=at(-200))).state is State.UNACKNOWLEDGED


def test_an_unverified_alarm_that_is_verified_must_be_acknowledged_anew():
    alarm = lived(replace(RAISE, unverified=True), ACKNOWLEDGE)
    after, moves = step(alarm, signal(Kind.RAISE, -1), NOW)
    assert (after.state, after.unverified, moves[0].reason, moves[0].tell) == (State.UNACKNOWLEDGED, False, "verified", True)


def test_a_shelved_alarm_is_not_told_and_comes_back_when_its_time_is_over():
    alarm, moves = step(lived(RAISE, SHELVE, RETURN), signal(Kind.RAISE, -1), NOW)
    assert not moves[0].tell
    assert step(alarm, signal(Kind.EXPIRE, 0), NOW) == (alarm, [])
    alarm, moves = step(alarm, signal(Kind.EXPIRE, 3600), NOW + HOUR)
    assert (alarm.state, moves[0].tell) == (State.UNACKNOWLEDGED, True)


@pytest.mark.parametrize(
    ("signals", "given"),
    [
        ([], PLANNED),
        ([REMOVE], RAISE),
        ([RAISE, SHELVE, RETURN], signal(Kind.RAISE, -1)),
        ([PLANNED], RETURN),
        ([RAISE], REMOVE),
        ([], REMOVE),
    ],
)
def test_of_what_is_set_aside_nobody_is_told(signals, given):
    _, moves = step(lived(*signals), given, NOW)
    assert [move.tell for move in moves] == [False]


@pytest.mark.parametrize(
    ("signals", "given"),
    [
        ([PLANNED], UNPLAN),
        ([PLANNED, RETURN], UNPLAN),
        ([PLANNED], replace(RAISE, time=at(-1))),
        ([RAISE, ACKNOWLEDGE, REMOVE], RESTORE),
        ([REMOVE, RAISE, RETURN], RESTORE),
        ([RAISE, SHELVE], UNSHELVE),
    ],
)
def test_what_comes_back_and_needs_somebody_is_told(signals, given):
    after, moves = step(lived(*signals), given, NOW)
    assert [move.tell for move in moves] == [True]
    assert not after.acknowledged


def test_what_comes_back_into_an_open_permit_calls_nobody():
    after, moves = step(lived(PLANNED, REMOVE), RESTORE, NOW)
    assert (after.state, after.acknowledged, moves[0].tell) == (State.PLANNED, True, False)


def test_marks_of_a_clock_that_ran_ahead_order_nothing():
    ahead = lived(signal(Kind.RAISE, 3600), signal(Kind.RETURN, 3610))
    assert step(ahead, RAISE, NOW)[0].active
    assert not step(lived(signal(Kind.RAISE, 3600)), RETURN, NOW)[0].active


def test_a_raise_with_a_suspect_clock_is_live_whatever_its_stamp():
    assert lived(RETURN, replace(RAISE, clock_suspect=True)).active


def test_what_began_while_people_were_told_it_was_well_is_told_though_it_lies_within_the_span():
    spanned = lived(signal(Kind.RAISE, -60), signal(Kind.RETURN, -50), signal(Kind.RAISE, -20), signal(Kind.RETURN, -10))
    assert not step(spanned, signal(Kind.RAISE, -40), NOW)[1][0].tell
    for late in (signal(Kind.RAISE, -40), signal(Kind.PAST, -38, start=at(-40))):
        after, (move,) = step(spanned, replace(late, told=False), NOW)
        assert (move.kind, move.tell, after.active, after.acknowledged) == (Kind.PAST, True, False, False)


def test_a_suspect_raise_behind_what_was_told_is_told_and_its_own_return_ends_it():
    told = lived(signal(Kind.RAISE, -60), signal(Kind.RETURN, -10))
    raised, (move,) = step(told, replace(signal(Kind.RAISE, -40), clock_suspect=True), NOW)
    assert (raised.active, move.tell) == (True, True)

    older = step(raised, replace(signal(Kind.RETURN, -41), clock_suspect=True), NOW)[0]
    assert older.active, "a return of before the raise ends nothing"
    ended, (move,) = step(raised, replace(signal(Kind.RETURN, -35), clock_suspect=True), NOW)
    assert (ended.active, move.tell, ended.changed) == (False, True, told.changed)


@pytest.mark.parametrize(
    ("alarm", "action", "reason"),
    [
        (lived(), ACKNOWLEDGE, "nothing_to_acknowledge"),
        (lived(RAISE, ACKNOWLEDGE), ACKNOWLEDGE, "nothing_to_acknowledge"),
        (lived(RAISE), replace(ACKNOWLEDGE, name=" "), "name_missing"),
        (lived(RAISE), replace(ACKNOWLEDGE, words=""), "words_missing"),
        (lived(RAISE, SHELVE), ACKNOWLEDGE, "is_shelved"),
        (lived(RAISE), UNSHELVE, "not_shelved"),
        (lived(), SHELVE, "cannot_shelve_when_normal"),
        (lived(RAISE, signal(Kind.SUPPRESS, 0)), SHELVE, "cannot_shelve_when_suppressed"),
        (lived(PLANNED), SHELVE, "cannot_shelve_when_planned"),
        (lived(PLANNED), ACKNOWLEDGE, "nothing_to_acknowledge"),
        (lived(REMOVE), REMOVE, "is_out_of_service"),
        (lived(RAISE, REMOVE), ACKNOWLEDGE, "is_out_of_service"),
        (lived(RAISE, REMOVE), SHELVE, "is_out_of_service"),
        (lived(RAISE), RESTORE, "is_in_service"),
        (lived(RAISE), replace(REMOVE, words=" "), "words_missing"),
        (lived(RAISE), replace(SHELVE, until=None), "shelve_needs_an_end_within_12_h"),
        (lived(RAISE), replace(SHELVE, until=NOW), "shelve_needs_an_end_within_12_h"),
        (lived(RAISE), replace(SHELVE, until=NOW + SHELVE_AT_MOST + 1), "shelve_needs_an_end_within_12_h"),
    ],
)
def test_a_refused_action_says_why_and_changes_nothing(alarm, action, reason):
    after, moves = step(alarm, action, NOW)
    assert after == alarm
    assert [(move.refused, move.reason) for move in moves] == [(True, reason)]


@settings(max_examples=200)
@given(st.integers(1, 4), st.booleans(), st.data())
def test_order_and_repetition_of_raises_and_returns_do_not_change_where_an_alarm_ends(pairs, ends_raised, data):
    times = range(-20 * pairs, 0, 10)
    kinds = itertools.cycle((Kind.RAISE, Kind.RETURN))
    truth = [signal(kind, time) for kind, time in zip(kinds, times, strict=False)]
    truth = truth[:-1] if ends_raised else truth
    order = data.draw(st.permutations(truth + data.draw(st.lists(st.sampled_from(truth)))))
    alarm = lived(*order)
    assert alarm.active is ends_raised
    assert alarm.state is (State.UNACKNOWLEDGED if ends_raised else State.RETURNED)
    assert alarm.raised_at == truth[0].time


def test_late_means_older_than_a_minute_on_arrival():
    assert not lived(Signal(Kind.RAISE, NOW - LATE)).late
    assert lived(Signal(Kind.RAISE, NOW - LATE - 1)).late
