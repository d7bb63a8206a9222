"""Can this gateway's wall clock be believed? A Pi has no real-time clock: it may start in 1970, and be set while running."""

from contracts.clock import BUILD_TIME, SECOND, Clock, ClockState

TOLERANCE = SECOND // 2
"""A step back smaller than this is slewing, not somebody setting the clock."""


class ClockWatch:
    """Wall time for stamps. The floor is the latest of build date and the newest stamp on disk.

    A system clock below the floor at start is not believed: time goes on from the floor (state SUSPECT) until the system
    clock passes it. A clock set back while running is followed, and everything stamped up to the old maximum is `set_back`:
    those times may have been used already.
    """

    def __init__(self, clock: Clock, newest_on_disk: int) -> None:
        self._clock = clock
        self._floor = max(BUILD_TIME, newest_on_disk)
        self._floor_at = clock.monotonic()
        self._highest = newest_on_disk
        self.state = ClockState.TRUSTED
        self.set_back = False
        self._before = self._read()

    def _read(self) -> int:
        system = self._clock.now()
        from_floor = self._floor + self._clock.monotonic() - self._floor_at
        suspect_since_start = self.state is ClockState.SUSPECT or not hasattr(self, "_before")
        if suspect_since_start and system < from_floor - TOLERANCE:
            self.state = ClockState.SUSPECT
            return from_floor
        self.state = ClockState.TRUSTED
        return system

    def now(self) -> int:
        """Wall time, µs UTC; notes steps back."""
        now = self._read()
        if now < self._before - TOLERANCE:
            self.set_back = True
        self._highest = max(self._highest, self._before)
        self._before = now
        if self.set_back and now > self._highest:
            self.set_back = False
        return now
