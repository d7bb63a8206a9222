"""Sources that do not answer though they are polled, or answer for some of their points only: one alarm each, no flood. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from alerts.frames import usable
from alerts.holds import Holds
from alerts.latches import NEVER
from alerts.packs.pack import Watching
from alerts.remembered import copied
from alerts.transitions import PROJECT, Change, Reason, Transition
from alerts.weighing import FRESH
from contracts.clock import SECOND
from contracts.columns import Block
from contracts.payload import Poll

SOURCE_RULE, POINTS_RULE = "source.stale", "source.points"
LEAVE = 10 * SECOND
_CLEAR = {SOURCE_RULE: Reason.ANSWERS_AGAIN, POINTS_RULE: Reason.POINTS_KNOWN}
_RAISE = {SOURCE_RULE: Reason.NO_ANSWER, POINTS_RULE: Reason.POINTS_UNKNOWN}


@dataclass(slots=True)
class Asked:
    """One source: `polled`, `heard` (µs, our clock), its period, and its two conditions (silent; some points without value)."""

    period: int
    polled: int
    heard: int
    holds: Holds

    def copy(self) -> "Asked":
        return Asked(self.period, self.polled, self.heard, self.holds.copy())


@dataclass(slots=True)
class Stale:
    """Sources by name; per point (N,) which source brought it (-1: none yet) and when it last brought a value (our clock)."""

    source: NDArray[np.int16]
    valued: NDArray[np.int64]
    asked: dict[str, Asked] = field(default_factory=dict)

    @classmethod
    def fresh(cls, points: int) -> "Stale":
        return cls(np.full(points, -1, np.int16), np.full(points, NEVER, np.int64))

    def copy(self) -> "Stale":
        return copied(self)  # of the sources only the dictionary: each is copied where it is written to

    def restart(self, now: int) -> None:
        """The clock was set back."""
        self.valued = np.where(self.valued == NEVER, NEVER, now)
        for name in self.asked:
            asked = self.asked[name] = self.asked[name].copy()
            asked.polled = asked.heard = now
            asked.holds.restart()


def take(stale: Stale, block: Block, polls: Sequence[Poll], now: int) -> None:
    """What a poll brought. Values count where they are fresh and usable; an answer without any reading is one too (nothing changed)."""
    good = usable(block.value, block.quality) & (np.abs(now - block.time) <= FRESH)
    for poll in polls:
        before = stale.asked.get(poll.source)
        asked = stale.asked[poll.source] = before.copy() if before else Asked(poll.period, now, now, Holds.fresh(2))
        asked.period, asked.polled = poll.period, now
        if poll.answered and (not len(block) or good.any()):
            asked.heard = now
    if polls and len(block):
        stale.source[block.point] = list(stale.asked).index(polls[-1].source)
        stale.valued[block.point[good]] = now


def tick(stale: Stale, watching: Watching, now: int) -> Iterator[Transition]:
    """What silence brings, at `now`: after three periods, and 60 s at least (a host switch-over may take that, Art. 527; our reading)."""
    for at, name in enumerate(stale.asked):
        asked = stale.asked[name] = stale.asked[name].copy()
        hold = int(max(watching.silent_periods * asked.period, watching.silent_s * SECOND))
        silent = asked.polled - asked.heard > hold
        mine = (stale.source == at) & (stale.valued != NEVER)
        without = int((mine & (now - stale.valued > hold)).sum())
        on = np.array([silent, not silent and without > 0])
        off = np.array([asked.heard == asked.polled, not silent and without == 0 and asked.heard == asked.polled])
        numbers = {"silent_s": (now - asked.heard) / SECOND, "points": float(mine.sum()), "without_value": float(without)}
        for row, _, change, first in asked.holds.step(asked.holds.every, on, off, now, 0, LEAVE):
            rule = (SOURCE_RULE, POINTS_RULE)[row]
            reason = _RAISE[rule] if change is Change.RAISE else Reason.FIRST_READING if first else _CLEAR[rule]
            start = {"start": float(asked.heard)} if change is Change.RAISE else {}
            yield Transition(-1, rule, change, now, float("nan"), None, 0, PROJECT, reason, numbers=numbers | start, source=name)
