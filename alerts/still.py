"""A sensor that stands still although its own habit and its neighbours say it should move. Pure; all numbers are this project's.

Stuck means: no movement by more than the last shown digit for half an hour at least and for four times the longest rest this sensor
has had in the last one to two days; it moved often before; it does not stand at the bottom of its range, where a quiet place keeps it;
and most of its neighbours moved meanwhile. Watched for less than six hours, or without two neighbours, it is not judged: nobody can tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.frames import Seen, usable
from alerts.latches import ACTIVE, NEVER, NORMAL, UNKNOWN
from alerts.packs.pack import Pack, Watching
from alerts.remembered import copied
from alerts.transitions import PROJECT, Change, Reason, Transition
from contracts import quality as q
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.columns import Block
from contracts.points import Registry

RULE = "sensor.stuck"
AMBIENT = ("methane", "carbon_monoxide", "carbon_dioxide", "temperature", "humidity", "pressure", "wind_speed", "dust")
"""What air always moves. Not oxygen: with one decimal it rests for half a day. Currents and the like rest whenever their machine does."""
WATCHED, LEAST_MOVES, LEAST_NEIGHBOURS, GAP = 6 * HOUR, 20, 2, 5 * MINUTE


@dataclass(frozen=True, slots=True)
class StillPlan:
    """`judged` (N,): ambient points; `step` (N,): their last digit; `neighbours`: per point the ambient points of its area."""

    judged: NDArray[np.bool_]
    step: NDArray[np.float64]
    neighbours: tuple[NDArray[np.intp], ...]
    watching: Watching

    @classmethod
    def of(cls, registry: Registry, pack: Pack) -> "StillPlan":
        judged = np.array([point.quantity in AMBIENT for point in registry.points], np.bool_)
        areas: dict[str, list[int]] = {}
        for at in np.flatnonzero(judged).tolist():
            areas.setdefault(registry.points[at].area, []).append(at)
        whole = {area: np.array(points, np.intp) for area, points in areas.items()}
        near = tuple(whole[point.area] if judged[at] else np.empty(0, np.intp) for at, point in enumerate(registry.points))
        return cls(judged, np.array([0.1**point.measures.decimals for point in registry.points]), near, pack.watching)


@dataclass(slots=True)
class Still:
    """The run in which a point has not moved: lowest, highest, since, newest. Its habit: longest rest and moves, today and yesterday."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    since: NDArray[np.int64]
    last: NDArray[np.int64]
    longest: NDArray[np.int64]
    moves: NDArray[np.int64]
    watched: NDArray[np.int64]
    state: NDArray[np.int8]
    day: int = NEVER

    @classmethod
    def fresh(cls, plan: StillPlan) -> "Still":
        n = len(plan.judged)
        never = np.full(n, NEVER, np.int64)
        counts = (np.zeros((n, 2), np.int64), np.zeros((n, 2), np.int64))
        return cls(np.full(n, np.nan), np.full(n, np.nan), never, never.copy(), *counts, never.copy(), np.full(n, UNKNOWN, np.int8))

    def copy(self) -> "Still":
        return copied(self)

    def restart(self) -> None:
        """The clock was set back: habits are kept, runs and times begin anew."""
        self.last[:] = self.watched[:] = NEVER
        self.day = NEVER


def step(plan: StillPlan, still: Still, frame: Block) -> Iterator[Transition]:
    """Moves `still` by a frame: who moved is not stuck."""
    keep = plan.judged[frame.point] & usable(frame.value, frame.quality) & ((frame.quality & q.CALIBRATION) == 0)
    if not keep.any():
        return
    if not keep.all():
        frame = frame.take(keep)
    p, value, time = frame.point, frame.value, frame.time
    new = time - still.last[p] > GAP
    low, high = np.fmin(still.low[p], value), np.fmax(still.high[p], value)
    moved = ~new & (high - low > plan.step[p] * 1.001)
    begun = new | moved
    if moved.any():
        who = p[moved]
        rests = np.where(still.state[who] == ACTIVE, 0, time[moved] - still.since[who])
        still.longest[who, 0] = np.maximum(still.longest[who, 0], rests)
        still.moves[who, 0] += 1
    still.low[p], still.high[p] = np.where(begun, value, low), np.where(begun, value, high)
    still.since[p] = np.where(begun, time, still.since[p])
    still.last[p] = time
    still.watched[p] = np.where(still.watched[p] == NEVER, time, still.watched[p])
    for row in np.flatnonzero(moved & (still.state[p] != NORMAL)).tolist():
        first, still.state[p[row]] = still.state[p[row]] == UNKNOWN, NORMAL
        reason = Reason.FIRST_READING if first else Reason.MOVES_AGAIN
        yield _told(int(p[row]), Change.RETURN, int(time[row]), float(value[row]), int(frame.quality[row]), reason, {})


def tick(plan: StillPlan, still: Still, seen: Seen, now: int) -> Iterator[Transition]:
    """What standing still for long enough brings, at `now`."""
    if not 0 <= now - still.day < DAY:
        if still.day != NEVER:
            still.longest = np.stack([np.zeros_like(still.longest[:, 0]), still.longest[:, 0]], axis=1)
            still.moves = np.stack([np.zeros_like(still.moves[:, 0]), still.moves[:, 0]], axis=1)
        still.day = now
    rest = still.last - still.since
    usual = still.longest.max(axis=1, initial=0)
    suspect = plan.judged & (still.state != ACTIVE) & (still.watched != NEVER) & (now - still.last <= MINUTE)
    suspect &= (rest >= plan.watching.still_s * SECOND) & (rest > plan.watching.still_times * usual)
    suspect &= (now - still.watched >= WATCHED) & (still.moves.sum(axis=1) >= LEAST_MOVES) & (still.low > plan.step * 1.001)
    for point in np.flatnonzero(suspect).tolist():
        near = plan.neighbours[point]
        near = near[(near != point) & (now - still.last[near] <= MINUTE)]
        went = int((still.since[near] > still.since[point]).sum())
        if len(near) < LEAST_NEIGHBOURS or went * 2 <= len(near):
            continue
        still.state[point] = ACTIVE
        numbers = {"start": float(still.since[point]), "still_s": float(rest[point] / SECOND), "usual_s": float(usual[point] / SECOND)}
        numbers |= {"neighbours": float(len(near)), "neighbours_moved": float(went)}
        value, quality = float(seen.value[point]), int(seen.quality[point])
        yield _told(point, Change.RAISE, int(still.last[point]), value, quality, Reason.STANDS_STILL, numbers)


def _told(point: int, change: Change, time: int, value: float, quality: int, reason: Reason, numbers: dict[str, float]) -> Transition:
    return Transition(point, RULE, change, time, value, None, quality, PROJECT, reason, numbers=numbers)
