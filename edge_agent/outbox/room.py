"""What of an outbox may go when room is needed, oldest first: received items, then (where they may be dropped at all) samples."""

from dataclasses import dataclass
from shutil import disk_usage

from contracts.clock import DAY
from edge_agent.outbox.catalogue import Catalogue
from edge_agent.outbox.epoch import EpochState
from edge_agent.outbox.segment import Segment


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """Bytes and times of an outbox.

    `reserve`: bytes of the disk that stay free for what else the gateway must write. `droppable`: whether un-received items may
    go when there is no room (events: never).
    """

    max_bytes: int = 2 << 30
    segment_bytes: int = 4 << 20
    keep: int = 7 * DAY
    reserve: int = 0
    droppable: bool = True


USUAL = OutboxLimits()
LEAST_RESERVE = 1 << 20
"""Bytes of the disk that stay free whatever the configuration says: without any, nothing could be put in order any more."""


def size_of(catalogue: Catalogue) -> int:
    """Bytes of all segments."""
    return sum(segment.size for state in catalogue.epochs.values() for segment in state.segments)


@dataclass(slots=True)
class _Want:
    """Bytes to be freed: `over` the bound of the outbox, and `short` of room on the disk."""

    over: int
    short: int

    def helps(self, segment: Segment) -> bool:
        """Whether unlinking it gives any of them. A file that the black box holds too gives the disk nothing."""
        return self.over > 0 or (self.short > 0 and _on_disk(segment) > 0)

    def take(self, segment: Segment) -> None:
        self.over -= segment.size
        self.short -= _on_disk(segment)


def reclaim(catalogue: Catalogue, limits: OutboxLimits, writing: Segment | None, now: int) -> int:
    """Unlink what may go; bytes of it. `writing` is the segment that is appended to: it stays."""
    if not catalogue.folder.exists():
        return 0
    catalogue.keep_spare()
    freed = 0
    want = _Want(size_of(catalogue) - limits.max_bytes, max(limits.reserve, LEAST_RESERVE) - disk_usage(catalogue.folder).free)
    for state, segment in _oldest_first(catalogue, writing):
        received = not state.received.missing(segment.first, segment.last) and not state.conflict
        if received and (segment.newest < now - limits.keep or want.helps(segment)):
            want.take(segment)
            freed += _unlink(state, segment)
    dropped = _to_drop(catalogue, writing, want) if limits.droppable else []
    if dropped:
        for state, segment in dropped:
            for first, last in state.received.missing(segment.first, segment.last):
                catalogue.hole(state, first, last, "outbox full")
        catalogue.remember()  # a loss is on disk before what is lost is gone
        freed += sum(_unlink(state, segment) for state, segment in dropped)
    if freed:
        catalogue.fold_empty()
        catalogue.remember()
    return freed


def _to_drop(catalogue: Catalogue, writing: Segment | None, want: _Want) -> list[tuple[EpochState, Segment]]:
    """The oldest segments of so many bytes. An epoch's registry stands in its first one and outlives the data that need it."""
    out: list[tuple[EpochState, Segment]] = []
    for state, segment in _oldest_first(catalogue, writing):
        if segment.first == 0 and (state is catalogue.current or len(state.segments) > 1):
            continue
        if want.helps(segment):
            out.append((state, segment))
            want.take(segment)
    return out


def _oldest_first(catalogue: Catalogue, writing: Segment | None) -> list[tuple[EpochState, Segment]]:
    pairs = [(state, segment) for state in catalogue.epochs.values() for segment in state.segments if segment is not writing]
    return sorted(pairs, key=lambda pair: (pair[1].newest, pair[1].first))


def _on_disk(segment: Segment) -> int:
    """Bytes the disk has back when the file is unlinked."""
    try:
        told = segment.path.stat()
    except FileNotFoundError:
        return 0
    return segment.size if told.st_nlink == 1 else 0


def _unlink(state: EpochState, segment: Segment) -> int:
    segment.path.unlink(missing_ok=True)
    state.segments.remove(segment)
    return segment.size
