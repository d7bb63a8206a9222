"""A sensor is called stuck only where its own habit and its neighbours say so."""

from random import Random

import numpy as np
import pytest

from alerts import still
from alerts.frames import Seen
from alerts.packs import load
from contracts import quality as q
from contracts.clock import BUILD_TIME, HOUR, MINUTE, SECOND
from contracts.columns import Block
from contracts.points import Point, Registry

PACK = load()
KINDS = ("methane", "temperature", "wind_speed", "humidity")
REGISTRY = Registry("m", "m", "m", tuple(Point(f"P{at}", kind, "face", "处", "place") for at, kind in enumerate(KINDS)))
PLAN = still.StillPlan.of(REGISTRY, PACK)
STEP = 30 * SECOND


class Air:
    """Four points that move at random every 30 s; `held` values stand still."""

    def __init__(self, seed: int = 1) -> None:
        self.still, self.seen, self.now = still.Still.fresh(PLAN), Seen.nothing(len(KINDS)), BUILD_TIME
        self.random, self.told = Random(seed), []

    def run(self, hours: float, held: dict[int, float] | None = None, quality: int = 0) -> list[tuple[int, str]]:
        before = len(self.told)
        for _ in range(int(hours * HOUR / STEP)):
            self.now += STEP
            values = [0.5, 26.0, 1.5, 70.0] + self.random.gauss(0, 1) * np.array([0.03, 0.3, 0.3, 3])
            for point, value in (held or {}).items():
                values[point] = value
            block = Block.of(list(range(len(KINDS))), self.now, np.asarray(values), quality)
            self.seen.take(block)
            found = [*still.step(PLAN, self.still, block), *still.tick(PLAN, self.still, self.seen, self.now)]
            self.told += [told for told in found if told.reason != "first_reading"]
        return [(told.point, str(told.change)) for told in self.told[before:]]


def test_a_point_that_stood_still_for_long_while_the_others_moved_is_stuck_and_is_freed_by_moving():
    air = Air()
    assert air.run(7) == []
    assert air.run(0.45, {0: 0.52}) == []
    assert air.run(0.2, {0: 0.52}) == [(0, "raise")]
    told = air.told[-1]
    assert (told.clause, told.numbers["neighbours"], told.numbers["neighbours_moved"]) == ("project", 3, 3)
    assert told.numbers["still_s"] >= 1800
    assert told.numbers["still_s"] > 4 * told.numbers["usual_s"]
    assert air.run(1, {0: 0.52}) == []
    assert air.run(0.1) == [(0, "return")]


def test_a_quiet_place_at_the_bottom_of_the_range_is_never_stuck():
    air = Air()
    air.run(7)
    assert air.run(24, {0: 0.0}) == []
    assert air.run(6, {0: 0.01}) == []


def test_a_point_that_hardly_ever_moves_is_not_stuck_when_it_rests():
    air = Air()
    for _ in range(8):
        assert air.run(1, {0: 0.5}) + air.run(0.02) == []
    assert air.run(3, {0: 0.5}) == []


def test_where_nothing_around_moves_either_nobody_is_called_stuck():
    air = Air()
    air.run(7)
    assert air.run(2, {0: 0.52, 1: 26.0, 2: 1.5, 3: 70.0}) == []


def test_before_six_hours_of_watching_nobody_is_judged():
    air = Air()
    air.run(4)
    assert air.run(1.9, {0: 0.52}) == []


@pytest.mark.parametrize("bit", [q.SENSOR_FAULT, q.NOT_POLLED, q.CALIBRATION])
def test_readings_that_say_nothing_neither_make_a_sensor_stuck_nor_free_it(bit):
    air = Air()
    air.run(7)
    assert air.run(1, {0: 0.52}, bit) == []
    air.run(1, {0: 0.52})
    assert air.run(0.5, None, bit) == []


def test_a_gap_is_no_rest():
    air = Air()
    air.run(7)
    air.run(0.3, {0: 0.52})
    air.now += 20 * MINUTE
    assert air.run(0.3, {0: 0.52}) == []
