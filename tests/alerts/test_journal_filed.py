"""At the centre: lawful events are filed without calling anybody; sources have alarms of their own; missing lock tests are listed."""

import pytest

from alerts.journal import Journal
from alerts.lockduty import Lock
from alerts.rules import Change, Reason, Transition, to_event
from alerts.subject import check_event
from contracts.clock import DAY, MINUTE
from contracts.errors import BadPayload
from store.records import alarms as table
from tests.alerts import pit
from tests.alerts.centre import INSPECTOR, NOW, Centre, event

TEST = {"start": float(NOW - MINUTE), "end": float(NOW), "peak": 2.0, "alarm_s": 2.0, "cut_s": 4.0, "feed_off_s": 9.0, "restore_s": 60.0}
FACTS = {
    "rule": "lock.test",
    "value": 2.0,
    "limit": 1.5,
    "clause": "CMSR2025 Art.531",
    "numbers": TEST,
    "reason": "lock_tested_under_calibration",
}


@pytest.fixture
def centre(records, pack) -> Centre:
    return Centre(records, Journal(pack, [INSPECTOR]), pit.REGISTRY)


def rows(centre: Centre, rule: str) -> list[table.AlarmRow]:
    with centre.records.begin() as db:
        return table.alarms(db, rule=rule)


def test_a_lock_test_is_kept_with_its_seconds_and_nobody_is_called(centre):
    [written] = centre.take(event("filed", point="T1", **FACTS))
    assert written.numbers["feed_off_s"] == 9
    assert "馈电断开 9 s" in written.text_zh
    assert "第531条" in written.text_zh
    assert "restored after 60 s" in written.text_en
    [kept] = rows(centre, "lock.test")
    assert (kept.state, kept.open, kept.raised_at, kept.changed) == ("normal", False, NOW - MINUTE, NOW)
    assert centre.due() == []


def test_the_same_test_again_changes_nothing_and_the_next_one_is_another(centre):
    centre.take(event("filed", point="T1", **FACTS))
    assert centre.take(event("filed", point="T1", **FACTS)) == []
    later = {**FACTS, "numbers": TEST | {"start": float(NOW + MINUTE)}}
    assert len(centre.take(event("filed", NOW + 2 * MINUTE, point="T1", **later))) == 1
    assert len(rows(centre, "lock.test")) == 2


def standing(centre: Centre, now: int) -> dict[tuple[str, str], Lock]:
    return {(lock.point.id, lock.rule): lock for lock in centre.call("lock_tests", pit.REGISTRY, now)}


def test_every_lock_is_listed_with_its_last_test_and_the_day_the_next_is_due(centre):
    centre.take(event("filed", point="T1", **FACTS))
    centre.take(event("filed", point="T2", unverified=True, **FACTS))
    found = standing(centre, NOW + DAY)
    assert {key: lock.standing for key, lock in found.items()} == {
        ("T2", "lock.test"): "never", ("FEED", "lock.fan"): "never", ("T1", "lock.test"): "tested",
    }  # fmt: skip
    tested, doubted = found["T1", "lock.test"], found["T2", "lock.test"]
    assert (tested.last.time, tested.due, tested.every_days, tested.clause) == (NOW, NOW + 15 * DAY, 15, "CMSR2025 Art.531")
    assert (tested.last.numbers["feed_off_s"], tested.feeds) == (9.0, ("FEED",))
    assert (doubted.last, doubted.doubted.time, doubted.due) == (None, NOW, None)


def test_a_test_counts_for_half_a_month_and_not_a_moment_longer(centre):
    centre.take(event("filed", point="T1", **FACTS))
    assert standing(centre, NOW + 15 * DAY)["T1", "lock.test"].standing == "tested"
    assert standing(centre, NOW + 15 * DAY + 1)["T1", "lock.test"].standing == "overdue"


def test_the_newest_test_counts_and_an_unverified_one_after_it_does_not(centre):
    centre.take(event("filed", point="T1", **FACTS))
    later = {**FACTS, "numbers": TEST | {"start": float(NOW + DAY), "cut_s": 7.0}}
    centre.take(event("filed", NOW + DAY, point="T1", **later), event("filed", NOW + 2 * DAY, point="T1", unverified=True, **FACTS))
    found = standing(centre, NOW + 3 * DAY)["T1", "lock.test"]
    assert (found.last.time, found.last.numbers["cut_s"], found.doubted.time) == (NOW + DAY, 7.0, NOW + 2 * DAY)


def test_a_silent_source_is_an_alarm_of_its_own_beside_the_gateways_name(centre):
    silent = Transition(-1, "source.stale", Change.RAISE, NOW, float("nan"), None, 0, "project", Reason.NO_ANSWER,
                        numbers={"silent_s": 61.0, "points": 9.0}, source="kj")  # fmt: skip
    [written] = centre.take(to_event(silent, pit.REGISTRY, pit.PACK, NOW))
    [alarm] = rows(centre, "source.stale")
    assert (alarm.subject, alarm.point, alarm.open) == ("gw1/kj", "", True)
    assert "数据源 kj" in written.text_zh
    assert "人工监测" in alarm.action_zh


def test_a_first_good_reading_ends_the_limits_alarms_only(centre):
    centre.take(event("raise", point="T1", rule="gas.rise"), event("raise", point="T1"))
    centre.take(event("return", NOW + MINUTE, 0.2, point="T1", rule="*"))
    assert [row.active for row in rows(centre, "limit.alarm")] == [False]
    assert [row.active for row in rows(centre, "gas.rise")] == [True]


@pytest.mark.parametrize(("rule", "change"), [("lock.test", "raise"), ("gas.rise", "cut"), ("doors.open", "filed"), ("gas.fall", "raise")])
def test_what_no_rule_can_have_said_is_refused(rule, change):
    with pytest.raises(BadPayload):
        check_event(event(change, point="T1", rule=rule), pit.REGISTRY)


def test_the_name_of_a_source_has_an_end():
    with pytest.raises(BadPayload):
        check_event(event("raise", point="x" * 41, rule="source.stale"), pit.REGISTRY)


@pytest.mark.parametrize(
    ("rule", "clause"),
    [
        ("doors.open", "CMSR2025 Art.533"),
        ("sensor.stuck", "CMSR2025 Art.531"),
        ("fan.gas", "CMSR2025 Art.197"),
        ("gas.rise", "CMSR2025 Art.533"),
    ],
)
def test_each_rule_says_what_to_do_first_by_its_own_clause(centre, rule, clause):
    centre.take(event("raise", point="T1", rule=rule))
    assert rows(centre, rule)[0].action_clause == clause


def test_a_first_good_reading_of_the_same_instant_does_not_make_a_rules_raise_a_past_one(centre):
    centre.take(event("return", NOW, 1.0, point="DOOR1", rule="*"), event("raise", NOW, 1.0, point="DOOR1", rule="doors.open"))
    assert [row.active for row in rows(centre, "doors.open")] == [True]
