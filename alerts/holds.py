"""Conditions that must last before they count, and must be over for a while before they are over. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.latches import ACTIVE, NEVER, NORMAL, UNKNOWN
from alerts.transitions import Change
from alerts.weighing import FRESH

Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Holds:
    """K conditions. state (K,) int8; on, off (K,) int64: since when it is seen to hold, or not to; last (K,): when last seen to hold.

    Between a raise and its return lie at least `leave` µs: that bounds how often anything can be told.
    """

    state: NDArray[np.int8]
    on: NDArray[np.int64]
    off: NDArray[np.int64]
    last: NDArray[np.int64]

    @classmethod
    def fresh(cls, count: int) -> "Holds":
        """Nothing is known yet."""
        never = np.full(count, NEVER, np.int64)
        return cls(np.full(count, UNKNOWN, np.int8), never, never.copy(), never.copy())

    def copy(self) -> "Holds":
        return Holds(self.state.copy(), self.on.copy(), self.off.copy(), self.last.copy())

    def restart(self) -> None:
        """The clock was set back: what was timed is timed anew; what is active stays active."""
        for times in (self.on, self.off, self.last):
            times[:] = NEVER

    def step(
        self, at: NDArray[np.intp], on: Bools, off: Bools, time: "int | NDArray[np.int64]", enter: int, leave: int
    ) -> Iterator[tuple[int, int, Change, bool]]:
        """(row within `at`, since when, change, whether nothing was known before) of what enters and leaves.

        `on` and `off` tell of the conditions `at`; neither: unknown.

        Unknown never starts nor ends anything; it interrupts the time that leads to a return, and after 60 s that which leads to a raise.
        A condition first seen not to hold is told as a return: something may have been left open before we started.
        """
        if len(at) == 0 or not (on.any() or (self.state[at] != NORMAL).any() or (self.on[at] != NEVER).any()):
            return
        when = np.broadcast_to(np.asarray(time, np.int64), on.shape)
        kept = np.where(off | (when - self.last[at] > FRESH), NEVER, self.on[at])
        self.on[at] = np.where(on & (kept == NEVER), when, kept)
        self.last[at] = np.where(on, when, self.last[at])
        self.off[at] = np.where(off, np.where(self.off[at] == NEVER, when, self.off[at]), NEVER)
        state = self.state[at]
        entered = on & (state != ACTIVE) & (when - self.on[at] >= enter)
        left = off & (state != NORMAL) & (when - self.off[at] >= leave)
        self.state[at] = np.where(entered, ACTIVE, np.where(left, NORMAL, state))
        for row in np.flatnonzero(entered | left).tolist():
            since, change = (int(self.on[at[row]]), Change.RAISE) if entered[row] else (NEVER, Change.RETURN)
            yield row, since, change, bool(state[row] == UNKNOWN)

    @property
    def every(self) -> NDArray[np.intp]:
        """All conditions."""
        return np.arange(len(self.state))
