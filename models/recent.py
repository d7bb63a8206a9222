"""The last minutes of all points, and running means that know the time: what row-wise detectors look back at."""

from bisect import bisect_right

import numpy as np

from contracts.clock import SECOND
from models.base import Floats

SLACK = 40 * SECOND
"""A row this much older than asked for still stands for it: KJ systems send every 20 to 30 s."""


class Mean:
    """An exponential mean of each column with a time constant, µs; a column without a reading keeps what it had."""

    def __init__(self, columns: int, constant: float) -> None:
        self.now = np.full(columns, np.nan)
        self._constant = constant

    def step(self, row: Floats, elapsed: int, learns: "np.ndarray | None" = None) -> Floats:
        """The means after `elapsed` µs with this row; where `learns` is false a column stays as it was."""
        share = -np.expm1(-elapsed / self._constant)
        moved = self.now + share * (row - self.now)
        fresh = np.isnan(self.now)
        moved = np.where(fresh, row, moved)
        keep = np.isnan(row) if learns is None else np.isnan(row) | ~(learns | fresh)
        self.now = np.where(keep, self.now, moved)
        return self.now


class Recent:
    """Rows of the last `longest` µs."""

    def __init__(self, columns: int, longest: int) -> None:
        self._nothing = np.full(columns, np.nan)
        self._longest = longest
        self.times: list[int] = []
        self.rows: list[Floats] = []

    def push(self, time: int, row: Floats) -> None:
        self.times.append(time)
        self.rows.append(row)
        if len(self.times) > 64 and self.times[len(self.times) // 2] < time - self._longest - SLACK:
            first = bisect_right(self.times, time - self._longest - SLACK) - 1
            del self.times[: max(first, 0)], self.rows[: max(first, 0)]

    def ago(self, span: int) -> Floats:
        """The row that was newest `span` µs before the newest; NaN where there is none from about then."""
        if not self.times:
            return self._nothing
        asked = self.times[-1] - span
        at = bisect_right(self.times, asked) - 1
        return self.rows[at] if at >= 0 and asked - self.times[at] <= SLACK else self._nothing
