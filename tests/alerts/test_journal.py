"""The journal: what is written, once, and who is left to be told."""

import msgspec
import pytest

from alerts.lifecycle import Action, Deed, State
from contracts import quality
from contracts.clock import HOUR, MINUTE, SECOND
from contracts.errors import BadPayload
from store.records import alarms as table
from tests.alerts.centre import CLAUSE, GATEWAY, NOW, event


def test_a_raise_is_one_open_alarm_with_place_value_limit_clause_and_first_action_in_both_languages(centre):
    centre.take(event(numbers={"rise_per_min": 0.25}))
    (alarm,) = centre.call("active")
    assert (alarm.state, alarm.value, alarm.limit, alarm.clause) == (State.UNACKNOWLEDGED, 1.2, 1.0, CLAUSE)
    for part in (
        "示范一矿",
        "8101回风隅角",
        "T01",
        "甲烷 1.20 %CH4",
        "≥ 1.00 %CH4",
        "《煤矿安全规程》（2025）第536条表19",
        "每分钟变化 +0.25",
    ):
        assert part in alarm.text_zh
    assert "原因：达到限值" in alarm.text_zh
    assert "先做：必须停止用电作业" in alarm.text_zh
    assert "第193条" in alarm.text_zh
    assert "first: stop all work with electric power" in alarm.text_en


def test_the_same_event_again_changes_nothing(centre):
    centre.take(event())
    assert centre.take(event()) == []
    assert len(centre.call("active")) == 1
    assert len(centre.due()) == 1


def test_edge_and_centre_seeing_one_cause_make_one_alarm(centre):
    seen_again = event(time=NOW + SECOND)
    centre.take(event(), seen_again, seen_again)
    (alarm,) = centre.call("listing")
    assert [row.reason for row in centre.call("of", alarm.id).transitions] == ["limit_reached", "raised_again"]
    assert len(centre.due()) == 1


def test_only_recipients_of_the_mine_are_told(centre):
    centre.take(event())
    assert len(centre.due("inspector")) == 1
    assert centre.due("other") == []


def test_cut_and_alarm_are_two_alarms_and_restore_leaves_the_alarm(centre):
    centre.take(event(), event("cut", rule="limit.cut.0", value=1.6, limit=1.5))
    centre.take(event("restore", NOW + SECOND, 0.995, rule="limit.cut.0", limit=1.0, reason="below_restore_value"))
    assert {alarm.rule: alarm.active for alarm in centre.call("active")} == {"limit.alarm": True, "limit.cut.0": False}


def test_an_exceedance_wholly_inside_an_outage_is_a_past_alarm(centre):
    centre.now = NOW + HOUR
    centre.take(event(), event("return", NOW + 30 * SECOND, 0.4, reason="below_deadband"))
    (alarm,) = centre.call("active")
    assert (alarm.state, alarm.late) == (State.RETURNED, True)
    assert "迟到" in alarm.text_zh


def test_past_readings_are_one_past_alarm_however_often_they_come(centre):
    centre.now = NOW + HOUR
    past = event("past", NOW + MINUTE, 1.7, reason="older_readings", numbers={"start": float(NOW), "end": float(NOW + MINUTE), "peak": 1.7})
    centre.take(past, past)
    (alarm,) = centre.call("active")
    assert (alarm.state, alarm.raised_at, alarm.changed, alarm.peak) == (State.RETURNED, NOW, NOW + MINUTE, 1.7)
    centre.call("act", alarm.id, Action(Deed.ACKNOWLEDGE, "王工", "看过"), centre.now)
    centre.take(past, event(time=NOW + SECOND))
    assert centre.call("active") == []


def test_a_raise_that_comes_after_its_return_is_told_as_past(centre):
    centre.take(event("return", NOW, 0.4, reason="below_deadband"))
    assert centre.call("active") == []
    centre.take(event(time=NOW - 10 * SECOND))
    (alarm,) = centre.call("active")
    assert (alarm.state, alarm.late) == (State.RETURNED, True)
    assert len(centre.due()) == 1


def test_the_first_good_reading_after_start_returns_every_alarm_of_its_point_only(centre):
    centre.take(
        event(), event("cut", rule="limit.cut.0", limit=1.5), event("raise", point="T02", rule="device.alarm", limit=None, clause="")
    )
    first = event("return", NOW + MINUTE, 0.2, rule="*", limit=None, reason="first_reading")
    centre.take(first, received=NOW + MINUTE)
    assert {(alarm.point, alarm.rule): alarm.active for alarm in centre.call("active")} == {
        ("T01", "limit.alarm"): False,
        ("T01", "limit.cut.0"): False,
        ("T02", "device.alarm"): True,
    }
    centre.take(event(time=NOW + 30 * SECOND, rule="limit.cut.1", change="cut"))
    assert not next(alarm for alarm in centre.call("active") if alarm.rule == "limit.cut.1").active


