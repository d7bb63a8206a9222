"""Rate of rise of methane: a robust slope, and whether it would reach the alarm value soon. A project default; no clause names one. Pure.

The slope is Theil and Sen's median of pairwise slopes over six means of 5 s each, of a slow source over six readings (10 s is well, 30 s
too slow for this rule): one wrong mean in four does not move it, and neither does one step of a meter that shows tenths.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.frames import usable
from alerts.holds import Holds
from alerts.latches import NEVER
from alerts.limits import Limits
from alerts.packs.pack import Pack, Watching
from alerts.remembered import copied
from alerts.transitions import PROJECT, Change, Reason, Transition
from contracts import quality as q
from contracts.clock import MINUTE, SECOND
from contracts.columns import Block
from contracts.points import Registry

RULE = "gas.rise"
MEANS, WIDTH = 6, 5 * SECOND
LONGEST = 6 * MINUTE
"""Means further apart than this together are no window: a source of a long period has a slope, a gap has none."""
_BEFORE, _AFTER = np.triu_indices(MEANS, 1)
_LEFT_OUT = np.uint16(q.CALIBRATION | q.FROZEN)


@dataclass(frozen=True, slots=True)
class TrendPlan:
    """M methane points: `points` (M,) numbers; `row` (N,) a point's row, -1 where it has none; `limit` (M,) alarm value, NaN unknown."""

    points: NDArray[np.intp]
    row: NDArray[np.intp]
    limit: NDArray[np.float64]
    watching: Watching

    @classmethod
    def of(cls, registry: Registry, pack: Pack, limits: Limits) -> "TrendPlan":
        points = np.array([at for at, point in enumerate(registry.points) if point.quantity == "methane"], np.intp)
        row = np.full(len(registry.points), -1, np.intp)
        row[points] = np.arange(len(points))
        return cls(points, row, limits.alarm_ge[points], pack.watching)


@dataclass(slots=True)
class Trend:
    """The mean being made (start, sum of values, count), and the last six (time in µs, value), shape (M,) and (M, 6)."""

    start: NDArray[np.int64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]
    times: NDArray[np.float64]
    means: NDArray[np.float64]
    holds: Holds

    @classmethod
    def fresh(cls, plan: TrendPlan) -> "Trend":
        shape = (len(plan.points), MEANS)
        rings = (np.full(shape, np.nan), np.full(shape, np.nan))
        return cls(np.full(shape[0], NEVER, np.int64), np.zeros(shape[0]), np.zeros(shape[0], np.int64), *rings, Holds.fresh(shape[0]))

    def copy(self) -> "Trend":
        return copied(self)

    def forget(self, rows: "NDArray[np.intp] | slice") -> None:
        """These begin anew."""
        self.means[rows], self.count[rows], self.total[rows] = np.nan, 0, 0.0


def step(plan: TrendPlan, trend: Trend, frame: Block) -> Iterator[Transition]:
    """Moves `trend` by a frame. Test gas is no rise: readings under calibration empty the window."""
    row = plan.row[frame.point]
    mine = row >= 0
    if not mine.any():
        return
    frame, row = frame.take(mine), row[mine]
    tested = (frame.quality & _LEFT_OUT) != 0
    good = usable(frame.value, frame.quality) & ~tested
    if not good.all():
        trend.forget(row[tested])
        frame, row = frame.take(good), row[good]
    first = trend.count[row] == 0
    trend.start[row] = np.where(first, frame.time, trend.start[row])
    trend.total[row] += frame.value
    trend.count[row] += 1
    full = np.flatnonzero((frame.time - trend.start[row] >= WIDTH) | first & (frame.time - _last(trend, row) >= 2 * WIDTH))
    if len(full):
        yield from _close(plan, trend, row[full], frame.take(full))


def _last(trend: Trend, row: NDArray[np.intp]) -> NDArray[np.int64]:
    """Time of the newest mean; where there is none, the reading's own start (a lone reading is a mean of its own in a slow source)."""
    newest = trend.times[row, -1]
    return np.where(np.isnan(newest), trend.start[row], newest).astype(np.int64)


def _close(plan: TrendPlan, trend: Trend, row: NDArray[np.intp], newest: Block) -> Iterator[Transition]:
    trend.means[row, :-1], trend.times[row, :-1] = trend.means[row, 1:], trend.times[row, 1:]
    trend.means[row, -1] = trend.total[row] / trend.count[row]
    trend.times[row, -1] = (trend.start[row] + newest.time) / 2
    trend.count[row], trend.total[row] = 0, 0.0
    means, times = trend.means[row], trend.times[row]
    whole = np.isfinite(means).all(axis=1) & (times[:, -1] - times[:, 0] <= LONGEST)
    if not whole.any():
        return
    row, newest, means, times = row[whole], newest.take(whole), means[whole], times[whole]
    slope = np.median((means[:, _AFTER] - means[:, _BEFORE]) / (times[:, _AFTER] - times[:, _BEFORE]), axis=1) * MINUTE
    limit, least = plan.limit[row], plan.watching.rise_per_min
    left = np.where(np.isnan(limit), 1.0, limit) - means[:, -1]
    rising = (slope >= least) & (left > 0) & (left <= slope * plan.watching.rise_ahead_min)
    for at, since, change, first in trend.holds.step(row, rising, slope < least / 2, newest.time, WIDTH, MINUTE):
        yield _told(plan, int(row[at]), newest.rows(at, at + 1), change, since, first, float(slope[at]), float(left[at]))


def _told(plan: TrendPlan, row: int, reading: Block, change: Change, since: int, first: bool, slope: float, left: float) -> Transition:
    numbers = {"rise_per_min": slope, "least_per_min": plan.watching.rise_per_min}
    if change is Change.RAISE:
        numbers |= {"start": float(since), "minutes_to_limit": left / slope}
    ended = Reason.FIRST_READING if first else Reason.RISES_NO_MORE
    limit = None if np.isnan(plan.limit[row]) else float(plan.limit[row])
    reason = Reason.RISING if change is Change.RAISE else ended
    value, quality = float(reading.value[0]), int(reading.quality[0])
    return Transition(int(plan.points[row]), RULE, change, int(reading.time[0]), value, limit, quality, PROJECT, reason, numbers=numbers)
