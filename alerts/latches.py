"""What the rules remember of every point between two blocks. Copied on change, so an old state can be kept beside a new one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.limits import FIRST_CUT, Limits
from contracts.clock import MINUTE

NEVER = -(1 << 62)
"""Before all times."""
UNKNOWN, NORMAL, ACTIVE, UNVERIFIED = -1, 0, 1, 2
"""States of a latch: not yet known since start; normal; active; active, but only under calibration so far."""
TREND_AT_MOST = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Latches:
    """N points, R latches each (columns as in `Limits`). Times µs UTC.

    state (N, R) int8; since (N, R) int64 and peak (N, R) float64 of an active latch; newest (N,) int64: the newest usable reading
    judged; busy (N,): a latch of the point is not normal; trend_time, trend_value (N, 2): anchors at least a minute apart, old and new.
    """

    state: NDArray[np.int8]
    since: NDArray[np.int64]
    peak: NDArray[np.float64]
    newest: NDArray[np.int64]
    busy: NDArray[np.bool_]
    trend_time: NDArray[np.int64]
    trend_value: NDArray[np.float64]

    @classmethod
    def fresh(cls, limits: Limits) -> "Latches":
        """Nothing is known yet."""
        points = len(limits)
        return cls(
            np.where(limits.used, np.int8(UNKNOWN), np.int8(NORMAL)),
            np.full(limits.used.shape, NEVER, np.int64),
            np.full(limits.used.shape, np.nan),
            np.full(points, NEVER, np.int64),
            np.ones(points, np.bool_),
            np.full((points, 2), NEVER, np.int64),
            np.full((points, 2), np.nan),
        )

    def copy(self) -> "Latches":
        """The same, free to be written to."""
        return Latches(*(getattr(self, name).copy() for name in self.__slots__))

    @property
    def alarm(self) -> NDArray[np.int8]:
        """State of the alarm by our limit, shape (N,)."""
        return self.state[:, 0]

    @property
    def cuts(self) -> NDArray[np.int8]:
        """State of the cut stages, shape (N, K)."""
        return self.state[:, FIRST_CUT:]

    def rise_per_minute(self, point: int, time: int, value: float) -> float | None:
        """Change per minute since the older anchor; None where there is none between one and five minutes old."""
        at = int(self.trend_time[point, 0])
        if not MINUTE <= time - at <= TREND_AT_MOST:
            return None
        return float(value - self.trend_value[point, 0]) * MINUTE / (time - at)

    def anchor(self, point: int, time: int, value: float) -> None:
        """Take a reading as the new anchor where the last one is a minute old (writes: on a copy only)."""
        if time - self.trend_time[point, 1] >= MINUTE:
            self.trend_time[point] = (self.trend_time[point, 1], time)
            self.trend_value[point] = (self.trend_value[point, 1], value)
