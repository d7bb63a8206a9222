"""Tests of the locks are recognised, timed and filed; nothing of the mine's own gas is taken for one."""

import pytest

from alerts.locktests import FAN_RULE, TEST_RULE
from contracts import quality as q
from tests.alerts.pit import Pit

MARK = {"T1": q.CALIBRATION}


def lock_test(pit: Pit, quality: dict[str, int]) -> list[tuple[str, str, str]]:
    """Five seconds of rise, test gas for a minute, then air; the supply is off from 5 s after the cut value until 10 s after the gas."""
    for value in (0.5, 0.9, 1.1, 1.4):
        pit.run(1, quality, T1=value)
    pit.run(5, quality, T1=2.0)
    pit.run(55, quality, T1=2.0, FEED=0.0)
    pit.run(10, quality, T1=0.2)
    return pit.run(3, {}, FEED=1.0)


def test_a_marked_test_is_filed_with_its_seconds_to_alarm_cut_feed_off_and_restore():
    pit = Pit()
    pit.run(10)
    assert lock_test(pit, MARK) == [("T1", TEST_RULE, "filed")]
    told = pit.told[-1]
    assert {name: told.numbers[name] for name in ("alarm_s", "cut_s", "feed_off_s", "restore_s", "peak")} == {
        "alarm_s": 2, "cut_s": 4, "feed_off_s": 9, "restore_s": 74, "peak": 2.0,
    }  # fmt: skip
    assert (told.unverified, told.clause, told.reason) == (False, "CMSR2025 Art.531", "lock_tested_under_calibration")


def test_a_test_that_nobody_marked_is_filed_as_unverified():
    pit = Pit()
    pit.run(10)
    assert ("T1", TEST_RULE, "filed") in lock_test(pit, {})
    told = next(t for t in pit.told if t.rule == TEST_RULE)
    assert (told.unverified, told.reason) == (True, "lock_tested_by_shape")


def test_gas_of_the_mine_that_shows_at_the_neighbour_is_no_test():
    pit = Pit()
    pit.run(10)
    for value in (0.5, 0.9, 1.1, 1.4):
        pit.run(1, {}, T1=value)
    pit.run(30, T1=2.0, T2=0.9, FEED=0.0)
    pit.run(60, T1=0.2, T2=0.2)
    assert [told for told in pit.run(3, FEED=1.0) if told[1] == TEST_RULE] == []


@pytest.mark.parametrize("values", [[2.0, 2.6, 2.2, 1.8, 1.7, 1.6], [3.5] * 6], ids=["a hump", "beyond test gas"])
def test_gas_without_a_plateau_or_beyond_test_gas_is_no_test(values):
    pit = Pit()
    pit.run(10)
    for value in values:
        pit.run(5, T1=value, FEED=0.0)
    pit.run(10, T1=0.2)
    assert [told for told in pit.run(3, FEED=1.0) if told[1] == TEST_RULE] == []


def test_gas_that_rises_slowly_is_no_test():
    pit = Pit()
    pit.run(10)
    for step in range(40):
        pit.run(5, T1=0.45 + step * 0.03)
    pit.run(60, T1=2.0, FEED=0.0)
    pit.run(10, T1=0.2)
    assert [told for told in pit.run(3, FEED=1.0) if told[1] == TEST_RULE] == []


def test_a_calibration_without_a_cut_is_no_lock_test():
    pit = Pit()
    pit.run(60, MARK, T1=2.0)
    assert pit.run(30, {}, T1=0.2) == []


def test_the_limits_alarm_all_the_same_while_a_test_is_recognised():
    pit = Pit()
    pit.unheard = ("*",)
    lock_test(pit, {})
    assert {t.rule for t in pit.told} >= {"limit.alarm", "limit.cut.0", TEST_RULE}


def test_a_stop_of_the_fans_that_cuts_is_filed_as_an_operation_of_the_fan_lock():
    pit = Pit()
    pit.run(2, FAN1=0.0)
    pit.run(20, FEED=0.0)
    pit.run(5, FAN1=1.0)
    assert pit.run(1, FEED=1.0) == [("FEED", FAN_RULE, "filed")]
    numbers = pit.told[-1].numbers
    assert {name: numbers[name] for name in ("feed_off_s", "fan_back_s", "restore_s")} == {
        "feed_off_s": 2,
        "fan_back_s": 22,
        "restore_s": 27,
    }
