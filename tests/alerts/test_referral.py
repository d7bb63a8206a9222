"""When an alarm becomes the inspector's: at once where something contradicts, later where nobody answered, never twice for one cause."""

import pytest

from alerts.answers import answer, speak
from alerts.config import Recipient
from alerts.form import Facts, Form
from alerts.handling import Said, Standing, Verdict
from alerts.journal import Journal
from alerts.packs.handling import load_handling
from alerts.referral import Referrals, Why, case, refer_now
from contracts.clock import HOUR, MINUTE, SECOND
from store.records import alarms as table
from store.records import audit, handling
from store.records.deliveries import deliveries
from tests.alerts.centre import NOW, Centre, event

PACK = load_handling()
LATE = NOW + PACK.within


@pytest.fixture
def follower(centre):
    return Referrals(centre.journal, PACK)


def tick(centre: Centre, follower: Referrals, now: int) -> list[str]:
    with centre.records.begin() as db:
        return [row.reason for row in follower.tick(db, now)]


def answered(centre: Centre, cause: str = "exhaust", now: int = NOW + MINUTE, **facts) -> object:
    with centre.records.begin() as db:
        return answer(db, centre.journal, PACK, 1, Form(cause, peak=facts.pop("stated", None)), Facts(**facts), "李工", now)


def refer(centre: Centre, reason: str, now: int = NOW, alarm: int = 1):
    with centre.records.begin() as db:
        return refer_now(db, centre.journal, alarm, reason, now)


def notes(centre: Centre, alarm: int = 1) -> list[tuple[str, str]]:
    with centre.records.read() as db:
        return [(row.change, row.reason) for row in table.transitions(db, alarm) if row.change in ("refer", "answer", "close", "returned")]


def told(centre: Centre, alarm: int = 1) -> list[str]:
    with centre.records.read() as db:
        changes = {row.id: row.change for row in table.transitions(db, alarm)}
        return [changes[row.transition_id] for row in deliveries(db, alarm)]


def test_what_nobody_answered_in_time_is_referred_once_and_people_hear_of_it(centre, follower):
    centre.take(event())
    assert tick(centre, follower, LATE - 1) == []
    assert tick(centre, follower, LATE) == ["unanswered"]
    assert tick(centre, follower, LATE + HOUR) == []
    assert told(centre) == ["raise", "refer"]


def test_what_was_answered_in_time_stays_with_the_mine(centre, follower):
    centre.take(event())
    answered(centre, "blasting")
    assert tick(centre, follower, LATE + HOUR) == []
    assert told(centre) == ["raise"]


def test_an_answer_does_not_speak_for_the_exceedance_after_it(centre, follower):
    centre.take(event())
    answered(centre, "exhaust")
    later = NOW + 2 * MINUTE
    centre.take(event("return", later, 0.4, reason="below_deadband"), event("raise", later + SECOND), received=later + SECOND)
    with centre.records.read() as db:
        assert case(db, 1).standing is Standing.DUE
    assert tick(centre, follower, LATE + 2 * MINUTE) == []
    assert tick(centre, follower, LATE + 3 * MINUTE) == ["unanswered"]


@pytest.mark.parametrize("rule", ["sensor.stuck", "gas.rise", "feed.unexplained", "limit.cut.0"])
def test_advice_and_cuts_are_not_owed_an_answer_of_their_own(centre, follower, rule):
    centre.take(event("cut" if "cut" in rule else "raise", rule=rule))
    assert tick(centre, follower, LATE + HOUR) == []


def test_a_gateways_own_alarm_is_nobodys_to_answer(centre, follower):
    centre.call("link_down", "m1/gw1", NOW, NOW)
    assert tick(centre, follower, LATE + HOUR) == []


