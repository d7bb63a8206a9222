"""Whatever the order in which events, repetitions, outages and answers come: one alarm a cause, and no raise without a trace."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.config import Recipient
from alerts.journal import Journal
from alerts.lifecycle import Action, Deed
from alerts.packs import load
from contracts.clock import BUILD_TIME, SECOND
from contracts.errors import Retry
from contracts.payload import Event
from store.records import alarms as table
from store.records.deliveries import deliveries
from store.records.engine import open_records

NOW = BUILD_TIME
JOURNAL = Journal(load(), [Recipient(name="inspector", address="http://127.0.0.1:1/")])


def event(change: str, time: int) -> Event:
    return Event("T01", "limit.alarm", change, time, 1.2, 1.0, 0, "", "limit_reached", time)


TRUTH = [event(change, NOW + at * SECOND) for change, at in zip(itertools.cycle(("raise", "return")), range(0, 80, 10), strict=False)]
steps = st.lists(st.one_of(st.sampled_from(TRUTH), st.sampled_from(["down", "up", "acknowledge"])), max_size=25)


def take(db, step, now: int) -> None:
    if isinstance(step, Event):
        JOURNAL.event(db, "m1", "m1/gw1", step, now, None)
    elif step == "acknowledge":
        for alarm in JOURNAL.active(db):
            JOURNAL.act(db, alarm.id, Action(Deed.ACKNOWLEDGE, "王工", "看过"), now)
    else:
        getattr(JOURNAL, f"link_{step}")(db, "m1/gw1", *((now,) if step == "down" else ()), now)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_no_order_loses_a_raise_or_leaves_two_open_alarms_for_one_cause(order):
    records = open_records("sqlite://")
    with records.begin() as db:
        for number, step in enumerate(order):
            take(db, step, NOW + (100 + number) * SECOND)
        alarms = table.alarms(db)
        written = [row for alarm in alarms for row in table.transitions(db, alarm.id)]
        told = [row for alarm in alarms for row in deliveries(db, alarm.id)]
    records.close()
    keys = [(alarm.subject, alarm.rule) for alarm in alarms if alarm.open]
    assert len(keys) == len(set(keys))
    raised = {step.time for step in order if isinstance(step, Event) and step.change == "raise"}
    assert raised <= {row.time for row in written if row.change in ("raise", "past")}
    assert len({row.transition_id for row in told}) == len(told)
    newest = max((step.time for step in order if isinstance(step, Event)), default=0)
    last = [step.change for step in order if isinstance(step, Event) and step.time == newest]
    assert any(alarm.active for alarm in alarms if alarm.rule == "limit.alarm") is ("raise" in last)


def test_who_comes_second_with_a_new_alarm_finds_the_first(records, monkeypatch):
    with records.begin() as db:
        JOURNAL.event(db, "m1", "m1/gw1", TRUTH[0], NOW, None)
        truly, blind = table.open_alarm, [True]
        monkeypatch.setattr(table, "open_alarm", lambda *key: None if blind and blind.pop() else truly(*key))
        JOURNAL.event(db, "m1", "m1/gw2", event("raise", NOW + SECOND), NOW, None)
        (alarm,) = JOURNAL.active(db)
        assert [row.reason for row in table.transitions(db, alarm.id)] == ["limit_reached", "raised_again"]


def test_what_keeps_changing_under_us_is_tried_again_later(records, monkeypatch):
    with records.begin() as db:
        JOURNAL.event(db, "m1", "m1/gw1", TRUTH[0], NOW, None)
        monkeypatch.setattr(table, "change_alarm", lambda *change: False)
        with pytest.raises(Retry, match=r"m1/T01/limit\.alarm"):
            JOURNAL.event(db, "m1", "m1/gw1", TRUTH[1], NOW, None)


def told_of(db) -> list[tuple[str, int]]:
    """(change, s after NOW) of every transition somebody is to hear of, in order."""
    rows = {row.id: row for alarm in table.alarms(db) for row in table.transitions(db, alarm.id)}
    told = sorted({row.transition_id for alarm in table.alarms(db) for row in deliveries(db, alarm.id)})
    return [(rows[number].change, (rows[number].time - NOW) // SECOND) for number in told]


def taken(db, order: list[int], first: int = 100) -> None:
    for number, at in enumerate(order):
        JOURNAL.event(db, "m1", "m1/gw1", TRUTH[at], NOW + (first + number) * SECOND, None)


@pytest.mark.parametrize("late", [[2, 3], [3, 2], [2, 3, 4, 5], [3, 5, 2, 4], [5, 4, 3, 2]])
def test_what_was_in_flight_when_the_centre_died_is_told_although_newer_exceedances_came_first(records, late):
    """Raises at 0, 20, 40 and 60 s, each over 10 s later; nobody acknowledges, so one alarm spans them all."""
    with records.begin() as db:
        taken(db, [0, 1, 6, 7])
        assert told_of(db) == [("raise", 0), ("return", 10), ("raise", 60), ("return", 70)]
        taken(db, late)
        behind = told_of(db)[4:]
        assert sorted(behind) == [("past", TRUTH[at].time // SECOND - NOW // SECOND) for at in sorted(late) if TRUTH[at].change == "raise"]
        taken(db, late, first=200)
        assert told_of(db)[4:] == behind, "the same again tells nobody"


def test_a_raise_that_its_own_return_overtook_is_told_while_an_older_alarm_is_open(records):
    with records.begin() as db:
        taken(db, [0, 1, 3, 2])
        assert told_of(db) == [("raise", 0), ("return", 10), ("past", 20)]


def test_a_raise_again_within_an_exceedance_that_was_told_tells_nobody(records):
    with records.begin() as db:
        taken(db, [0, 1, 2, 3])
        JOURNAL.event(db, "m1", "m1/gw1", event("raise", NOW + 25 * SECOND), NOW + 110 * SECOND, None)
        assert told_of(db) == [("raise", 0), ("return", 10), ("raise", 20), ("return", 30)]
