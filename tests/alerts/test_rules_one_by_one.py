"""A block gives what its readings give one by one, by a reference that knows no arrays."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.packs import load
from alerts.rules import FRESH, Latches, compile_limits, judge
from contracts import quality as q
from contracts.clock import BUILD_TIME, SECOND
from contracts.columns import Block
from contracts.points import Point, Registry

ROWS = ["face_return_corner", "heading_series_before_fan", "", "main_return"]
PACK = load()
REGISTRY = Registry(
    "m", "m", "m", tuple(Point(f"T{at}", "methane", "a", "z", "e", limit_row=row, mapped_by=row) for at, row in enumerate(ROWS))
)
LIMITS = compile_limits(REGISTRY, PACK)
NOW = BUILD_TIME


@dataclass
class Latch:
    enter: float
    leave: float
    state: str = "unknown"
    since: int = 0


@dataclass
class Reference:
    """One point, told in words."""

    number: int
    newest: int = 0
    latches: dict[str, Latch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        row = PACK.rows.get(ROWS[self.number])
        if row:
            self.latches["limit.alarm"] = Latch(row.alarm_ge, round(row.alarm_ge - 0.01, 2))
        self.latches["device.alarm"] = Latch(np.inf, -np.inf)
        for at, cut in enumerate(row.cuts if row else ()):
            self.latches[f"limit.cut.{at}"] = Latch(cut.cut_ge, cut.restore_lt)

    def judge(self, time: int, value: float, quality: int) -> list[tuple]:
        if quality & q.UNUSABLE or np.isnan(value):
            return []
        over = quality & q.OVER_RANGE and value >= 0
        above = {rule: over or value >= latch.enter for rule, latch in self.latches.items()}
        below = {rule: not above[rule] and value < latch.leave for rule, latch in self.latches.items()}
        device = quality & q.ALARM or ("limit.alarm" not in above and quality & q.OVER_RANGE)
        above["device.alarm"], below["device.alarm"] = bool(device) and not above.get("limit.alarm"), not device
        if time <= self.newest:
            old = [
                rule
                for rule, latch in self.latches.items()
                if above[rule] and not (latch.state in "active unverified" and time >= latch.since)
            ]
            return [(self.number, rule, "past", time) for rule in old]
        out = [
            told
            for rule, latch in self.latches.items()
            if above[rule]
            for told in self.enter(rule, latch, time, bool(quality & q.CALIBRATION))
        ]
        if abs(NOW - time) <= FRESH and not quality & q.NOT_CLEARING:
            out += self.clear(below, time)
        if time <= NOW + FRESH:
            self.newest = time
        return out

    def enter(self, rule: str, latch: Latch, time: int, calibration: bool) -> list[tuple]:
        change = "cut" if "cut" in rule else "raise"
        if latch.state == "active" or (latch.state == "unverified" and calibration):
            return []
        if latch.state != "unverified":
            latch.since = time
        latch.state = "unverified" if calibration else "active"
        return [(self.number, rule, change, time, calibration)]

    def clear(self, below: dict[str, bool], time: int) -> list[tuple]:
        if all(below.values()) and all(latch.state == "unknown" for latch in self.latches.values()):
            for latch in self.latches.values():
                latch.state = "normal"
            return [(self.number, "*", "return", time, False)]
        out = []
        for rule, latch in self.latches.items():
            if below[rule] and latch.state != "normal":
                latch.state = "normal"
                out.append((self.number, rule, "restore" if "cut" in rule else "return", time, False))
        return out


values = st.sampled_from([0.0, 0.3, 0.49, 0.5, 0.745, 0.75, 0.98, 0.99, 0.995, 1.0, 1.2, 1.5, 2.0, 4.0, -0.1, np.nan])
qualities = st.sampled_from(
    [0] * 6 + [q.ALARM, q.CALIBRATION, q.ALARM | q.CALIBRATION, q.OVER_RANGE, q.PAUSED, q.DOUBTFUL, q.SENSOR_FAULT | q.ALARM]
)
offsets = st.one_of(st.integers(-50, 5), st.integers(-200, 200))
readings = st.lists(st.tuples(st.integers(0, len(ROWS) - 1), offsets, values, qualities), max_size=60)


def told(transitions) -> list[tuple]:
    return [(t.point, t.rule, t.change, t.time, t.unverified) for t in transitions if t.change != "past"]


def past(transitions) -> dict[tuple, tuple[float, float, float]]:
    """Per point and rule: first start, last end, number of readings. A run has no exact order in the list."""
    out: dict[tuple, tuple[float, float, float]] = {}
    for t in (t for t in transitions if t.change == "past"):
        start, end, count = out.get((t.point, t.rule), (np.inf, -np.inf, 0.0))
        out[t.point, t.rule] = (min(start, t.numbers["start"]), max(end, t.numbers["end"]), count + t.numbers["count"])
    return out


@settings(max_examples=300, deadline=None)
@given(readings, st.integers(1, 60), st.booleans())
def test_a_block_gives_what_its_readings_give_one_by_one(rows, size, in_order):
    if in_order:
        rows = sorted(rows, key=lambda row: row[1])
    points = [Reference(number) for number in range(len(ROWS))]
    expected, expected_past = [], {}
    latches, transitions = Latches.fresh(LIMITS), []
    for number, offset, value, quality in rows:
        for found in points[number].judge(NOW + offset * SECOND, value, quality):
            if found[2] == "past":
                start, end, count = expected_past.get(found[:2], (np.inf, -np.inf, 0.0))
                expected_past[found[:2]] = (min(start, found[3]), max(end, found[3]), count + 1)
            else:
                expected.append(found)
    for at in range(0, len(rows), size):
        number, offset, value, quality = zip(*rows[at : at + size], strict=True)
        block = Block.of(list(number), [NOW + o * SECOND for o in offset], list(value), list(quality))
        latches, found = judge(LIMITS, latches, block, NOW)
        transitions += found
    assert told(transitions) == expected
    assert past(transitions) == expected_past
    names = {"unknown": -1, "normal": 0, "active": 1, "unverified": 2}
    states = [[names[point.latches[rule].state] if rule in point.latches else 0 for rule in LIMITS.rules] for point in points]
    assert latches.state.tolist() == states
