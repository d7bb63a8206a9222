"""The rules beside the limits, together: what is compiled of a registry, what is remembered, one step a poll and one a second. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts import doors, fans, locktests, shadow, stale, still, trend
from alerts.frames import Seen, frames
from alerts.holds import Holds
from alerts.latches import NEVER
from alerts.limits import Limits
from alerts.packs.pack import Pack, Watching
from alerts.remembered import copied
from alerts.transitions import Transition
from alerts.weighing import FRESH
from contracts.clock import SECOND
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Registry

APART = SECOND // 4
"""Many sources answer at one instant: the rules over several points look once, and again at the next tick or reading of those points."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the rules know of a registry's points."""

    points: int
    related: NDArray[np.bool_]
    """Points that a rule over several points looks at, shape (N,)."""
    trend: trend.TrendPlan
    still: still.StillPlan
    doors: doors.DoorPlan
    fans: fans.FanPlan
    shadow: shadow.ShadowPlan
    tests: locktests.TestPlan
    watching: Watching

    @classmethod
    def of(cls, registry: Registry, pack: Pack, limits: Limits) -> "Plan":
        interlock = shadow.ShadowPlan.of(registry, pack, limits)
        pairs, air, tests = (
            doors.DoorPlan.of(registry, pack),
            fans.FanPlan.of(registry, pack),
            locktests.TestPlan.of(registry, pack, interlock),
        )
        related = np.zeros(len(registry.points), np.bool_)
        for numbers in (pairs.pairs, air.gas, air.fans, interlock.feeds, interlock.fans, interlock.gas, tests.near):
            related[numbers[numbers >= 0]] = True
        return cls(
            len(registry.points),
            related,
            trend.TrendPlan.of(registry, pack, limits),
            still.StillPlan.of(registry, pack),
            pairs,
            air,
            interlock,
            tests,
            pack.watching,
        )


@dataclass(slots=True)
class Watch:
    """What the rules remember: about 0.5 kB a point, whatever happens. `clock`: the time of the last step.

    `together`: time of the readings that the rules over several points looked at last; `waiting`: time of newer ones they have not yet.
    """

    seen: Seen
    trend: trend.Trend
    still: still.Still
    doors: Holds
    fans: fans.Fans
    shadow: shadow.Shadow
    tests: locktests.Tests
    stale: stale.Stale
    clock: int = NEVER
    together: int = NEVER
    waiting: int = NEVER

    @classmethod
    def fresh(cls, plan: Plan) -> "Watch":
        return cls(
            Seen.nothing(plan.points),
            trend.Trend.fresh(plan.trend),
            still.Still.fresh(plan.still),
            Holds.fresh(len(plan.doors.pairs)),
            fans.Fans.fresh(plan.fans),
            shadow.Shadow.fresh(plan.shadow),
            locktests.Tests.fresh(plan.shadow),
            stale.Stale.fresh(plan.points),
        )

    def copy(self) -> "Watch":
        return copied(self)

    def at(self, plan: Plan, now: int) -> None:
        """The clock goes on; where it was set back, all that is timed is timed anew."""
        if now < self.clock - FRESH:
            self.seen = Seen.nothing(plan.points)
            self.trend.forget(slice(None))
            self.still.restart()
            self.stale.restart(now)
            self.shadow = _kept(shadow.Shadow.fresh(plan.shadow), self.shadow)
            self.tests = locktests.Tests.fresh(plan.shadow)
            for holds in (self.trend.holds, self.doors, self.fans.holds, self.shadow.abnormal, self.shadow.unfed):
                holds.restart()
            self.clock, self.together, self.waiting = now, NEVER, NEVER
        self.clock = max(self.clock, now)


def _kept(blank: shadow.Shadow, before: shadow.Shadow) -> shadow.Shadow:
    blank.abnormal, blank.unfed = before.abnormal, before.unfed
    return blank


def take(plan: Plan, watch: Watch, block: Block, polls: Sequence[Poll], now: int) -> Iterator[Transition]:
    """Moves `watch` by what a poll brought."""
    watch.at(plan, now)
    stale.take(watch.stale, block, polls, now)
    for frame in frames(block, watch.seen, now):
        if watch.waiting != NEVER and (watch.seen.time[frame.point] >= watch.together).any():
            yield from _together(plan, watch, watch.waiting)  # no reading is passed over
        watch.seen.take(frame)
        yield from trend.step(plan.trend, watch.trend, frame)
        yield from still.step(plan.still, watch.still, frame)
        if plan.related[frame.point].any():
            watch.waiting = max(watch.waiting, min(int(frame.time.max()), now))
            if watch.waiting - watch.together >= APART:
                yield from _together(plan, watch, watch.waiting)


def tick(plan: Plan, watch: Watch, now: int) -> Iterator[Transition]:
    """Moves `watch` to `now`: what time alone decides."""
    watch.at(plan, now)
    yield from stale.tick(watch.stale, plan.watching, now)
    yield from still.tick(plan.still, watch.still, watch.seen, now)
    yield from _together(plan, watch, now)


def _together(plan: Plan, watch: Watch, time: int) -> Iterator[Transition]:
    """The rules over several points."""
    watch.together, watch.waiting = max(watch.together, watch.waiting), NEVER
    known = watch.seen.known(time)
    yield from doors.step(plan.doors, watch.doors, watch.seen, known, time)
    yield from fans.step(plan.fans, watch.fans, watch.seen, known, time)
    yield from shadow.step(plan.shadow, watch.shadow, watch.seen, known, time)
    yield from locktests.step(plan.shadow, plan.tests, watch.tests, watch.shadow, watch.seen, known, time)
