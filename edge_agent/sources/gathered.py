"""Readings that come by themselves between two polls, kept until the next poll, within a bound."""

from collections import deque

import numpy as np

from contracts.clock import END_OF_TIME, MINUTE
from contracts.columns import Block
from contracts.quality import CLOCK_SUSPECT

AHEAD = 5 * MINUTE
"""A stamp of somebody else's clock so far in the future is kept and marked."""


class Gathered:
    """At most `most` readings; beyond it the oldest goes, and is counted. Single-threaded (one event loop).

    Times are µs UTC where the sender stamped them, else the monotonic instant of arrival: what that is in UTC follows from the next poll.
    """

    def __init__(self, most: int) -> None:
        self._rows: deque[tuple[int, int | None, int, float, int]] = deque(maxlen=most)
        self.lost = 0
        """Readings dropped since the start."""
        self._told = 0
        self._floor = 0

    def add(self, point: int, arrived: int, stamp: int | None, value: float, quality: int) -> None:
        """`arrived`: monotonic µs. `stamp`: the sender's, or None."""
        if len(self._rows) == self._rows.maxlen:
            self.lost += 1
        self._rows.append((point, stamp, arrived, value, quality))

    def take(self, due: int, monotonic: int) -> Block | None:
        """All of it in order of time, None where there is nothing; `monotonic`: the clock at this poll, which was due at `due`."""
        rows = [
            (*self._stamped(stamp, arrived, due, monotonic, quality), point, value) for point, stamp, arrived, value, quality in self._rows
        ]
        self._rows.clear()
        self._floor = due
        if not rows:
            return None
        times, quality, points, values = zip(*rows, strict=True)
        time = np.array(times, np.int64)
        order = np.argsort(time, kind="stable")
        return Block(np.array(points, np.int32), time, np.array(values, np.float64), np.array(quality, np.uint16)).take(order)

    def _stamped(self, stamp: int | None, arrived: int, due: int, monotonic: int, quality: int) -> tuple[int, int]:
        if stamp is None:
            return max(self._floor + 1, min(due - 1, due - (monotonic - arrived))), quality
        if not 0 <= stamp < END_OF_TIME:
            return due, quality | CLOCK_SUSPECT
        return stamp, quality | (CLOCK_SUSPECT if stamp > due + AHEAD else 0)

    def overflow(self) -> str:
        """What was dropped since this was last asked, in words; empty where nothing was."""
        fresh, self._told = self.lost - self._told, self.lost
        return f"{fresh} readings more than {self._rows.maxlen} between two polls: the oldest are lost" if fresh else ""
