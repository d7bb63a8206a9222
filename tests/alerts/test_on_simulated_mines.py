"""The rules on simulated mines with faults and hazards on a script: what is told, when, and what is not."""

import numpy as np
import pytest

from alerts.packs import load
from alerts.rules import Rules, State, Transition, assess, tick
from contracts.clock import BUILD_TIME, SECOND
from contracts.columns import Block
from contracts.payload import Poll
from sim_sensors.config import DeviceSettings, build
from sim_sensors.faults import Event, Kind

pytestmark = pytest.mark.slow

PACK = load()
BESIDE = ("limit", "device", "*")


def play(seconds: int, *script: Event) -> list[tuple[int, str, Transition]]:
    """(second, point or source, transition) of the rules beside the limits, first readings left out."""
    mine = build(DeviceSettings(name="m", kind="mine", preset="high", seed=3, script=script), BUILD_TIME)
    rules, points = Rules.of(mine.registry, PACK), np.arange(len(mine.registry.points), dtype=np.int32)
    state, out = State.fresh(rules), list[tuple[int, str, Transition]]()
    for second in range(seconds):
        now = BUILD_TIME + second * SECOND
        values, quality = mine.read(now)
        state, told = assess(rules, state, Block(points, np.full(len(points), now), values, quality), now, [Poll("kj", SECOND, now)])
        state, more = tick(rules, state, now)
        heard = [one for one in (*told, *more) if not one.rule.startswith(BESIDE) and one.reason != "first_reading"]
        out += [(second, one.source or mine.registry.points[one.point].id, one) for one in heard]
    return out


def short(told: list[tuple[int, str, Transition]], rule: str) -> list[tuple[int, str, str]]:
    return [(second, name, str(one.change)) for second, name, one in told if one.rule == rule]


def test_an_ordinary_quarter_of_an_hour_tells_nothing():
    assert play(900) == []


def test_a_stopped_fan_is_told_before_the_limit_is_reached_and_its_lock_is_filed():
    told = play(500, Event(kind=Kind.FAN_STOP, start=60, duration=240, target="local_fan"))
    [(second, name, _), _] = short(told, "fan.gas")
    assert (name, 60 < second < 100) == ("1103-T1", True)
    [filed] = [one for _, _, one in told if one.rule == "lock.fan"]
    assert (filed.numbers["feed_off_s"], filed.numbers["fan_back_s"]) == (0, 240)
    assert short(told, "feed.abnormal") == []


def test_a_supply_that_stays_on_without_air_is_feed_abnormal_after_the_time_allowed():
    hazards = (
        Event(kind=Kind.FAN_STOP, start=60, duration=240, target="local_fan"),
        Event(kind=Kind.FEED_STUCK, start=60, duration=150, target="heading"),
    )
    assert short(play(230, *hazards), "feed.abnormal") == [(100, "1103-FEED", "raise"), (215, "1103-FEED", "return")]


def test_a_lock_test_is_filed_with_the_times_of_the_script():
    told = play(260, Event(kind=Kind.LOCK_TEST, start=60, duration=180, target="1103-T1", strength=2.0))
    assert [(second, name, one.rule) for second, name, one in told] == [(220, "1103-T1", "lock.test")]
    numbers = told[0][2].numbers
    assert (numbers["start"], numbers["feed_off_s"], numbers["restore_s"]) == (BUILD_TIME + 60 * SECOND, 15, 160)
    assert numbers["alarm_s"] < numbers["cut_s"] < 15
    assert not told[0][2].unverified


@pytest.mark.parametrize("strength", [100.0, 300.0])
def test_an_outburst_is_never_filed_as_a_test(strength):
    told = play(700, Event(kind=Kind.OUTBURST, start=60, duration=120, target="heading", strength=strength))
    assert short(told, "lock.test") == []


def test_open_doors_are_told_at_once():
    told = play(150, Event(kind=Kind.DOORS_OPEN, start=30, duration=60, target="doors"))
    assert short(told, "doors.open")[0] == (30, "1-DOOR1", "raise")


def test_gas_that_gathers_is_told_before_the_limit():
    told = play(300, Event(kind=Kind.GAS_ACCUMULATION, start=100, duration=200, target="heading", strength=5.0))
    [(second, name, _)] = [one for one in short(told, "gas.rise") if one[2] == "raise"]
    assert name == "1103-T1"
    assert 100 < second < 141  # the limit is reached at 161


def test_a_dead_sensor_makes_one_alarm_of_its_source_and_no_advice_about_its_supply():
    told = play(200, Event(kind=Kind.DROPOUT, start=60, duration=100, target="1103-T1"))
    assert {one.rule for _, _, one in told} == {"source.points"}