def test_an_unverified_alarm_says_so_and_is_told_again_when_verified(centre):
    centre.take(event(unverified=True, reason="alarm_under_calibration", quality=quality.CALIBRATION))
    assert "标校期间报警，未核实" in centre.call("active")[0].text_zh
    assert "unverified" in centre.call("active")[0].text_en
    (told,) = centre.take(event(time=NOW + SECOND, reason="verified"))
    assert told.reason == "verified"
    assert not centre.call("active")[0].unverified


def test_a_persons_action_is_in_the_timeline_with_name_and_words(centre):
    centre.take(event())
    (alarm,) = centre.call("active")
    outcome = centre.call("act", alarm.id, Action(Deed.ACKNOWLEDGE, "王工", "现场检查"), NOW + MINUTE)
    assert outcome.accepted
    assert (outcome.transition.by, outcome.transition.reason, outcome.transition.after) == ("王工", "现场检查", State.ACKNOWLEDGED)


@pytest.mark.parametrize(("words", "reason"), [("", "words_missing"), ("看过", "nothing_to_acknowledge")])
def test_a_refused_action_says_why_and_is_not_in_the_timeline(centre, words, reason):
    centre.take(event())
    (alarm,) = centre.call("active")
    centre.call("act", alarm.id, Action(Deed.ACKNOWLEDGE, "王工", "看过"), NOW)
    outcome = centre.call("act", alarm.id, Action(Deed.ACKNOWLEDGE, "王工", words), NOW)
    assert (outcome.accepted, outcome.reason, outcome.transition) == (False, reason, None)
    assert len(centre.call("of", alarm.id).transitions) == 2


def test_actions_on_closed_and_unknown_alarms_are_refused(centre):
    centre.take(event(), event("return", NOW + SECOND, 0.2))
    (alarm,) = centre.call("active")
    acknowledge = Action(Deed.ACKNOWLEDGE, "王工", "看过")
    centre.call("act", alarm.id, acknowledge, NOW)
    assert centre.call("act", alarm.id, acknowledge, NOW).reason == "nothing_to_acknowledge"
    assert centre.call("act", 99, acknowledge, NOW).reason == "no_such_alarm"
    assert centre.call("of", 99) is None


def test_a_shelved_alarm_comes_back_by_itself_and_is_told(centre):
    centre.take(event())
    (alarm,) = centre.call("active")
    centre.call("act", alarm.id, Action(Deed.SHELVE, "王工", "更换传感器", NOW + HOUR), NOW)
    assert centre.call("tick", NOW + HOUR - 1) == []
    (back,) = centre.call("tick", NOW + HOUR)
    assert (back.change, back.after) == ("expire", State.UNACKNOWLEDGED)
    assert len(centre.call("of", alarm.id).deliveries) == 2


def test_pages_go_from_the_newest_alarm_to_the_oldest(centre):
    for at in range(5):
        acknowledged = Action(Deed.ACKNOWLEDGE, "王工", "看过")
        centre.take(event(time=NOW + at * HOUR), event("return", NOW + at * HOUR + SECOND, 0.2), received=NOW + at * HOUR)
        centre.call("act", centre.call("active")[0].id, acknowledged, NOW)
    page = centre.call("listing", limit=2)
    assert [alarm.id for alarm in page] == [5, 4]
    assert [alarm.id for alarm in centre.call("listing", after=4)] == [3, 2, 1]
    assert centre.call("listing", state="unacknowledged") == centre.call("listing", mine="m2") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "link.down"},
        {"rule": "limit.cut.0"},
        {"change": "acknowledge"},
        {"point": "T99"},
        {"reason": "Because!"},
        {"value": float("nan")},
        {"numbers": {"peak": float("inf")}},
        {"numbers": {f"n{at}": 1.0 for at in range(20)}},
        {"clause": "x" * 300},
    ],
)
def test_an_event_no_rule_can_have_made_is_a_bad_payload(centre, wrong):
    with pytest.raises(BadPayload):
        centre.take(msgspec.structs.replace(event(), **wrong))


def test_an_alarm_without_registry_is_kept_under_its_point(centre):
    centre.registry = None
    centre.take(event())
    assert "T01" in centre.call("active")[0].text_zh


def test_a_change_of_an_alarm_somebody_else_changed_first_is_not_made(centre):
    centre.take(event())
    (alarm,) = centre.call("active")
    with centre.records.begin() as db:
        assert table.change_alarm(db, alarm.id, alarm.version, {"peak": 3.0})
        assert not table.change_alarm(db, alarm.id, alarm.version, {"peak": 4.0})
    assert centre.call("active")[0].peak == 3.0


def test_a_transaction_that_fails_leaves_neither_alarm_nor_delivery(centre):
    class Crash(Exception):
        pass

    def crash() -> None:
        with centre.records.begin() as db:
            centre.journal.event(db, "m1", GATEWAY, event(), NOW, centre.registry)
            raise Crash

    with pytest.raises(Crash):
        crash()
    assert centre.call("listing") == centre.due() == []
