"""Pairs of doors, and fans that stand while gas rises."""

import pytest

from contracts import quality as q
from tests.alerts.pit import Pit

OPEN, SHUT = ("DOOR1", "doors.open", "raise"), ("DOOR1", "doors.open", "return")
GAS, RUNS = ("T1", "fan.gas", "raise"), ("T1", "fan.gas", "return")


def test_two_open_doors_alarm_at_once_with_the_clause_and_return_when_one_has_been_shut_for_a_while():
    pit = Pit()
    assert pit.run(10, DOOR1=1.0) == []
    assert pit.run(1, DOOR2=1.0) == [OPEN]
    assert pit.told[-1].clause == "CMSR2025 Art.542"
    assert pit.run(10, DOOR1=0.0) == []
    assert pit.run(1) == [SHUT]


def test_one_door_after_the_other_is_no_alarm():
    pit = Pit()
    for _ in range(5):
        assert pit.run(5, DOOR1=1.0, DOOR2=0.0) + pit.run(5, DOOR1=0.0, DOOR2=1.0) == []


def test_a_door_nobody_knows_of_neither_raises_nor_clears():
    pit = Pit()
    assert pit.run(20, {"DOOR2": q.SENSOR_FAULT}, DOOR1=1.0, DOOR2=1.0) == []
    assert pit.run(1, {}) == [OPEN]
    assert pit.run(30, {"DOOR1": q.SENSOR_FAULT}, DOOR1=0.0) == []
    assert pit.run(11, {}) == [SHUT]


def test_doors_that_flutter_are_told_six_times_a_minute_at_most():
    pit = Pit()
    pit.values["DOOR2"] = 1.0
    told = [pit.run(1, DOOR1=float(at % 2)) for at in range(60)]
    assert sum(len(one) for one in told) == 1


def test_gas_that_rises_while_all_fans_stand_is_told_with_numbers_and_ends_when_a_fan_runs():
    pit = Pit()
    pit.run(10, FAN1=0.0)
    pit.run(5, T1=0.31)
    assert pit.run(1) == [GAS]
    told = pit.told[-1]
    assert (told.clause, told.value, told.numbers["from"], told.numbers["stopped_s"]) == ("CMSR2025 Art.197", 0.31, 0.2, 15)
    assert pit.run(30, FAN2=1.0) == []
    assert RUNS in pit.run(1)


@pytest.mark.parametrize("change", [{"FAN2": 1.0}, {"T1": 0.25}])
def test_a_running_standby_fan_or_gas_that_hardly_rises_is_no_alarm(change):
    pit = Pit()
    assert GAS not in pit.run(60, **({"FAN1": 0.0, "T1": 0.2} | change))
    assert GAS not in pit.run(30, T1=0.25)


def test_a_fan_nobody_knows_of_decides_nothing():
    pit = Pit()
    pit.run(10, {"FAN2": q.NOT_POLLED}, FAN1=0.0)
    assert pit.run(60, T1=0.9) == []
    assert [told for told in pit.run(10, {}, T1=0.9) if told == GAS] == []


def test_test_gas_beside_a_standing_fan_is_no_gas():
    pit = Pit()
    pit.run(10, FAN1=0.0, FEED=0.0)
    assert pit.run(30, {"T1": q.CALIBRATION}, T1=2.0) == []
