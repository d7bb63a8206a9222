"""One epoch of a stream as the gateway knows it: its segments, what was received, what is gone."""

from dataclasses import dataclass, field

import msgspec

from contracts.ranges import Ranges
from edge_agent.outbox.segment import Segment


class Known(msgspec.Struct):
    """What a start must know of an older epoch beside its segments; kept in `epochs.json`."""

    epoch: str
    made: int
    predecessor: str
    told_lost: list[tuple[int, int]] = []
    untold: list[tuple[int, int, str]] = []
    last_time: int = 0


@dataclass(slots=True)
class EpochState:
    """One epoch: its items on disk, what the centre told of it, and the ranges that will never come."""

    epoch: str
    predecessor: str
    made: int = 0
    segments: list[Segment] = field(default_factory=list)
    received: Ranges = field(default_factory=Ranges)
    gone: Ranges = field(default_factory=Ranges)
    last_time: int = 0
    conflict: bool = False
    told: bool = False
    """Whether the centre said what it holds of it, be it nothing."""
    over: bool = False
    """Whether the centre said of every item that it holds it or knows it lost."""
    damaged_from: int = 1 << 62
    losses_found: list[tuple[int, int]] = field(default_factory=list)

    def lose(self, first: int, last: int) -> None:
        """These numbers will never come."""
        self.gone.add(first, last, 0)
        self.losses_found.append((first, last))

    @property
    def first_held(self) -> int:
        return self.segments[0].first if self.segments else self.made

    @property
    def settled(self) -> bool:
        """Whether the centre told that it holds everything that is on disk, and lacks nothing that is not known to be lost."""
        return self.told and not self.open_ranges() and not self.conflict

    def open_ranges(self) -> list[tuple[int, int]]:
        """Numbers on disk that the centre has not told to hold."""
        return [part for first, last in self.received.missing(self.first_held, self.made - 1) for part in self.gone.missing(first, last)]

    def segment_of(self, seq: int) -> Segment | None:
        low, high = 0, len(self.segments)
        while low < high:
            middle = (low + high) // 2
            if self.segments[middle].last < seq:
                low = middle + 1
            else:
                high = middle
        found = self.segments[low] if low < len(self.segments) else None
        return found if found and found.first <= seq else None

    def sum_to(self, seq: int) -> int | None:
        """Digest sum of items 0..seq-1, where the disk still knows it."""
        if seq == 0:
            return 0
        for segment in self.segments:
            if segment.first <= seq <= segment.last + 1:
                return segment.sum_to(seq)
        return None
