"""A partition: one file with what arrived on one day, and what is known of it without opening it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from contracts.clock import DAY, from_iso, iso
from store.embedded.schema import CATALOGUE, STATISTICS

_FILE = re.compile(r"(\d{6,})-(\d{4}-\d\d-\d\d)\.(open|sealed)\.duckdb\Z")
_NOTHING = 1 << 62


@dataclass(slots=True)
class Span:
    """The numbers low to high, both in it; empty at first."""

    low: int = _NOTHING
    high: int = -_NOTHING

    def __bool__(self) -> bool:
        return self.low <= self.high

    def take(self, low: int | None, high: int | None) -> None:
        """Reach over [low, high] too; None is nothing."""
        if low is not None and high is not None:
            self.low, self.high = min(self.low, low), max(self.high, high)

    def meets(self, start: int, end: int) -> bool:
        """Whether it has a number in [start, end)."""
        return self.low < end and self.high >= start and bool(self)


@dataclass(slots=True)
class Partition:
    """`day` is the day of arrival (days since 1970). `epochs` maps an epoch's number to the span of its items here.

    Number 0 is the catalogue, which keeps the held rows and polls of dropped partitions; -1 the file of the statistics.
    """

    number: int
    day: int
    path: Path
    sealed: bool = False
    readings: int = 0
    time: Span = field(default_factory=Span)
    made: Span = field(default_factory=Span)
    polled: Span = field(default_factory=Span)
    epochs: dict[int, Span] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        return {0: CATALOGUE, -1: STATISTICS}.get(self.number, f"p{self.number}")

    def absorb(self, other: "Partition") -> None:
        """Take over the held rows and polls of another partition, without its readings."""
        self.made.take(other.made.low, other.made.high)
        self.polled.take(other.polled.low, other.polled.high)
        for epoch, span in other.epochs.items():
            self.epochs.setdefault(epoch, Span()).take(span.low, span.high)


def file_name(number: int, day: int, sealed: bool) -> str:
    """`000007-2026-11-24.open.duckdb`."""
    return f"{number:06d}-{iso(day * DAY)[:10]}.{'sealed' if sealed else 'open'}.duckdb"


def partition_at(path: Path) -> Partition | None:
    """The partition a file is, by its name; None for another file."""
    match = _FILE.match(path.name)
    if not match:
        return None
    number, day, state = match.groups()
    return Partition(int(number), from_iso(day) // DAY, path, state == "sealed")
