"""A point's history for a chart: raw readings where they are few, else statistics per bucket, and every gap by name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contracts.clock import DAY, HOUR, MINUTE, SECOND
from ingest.ledger import Gap
from ingest.live import PERIODS_TO_SILENCE
from store.interface import Buckets, Series, Store

WIDTHS = tuple(
    size * unit
    for unit, sizes in (
        (SECOND, (1, 2, 5, 10, 15, 30)),
        (MINUTE, (1, 2, 5, 10, 15, 30)),
        (HOUR, (1, 2, 4, 6, 12)),
        (DAY, (1, 2, 5, 10, 30)),
    )
    for size in sizes
)


@dataclass(frozen=True, slots=True)
class Hole:
    """[start, end) µs without a reading. `words`: what the gap ledger calls it, or `no_reading`."""

    start: int
    end: int
    words: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart's columns. Raw (`width_us` 0): `time_us`, `value`, `quality`, `fold`. Else statistics of buckets that start at `time_us`.

    `good` counts the readings of quality 0; null stands for a value that is no number.
    """

    width_us: int
    time_us: list[int]
    value: list[float | None] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    fold: list[int] = field(default_factory=list)
    minimum: list[float | None] = field(default_factory=list)
    mean: list[float | None] = field(default_factory=list)
    maximum: list[float | None] = field(default_factory=list)
    last: list[float | None] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    good: list[int] = field(default_factory=list)


def width_for(span: int, buckets: int) -> int:
    """The smallest round bucket width (µs) that cuts `span` into at most `buckets`."""
    return next((width for width in WIDTHS if width * buckets >= span), WIDTHS[-1])


def read(store: Store, mine: str, point: str, span: tuple[int, int], buckets: int, period: int) -> Columns:
    """The columns of [start, end): raw readings unless more than twice `buckets` would come (one a `period`, µs, is due)."""
    start, end = span
    if (end - start) // max(period, 1) <= 2 * buckets:
        series = store.series(mine, point, start, end)
        if len(series.time) <= 4 * buckets:
            return _raw(series)
    return bucketed(store.buckets(mine, point, start, end, width_for(end - start, buckets)))


def _numbers(column: NDArray[np.float64]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in column.tolist()]


def _raw(series: Series) -> Columns:
    return Columns(0, series.time.tolist(), _numbers(series.value), series.quality.tolist(), series.fold.tolist())


def bucketed(found: Buckets) -> Columns:
    """Statistics as columns."""
    return Columns(
        found.width,
        found.start.tolist(),
        minimum=_numbers(found.minimum),
        mean=_numbers(found.mean),
        maximum=_numbers(found.maximum),
        last=_numbers(found.last),
        count=found.count.tolist(),
        good=found.good.tolist(),
    )


def holes(columns: Columns, span: tuple[int, int], period: int) -> list[Hole]:
    """Where nothing was read for more than three periods, the edges of `span` (already cut at now) included."""
    allowed = max(PERIODS_TO_SILENCE * period, columns.width_us)
    at, found = span[0], []
    for time in (*columns.time_us, span[1]):
        if time - at > allowed or (columns.width_us and time - at >= allowed):
            found.append(Hole(at, time))
        at = max(at, time + columns.width_us)
    return found


def named(found: Sequence[Hole], gaps: Sequence[Gap], columns: Columns, span: tuple[int, int]) -> list[Hole]:
    """The holes with the words of the ledger's gaps that touch them, and the shorter gaps that only the ledger sees."""
    inside = [gap for gap in gaps if gap.start < span[1] and gap.end > span[0]]
    out, told = [], set[int]()
    for hole in found:
        touching = [gap for gap in inside if gap.start < hole.end and gap.end > hole.start]
        told.update(map(id, touching))
        words = list(dict.fromkeys(str(gap.word) for gap in touching)) or ["no_reading"]
        out.append(Hole(hole.start, hole.end, words, list(dict.fromkeys(gap.reason for gap in touching if gap.reason))))
    alone = [gap for gap in inside if id(gap) not in told and _lacks(columns, gap)]
    out += [Hole(max(gap.start, span[0]), min(gap.end, span[1]), [str(gap.word)], [gap.reason] if gap.reason else []) for gap in alone]
    return sorted(out, key=lambda hole: hole.start)


def _lacks(columns: Columns, gap: Gap) -> bool:
    """Whether this point was touched: the gateway's ledger does not say which points a gap took."""
    time = np.array(columns.time_us, np.int64)
    if not columns.width_us:
        return not ((time >= gap.start) & (time <= gap.end)).any()
    touched = (time + columns.width_us > gap.start) & (time <= gap.end)
    count = np.array(columns.count, np.int64)
    return not touched.any() or bool((count[touched] < np.median(count)).any())
