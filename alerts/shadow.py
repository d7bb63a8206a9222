"""Shadow of the interlock: what each supply should be, from limits, fans and faults, beside what its feed-back point says. Pure.

It advises and never trips: the certified devices on site cut (CMSR 2025 Art. 528). A cut for gas or without air is due; a fault of a
device that bears on the lock (Art. 528) and a calibration or lock test (Art. 531) may cut lawfully, so with one of them, or with a stale
point, the shadow says *unknown*, never "agrees".
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.fans import padded, standing
from alerts.frames import Seen
from alerts.holds import Holds
from alerts.latches import ACTIVE, NEVER, NORMAL, UNKNOWN
from alerts.limits import ALARM, FIRST_CUT, Limits
from alerts.packs.pack import Pack, Watching
from alerts.remembered import copied
from alerts.transitions import PROJECT, Change, Reason, Transition
from alerts.weighing import FRESH
from contracts import quality as q
from contracts.clock import SECOND
from contracts.points import Registry

ABNORMAL_RULE, UNFED_RULE = "feed.abnormal", "feed.unexplained"
GAS, FAN, FAULT, CALIBRATION, UNSURE = 1, 2, 4, 8, 16
"""Why a supply is, or may be, without power."""
OFF, ON = 0, 1
LEAVE = 5 * SECOND
_FAULTS = np.uint16(q.SENSOR_FAULT | q.SUBSTATION_FAULT)
_NOT_CLEARING = np.uint16(q.NOT_CLEARING)


@dataclass(frozen=True, slots=True)
class ShadowPlan:
    """F supplies: `feeds` (F,) their feed-back points, `fans` (F, most). C cuts: `gas` (C,) point, `feed` (C,) supply; `alarm`, `cut` and
    `restore` (C,) values, NaN where no limit is known."""

    feeds: NDArray[np.intp]
    fans: NDArray[np.intp]
    gas: NDArray[np.intp]
    feed: NDArray[np.intp]
    alarm: NDArray[np.float64]
    cut: NDArray[np.float64]
    restore: NDArray[np.float64]
    clause: str
    watching: Watching

    @classmethod
    def of(cls, registry: Registry, pack: Pack, limits: Limits) -> "ShadowPlan":
        points, number = registry.points, registry.number
        cuts = [(at, *cut) for at, point in enumerate(points) if point.feeds for cut in _stages(limits, at, point.feeds)]
        feeds = sorted({number[cut[1]] for cut in cuts} | {at for at, p in enumerate(points) if p.quantity == "feed_state" and p.fans})
        order = {feed: row for row, feed in enumerate(feeds)}
        values = np.array([cut[2:] for cut in cuts], np.float64).reshape(-1, 3).T
        return cls(
            np.array(feeds, np.intp),
            padded([[number[fan] for fan in points[feed].fans] for feed in feeds]),
            np.array([cut[0] for cut in cuts], np.intp),
            np.array([order[number[cut[1]]] for cut in cuts], np.intp),
            values[0],
            values[1],
            values[2],
            pack.clause("feed_state") or PROJECT,
            pack.watching,
        )


def _stages(limits: Limits, at: int, feeds: tuple[str, ...]) -> Iterator[tuple[str, float, float, float]]:
    """(feed, alarm, cut, restore) of each supply a point's stages act on, by the first stage that does; NaN where no limit is known."""
    stages = np.flatnonzero(limits.used[at, FIRST_CUT:])
    for stage, feed in enumerate(feeds):
        column = FIRST_CUT + stage
        if stage < len(stages):
            yield feed, float(limits.enter[at, ALARM]), float(limits.enter[at, column]), float(limits.leave[at, column])
        else:
            yield feed, np.nan, np.nan, np.nan


