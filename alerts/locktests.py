"""Tests of the methane-electric and fan-electric lock (CMSR 2025 Art. 531): recognised, timed and filed. Pure.

A test of the methane lock: gas at the meter reaches alarm and cut value, the supply goes off, and comes back. Marked by the calibration
state it is a test; by shape alone (steep rise, calm neighbours) it is filed as *unverified*. Filing hides nothing: the limits alarm too.
A cut because the fans stood is filed as an operation of the fan lock, a cut because a device failed as a lawful lock-out (Art. 528).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.fans import padded
from alerts.frames import Seen
from alerts.latches import NEVER
from alerts.packs.pack import Pack
from alerts.remembered import copied
from alerts.shadow import FAN, FAULT, GAS, OFF, Shadow, ShadowPlan, told
from alerts.transitions import PROJECT, Change, Reason, Transition
from contracts import quality as q
from contracts.clock import HOUR, SECOND
from contracts.points import Registry

TEST_RULE, FAN_RULE, FAULT_RULE = "lock.test", "lock.fan", "lock.fault"
FILED_RULES = (TEST_RULE, FAN_RULE, FAULT_RULE)
STEEP, CALM, LONGEST = 120 * SECOND, 0.1, 2 * HOUR
PLATEAU, HIGHEST = 0.6, 3.0
"""Of a test by shape (project): from half the alarm value to the cut value within 120 s, neighbours within 0.1 %CH4, two hours at most;
below 3 %CH4, and for 60 % of the time above the cut value within 0.1 %CH4 of its highest: test gas is a plateau, the mine's is none."""


@dataclass(frozen=True, slots=True)
class TestPlan:
    """Per cut of the shadow's plan: `near` (C, most) the other methane points of its area, -1 where there is none."""

    __test__ = False
    near: NDArray[np.intp]
    test_clause: str
    fault_clause: str

    @classmethod
    def of(cls, registry: Registry, pack: Pack, shadow: ShadowPlan) -> "TestPlan":
        areas: dict[str, list[int]] = {}
        for at, point in enumerate(registry.points):
            if point.quantity == "methane":
                areas.setdefault(point.area, []).append(at)
        near = [[at for at in areas[registry.points[gas].area] if at != gas] if _gas(registry, gas) else [] for gas in shadow.gas.tolist()]
        return cls(padded(near), pack.clause("lock_test") or PROJECT, pack.clause("fault_lock") or PROJECT)


def _gas(registry: Registry, at: int) -> bool:
    return registry.points[at].quantity == "methane"


@dataclass(slots=True)
class Tests:
    """Per cut (C,): newest reading, and when the gas was last low. Of the episode under way: begun, alarm, cut (NEVER: not yet),
    peak, whether marked, the highest neighbour before and since; readings above the cut value, and how many of them near the peak."""

    __test__ = False
    read: NDArray[np.int64]
    low: NDArray[np.int64]
    begun: NDArray[np.int64]
    alarm: NDArray[np.int64]
    cut: NDArray[np.int64]
    peak: NDArray[np.float64]
    marked: NDArray[np.bool_]
    calm: NDArray[np.float64]
    around: NDArray[np.float64]
    above: NDArray[np.int64]
    level: NDArray[np.int64]

    @classmethod
    def fresh(cls, plan: ShadowPlan) -> "Tests":
        count = len(plan.gas)
        times, numbers = np.full((5, count), NEVER, np.int64), np.full((3, count), np.nan)
        counts = np.zeros((2, count), np.int64)
        return cls(
            times[0],
            times[1],
            times[2],
            times[3],
            times[4],
            numbers[0],
            np.zeros(count, np.bool_),
            numbers[1],
            numbers[2],
            counts[0],
            counts[1],
        )

    def copy(self) -> "Tests":
        return copied(self)


def step(
    shadow_plan: ShadowPlan, plan: TestPlan, tests: Tests, shadow: Shadow, seen: Seen, known: NDArray[np.bool_], time: int
) -> Iterator[Transition]:
    """After `shadow.step`: what the supplies that came back in this step prove."""
    if not len(shadow_plan.feeds):
        return
    if len(shadow_plan.gas):
        _follow(shadow_plan, plan, tests, seen, known)
    for row in np.flatnonzero(shadow.back).tolist():
        yield from _filed(shadow_plan, plan, tests, shadow, seen, row)
    _forget(shadow_plan, tests, shadow, seen, known, time)


