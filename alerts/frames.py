"""Readings in frames: one reading a point and about one instant, so that rules over several points see them together. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.latches import NEVER
from alerts.weighing import FRESH
from contracts import quality as q
from contracts.clock import SECOND
from contracts.columns import Block

_UNUSABLE = np.uint16(q.UNUSABLE)


@dataclass(slots=True)
class Seen:
    """The newest fresh reading of each of N points, whatever its quality; `time` NEVER: none yet."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]

    @classmethod
    def nothing(cls, points: int) -> "Seen":
        return cls(np.full(points, NEVER, np.int64), np.full(points, np.nan), np.zeros(points, np.uint16))

    def copy(self) -> "Seen":
        return Seen(self.time.copy(), self.value.copy(), self.quality.copy())

    def take(self, frame: Block) -> None:
        """The frame's readings are the newest now."""
        self.time[frame.point], self.value[frame.point], self.quality[frame.point] = frame.time, frame.value, frame.quality

    def known(self, now: int) -> NDArray[np.bool_]:
        """Points that say something about their place now, shape (N,): stale and faulty ones are unknown, never normal."""
        return usable(self.value, self.quality) & (now - self.time <= FRESH)


def usable(value: NDArray[np.float64], quality: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Whether a reading says anything about its place."""
    return np.asarray(((quality & _UNUSABLE) == 0) & ~np.isnan(value))


def frames(block: Block, seen: Seen, now: int) -> Iterator[Block]:
    """The block's live readings in the order of their seconds, each frame with a point once at most.

    What is late (60 s and more from `now`, or not newer than what was seen of its point) is left out: it decides nothing here.
    The order of the rows does not matter.
    """
    live = (block.time > seen.time[block.point]) & (np.abs(now - block.time) <= FRESH)
    if not live.all():
        block = block.take(live)
    if len(block) == 0:
        return
    if (block.time == block.time[0]).all() and _once(block.point):
        yield block
        return
    order = np.lexsort((block.value, block.quality, block.time, block.point))
    block = block.take(order)
    second = block.time // SECOND
    same = (np.diff(block.point, prepend=-1) == 0) & (np.diff(second, prepend=-1) == 0)
    at = np.arange(len(block))
    rank = at - np.maximum.accumulate(np.where(same, 0, at))
    key = second * len(block) + rank
    order = np.argsort(key, kind="stable")
    block = block.take(order)
    for rows in np.split(at, np.flatnonzero(np.diff(key[order])) + 1):
        yield block.rows(int(rows[0]), int(rows[-1]) + 1)


def _once(point: NDArray[np.int32]) -> bool:
    return bool((np.diff(point) > 0).all()) or len(np.unique(point)) == len(point)
