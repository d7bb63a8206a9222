"""Two ways to the same facts: from 5-minute statistics, as a centre makes them, and from the columns of the simulated province."""

from datetime import date

import numpy as np
import pytest

from console.fleet.trial_columns import honesty_columns
from contracts.facts import Fact
from fleet.facts import honesty
from fleet.facts.day import day_of
from fleet.facts.honest_day import Stretch, honest_day
from sim_sensors.province.living import Lived, lived
from sim_sensors.province.mines import CHEATS, Operator, mine
from sim_sensors.province.raw import FiveMinutes, five_minutes
from sim_sensors.province.seen import Seen

FIRST, DAYS, SEED = date(2026, 1, 1), 34, 5
LOOK = honesty.LOOKBACK_DAYS
BOUNDS = {"calibrations_at_once": 0.99, "calibration_without_gas": 0.97, "points_frozen": 0.95, "peaks_cut": 0.95}
"""Share of mine-days on which both ways say the same number; where they do not, they differ by one."""


def _life(operator: Operator) -> Lived:
    """The first mine of this kind; of cheats the first one that cheats from the first day on."""
    some = (lived(SEED, number, DAYS, FIRST) for number in range(500) if mine(SEED, number).operator is operator)
    return next(life for life in some if not operator.cheats or (life.done.campaigns and life.done.campaigns[0][0] == 0))


def _stretch(seen: Seen, made: FiveMinutes, at: int) -> Stretch:
    """The days that end with day `at`."""
    days = slice(max(at + 1 - LOOK, 0) * 288, (at + 1) * 288)
    points = seen.mine.points
    limit = np.array([1.0 if point.watched else np.nan for point in points])
    day = day_of(seen.mine.id, FIRST.isoformat(), 8, 1 << 60)
    worked = np.zeros(made.flagged.shape, np.bool_)
    start = seen.flags.day * 288 + seen.flags.window
    for row in np.flatnonzero(seen.flags.work).tolist():
        worked[seen.flags.point[row], start[row] : start[row] + seen.flags.windows[row]] = True
    return Stretch(
        day,
        tuple(point.id for point in points),
        np.full(len(points), 0.01),
        limit,
        made.minimum[:, days],
        made.mean[:, days],
        made.maximum[:, days],
        made.flagged[:, days],
        worked[:, days],
        1.0,
    )


@pytest.fixture(scope="module")
def both() -> dict[str, list[tuple[float, float]]]:
    """By fact: (from statistics, from columns), of a mine of each kind on each day from the second fortnight on."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in BOUNDS}
    for operator in (Operator.SLOPPY, *CHEATS):
        life = _life(operator)
        made, columns = five_minutes(SEED, life.seen, DAYS), honesty_columns(life.seen)
        before: Fact | None = None
        for at in range(LOOK, DAYS - 1):
            facts = {fact.name: fact for fact in honest_day(_stretch(life.seen, made, at), before)}
            before = facts["points_frozen"]
            for name, of in found.items():
                value = facts[name].value
                assert value is not None
                of.append((value, float(columns[name][at])))
    return found


@pytest.mark.parametrize("name", list(BOUNDS))
def test_both_ways_say_the_same(both: dict[str, list[tuple[float, float]]], name: str) -> None:
    pairs = np.array(both[name])
    assert pairs[:, 1].max() > 0, "the sample has something to see"
    apart = np.abs(pairs[:, 0] - pairs[:, 1])
    assert (apart == 0).mean() >= BOUNDS[name]
    assert apart.max() <= 1


def _still(days: int, hours: float, level: float = 0.3) -> Stretch:
    """Five moving points; the first stands for the last `hours` of the stretch."""
    rng = np.random.default_rng(1)
    count = days * 288
    maximum = np.round(level + 0.05 + rng.uniform(0.0, 0.1, (5, count)), 2)
    minimum, windows = maximum - 0.03, round(hours * 12)
    if windows:
        maximum[0, -windows:] = minimum[0, -windows:] = level
    nothing = np.zeros(maximum.shape, np.int64)
    mean, limit = (minimum + maximum) / 2, np.full(5, np.nan)
    day = day_of("m", "2026-01-01", 8, 1 << 60)
    names = tuple(f"T{at}" for at in range(5))
    return Stretch(day, names, np.full(5, 0.01), limit, minimum, mean, maximum, nothing, nothing > 0, 1.0)


def _frozen(stretch: Stretch, before: Fact | None = None) -> Fact:
    return next(fact for fact in honest_day(stretch, before) if fact.name == "points_frozen")


@pytest.mark.parametrize(("hours", "standing"), [(0.0, 0.0), (1.9, 0.0), (2.0, 1.0), (30.0, 1.0)])
def test_a_moving_point_stands_after_two_hours(hours: float, standing: float) -> None:
    assert _frozen(_still(5, hours)).value == standing


def test_at_the_bottom_of_the_range_nothing_stands() -> None:
    assert _frozen(_still(5, 10.0, level=0.01)).value == 0.0
    assert _frozen(_still(5, 10.0, level=0.02)).value == 1.0


def test_where_all_stand_the_system_hangs_and_no_sensor_is_meant() -> None:
    stretch = _still(5, 10.0)
    stretch.maximum[:, -120:] = stretch.minimum[:, -120:] = 0.3
    assert _frozen(stretch).value == 0.0


def test_a_point_that_stands_most_of_every_day_is_not_its_own_excuse() -> None:
    first = _frozen(_still(14, 23.0))
    assert first.value == 1.0
    daily = _still(14, 0.0)
    for day in range(14):
        daily.maximum[0, day * 288 : day * 288 + 276] = daily.minimum[0, day * 288 : day * 288 + 276] = 0.3
    assert _frozen(daily).value == 0.0, "by its own fortnight it would be usual"
    assert _frozen(daily, first).value == 1.0
    assert _frozen(daily, _frozen(daily, first)).value == 1.0


def test_with_too_little_data_there_is_no_evidence() -> None:
    stretch = _still(5, 10.0)
    few = Stretch(*(getattr(stretch, name) for name in Stretch.__slots__[:-1]), 0.5)
    assert {(fact.value, fact.why) for fact in honest_day(few) if fact.name != "peaks_cut"} == {(None, "too_little_data")}


def test_flags_with_a_maintenance_permit_need_no_gas() -> None:
    stretch = _still(5, 0.0)
    stretch.flagged[1:4, -100:-90] = 10
    facts = {fact.name: fact for fact in honest_day(stretch)}
    assert (facts["calibrations_at_once"].value, facts["calibration_without_gas"].value) == (3.0, 3.0)
    assert facts["calibration_without_gas"].evidence == ("point:T1", "point:T2", "point:T3")
    stretch.worked[1, -100:-90] = True
    assert {fact.name: fact.value for fact in honest_day(stretch)}["calibration_without_gas"] == 2.0
