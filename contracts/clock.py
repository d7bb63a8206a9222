"""One `now` per decision, handed in. Times are integers: microseconds since 1970-01-01 UTC."""

import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

BUILD_TIME = 1_795_000_000 * SECOND
"""No correct clock reads less: this code was not there before (2026-11-18)."""


END_OF_TIME = 253_402_300_800 * SECOND
"""Year 10000: no time on the wire reaches it, so every time can be written as ISO 8601 and kept in any database."""


class ClockState(StrEnum):
    """What a gateway says of its own clock."""

    TRUSTED = "trusted"
    SUSPECT = "suspect"


class Clock(Protocol):
    """Wall clock (µs UTC) and a monotonic one (µs, arbitrary origin)."""

    def now(self) -> int: ...
    def monotonic(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> int:
        return time.monotonic_ns() // 1000


class ManualClock:
    """A clock that moves when told to; tests and the simulator use it."""

    def __init__(self, now: int = BUILD_TIME) -> None:
        self.wall, self.ticks = now, 0

    def now(self) -> int:
        return self.wall

    def monotonic(self) -> int:
        return self.ticks

    def advance(self, micros: int) -> None:
        """Time passes."""
        self.wall += micros
        self.ticks += micros

    def step(self, micros: int) -> None:
        """Somebody sets the wall clock; the monotonic one does not move."""
        self.wall += micros


def iso(micros: int) -> str:
    """`2026-11-24T13:32:25.000000Z`."""
    seconds, rest = divmod(micros, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"


def from_iso(text: str) -> int:
    """The inverse of `iso`; a stamp without zone is UTC."""
    stamp = datetime.fromisoformat(text)
    stamp = stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
    whole = stamp.replace(microsecond=0)
    return int(whole.timestamp()) * SECOND + stamp.microsecond
