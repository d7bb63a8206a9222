"""When to try a peer again: pure, by the instants of the polls."""

from contracts.clock import SECOND

FIRST, LONGEST = SECOND // 2, 10 * SECOND
"""Waits after a failed connection double from the first to the longest: a device that comes back is read at most that late."""


class Patience:
    """One peer's tries."""

    def __init__(self) -> None:
        self._failures, self._again = 0, 0

    def may_try(self, now: int) -> bool:
        """Whether a try is due. A clock set back does not make it wait for ever."""
        return now >= self._again or self._again - now > LONGEST

    def wait_s(self, now: int) -> float:
        """Seconds to the next try."""
        return max(0, self._again - now) / SECOND

    def failed(self, now: int) -> None:
        """The try made at `now` (µs) did not succeed."""
        self._again = now + min(FIRST << min(self._failures, 10), LONGEST)
        self._failures += 1

    def succeeded(self) -> None:
        """The peer is there."""
        self._failures = self._again = 0
