"""Readings gathered into rows: one row a cycle, a column a point, NaN where none came."""

import numpy as np
from numpy.typing import NDArray

from alerts.weighing import FRESH
from contracts.columns import Block
from contracts.points import Registry
from contracts.quality import NOT_POLLED
from contracts.units import OWN_WORD
from models.base import Floats, Frame

NEVER = np.iinfo(np.int64).min
SLOW, HELD = 1.5, 2.0
"""A point whose readings come further apart than so many cycles is slow: its reading stands for so many of its own gaps, and no longer."""
SURE = 1.5
"""A point's gap is taken to be longer or shorter by this factor at most with each reading: a silence is no new habit."""


class Cycle:
    """The newest live reading of each measured point. `period`: µs from row to row."""

    def __init__(self, registry: Registry, period: int) -> None:
        measured = [at for at, point in enumerate(registry.points) if point.quantity not in OWN_WORD]
        self.points = tuple(registry.points[at].id for at in measured)
        self.period = period
        self._column = np.full(len(registry.points), -1, np.intp)
        self._column[measured] = np.arange(len(measured))
        self.restart()

    def restart(self) -> None:
        """Nothing is known yet."""
        count = len(self.points)
        self._values, self._quality = np.full(count, np.nan), np.full(count, NOT_POLLED, np.uint16)
        self._times, self._gaps = np.full(count, NEVER), np.full(count, np.nan)
        self._fresh = np.zeros(count, np.bool_)

    def hear(self, block: Block, now: int) -> None:
        """Take what a poll brought. A late reading (60 s), or one older than the newest of its point, says nothing of the present."""
        column = self._column[block.point]
        live = (column >= 0) & (np.abs(now - block.time) <= FRESH)
        live &= block.time >= self._times[np.maximum(column, 0)]
        rows = np.flatnonzero(live)
        rows = rows[np.argsort(block.time[rows], kind="stable")]
        at, before = column[rows], self._times.copy()
        self._values[at], self._quality[at], self._times[at] = block.value[rows], block.quality[rows], block.time[rows]
        self._fresh[at] = True
        self._learn(np.bincount(at, minlength=len(self.points)), before)

    def _learn(self, brought: NDArray[np.intp], before: NDArray[np.int64]) -> None:
        """How far apart each point's readings come."""
        known = (brought > 0) & (before != NEVER) & (self._times > before)
        gap = (self._times - np.where(known, before, self._times)) / np.maximum(brought, 1)
        usual = np.where(np.isnan(self._gaps), gap, np.clip(gap, self._gaps / SURE, self._gaps * SURE))
        self._gaps = np.where(known, usual, self._gaps)

    def row(self, time: int) -> tuple[Frame, NDArray[np.uint16]]:
        """The row of the cycle that ends at `time`, with its state codes; the next one begins."""
        there = self._fresh | self._still(time)
        values: Floats = np.where(there, self._values, np.nan)
        quality = np.where(there, self._quality, np.uint16(NOT_POLLED))
        self._fresh = np.zeros(len(self.points), np.bool_)
        return Frame(self.points, np.array([time], np.int64), values[None, :]), quality[None, :]

    def _still(self, time: int) -> NDArray[np.bool_]:
        """Slow points whose reading still stands; one that came once only for as long as a reading is live."""
        age = np.where(self._times == NEVER, np.inf, time - np.where(self._times == NEVER, 0, self._times))
        stands = np.where(np.isnan(self._gaps), FRESH, np.where(self._gaps > SLOW * self.period, HELD * self._gaps, 0))
        return age <= stands
