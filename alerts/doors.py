"""Pairs of air doors: both open at once is a short circuit of the air (CMSR 2025 Art. 542). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.frames import Seen
from alerts.holds import Holds
from alerts.packs.pack import Pack
from alerts.transitions import PROJECT, Change, Reason, Transition
from contracts.clock import SECOND
from contracts.points import Registry

RULE = "doors.open"
LEAVE = 10 * SECOND


@dataclass(frozen=True, slots=True)
class DoorPlan:
    """D pairs, shape (D, 2), the door with the lower number first."""

    pairs: NDArray[np.intp]
    clause: str

    @classmethod
    def of(cls, registry: Registry, pack: Pack) -> "DoorPlan":
        pairs = [(at, registry.number[point.pair]) for at, point in enumerate(registry.points) if point.pair]
        return cls(np.array([pair for pair in pairs if pair[0] < pair[1]], np.intp).reshape(-1, 2), pack.clause("air_doors") or PROJECT)


def step(plan: DoorPlan, holds: Holds, seen: Seen, known: NDArray[np.bool_], time: int) -> Iterator[Transition]:
    """At once where both are known to be open; over when one has been known to be shut for 10 s. A door nobody knows of decides nothing."""
    if not len(plan.pairs):
        return
    sure, opened = known[plan.pairs], seen.value[plan.pairs] >= 0.5
    both, one = np.all(sure & opened, axis=1), np.any(sure & ~opened, axis=1)
    for row, since, change, first in holds.step(holds.every, both, one, time, 0, LEAVE):
        point = int(plan.pairs[row, 0])
        ended = Reason.FIRST_READING if first else Reason.ONE_SHUT
        numbers = {"start": float(since)} if change is Change.RAISE else {}
        reason = Reason.BOTH_OPEN if change is Change.RAISE else ended
        yield Transition(
            point, RULE, change, time, float(seen.value[point]), None, int(seen.quality[point]), plan.clause, reason, numbers=numbers
        )
