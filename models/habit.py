"""How long sensors usually rest, how noisy they are and how far they go within minutes: what a span known to be good teaches."""

import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE, SECOND
from models.base import Floats
from models.recent import Mean, Recent

REST_GAP = 90 * SECOND
"""After so long without a reading a rest begins anew."""


class Run:
    """Runs in which a column has not moved by more than its last digit."""

    def __init__(self, columns: int) -> None:
        self.low, self.high = np.full(columns, np.nan), np.full(columns, np.nan)
        self.since, self.last = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
        self.longest, self.moves = np.zeros(columns), np.zeros(columns)

    def step(self, time: int, row: Floats, known: NDArray[np.bool_], step: Floats, counts: "NDArray[np.bool_] | bool" = True) -> None:
        """`counts`: a rest that ends now is a habit, not the end of a freeze."""
        low, high = np.fmin(self.low, row), np.fmax(self.high, row)
        fresh = np.isnan(self.low) | (known & (time - self.last > REST_GAP))
        self.last = np.where(known, time, self.last)
        moved = known & (fresh | (high - low > 0.999 * step))
        self.longest = np.where(moved & ~fresh & counts, np.fmax(self.longest, time - self.since), self.longest)
        self.moves += moved
        self.low, self.high = np.where(moved, row, low), np.where(moved, row, high)
        self.since = np.where(moved, time, self.since)


class Habit:
    """What a span known to be good teaches."""

    def __init__(self, columns: int, digit: Floats) -> None:
        self._digit, self._last, self._time = digit, np.full(columns, np.nan), -1
        self._run, self._quick, self._recent = Run(columns), Mean(columns, 3 * SECOND), Recent(columns, 2 * MINUTE)
        self._sum, self._count = np.zeros(columns), np.zeros(columns)
        self.swing, self.low = np.zeros(columns), np.full(columns, np.nan)

    def step(self, time: int, row: Floats) -> None:
        known = ~np.isnan(row)
        diff = np.abs(row - self._last)
        self._sum += np.nan_to_num(diff)
        self._count += np.isfinite(diff)
        self._run.step(time, row, known, self._digit)
        self._recent.push(time, self._quick.step(row, time - self._time if self._time >= 0 else 0))
        self.swing = np.fmax(self.swing, np.abs(self._quick.now - self._recent.ago(2 * MINUTE)))
        self.low = np.fmin(self.low, row)
        self._last, self._time = np.where(known, row, self._last), time

    def noise(self) -> Floats:
        return np.where(self._count > 0, self._sum / np.maximum(self._count, 1), np.nan)

    def rest(self) -> Floats:
        """The longest rest, the last one too; NaN for a point that hardly moves: nobody can tell when such a one is stuck."""
        last = np.where(self._run.since > 0, self._time - self._run.since, 0)
        return np.where(self._run.moves >= 20, np.fmax(self._run.longest, last), np.nan)
