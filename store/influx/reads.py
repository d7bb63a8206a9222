"""Answers from InfluxDB: Flux out, columns in. A reading is its value and its quality; absent quality is 0.

Lines of the layout before (with a tag `area`) are read as well; of the same reading in both the newer line counts (docs/decisions/0011).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from store.influx.lines import IS_NAN, unmarked
from store.influx.server import Server
from store.interface import Last, Series

FIRST, END = -9_000_000_000_000_000, 9_000_000_000_000_000
"""µs: the times InfluxDB can hold, 1684 to 2255."""
POINTS_AT_ONCE = 100
"""Points a query names: Flux refuses some 500 ("nested too deep")."""
Key = tuple[str, int, int]
"""(point, time, fold)."""


@dataclass(slots=True)
class Stored:
    """Readings by key: value bits stay as they were; a value that is no finite number stands in the quality."""

    value: dict[Key, float]
    quality: dict[Key, int]

    def readings(self) -> dict[Key, tuple[float, int]]:
        out = {}
        for key, mark in self.quality.items():
            quality, special = unmarked(mark)
            value = special if special is not None else self.value.get(key)
            if value is not None:
                out[key] = value, quality
        for key, value in self.value.items():
            if key not in out:
                out[key] = value, 0
        return out


def within(start: int, end: int) -> str:
    """The Flux range [start, end) of µs."""
    low, high = max(start, FIRST), min(end, END)
    return f"range(start: time(v: {low * 1000}), stop: time(v: {max(high, low) * 1000}))"


def text(word: str) -> str:
    """A Flux string."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${") + '"'


def stored(server: Server, mine: str, start: int, end: int, points: Iterable[str] | None = None) -> Stored:
    """What is stored of a mine (of some of its points, however many) with time in [start, end)."""
    if points is None:
        return _stored(server, mine, within(start, end), "", "")
    out, named = Stored({}, {}), list(points)
    for first in range(0, len(named), POINTS_AT_ONCE):
        chosen = " or ".join(f"r._field == {text(point)}" for point in named[first : first + POINTS_AT_ONCE])
        found = _stored(server, mine, within(start, end), f" and ({chosen})", "")
        out.value |= found.value
        out.quality |= found.quality
    return out


def _stored(server: Server, mine: str, span: str, chosen: str, then: str) -> Stored:
    flux = (
        f"from(bucket: {text(server.address.bucket('raw'))}) |> {span} |> filter(fn: (r) => r.mine == {text(mine)}{chosen}){then}"
        ' |> keep(columns: ["_time", "_value", "_field", "_measurement", "fold", "area"])'
    )
    older, found = Stored({}, {}), Stored({}, {})
    rows = list(server.rows(flux))
    for row, time in zip(rows, micros([row["_time"] for row in rows]), strict=True):
        into, key = older if row.get("area") else found, (row["_field"], time, int(row.get("fold") or 0))
        if row["_measurement"] == "quality":
            into.quality[key] = int(row["_value"])
        else:
            into.value[key] = float(row["_value"])
    return Stored(older.value | found.value, older.quality | found.quality)


def micros(times: list[str]) -> list[int]:
    """RFC 3339 texts as µs since 1970."""
    out: list[int] = np.array([time[:-1] for time in times], "datetime64[us]").astype(np.int64).tolist()
    return out


def series(server: Server, mine: str, point: str, start: int, end: int) -> Series:
    readings = stored(server, mine, start, end, [point]).readings()
    rows = sorted((time, fold, value, quality) for (_, time, fold), (value, quality) in readings.items())
    return Series(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.uint16),
        np.array([min(row[1], 255) for row in rows], np.uint8),
    )


def last(server: Server, mine: str) -> dict[str, Last]:
    """The newest reading of every point: the newest of each of its series, then the largest (time, fold)."""
    every = within(FIRST, END)
    newest = _stored(server, mine, every, "", " |> last()")
    special = _stored(server, mine, every, f' and r._measurement == "quality" and r._value >= {IS_NAN}', " |> last()")
    top: dict[str, tuple[int, int]] = {}
    for point, time, fold in [*newest.value, *special.quality]:
        top[point] = max(top.get(point, (time, fold)), (time, fold))
    flags = special.quality | newest.quality
    known = Stored(newest.value, flags).readings()
    flagged = {point: max(at for name, at, _ in flags if name == point) for point in {name for name, _, _ in flags}}
    out = {}
    for point, (time, fold) in top.items():
        key = (point, time, fold)
        if key not in flags and flagged.get(point, time) > time:  # a newer flag, of a write that broke off or another place, hides ours
            known |= stored(server, mine, time, time + 1, [point]).readings()
        out[point] = Last(time, *known[key])
    return out


def count(server: Server, mine: str | None, start: int, end: int) -> dict[str, int]:
    """Readings per point; without a mine, of all mines together under their ids."""
    whose = f"r.mine == {text(mine)} and " if mine is not None else ""
    out: dict[str, int] = {}
    for chosen in ('r._measurement != "quality"', f'r._measurement == "quality" and r._value >= {IS_NAN}'):
        source = f"from(bucket: {text(server.address.bucket('raw'))}) |> {within(start, end)} |> filter(fn: (r) => {whose}{chosen})"
        counts: dict[str, dict[str, int]] = {}
        for row in server.rows(f'{source} |> count() |> keep(columns: ["_field", "_value", "area"])'):
            of_point, area = counts.setdefault(row["_field"], {}), row.get("area") or ""
            of_point[area] = of_point.get(area, 0) + int(row["_value"])
        exact = _apart(server, source, [point for point, by_area in counts.items() if len(by_area) > 1])
        for point, by_area in counts.items():
            out[point] = out.get(point, 0) + exact.get(point, sum(by_area.values()))
    return out


def _apart(server: Server, source: str, points: list[str]) -> dict[str, int]:
    """Readings of points that have lines in both layouts, or in two areas: what stands in both counts once."""
    out: dict[str, int] = {}
    for first in range(0, len(points), POINTS_AT_ONCE):
        chosen = " or ".join(f"r._field == {text(point)}" for point in points[first : first + POINTS_AT_ONCE])
        flux = (
            f'{source} |> filter(fn: (r) => {chosen}) |> group(columns: ["mine", "_field", "fold"]) |> unique(column: "_time")'
            ' |> count() |> keep(columns: ["_field", "_value"])'
        )
        for row in server.rows(flux):
            out[row["_field"]] = out.get(row["_field"], 0) + int(row["_value"])
    return out
