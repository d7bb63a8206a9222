"""The shadow of the interlock: what a supply should be beside what its feed-back says."""

import pytest
from msgspec import structs

from alerts.rules import Rules, State, assess
from alerts.shadow import CALIBRATION, FAN, FAULT, GAS, UNSURE
from contracts import quality as q
from contracts.columns import Block
from contracts.points import Registry
from tests.alerts.pit import NOW, PACK, REGISTRY, Pit

ABNORMAL = ("FEED", "feed.abnormal", "raise")
AGREES = ("FEED", "feed.abnormal", "return")


def test_a_supply_that_stays_on_at_the_cut_value_is_abnormal_after_the_time_allowed():
    pit = Pit()
    assert ABNORMAL not in pit.run(40, T1=1.6)
    assert ABNORMAL in pit.run(1)
    told = next(t for t in pit.told if t.rule == "feed.abnormal")
    assert (told.clause, told.value, told.numbers["fed_s"], told.numbers["cause"]) == ("CMSR2025 Art.528", 1.0, 40, GAS)


def test_a_supply_that_goes_off_in_time_is_not_abnormal_and_may_stay_off():
    pit = Pit()
    pit.run(20, T1=1.6)
    assert pit.run(600, FEED=0.0, T1=1.2) == []
    assert ABNORMAL not in pit.run(300, T1=0.2)
    assert not [t for t in pit.told if t.rule == "feed.unexplained"]


def test_a_supply_without_air_must_be_off_too():
    pit = Pit()
    assert ABNORMAL in pit.run(45, FAN1=0.0, FAN2=0.0)
    assert pit.shadow.why.tolist() == [FAN]
    assert AGREES in pit.run(10, FEED=0.0)


def test_the_standby_fan_keeps_the_supply():
    pit = Pit()
    assert pit.run(120, FAN1=0.0, FAN2=1.0) == []
    assert pit.shadow.why.tolist() == [0]


def test_between_restore_and_cut_value_the_supply_must_stay_off_once_it_was_cut():
    pit = Pit()
    pit.run(1, T1=1.6)
    assert ABNORMAL in pit.run(60, T1=1.2)
    assert pit.run(120, T1=0.9)[-1] == AGREES


@pytest.mark.parametrize("bit", [q.SENSOR_FAULT, q.SUBSTATION_FAULT, q.NOT_POLLED, q.PAUSED, q.NOT_A_NUMBER, q.OUT_OF_RANGE, q.CALIBRATION])
def test_with_a_point_that_cannot_be_relied_on_the_shadow_says_unknown_not_agrees(bit):
    pit = Pit()
    assert pit.shadow.why.tolist() == [0]
    assert pit.run(200, {"T1": bit}) == []
    expected = FAULT if bit in (q.SENSOR_FAULT, q.SUBSTATION_FAULT) else CALIBRATION if bit == q.CALIBRATION else UNSURE
    assert pit.shadow.unknown.tolist() == [True]
    assert pit.shadow.why.tolist() == [expected]


def test_a_stale_point_makes_the_shadow_unknown():
    pit = Pit()
    pit.wait(58)
    assert pit.shadow.why.tolist() == [0]
    pit.wait(5)
    assert pit.shadow.unknown.tolist() == [True]


def test_an_active_alarm_is_not_cleared_by_the_unknown():
    pit = Pit()
    pit.run(45, T1=1.6)
    assert AGREES not in pit.run(300, {"T1": q.SENSOR_FAULT, "FEED": q.SENSOR_FAULT}, T1=0.1)
    assert AGREES in pit.run(300, {}, FEED=0.0)


def test_after_a_start_nothing_is_known_before_the_points_are():
    pit = Pit(calm=0)
    assert pit.shadow.unknown.tolist() == [True]
    pit.run(1, T1=1.2)
    assert pit.shadow.unknown.tolist() == [True]


def test_what_was_seen_for_a_second_before_a_long_silence_does_not_count_as_the_whole_time():
    pit = Pit()
    pit.run(2, T1=1.6)
    pit.run(120, {"FEED": q.NOT_POLLED})
    assert ABNORMAL not in pit.run(30, {})
    assert ABNORMAL in pit.run(15)


def test_no_power_without_a_reason_is_advice_and_ends_with_power():
    pit = Pit()
    pit.run(60)
    assert pit.run(120, FEED=0.0) == []
    assert pit.run(10) == [("FEED", "feed.unexplained", "raise")]
    assert pit.told[-1].clause == "project"
    assert pit.run(10, FEED=1.0) == [("FEED", "feed.unexplained", "return")]


@pytest.mark.parametrize("bit", [q.SENSOR_FAULT, q.SUBSTATION_FAULT, q.CALIBRATION, q.NOT_POLLED])
def test_no_power_beside_a_fault_a_calibration_or_an_unknown_is_lawful_or_unknown_never_advice(bit):
    pit = Pit()
    pit.run(60)
    pit.run(2, {"T2": bit})
    assert pit.run(400, FEED=0.0) == []


def test_no_power_since_before_the_start_is_not_called_unexplained():
    pit = Pit(calm=0)
    assert pit.run(600, FEED=0.0) == []


def test_a_lock_out_by_a_fault_is_filed_with_its_clause_when_the_supply_is_back():
    pit = Pit()
    pit.run(60, {"T1": q.SENSOR_FAULT}, FEED=0.0)
    assert pit.run(5, {}) == []
    assert pit.run(1, FEED=1.0) == [("FEED", "lock.fault", "filed")]
    assert (pit.told[-1].clause, pit.told[-1].numbers["off_s"]) == ("CMSR2025 Art.528", 65)


def test_a_feed_that_flickers_with_the_limit_never_chatters():
    pit = Pit()
    for at in range(120):
        pit.run(1, T2=1.0 if at % 2 else 0.98, T1=0.2)
    assert pit.told == []


def test_a_point_without_a_limit_leaves_its_supply_unknown():
    gas = structs.replace(REGISTRY.points[0], limit_row="", mapped_by="", fans=())
    rules = Rules.of(Registry("m", "m", "m", (gas, structs.replace(REGISTRY.points[2], fans=()))), PACK)
    for value, bit in ((0.1, 0), (4.0, q.OVER_RANGE)):
        state, _ = assess(rules, State.fresh(rules), Block.of([0, 1], NOW, [value, 1.0], [bit, 0]), NOW)
        assert state.watch.shadow.unknown.tolist() == [True]
