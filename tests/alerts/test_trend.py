"""Rate of rise: steep and near the limit, never test gas, never one wrong reading."""

import pytest

from contracts import quality as q
from contracts.clock import HOUR, SECOND
from tests.alerts.pit import Pit, block_of

RISE, ENDS = ("T1", "gas.rise", "raise"), ("T1", "gas.rise", "return")


def rising(pit: Pit, per_minute: float, seconds: int, quality: dict[str, int] | None = None, start: float = 0.2) -> list:
    out = []
    for at in range(seconds):
        out += pit.run(1, quality or {}, T1=round(start + per_minute * at / 60, 2))
    return [told for told in out if told[1] == "gas.rise"]


def test_a_steep_rise_is_told_before_the_limit_with_its_numbers():
    pit = Pit()
    pit.run(40)
    assert rising(pit, 0.6, 60) == [RISE]
    told = next(t for t in pit.told if t.rule == "gas.rise")
    assert told.value < 1.0
    assert told.limit == 1.0
    assert told.clause == "project"
    assert told.numbers["rise_per_min"] == pytest.approx(0.6, abs=0.15)
    assert told.numbers["minutes_to_limit"] == pytest.approx((1.0 - told.value) / told.numbers["rise_per_min"], abs=0.1)


def test_it_ends_when_the_gas_has_not_risen_for_a_minute():
    pit = Pit()
    rising(pit, 0.6, 60)
    assert ENDS not in pit.run(60, T1=0.8)
    assert ENDS in pit.run(60)


def test_a_slow_rise_is_not_told():
    pit = Pit()
    assert rising(pit, 0.2, 120) == []


def test_a_fast_rise_far_below_the_limit_is_not_told():
    pit = Pit()
    assert rising(pit, 0.9, 15, start=-0.2) == []


def test_steps_of_a_meter_that_shows_tenths_are_no_rise():
    pit = Pit()
    assert [told for at in range(20) for told in pit.run(10, T1=0.8 + 0.1 * (at % 2))] == []


def test_one_wrong_reading_is_no_rise():
    pit = Pit()
    pit.run(60)
    assert pit.run(1, T1=4.0) + pit.run(60, T1=0.2) == []


def test_test_gas_is_no_rise_and_what_follows_is_judged_anew():
    pit = Pit()
    pit.run(40)
    assert rising(pit, 1.5, 60, {"T1": q.CALIBRATION}) == []
    assert pit.run(60, {}, T1=0.8) == []


def test_a_late_rise_is_none_and_clears_none():
    pit = Pit()
    for at in range(60):
        pit.feed(block_of({"T1": 0.2 + 0.01 * at}, pit.now - HOUR + at * SECOND))
    assert [t for t in pit.told if t.rule == "gas.rise"] == []


def test_a_source_of_ten_seconds_is_judged_over_six_readings():
    pit = Pit()
    told = []
    for at in range(18):
        pit.now += 10 * SECOND
        told += pit.feed(block_of({"T1": 0.2 if at < 8 else 0.2 + 0.08 * (at - 7)}, pit.now))
    assert RISE in told