@dataclass(slots=True)
class Shadow:
    """`latch` (C,): cut, not cut, unknown. Per supply (F,): `why` bits now; feed-back `fed`, off since `off_at` with the bits `causes` seen
    since, on since `on_at`; the last bits and when; when its fans stopped and ran again; `back`: it came on in the last step."""

    latch: NDArray[np.int8]
    why: NDArray[np.uint8]
    fed: NDArray[np.int8]
    off_at: NDArray[np.int64]
    on_at: NDArray[np.int64]
    causes: NDArray[np.uint8]
    recent: NDArray[np.uint8]
    recent_at: NDArray[np.int64]
    fans_off: NDArray[np.int64]
    fans_on: NDArray[np.int64]
    back: NDArray[np.bool_]
    abnormal: Holds
    unfed: Holds

    @classmethod
    def fresh(cls, plan: ShadowPlan) -> "Shadow":
        count = len(plan.feeds)
        bits = [np.zeros(count, np.uint8) for _ in range(3)]
        times = [np.full(count, NEVER, np.int64) for _ in range(5)]
        latch, fed = np.full(len(plan.gas), UNKNOWN, np.int8), np.full(count, UNKNOWN, np.int8)
        bits[0][:] = UNSURE
        return cls(
            latch, bits[0], fed, times[0], times[1], bits[1], bits[2], times[2], times[3], times[4],
            np.zeros(count, np.bool_), Holds.fresh(count), Holds.fresh(count),
        )  # fmt: skip

    def copy(self) -> "Shadow":
        return copied(self)

    @property
    def must_be_off(self) -> NDArray[np.bool_]:
        """Supplies that should have no power now, (F,)."""
        return np.asarray((self.why & (GAS | FAN)) != 0)

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Supplies of which nobody can say what they should be, (F,)."""
        return np.asarray(~self.must_be_off & (self.why != 0))


def step(plan: ShadowPlan, shadow: Shadow, seen: Seen, known: NDArray[np.bool_], time: int) -> Iterator[Transition]:
    """Moves `shadow` to `time` and compares it with the feed-back."""
    if not len(plan.feeds):
        return
    _predict(plan, shadow, seen, known, time)
    sure, fed = known[plan.feeds], seen.value[plan.feeds] >= 0.5
    _follow(plan, shadow, seen.time[plan.feeds], sure, fed, time)
    due, free = shadow.must_be_off, shadow.why == 0
    every, within = shadow.abnormal.every, int(plan.watching.cut_within_s * SECOND)
    for row, since, change, first in shadow.abnormal.step(every, due & sure & fed, sure & (~fed | free), time, within, LEAVE):
        reason = Reason.FED_THOUGH_CUT if change is Change.RAISE else Reason.FIRST_READING if first else Reason.FEED_AGREES
        numbers = {"start": float(since), "fed_s": (time - since) / SECOND, "allowed_s": plan.watching.cut_within_s}
        numbers["cause"] = float(shadow.why[row])
        yield told(plan, seen, row, ABNORMAL_RULE, change, time, plan.clause, reason, numbers if change is Change.RAISE else {})
    off = sure & ~fed & (shadow.causes == 0)
    for row, since, change, first in shadow.unfed.step(every, off, sure & fed, time, int(plan.watching.unfed_s * SECOND), LEAVE):
        reason = Reason.UNFED_WITHOUT_REASON if change is Change.RAISE else Reason.FIRST_READING if first else Reason.FED_AGAIN
        numbers = {"start": float(since), "unfed_s": (time - since) / SECOND} if change is Change.RAISE else {}
        yield told(plan, seen, row, UNFED_RULE, change, time, PROJECT, reason, numbers)


def told(
    plan: ShadowPlan, seen: Seen, row: int, rule: str, change: Change, time: int, clause: str, reason: Reason, numbers: dict[str, float]
) -> Transition:
    """What is said of a supply, at its feed-back point."""
    point = int(plan.feeds[row])
    return Transition(point, rule, change, time, float(seen.value[point]), None, int(seen.quality[point]), clause, reason, numbers=numbers)


def _predict(plan: ShadowPlan, shadow: Shadow, seen: Seen, known: NDArray[np.bool_], time: int) -> None:
    value, quality, sure = seen.value[plan.gas], seen.quality[plan.gas], known[plan.gas]
    high = sure & ((value >= plan.cut) | (((quality & q.OVER_RANGE) != 0) & (value >= 0)))
    low = sure & (value < plan.restore) & ((quality & _NOT_CLEARING) == 0)
    shadow.latch = np.where(high, np.int8(ACTIVE), np.where(low, np.int8(NORMAL), shadow.latch))
    fault = ((quality & _FAULTS) != 0) & (time - seen.time[plan.gas] <= FRESH)
    tested = sure & ((quality & q.CALIBRATION) != 0)
    nobody = ~sure | (shadow.latch == UNKNOWN) | np.isnan(plan.cut)
    bits = np.where(fault, FAULT, np.where(tested, CALIBRATION, np.where(nobody, UNSURE, np.where(shadow.latch == ACTIVE, GAS, 0))))
    why = np.zeros(len(plan.feeds), np.uint8)
    np.bitwise_or.at(why, plan.feed, bits.astype(np.uint8))
    stopped, runs = standing(plan.fans, seen, known)
    why |= np.where(stopped, FAN, np.where(runs | (plan.fans < 0).all(axis=1), 0, UNSURE)).astype(np.uint8)
    shadow.fans_off = np.where(stopped & (shadow.fans_on >= shadow.fans_off), time, shadow.fans_off)
    shadow.fans_on = np.where(runs & (shadow.fans_on <= shadow.fans_off), time, shadow.fans_on)
    shadow.why = why


def _follow(plan: ShadowPlan, shadow: Shadow, read: NDArray[np.int64], sure: NDArray[np.bool_], fed: NDArray[np.bool_], time: int) -> None:
    """Feed-back: when it went off and what was there to explain it, at that time or shortly before; `back`: it came on in this step."""
    shadow.recent = np.where(shadow.why != 0, shadow.why, shadow.recent)
    shadow.recent_at = np.where(shadow.why != 0, time, shadow.recent_at)
    near = np.where(time - shadow.recent_at <= plan.watching.cut_within_s * SECOND, shadow.recent, 0)
    went_off = sure & ~fed & (shadow.fed != OFF)
    shadow.back = sure & fed & (shadow.fed == OFF)
    begun = np.where(shadow.fed == UNKNOWN, near | UNSURE, near)
    off = np.where(sure, ~fed, shadow.fed == OFF)
    shadow.off_at = np.where(went_off, read, shadow.off_at)
    shadow.on_at = np.where(shadow.back, read, shadow.on_at)
    causes = np.where(went_off, begun, np.where(off, shadow.causes | shadow.why, shadow.causes))
    shadow.causes = causes.astype(np.uint8)
    shadow.fed = np.where(sure, fed.astype(np.int8), shadow.fed)