def _follow(shadow_plan: ShadowPlan, plan: TestPlan, tests: Tests, seen: Seen, known: NDArray[np.bool_]) -> None:
    gas = shadow_plan.gas
    value, quality, read, sure = seen.value[gas], seen.quality[gas], seen.time[gas], known[gas]
    marked = sure & ((quality & q.CALIBRATION) != 0)
    high, cut = sure & (value >= shadow_plan.alarm), sure & ((value >= shadow_plan.cut) | ((quality & q.POWER_CUT) != 0))
    near = _highest(plan.near, seen, known)
    idle = tests.begun == NEVER
    begins = idle & (marked | (high & (tests.low != NEVER)))
    tests.begun = np.where(begins, np.where(marked, read, tests.low), tests.begun)
    tests.marked = np.where(begins, marked, tests.marked)
    tests.low = np.where(sure & ~marked & (value < shadow_plan.alarm / 2), read, tests.low)
    on = tests.begun != NEVER
    tests.calm = np.where(on, tests.calm, near)
    tests.around = np.where(on, np.fmax(tests.around, near), np.nan)
    new = on & (read > tests.read)
    tests.read = np.maximum(tests.read, read)
    tests.level = np.where(new & (value > tests.peak + CALM), 0, tests.level)
    tests.peak = np.where(on & sure, np.fmax(tests.peak, value), tests.peak)
    above = new & sure & (value >= shadow_plan.cut)
    tests.above += above
    tests.level += above & (value >= tests.peak - CALM)
    tests.alarm = np.where(on & high & (tests.alarm == NEVER), read, tests.alarm)
    tests.cut = np.where(on & cut & (tests.cut == NEVER), read, tests.cut)


def _highest(near: NDArray[np.intp], seen: Seen, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The highest known neighbour that is not under calibration itself, (C,); NaN where there is none."""
    usable = (near >= 0) & known[near] & ((seen.quality[near] & q.CALIBRATION) == 0)
    highest = np.where(usable, seen.value[near], -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(highest), highest, np.nan)


def _forget(shadow_plan: ShadowPlan, tests: Tests, shadow: Shadow, seen: Seen, known: NDArray[np.bool_], time: int) -> None:
    """An episode is over when the gas is low, unmarked, and the supply not off (or after two hours)."""
    gas = shadow_plan.gas
    low = known[gas] & (seen.value[gas] < shadow_plan.alarm / 2) & ((seen.quality[gas] & q.CALIBRATION) == 0)
    over = (low & (shadow.fed[shadow_plan.feed] != OFF)) | (time - tests.begun > LONGEST)
    over &= tests.begun != NEVER
    _blank(tests, over)


def _blank(tests: Tests, over: NDArray[np.bool_]) -> None:
    tests.begun[over] = tests.alarm[over] = tests.cut[over] = NEVER
    tests.above[over] = tests.level[over] = 0
    tests.peak[over] = np.nan


def _filed(shadow_plan: ShadowPlan, plan: TestPlan, tests: Tests, shadow: Shadow, seen: Seen, row: int) -> Iterator[Transition]:
    off, on, causes = int(shadow.off_at[row]), int(shadow.on_at[row]), int(shadow.causes[row])
    within = shadow_plan.watching.cut_within_s * SECOND
    mine = np.flatnonzero((shadow_plan.feed == row) & (tests.alarm != NEVER) & (tests.cut != NEVER) & (np.abs(off - tests.cut) <= within))
    calm = (tests.cut - tests.begun <= STEEP) & (tests.around - tests.calm < CALM)
    calm &= (tests.peak < HIGHEST) & (tests.level >= PLATEAU * tests.above)
    fitting = sorted((not tests.marked[at], int(tests.cut[at]), at) for at in mine.tolist() if tests.marked[at] or calm[at])
    if fitting:
        yield _test(shadow_plan, plan, tests, seen, fitting[0][2], off, on)
        _blank(tests, shadow_plan.feed == row)
    base = {"start": float(off), "end": float(on), "off_s": (on - off) / SECOND}
    if causes & FAN:
        stopped, back = int(shadow.fans_off[row]), int(shadow.fans_on[row])
        numbers = base | {"start": float(stopped), "feed_off_s": (off - stopped) / SECOND, "restore_s": (on - stopped) / SECOND}
        numbers |= {"fan_back_s": (back - stopped) / SECOND} if back >= stopped else {}
        yield told(shadow_plan, seen, row, FAN_RULE, Change.FILED, on, plan.test_clause, Reason.FAN_LOCK_ACTED, numbers)
    elif causes & FAULT and not causes & GAS:
        yield told(shadow_plan, seen, row, FAULT_RULE, Change.FILED, on, plan.fault_clause, Reason.FAULT_LOCKED, base)


def _test(shadow_plan: ShadowPlan, plan: TestPlan, tests: Tests, seen: Seen, at: int, off: int, on: int) -> Transition:
    point, begun, marked = int(shadow_plan.gas[at]), int(tests.begun[at]), bool(tests.marked[at])
    moments = {"alarm_s": int(tests.alarm[at]), "cut_s": int(tests.cut[at]), "feed_off_s": off, "restore_s": on}
    numbers = {"start": float(begun), "end": float(on), "peak": float(tests.peak[at])}
    numbers |= {name: (moment - begun) / SECOND for name, moment in moments.items()}
    reason = Reason.LOCK_TESTED if marked else Reason.LOCK_TESTED_BY_SHAPE
    limit, quality = float(shadow_plan.cut[at]), int(seen.quality[point])
    return Transition(
        point, TEST_RULE, Change.FILED, on, float(tests.peak[at]), limit, quality, plan.test_clause, reason, not marked, numbers
    )