def test_a_cut_is_referred_as_the_exceedance_it_belongs_to(centre):
    centre.take(event(), event("cut", rule="limit.cut.0"))
    assert refer(centre, Why.FLAG_WITHOUT_PERMIT, alarm=2).alarm_id == 1
    assert refer(centre, Why.FLAG_WITHOUT_PERMIT, alarm=1) is None
    assert notes(centre, 1) == [("refer", "flag_without_permit")]
    assert notes(centre, 2) == []


def test_a_real_exceedance_and_an_answer_against_the_data_are_the_inspectors_at_once(centre):
    centre.take(event())
    assert [row.reason for row in answered(centre, "real").referrals] == ["answered_real"]
    taken = answered(centre, "exhaust", NOW + 2 * MINUTE, stated=1.0, peak=1.4, quantity="methane")
    assert [(row.reason, row.detail) for row in taken.referrals] == [("answer_contradicted", "peak_below_stored")]
    with centre.records.read() as db:
        assert table.transitions(db, 1)[-1].detail == "填写的最高值低于存储的最高值 / the stated peak is below the stored one"
    assert told(centre) == ["raise", "refer", "refer"]


def test_the_second_reason_of_an_alarm_is_written_down_and_not_sent_again(centre):
    centre.take(event())
    refer(centre, Why.FLAG_WITHOUT_PERMIT)
    refer(centre, Why.OVERLAP)
    assert notes(centre) == [("refer", "flag_without_permit"), ("refer", "permits_overlap")]
    assert told(centre) == ["raise", "refer"]


def test_after_a_close_the_same_reason_refers_anew(centre):
    centre.take(event())
    refer(centre, Why.OVERLAP)
    answered(centre)
    with centre.records.begin() as db:
        assert not speak(db, centre.journal, 1, Said(Verdict.CLOSED, 1), "属实", "赵", NOW + HOUR).refused
        assert not case(db, 1).referred
    assert refer(centre, Why.OVERLAP, NOW + 2 * HOUR).round == 1
    assert told(centre) == ["raise", "refer", "refer"]


def test_what_lost_its_plan_without_a_word_is_referred_at_once(centre, follower, records):
    centre.take(event())
    with records.begin() as db:
        db.exec_driver_sql("UPDATE alarm_transitions SET change = 'unplan', reason = 'permit_closed'")
    assert tick(centre, follower, NOW + SECOND) == ["unplanned"]
    assert tick(centre, follower, NOW + 2 * SECOND) == []


def test_a_crash_between_two_ticks_neither_loses_nor_doubles_a_referral(centre, follower):
    centre.take(event())

    class Crash(Exception):
        pass

    def crashing() -> None:
        with centre.records.begin() as db:
            follower.tick(db, LATE)
            raise Crash

    with pytest.raises(Crash):
        crashing()
    assert notes(centre) == []
    assert tick(centre, Referrals(centre.journal, PACK), LATE) == ["unanswered"]
    assert tick(centre, Referrals(centre.journal, PACK), LATE) == []
    assert notes(centre) == [("refer", "unanswered")]


@pytest.mark.parametrize("bound", ["AT_ONCE", "LOOKED_AT"])
def test_a_storm_is_worked_off_piece_by_piece_and_nothing_is_left_out(records, pack, monkeypatch, bound):
    monkeypatch.setattr(f"alerts.referral.{bound}", 7)
    journal = Journal(pack, [Recipient(name="inspector", address="http://127.0.0.1:1/")])
    follower, found = Referrals(journal, PACK), 0
    with records.begin() as db:
        for number in range(20):
            journal.event(db, "m1", "m1/gw1", event(point=f"X{number:02d}"), NOW, None)
    for _ in range(12):
        with records.begin() as db:
            piece = len(follower.tick(db, LATE))
        assert piece <= 7
        found += piece
    assert found == 20


def test_a_referral_is_a_link_of_the_audit_chain(centre):
    centre.take(event())
    refer(centre, Why.MISFIT)
    with centre.records.read() as db:
        assert [link.kind for link in audit.links(db)] == ["alarm.referred"]
        assert handling.referred(db, {1, 2}) == {1}
