"""Edge and centre see the same: one alarm, either raises it, and only the limits in force end it."""

import pytest

from alerts.lifecycle import State
from alerts.owner import may_end
from alerts.packs import load
from alerts.returns import take_returns
from contracts.clock import SECOND
from contracts.payload import Returns
from tests.alerts.centre import NOW, event

OURS = load().name


def back(rule: str, value: float | None, pack: str = "an older pack", second: int = 1):
    change = "restore" if rule.startswith("limit.cut") else "return"
    return event(change, NOW + second * SECOND, value, rule=rule, reason="below_deadband", pack=pack)


@pytest.mark.parametrize(
    ("rule", "value", "ends"),
    [
        ("limit.alarm", 0.98, True),
        ("limit.alarm", 0.99, False),
        ("limit.alarm", 1.2, False),
        ("limit.alarm", None, False),
        ("limit.cut.0", 0.99, True),
        ("limit.cut.0", 1.2, False),
        ("limit.cut.1", 9.0, True),
        ("*", 0.98, True),
        ("*", 0.99, False),
        ("device.alarm", 1.2, True),
        ("gas.rise", 1.2, True),
    ],
)
def test_under_another_pack_only_a_value_below_ours_ends_an_alarm(registry, rule, value, ends):
    assert may_end(back(rule, value), rule, registry, load()) is ends
    assert may_end(back(rule, value, OURS), rule, registry, load())
    assert may_end(back(rule, value), rule, None, load()), "without a registry nobody knows our limit"


def test_a_point_without_a_limit_of_ours_is_the_edges_own(registry):
    assert may_end(event("return", value=3.0, point="T02", pack="an older pack"), "limit.alarm", registry, load())


def test_an_edge_with_older_limits_does_not_end_what_the_centre_raised(centre):
    centre.take(event(pack=OURS))
    centre.take(back("limit.alarm", 1.2))
    (alarm,) = centre.call("active")
    assert (alarm.state, alarm.changed) == (State.UNACKNOWLEDGED, NOW)
    assert [row.reason for row in centre.call("of", alarm.id).transitions] == ["limit_reached", "not_below_our_limits"]
    centre.take(back("limit.alarm", 0.4, OURS, 2))
    assert centre.call("active")[0].state == State.RETURNED


def test_both_sides_raise_and_return_and_there_is_one_alarm_told_once(centre):
    centre.take(event(pack="an older pack"), event(pack=OURS), event(time=NOW + SECOND, pack=OURS))
    centre.take(back("limit.alarm", 0.4, second=2), back("limit.alarm", 0.4, OURS, 2))
    (alarm,) = centre.call("listing")
    assert alarm.state == State.RETURNED
    assert len(centre.due()) == 1
    assert len(centre.call("of", alarm.id).deliveries) == 2, "the raise and one return"


def test_a_first_reading_by_other_limits_does_not_turn_our_raise_into_a_past_alarm(centre):
    centre.take(back("*", 1.2, second=0))
    centre.take(event(pack=OURS))
    (alarm,) = centre.call("active")
    assert (alarm.state, alarm.active) == (State.UNACKNOWLEDGED, True)


def test_nor_does_one_of_many_points(centre):
    told = Returns("*", "return", NOW, "first_reading", NOW, ["T01", "T02"], [1.2, 0.1], pack="an older pack")
    with centre.records.begin() as db:
        take_returns(centre.journal, db, "m1", "m1/gw1", told, NOW, centre.registry)
    centre.take(event(pack=OURS))
    assert centre.call("active")[0].active
