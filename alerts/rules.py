"""The one door to the rules: columns in, transitions out. Pure; the same code runs at the edge and at the centre.

`assess` and `tick` are all rules: the limits (`judge`, below) and those beside them (`alerts.watch`). They advise; nothing here trips.

Alarm, device alarm and every cut stage are latches of their own. At or above its value a latch enters with no delay; only a fresh, good
reading newer than everything judged leaves it. A reading that is not usable does neither. Readings older than the newest judged one
never move a latch: an exceedance in them is a past alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from alerts import watch
from alerts.latches import NEVER, Latches
from alerts.limits import Limits, NoLimit, compile_limits
from alerts.packs.pack import Pack
from alerts.transitions import Change, Reason, Transition, to_bodies, to_event
from alerts.weighing import FRESH, Weighing
from contracts import quality as q
from contracts.clock import MINUTE
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Registry

__all__ = [
    "FRESH",
    "Change",
    "Latches",
    "Limits",
    "NoLimit",
    "Reason",
    "Rules",
    "State",
    "Transition",
    "assess",
    "compile_limits",
    "judge",
    "set_back",
    "tick",
    "to_bodies",
    "to_event",
]

_LOUD = np.uint16(q.ALARM | q.OVER_RANGE)
_UNUSABLE = np.uint16(q.UNUSABLE)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one registry under one pack."""

    limits: Limits
    plan: watch.Plan

    @classmethod
    def of(cls, registry: Registry, pack: Pack) -> "Rules":
        limits = compile_limits(registry, pack)
        return cls(limits, watch.Plan.of(registry, pack, limits))


@dataclass(frozen=True, slots=True)
class State:
    """What all rules remember between two blocks; its size depends on the registry alone."""

    latches: Latches
    watch: watch.Watch

    @classmethod
    def fresh(cls, rules: Rules) -> "State":
        """Nothing is known yet."""
        return cls(Latches.fresh(rules.limits), watch.Watch.fresh(rules.plan))


def assess(rules: Rules, state: State, block: Block, now: int, polls: Sequence[Poll] = ()) -> tuple[State, list[Transition]]:
    """The state after what a poll brought (an empty block too), and what changed. `state` is left as it was.

    A late reading (60 s) moves only the limits, and those by the rules of `judge`; everything else looks at live readings alone.
    """
    latches, transitions = judge(rules.limits, state.latches, block, now)
    watched = state.watch.copy()
    transitions += watch.take(rules.plan, watched, block, polls, now)
    return State(latches, watched), transitions


def tick(rules: Rules, state: State, now: int) -> tuple[State, list[Transition]]:
    """What time alone decides; call it every second or so."""
    watched = state.watch.copy()
    transitions = list(watch.tick(rules.plan, watched, now))
    return State(state.latches, watched), transitions


def set_back(state: State, now: int) -> State:
    """The state where the clock that stamps the readings was set back to `now`: marks that lie ahead order nothing, so what is read now is
    new although its stamp is not. What is active stays so until a stamp is newer than its beginning, where that is no more than FRESH
    ahead."""
    newest = state.latches.newest
    if not (newest > now).any():
        return state
    return replace(state, latches=replace(state.latches, newest=np.where(newest > now, NEVER, newest)))


def judge(limits: Limits, latches: Latches, block: Block, now: int) -> tuple[Latches, list[Transition]]:
    """The limits: the latches after a block (rows in the order they came), and what changed, in that order.

    `latches` is left as it was. A block gives the same as its rows one by one, but for past alarms: a run of older readings
    above the limit is told once a block.
    """
    if len(block) == 0:
        return latches, []
    if latches.newest.max() > now + FRESH:  # the clock was set back: a mark in the future orders nothing
        latches = replace(latches, newest=np.where(latches.newest > now + FRESH, NEVER, latches.newest))
    hot = (block.value >= limits.lowest[block.point]) | latches.busy[block.point]
    if block.quality.any():
        hot |= (block.quality & _LOUD) != 0
    if not hot.any():
        return _follow(latches, block, now), []
    touched = np.zeros(len(limits), np.bool_)
    touched[block.point[hot]] = True
    loud = touched[block.point]
    weighing = Weighing(limits, _follow(latches, block.take(~loud), now).copy(), now)
    columns = (block.point, block.time, block.value, block.quality)
    for row in zip(*(column[loud].tolist() for column in columns), strict=True):
        weighing.add(*row)
    return weighing.latches, weighing.close()


def _follow(latches: Latches, block: Block, now: int) -> Latches:
    """Readings that move no latch: only the newest time and the trend go on."""
    usable = ((block.quality & _UNUSABLE) == 0) & ~np.isnan(block.value) & (block.time <= now + FRESH)
    if not usable.all():
        block = block.take(usable)
    newest = latches.newest.copy()
    np.maximum.at(newest, block.point, block.time)
    after = replace(latches, newest=newest)
    due = np.flatnonzero(block.time - latches.trend_time[block.point, 1] >= MINUTE)
    if len(due):
        after = replace(after, trend_time=latches.trend_time.copy(), trend_value=latches.trend_value.copy())
        for row in due.tolist():
            after.anchor(int(block.point[row]), int(block.time[row]), float(block.value[row]))
    return after
