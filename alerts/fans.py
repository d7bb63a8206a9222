"""Fans that stand while the gas rises at the places they bring air to. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.frames import Seen
from alerts.holds import Holds
from alerts.latches import NEVER
from alerts.packs.pack import Pack, Watching
from alerts.remembered import copied
from alerts.transitions import PROJECT, Change, Reason, Transition
from contracts import quality as q
from contracts.clock import SECOND
from contracts.points import Registry

RULE = "fan.gas"
ENTER, LEAVE = 5 * SECOND, 30 * SECOND


def padded(lists: list[list[int]]) -> NDArray[np.intp]:
    """Lists of numbers as rows of one array, filled up with -1."""
    width = max((len(row) for row in lists), default=0)
    return np.array([row + [-1] * (width - len(row)) for row in lists], np.intp).reshape(len(lists), width)


def standing(fans: NDArray[np.intp], seen: Seen, known: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each row of fans: (all known to stand, one known to run). Neither: nobody knows."""
    there = fans >= 0
    sure, runs = there & known[fans], seen.value[fans] >= 0.5
    stopped: NDArray[np.bool_] = np.all(~there | (sure & ~runs), axis=1) & np.any(there, axis=1)
    return stopped, np.asarray(np.any(sure & runs, axis=1))


@dataclass(frozen=True, slots=True)
class FanPlan:
    """G methane points with fans: `gas` (G,), `fans` (G, most fans), -1 where there is none."""

    gas: NDArray[np.intp]
    fans: NDArray[np.intp]
    clause: str
    watching: Watching

    @classmethod
    def of(cls, registry: Registry, pack: Pack) -> "FanPlan":
        at = [number for number, point in enumerate(registry.points) if point.fans and point.quantity == "methane"]
        fans = padded([[registry.number[fan] for fan in registry.points[number].fans] for number in at])
        return cls(np.array(at, np.intp), fans, pack.clause("fan_stop") or PROJECT, pack.watching)


@dataclass(slots=True)
class Fans:
    """Since when each group is known to stand (NEVER: it is not), and the lowest gas since; shape (G,)."""

    stopped: NDArray[np.int64]
    base: NDArray[np.float64]
    holds: Holds

    @classmethod
    def fresh(cls, plan: FanPlan) -> "Fans":
        count = len(plan.gas)
        return cls(np.full(count, NEVER, np.int64), np.full(count, np.nan), Holds.fresh(count))

    def copy(self) -> "Fans":
        return copied(self)


def step(plan: FanPlan, fans: Fans, seen: Seen, known: NDArray[np.bool_], time: int) -> Iterator[Transition]:
    """All fans of a place stand and its gas is 0.1 %CH4 above what it was. Over when a fan has run for 30 s; the limits go on alone."""
    if not len(plan.gas):
        return
    stopped, runs = standing(plan.fans, seen, known)
    value = seen.value[plan.gas]
    sure = known[plan.gas] & ((seen.quality[plan.gas] & q.CALIBRATION) == 0)
    fans.stopped = np.where(stopped, np.where(fans.stopped == NEVER, time, fans.stopped), np.where(runs, NEVER, fans.stopped))
    fans.base = np.where(runs, np.nan, np.where(stopped & sure, np.fmin(fans.base, value), fans.base))
    rose = stopped & sure & (value - fans.base >= plan.watching.fan_gas_rise)
    for row, since, change, first in fans.holds.step(fans.holds.every, rose, runs, time, ENTER, LEAVE):
        point = int(plan.gas[row])
        numbers: dict[str, float] = {}
        if change is Change.RAISE:
            numbers = {"start": float(since), "stopped_s": float((time - fans.stopped[row]) / SECOND), "from": float(fans.base[row])}
        reason = Reason.FAN_STOPPED if change is Change.RAISE else Reason.FIRST_READING if first else Reason.FAN_RUNS
        yield Transition(point, RULE, change, time, float(value[row]), None, int(seen.quality[point]), plan.clause, reason, numbers=numbers)
