"""Silence and cloned gateways: one alarm, nothing clears, and a short gap disturbs nobody."""

from alerts.journal import SWITCH_OVER
from alerts.lifecycle import Action, Deed, State
from contracts.clock import HOUR, MINUTE, SECOND
from store.records.deliveries import Delivered
from tests.alerts.centre import GATEWAY, NOW, event


def test_silence_raises_one_link_down_alarm_that_hides_its_children_and_clears_nothing(centre):
    centre.take(event(), event("raise", point="T02", rule="device.alarm", limit=None, clause=""))
    centre.call("link_down", GATEWAY, NOW - 3 * SECOND, NOW)
    assert centre.call("link_down", GATEWAY, NOW - 3 * SECOND, NOW + SECOND) == []
    alarms = {alarm.rule: alarm for alarm in centre.call("active")}
    assert alarms["link.down"].state == State.UNACKNOWLEDGED
    for rule in ("limit.alarm", "device.alarm"):
        assert (alarms[rule].state, alarms[rule].unknown, alarms[rule].active) == (State.SUPPRESSED, True, True)
    centre.call("link_up", GATEWAY, NOW + HOUR)
    alarms = {alarm.rule: alarm for alarm in centre.call("active")}
    assert alarms["link.down"].state == State.RETURNED
    assert (alarms["limit.alarm"].state, alarms["limit.alarm"].unknown) == (State.UNACKNOWLEDGED, False)


def test_silence_after_an_alarm_under_a_clock_far_ahead_is_written_without_its_marks(centre):
    """The mark of a wrong clock orders nothing and is dropped; what remains has a beginning and no end, and still finds its words."""
    centre.take(event(time=NOW + 90 * SECOND), event("return", time=NOW + 96 * SECOND, value=0.2))
    centre.call("link_down", GATEWAY, NOW - 3 * SECOND, NOW)
    (alarm,) = (alarm for alarm in centre.call("active") if alarm.rule == "limit.alarm")
    assert (alarm.state, alarm.active) == (State.SUPPRESSED, False)
    assert "2026" in centre.call("of", alarm.id).transitions[-1].text_en


def test_link_down_is_told_after_a_minute(centre):
    centre.call("link_down", GATEWAY, NOW - 3 * SECOND, NOW)
    assert centre.due(now=NOW + SWITCH_OVER - 1) == []
    assert len(centre.due(now=NOW + SWITCH_OVER)) == 1


def test_a_gap_of_a_minute_or_less_is_told_to_nobody_and_that_is_written_down(centre):
    centre.call("link_down", GATEWAY, NOW - 3 * SECOND, NOW)
    centre.call("link_up", GATEWAY, NOW + 50 * SECOND)
    (alarm,) = centre.call("listing")
    timeline = centre.call("of", alarm.id)
    assert [(row.change, row.reason) for row in timeline.transitions] == [("raise", "link_down"), ("return", "switch_over")]
    assert [(row.state, row.last_error) for row in timeline.deliveries] == [(Delivered.DROPPED, "switch_over")]
    assert alarm.state == State.NORMAL


def test_a_short_gap_after_an_unanswered_long_one_leaves_the_long_one_open(centre):
    centre.call("link_down", GATEWAY, NOW, NOW)
    centre.call("link_up", GATEWAY, NOW + HOUR)
    centre.call("link_down", GATEWAY, NOW + 2 * HOUR, NOW + 2 * HOUR)
    centre.call("link_up", GATEWAY, NOW + 2 * HOUR + SECOND)
    assert [alarm.state for alarm in centre.call("active")] == [State.RETURNED]


def test_link_alarms_of_two_gateways_of_one_mine_stand_apart(centre):
    centre.call("link_down", "m1/gw1", NOW, NOW)
    centre.call("link_down", "m1/gw2", NOW, NOW)
    centre.call("link_up", "m1/gw1", NOW + HOUR)
    assert centre.call("down") == {"m1/gw2"}
    assert {alarm.gateway: alarm.active for alarm in centre.call("active")} == {"m1/gw1": False, "m1/gw2": True}


def test_a_conflict_stays_until_somebody_acknowledges_and_is_no_flood(centre):
    centre.call("conflict", GATEWAY, "epoch ab12, seq 7", NOW, {"seq": 7.0, "age": float("inf")})
    assert centre.call("conflict", GATEWAY, "epoch ab12, seq 8", NOW + SECOND, {"seq": 8.0}) == []
    (alarm,) = centre.call("active")
    assert "epoch ab12, seq 7" in alarm.text_zh
    assert centre.call("of", alarm.id).transitions[0].numbers == {"seq": 7.0}
    assert "克隆" in alarm.text_zh
    assert centre.call("act", alarm.id, Action(Deed.ACKNOWLEDGE, "王工", "已停用克隆卡"), NOW + MINUTE).accepted
    assert centre.call("active") == []
