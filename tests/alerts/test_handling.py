"""The life of an answer: whose turn it is, what an inspector's word may close, and that the rows tell the same as the steps."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.answers import answer, speak
from alerts.form import Facts, Form
from alerts.handling import Case, Said, Standing, Verdict, answer_refusal, answered, begun, heard, referred, refusal
from alerts.journal import Journal
from alerts.packs import load
from alerts.packs.handling import load_handling
from alerts.referral import case, refer_now
from contracts.clock import BUILD_TIME, SECOND
from contracts.payload import Event
from store.records import alarms as table
from store.records import handling
from store.records.engine import open_records

JOURNAL, PACK, RECORDS, NUMBERS = Journal(load()), load_handling(), open_records("sqlite://"), count()
CLOSE, RETURN = Verdict.CLOSED, Verdict.RETURNED
ONCE = Case(Standing.ANSWERED, 1, frozenset({"unanswered"}))


@pytest.mark.parametrize(
    ("standing", "said", "refused"),
    [
        (ONCE, Said(CLOSE, 1), ""),
        (ONCE, Said(RETURN, 1), ""),
        (ONCE, Said(CLOSE, 0), "answered_anew"),
        (answered(ONCE), Said(CLOSE, 1), "answered_anew"),
        (begun(ONCE), Said(CLOSE, 1), "nothing_answered"),
        (begun(ONCE), Said(RETURN, 1), ""),
        (Case(reasons=frozenset({"unanswered"})), Said(CLOSE, 0), "nothing_answered"),
        (Case(reasons=frozenset({"unanswered"})), Said(RETURN, 0), ""),
        (heard(ONCE, Said(RETURN, 1)), Said(CLOSE, 1), "returned_already"),
        (heard(ONCE, Said(CLOSE, 1)), Said(CLOSE, 1), "handling_is_closed"),
        (Case(Standing.ANSWERED, 1), Said(CLOSE, 1), "not_referred"),
    ],
)
def test_an_inspectors_word_is_taken_only_on_the_answer_they_read_and_only_when_there_is_one(standing, said, refused):
    assert refusal(standing, said) == refused


def test_what_happens_after_a_close_opens_the_case_again():
    closed = heard(ONCE, Said(CLOSE, 1))
    assert (closed.standing, closed.referred, closed.rounds) == (Standing.CLOSED, False, 1)
    assert answer_refusal(closed) == "handling_is_closed"
    assert referred(closed, "permit_misfit").standing is Standing.ANSWERED
    assert begun(closed).standing is Standing.DUE
    assert answer_refusal(begun(closed)) == ""


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["raise", "return", "answer", "contradict", "refer misfit", "refer overrun"]),
        st.builds(Said, st.sampled_from(Verdict), st.integers(0, 3)),
        st.sampled_from(list(Verdict)),
    ),
    max_size=14,
)


@settings(max_examples=50, deadline=None)
@given(STEPS)
def test_the_rows_tell_the_case_as_the_steps_made_it_and_only_a_close_ends_a_referral(steps):
    point = f"T{next(NUMBERS)}"
    with RECORDS.begin() as db:
        now, model = BUILD_TIME, Case()
        JOURNAL.event(db, "m1", "m1/gw1", Event(point, "limit.alarm", "raise", now, 1.2, 1.0, 0, "", "limit_reached", now), now, None)
        alarm = table.alarms(db, limit=1)[0]
        for step in steps:
            now += SECOND
            given_word = Said(step, model.versions) if isinstance(step, Verdict) else step
            if step in ("raise", "return") and isinstance(step, str):
                JOURNAL.event(db, "m1", "m1/gw1", Event(point, "limit.alarm", step, now, 1.2, 1.0, 0, "", "limit_reached", now), now, None)
                written = table.transitions(db, alarm.id)[-1]
                model = begun(model) if written.at == now and written.change == "raise" and written.reason == "limit_reached" else model
            elif isinstance(given_word, Said):
                taken = speak(db, JOURNAL, alarm.id, given_word, "看过", "赵", now)
                assert taken.refused == refusal(model, given_word)
                model = model if taken.refused else heard(model, given_word)
            elif step.startswith("refer"):
                assert bool(refer_now(db, JOURNAL, alarm.id, step[6:], now)) is (step[6:] not in model.reasons)
                model = referred(model, step[6:])
            else:
                facts = Facts(peak=2.0) if step == "contradict" else Facts()
                taken = answer(db, JOURNAL, PACK, alarm.id, Form("exhaust", peak=1.0), facts, "李", now)
                assert taken.refused == answer_refusal(model)
                if not taken.refused:
                    model = answered(model)
                    model = referred(model, "answer_contradicted") if step == "contradict" else model
            assert case(db, alarm.id) == model
            assert {row.reason for row in handling.told(db, {alarm.id}, ())[alarm.id].referrals if row.ended is None} == model.reasons
        assert [row.version for row in handling.told(db, {alarm.id}, ())[alarm.id].answers] == list(range(1, model.versions + 1))
