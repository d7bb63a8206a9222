"""A drill goes the way of an alarm and is taken for none: never active, always marked, and every step of it is measured."""

import pytest

from alerts.alarm import Action, Deed, State
from alerts.drill import RULE, drill_event
from alerts.drill_steps import steps_of, whole
from alerts.lifecycle import Alarm, Kind, Signal, step
from contracts.clock import SECOND
from contracts.errors import BadPayload
from store.records import drills
from store.records.deliveries import Delivered, change_delivery, deliveries
from tests.alerts.centre import GATEWAY, NOW, event

DRILL = Signal(Kind.DRILL, NOW, "drill_of_the_chain")


def ask(centre, way: str = "gateway", offset: int = 0) -> int:
    facts = {"mine": "m1", "point": "T01", "gateway": GATEWAY, "way": way, "name": "王工", "words": "演练"}
    with centre.records.begin() as db:
        return drills.add(db, facts | {"asked": NOW - SECOND, "clock_offset": offset})


def row_of(centre, number: int) -> drills.DrillRow:
    with centre.records.read() as db:
        return drills.of(db, number)


def measured(centre, number: int):
    row = row_of(centre, number)
    with centre.records.read() as db:
        alarm = drills.alarm_of(db, row)
        return steps_of(row, centre.journal.of(db, alarm.id).transitions, deliveries(db, alarm.id))


def test_a_drill_is_never_active_and_ends_when_somebody_acknowledges():
    alarm, moves = step(Alarm(), DRILL, NOW)
    assert (alarm.active, alarm.state, moves[0].tell) == (False, State.RETURNED, True)
    alarm, _ = step(alarm, Action(Deed.ACKNOWLEDGE, "王工", "收到"), NOW)
    assert not alarm.open


def test_the_same_drill_again_changes_nothing_and_no_drill_touches_an_active_alarm():
    alarm, _ = step(Alarm(), DRILL, NOW)
    assert step(alarm, DRILL, NOW) == (alarm, [])
    active, _ = step(Alarm(), Signal(Kind.RAISE, NOW, "limit_reached"), NOW)
    assert step(active, DRILL, NOW) == (active, [])


def test_the_journal_files_it_tells_people_and_says_that_it_is_no_alarm(centre):
    number = ask(centre)
    (told,) = centre.take(drill_event("T01", number, NOW))
    (alarm,) = centre.call("active")
    assert (alarm.rule, alarm.active, alarm.quantity, alarm.action_zh, alarm.priority) == (RULE, False, "", "", 0)
    assert alarm.text_zh.startswith("【演练，不是报警】示范一矿 8101回风隅角 T01")
    assert alarm.text_en.startswith("[DRILL, NOT AN ALARM] Demo Mine 1")
    assert len(centre.due()) == 1
    assert row_of(centre, number).transition_id == told.id


def test_a_drill_and_a_hazard_of_one_point_do_not_touch_each_other(centre):
    centre.take(event(), drill_event("T01", ask(centre), NOW + SECOND))
    centre.take(event("return", NOW + 2 * SECOND, 0.5, reason="below_deadband"))
    assert {alarm.rule: alarm.active for alarm in centre.call("active")} == {"limit.alarm": False, RULE: False}
    centre.take(event("return", NOW + 3 * SECOND, 0.2, rule="*", reason="first_reading"))
    assert [row.change for row in centre.call("of", centre.call("active")[0].id).transitions] == ["drill"]


def test_every_step_is_measured_by_the_centres_clock(centre):
    number = ask(centre, offset=5 * SECOND)
    centre.journal.stamp = lambda: NOW + 80_000
    centre.take(drill_event("T01", number, NOW + 5 * SECOND), received=NOW + 60_000)
    with centre.records.begin() as db:
        assert drills.told(db, number, NOW + 5 * SECOND, NOW + 5 * SECOND + 20_000, NOW + 5 * SECOND + 90_000)
        (delivery,) = deliveries(db, centre.journal.active(db)[0].id)
        change_delivery(db, delivery, {"state": Delivered.DONE, "attempts": 1, "settled": NOW + 100_000})
    assert not whole(measured(centre, number))
    centre.call("act", centre.call("active")[0].id, Action(Deed.ACKNOWLEDGE, "李工", "收到"), NOW + 7 * SECOND)
    steps = measured(centre, number)
    assert [(one.name, one.after) for one in steps] == [
        ("asked", -SECOND),
        ("decided", 0),
        ("sent", 20_000),
        ("received", 60_000),
        ("journaled", 80_000),
        ("receipted", 90_000),
        ("notified", 100_000),
        ("acknowledged", 7 * SECOND),
    ]
    assert (steps[-2].who, steps[-1].who) == ("inspector", "李工")
    assert whole(steps)


def test_what_was_not_reached_is_not_reached(centre):
    number = ask(centre, way="centre")
    centre.take(drill_event("T01", number, NOW))
    steps = {one.name: one.at for one in measured(centre, number)}
    assert steps["notified"] is None
    assert steps["acknowledged"] is None
    assert "sent" not in steps


def test_the_next_drill_of_a_point_is_a_drill_of_its_own(centre):
    first, second = ask(centre), ask(centre)
    centre.take(drill_event("T01", first, NOW), drill_event("T01", second, NOW + SECOND))
    centre.call("act", centre.call("active")[0].id, Action(Deed.ACKNOWLEDGE, "李工", "收到"), NOW + 2 * SECOND)
    assert [one.at for one in measured(centre, first) if one.name == "acknowledged"] == [None]
    assert [one.at for one in measured(centre, second) if one.name == "acknowledged"] == [NOW + 2 * SECOND]


def test_a_drill_of_another_mine_or_an_unknown_number_is_an_alarm_row_and_no_record(centre):
    with centre.records.begin() as db:
        facts = {"mine": "m2", "point": "T01", "gateway": "m2/gw1", "way": "gateway", "name": "x", "words": "x", "asked": NOW}
        other = drills.add(db, facts | {"clock_offset": 0})
    centre.take(drill_event("T01", other, NOW), drill_event("T01", 999, NOW + SECOND))
    assert row_of(centre, other).transition_id is None


@pytest.mark.parametrize("change", ["raise", "cut", "return"])
def test_the_rule_of_drills_knows_no_other_change(centre, change):
    with pytest.raises(BadPayload):
        centre.take(event(change, rule=RULE))
