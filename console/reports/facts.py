"""What a report says, before it is words: statistics with how complete they are, gaps, alarms. Pure.

What is not known is None here and "unknown" on paper: never 0, never normal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from contracts.payload import Poll
from ingest.ledger import Gap, LedgerDay, Word, polled
from store.interface import WINDOW, Buckets
from store.records.alarms import AlarmRow
from store.records.duty import HandoverRow
from store.records.duty_feed import Happening
from store.records.permits import PermitRow

SILENT = "no reading"
"""Reason of a gap at an end of the span where no poll is known at all."""


@dataclass(frozen=True, slots=True)
class PointFacts:
    """One point in the span. `complete`: readings against its own usual number per 5 minutes, over all windows; `good`: without a flag that
    stands against them. `peak_at` µs UTC, of the reading where `exact`, else its 5-minute window; `peak_flags`: quality of that reading."""

    id: str
    place: tuple[str, str]
    quantity: str
    limit: float | None = None
    readings: int = 0
    good: int = 0
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    peak_at: int | None = None
    exact: bool = False
    peak_flags: int = 0
    complete: float | None = None


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """What came of one gateway. Polls are those of the span; items (`made`, `committed`) those of the UTC days it touches."""

    id: str
    due: int
    answered: int
    made: int
    committed: int
    gaps: tuple[Gap, ...] = ()

    @property
    def coverage(self) -> float | None:
        """Polls answered / polls due; None where none is known to have been due."""
        return self.answered / self.due if self.due else None

    @property
    def completeness(self) -> float | None:
        """Items committed / items made; None where none is known to have been made."""
        return self.committed / self.made if self.made else None


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """An alarm that touches the span: who acknowledged first, and who reported it to the leader on duty."""

    row: AlarmRow
    acknowledged: Happening | None = None
    reported: Happening | None = None


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """A mine in [start, end) µs UTC, as known at `now`. `until`: what lies after it had not happened yet."""

    mine: str
    names: tuple[str, str]
    start: int
    end: int
    now: int
    points: tuple[PointFacts, ...] = ()
    gateways: tuple[GatewayFacts, ...] = ()
    alarms: tuple[AlarmFacts, ...] = ()
    permits: tuple[PermitRow, ...] = ()
    handovers: tuple[HandoverRow, ...] = ()

    @property
    def until(self) -> int:
        return min(self.end, self.now)


def windows_in(start: int, end: int) -> int:
    """Whole 5-minute windows of a span that begins with one."""
    return max(0, (end - start) // WINDOW)


def with_statistics(point: PointFacts, found: Buckets, windows: int) -> PointFacts:
    """A point with what its 5-minute statistics say of a span of so many windows."""
    counts = found.count[found.count > 0]
    if not len(counts) or not windows:
        return replace(point, complete=0.0 if windows else None)
    usual = float(np.median(counts))
    complete = min(1.0, float(np.minimum(counts, usual).sum()) / (usual * windows))
    known = np.isfinite(found.maximum)
    total = int(counts.sum())
    facts = replace(point, readings=total, good=int(found.good.sum()), complete=complete)
    if not known.any():
        return facts
    at = int(np.flatnonzero(known)[np.argmax(found.maximum[known])])
    return replace(
        facts,
        minimum=float(np.nanmin(found.minimum)),
        mean=_weighted(found, known),
        maximum=float(found.maximum[at]),
        peak_at=int(found.start[at]),
    )


def _weighted(found: Buckets, known: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """Mean of the means by how many readings each is of (readings that are no number are few, and weigh with the rest of their window)."""
    return float(np.average(found.mean[known], weights=found.count[known]))


def gateway_facts(name: str, runs: Sequence[Poll], days: Iterable[LedgerDay], start: int, end: int) -> GatewayFacts:
    """A gateway over [start, end): polls that were due and answered, every gap, and the ends of the span that nobody knows anything of."""
    due, answered, gaps = polled(runs, start, end)
    for source in sorted({run.source for run in runs}):
        more, holes = _ends(source, [run for run in runs if run.source == source], start, end)
        due, gaps = due + more, gaps + holes
    known = list(days)
    gaps += [gap for day in known for gap in day.gaps if not gap.source and start <= gap.start < end]
    made, committed = sum(day.made for day in known), sum(day.committed for day in known)
    if not runs and end > start:
        gaps.append(Gap(Word.NOT_SAMPLED, 0, 0, start, end, reason=SILENT))
    return GatewayFacts(name, due, answered, made, committed, tuple(sorted(gaps, key=lambda gap: (gap.start, gap.word))))


def _ends(source: str, runs: Sequence[Poll], start: int, end: int) -> tuple[int, list[Gap]]:
    """Instants before a source's first poll and after its last: the ledger does not count them, so silence would look complete."""
    period = max(run.period for run in runs)
    if not period:
        return 0, []
    first, last = min(run.first for run in runs), max(run.first + run.count * run.period for run in runs)
    spans = ((start, min(first, end)), (max(last, start), end))
    holes = [(low, high, (high - low) // period) for low, high in spans if high - low > 3 * period]
    gaps = [Gap(Word.NOT_SAMPLED, count, count, low, high, source=source, reason=SILENT) for low, high, count in holes]
    return sum(count for *_, count in holes), gaps
