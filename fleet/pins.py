"""Raw evidence, copied beside what rests on it and bounded in size. Pure.

Of so many readings as there is room for, every one is kept. Of more, 5-minute statistics; of more still, one row a day. Whichever it is, a
digest of the readings is kept too: whoever has them from elsewhere (a backup, the gateway's disk) can show that these are the ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE

OF_SUSPICION = 20_000
"""Rows of a pin beside an accusation (project setting): some 600 kB."""
OF_CHANGE = 2_000
"""Of a pin beside a verdict set that says something else than the one before (project setting)."""
OF_SAME = 0
"""Of one that says the same: digests and a row a day."""
MOST_POINTS = 40
"""Points one pin reads (project setting)."""
WINDOW = 5 * MINUTE

Reading = tuple[int, float | None, int]
Statistic = tuple[int, float | None, float | None, float | None, int]


@dataclass(frozen=True, slots=True)
class Readings:
    """Of one point, ascending by time; all (n,): `time` µs UTC, `value`, `quality`."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]


@dataclass(slots=True)
class Pinned:
    """What of each point is kept; fields as in `fleet.bodies.Pin`."""

    series: dict[str, list[Reading]] = field(default_factory=dict)
    windows: dict[str, list[Statistic]] = field(default_factory=dict)
    days: dict[str, Statistic] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def points_of(evidence: Iterable[str]) -> tuple[list[str], list[str]]:
    """The points that references name (`point:T01`), in their order: those that are read, and those beyond MOST_POINTS."""
    named = list(dict.fromkeys(one.removeprefix("point:") for one in evidence if one.startswith("point:")))
    return named[:MOST_POINTS], named[MOST_POINTS:]


def pinned(found: Mapping[str, Readings], room: int) -> Pinned:
    """`room`: how many rows may be kept, of all points together; the first points are served first. Points without readings are left."""
    kept = Pinned()
    for point, readings in found.items():
        if not len(readings.time):
            continue
        kept.digests[point] = digest_of(readings)
        if len(readings.time) <= room:
            kept.series[point] = rows_of(readings)
            room -= len(readings.time)
        elif room and len(statistics := statistics_of(readings, WINDOW)) <= room:
            kept.windows[point] = statistics
            room -= len(statistics)
        else:
            (kept.days[point],) = statistics_of(readings, int(readings.time[-1]) + 1)
    return kept


def rows_of(readings: Readings) -> list[Reading]:
    """Every reading; a value that is no number as None."""
    return list(zip(readings.time.tolist(), _numbers(readings.value), readings.quality.tolist(), strict=True))


def digest_of(readings: Readings) -> str:
    """BLAKE2b-256 over all times (µs, int64), then all values (float64), then all qualities (uint16), each little-endian."""
    hasher = blake2b(digest_size=32)
    for column, kind in ((readings.time, "<i8"), (readings.value, "<f8"), (readings.quality, "<u2")):
        hasher.update(np.ascontiguousarray(column, kind).tobytes())
    return hasher.hexdigest()


def statistics_of(readings: Readings, width: int) -> list[Statistic]:
    """One row a window of `width` µs, aligned to 1970, that has readings; values that are no number count as readings only."""
    starts = readings.time // width
    edges = np.flatnonzero(np.r_[True, starts[1:] != starts[:-1]])
    number = np.isfinite(readings.value)
    many = np.add.reduceat(number, edges, dtype=np.int64)
    lowest = np.minimum.reduceat(np.where(number, readings.value, np.inf), edges)
    highest = np.maximum.reduceat(np.where(number, readings.value, -np.inf), edges)
    total = np.add.reduceat(np.where(number, readings.value, 0.0), edges)
    mean = np.divide(total, many, out=np.full(len(edges), np.nan), where=many > 0)
    counts = np.diff(np.r_[edges, len(starts)])
    columns = (_numbers(lowest), _numbers(mean), _numbers(highest), counts.tolist())
    return list(zip((starts[edges] * width).tolist(), *columns, strict=True))


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [value if finite else None for value, finite in zip(values.tolist(), np.isfinite(values).tolist(), strict=True)]
