"""Kept statistics in the bucket `statistics`: computed by InfluxDB where it can, from raw readings where quality, folds or a number that
is none make them more than a count.

Measurement and tag `mine` as in the raw layout, tag `stat`, field key the point, a float, time the window's start (rows of the layout
before have a tag `area`). InfluxDB has no NaN and no infinity: in the place of such a value stands that of the finite numbers alone (so
nothing an earlier computation left there), and the stat `special` says what it truly is: the window's count x 256 + two bits each for
min, mean, max and last (1 NaN, 2 +infinity, 3 -infinity). It counts only beside the count it was written with.
"""

from collections.abc import Collection, Iterable, Sequence
from math import inf, isfinite, isnan, nan
from typing import Any

import numpy as np

from store.influx.lines import Piece, tag
from store.influx.marks import Marks
from store.influx.reads import micros, stored, text, within
from store.influx.refusal import write_batch
from store.influx.server import Server
from store.interface import WINDOW, Delivery, Series, Window, Windows
from store.statistics import windows_of

_STATS = ("min", "mean", "max", "last", "count", "numbers", "good")
_SPECIAL = (None, nan, inf, -inf)
_FINITE = "finite "
"""Before a stat's name: the same of the finite numbers alone."""
_AT_ONCE = 2_000
"""Lines a request."""
Row = dict[str, float]
At = tuple[str, str, int]
"""(mine, point, start)."""


class Statistics:
    """Marks, statistics, and how they come about."""

    def __init__(self, server: Server) -> None:
        self._server, self.marks = server, Marks(server)

    def mark(self, deliveries: Sequence[Delivery]) -> None:
        """Before their readings are written."""
        self.marks.mark(deliveries)

    def dirty(self, mine: str) -> list[int]:
        return [start for owner, start in self.marks.windows() if owner == mine]

    # ------------------------------------------------------------ reading

    def kept(self, mine: str, point: str, start: int, end: int) -> Windows:
        """Whole windows."""
        rows = self._read(f"r.mine == {text(mine)} and r._field == {text(point)}", start, end)
        return _columns(dict(sorted((at, row) for (_, _, at), row in rows.items())))

    def of_mine(self, mine: str, start: int, end: int, points: Collection[str] | None = None) -> dict[str, Windows]:
        """`Store.windows`, of whole windows."""
        if points is not None and not points:
            return {}
        chosen = "" if points is None else f" and ({' or '.join(f'r._field == {text(point)}' for point in sorted(points))})"
        rows = self._read(f"r.mine == {text(mine)}{chosen}", start, end)
        dirty = {(mine, at) for at in self.dirty(mine) if start <= at < end}
        fresh = self._computed(dirty, min(at for _, at in dirty), max(at for _, at in dirty) + WINDOW) if dirty else {}
        for key, (_, row) in fresh.items():
            if row["count"] >= rows.get(key, {}).get("count", 0.0):
                rows[key] = _as_kept(row)
        of_point: dict[str, dict[int, Row]] = {}
        for (_, point, at), row in sorted(rows.items()):
            if points is not None and point not in points:
                continue
            of_point.setdefault(point, {})[at] = row
        return {point: _columns(of) for point, of in of_point.items()}

    def _read(self, chosen: str, start: int, end: int) -> dict[At, Row]:
        """Of a window with several rows the one of most readings, of equal ones the one in today's layout."""
        flux = (
            f"from(bucket: {text(self._server.address.bucket('statistics'))}) |> {within(start, end)} |> filter(fn: (r) => {chosen})"
            ' |> keep(columns: ["_time", "_value", "_field", "_measurement", "area", "mine", "stat"])'
        )
        found = list(self._server.rows(flux))
        rows: dict[tuple[At, str, str], Row] = {}
        for row, time in zip(found, micros([row["_time"] for row in found]), strict=True):
            key = (row["mine"], row["_field"], time), row["_measurement"], row.get("area") or ""
            rows.setdefault(key, {})[row["stat"]] = float(row["_value"])
        whole = [(entry, row) for entry, row in rows.items() if "count" in row]  # written in one request, but of several lines
        return {at: row for (at, _, _), row in sorted(whole, key=lambda one: (one[1]["count"], not one[0][2]))}

    # ------------------------------------------------------------ computing

    def recompute(self, wanted: Iterable[Window]) -> None:
        """Of windows that are dirty: compute, keep, clear."""
        taken = self.marks.taken(wanted)
        if not taken:
            return
        windows_of = {window for window, _ in taken}
        start, end = min(at for _, at in windows_of), max(at for _, at in windows_of) + WINDOW
        rows = self._computed(windows_of, start, end)
        lines = _lines(self._not_fewer(rows, windows_of, start, end))
        for first in range(0, len(lines), _AT_ONCE):
            pieces = [Piece(0, "".join(lines[first : first + _AT_ONCE]).encode(), 0)]
            write_batch(lambda data: self._server.write("statistics", data), pieces)  # refused is only what the bucket no longer keeps
        self.marks.clear(taken)

    def _not_fewer(self, rows: dict[At, tuple[str, Row]], wanted: set[Window], start: int, end: int) -> Iterable[tuple[At, str, Row]]:
        """Without those of which statistics of more readings are kept."""
        before = self._read(_any(wanted, 'r.stat == "count"'), start, end)
        for at, (quantity, row) in rows.items():
            if row["count"] >= before.get(at, {}).get("count", 0.0):
                yield at, quantity, row

    def _computed(self, wanted: set[Window], start: int, end: int) -> dict[At, tuple[str, Row]]:
        """Quantity and statistics by point and window."""
        quantities: dict[At, str] = {}
        rows: dict[At, Row] = {}
        counted, exact = set[At](), set[At]()
        for stat, at, fold, quantity, value in self._aggregates(wanted, start, end):
            if stat == "flags":
                exact.add(at)
                quantities[at] = quantity
                continue
            if stat == "count":
                if fold or at in counted:
                    exact.add(at)
                counted.add(at)
                quantities[at] = quantity
            rows.setdefault(at, {})[stat] = value
        plain = {at: row | {"numbers": row["count"], "good": row["count"]} for at, row in rows.items() if at not in exact}
        return {at: (quantities[at], row) for at, row in (plain | self._exact(exact)).items()}

    def _aggregates(self, wanted: set[Window], start: int, end: int) -> Iterable[tuple[str, At, str, str, float]]:
        """(stat, where, fold, quantity, value) by series and window; `flags` where a quality is not 0."""
        source = f"from(bucket: {text(self._server.address.bucket('raw'))}) |> {within(start, end)}"
        values, flags = _any(wanted, 'r._measurement != "quality"'), _any(wanted, 'r._measurement == "quality" and r._value != 0')
        kept = 'keep(columns: ["_time", "_value", "_field", "_measurement", "area", "mine", "fold", "quantity"])'
        queries = []
        for stat in ("count", "min", "mean", "max", "last", "flags"):
            chosen, name = (flags, "count") if stat == "flags" else (values, stat)
            window = f'aggregateWindow(every: {WINDOW}us, fn: {name}, createEmpty: false, timeSrc: "_start")'
            queries.append(f'{source} |> filter(fn: (r) => {chosen}) |> {window} |> {kept} |> yield(name: "{stat}")')
        rows = list(self._server.rows("\n".join(queries)))
        for row, time in zip(rows, micros([row["_time"] for row in rows]), strict=True):
            if (row["mine"], time) in wanted:
                quantity = row["quantity"] if row["result"] == "flags" else row["_measurement"]
                yield row["result"], (row["mine"], row["_field"], time), row.get("fold") or "", quantity, float(row["_value"])

    def _exact(self, wanted: set[At]) -> dict[At, Row]:
        """From raw readings; one that has a flag and no value is none."""
        by_window: dict[Window, list[str]] = {}
        for mine, point, start in sorted(wanted):
            by_window.setdefault((mine, start), []).append(point)
        out: dict[At, Row] = {}
        for (mine, start), points in by_window.items():
            of_point: dict[str, list[tuple[int, int, float, int]]] = {}
            found = stored(self._server, mine, start, start + WINDOW, points)
            for (point, time, fold), (value, quality) in found.readings().items():
                of_point.setdefault(point, []).append((time, fold, value, quality))
            for point, readings in of_point.items():
                finite = _row([reading for reading in readings if isfinite(reading[2])])
                out[mine, point, start] = _row(readings) | {f"{_FINITE}{stat}": finite[stat] for stat in _STATS[:4] if finite}
        return out


def _columns(of: dict[int, Row]) -> Windows:
    """Kept rows of one point by window, ascending."""
    columns: list[Any] = [np.array([_value(row, stat) for row in of.values()], np.float64) for stat in _STATS]
    return Windows(np.array(list(of), np.int64), *columns[:4], *(column.astype(np.int64) for column in columns[4:]))


def _as_kept(row: Row) -> Row:
    """A row as `_lines` writes it: what is no finite number is told by `special`."""
    code = sum(_kind(row[stat]) << 2 * n for n, stat in enumerate(_STATS[:4]))
    return {stat: value for stat, value in row.items() if isfinite(value)} | ({"special": row["count"] * 256 + code} if code else {})


def _row(readings: list[tuple[int, int, float, int]]) -> Row:
    """The statistics of one window; empty where nothing is in it."""
    if not readings:
        return {}
    row = windows_of(_series(readings), WINDOW)
    names = ("minimum", "mean", "maximum", "last", "count", "numbers", "good")
    return {stat: float(getattr(row, name)[0]) for stat, name in zip(_STATS, names, strict=True)}


def _series(readings: list[tuple[int, int, float, int]]) -> Series:
    readings.sort(key=lambda one: one[:2])
    return Series(
        np.array([one[0] for one in readings], np.int64),
        np.array([one[2] for one in readings], np.float64),
        np.array([one[3] for one in readings], np.uint16),
        np.array([min(one[1], 255) for one in readings], np.uint8),
    )


def _any(wanted: set[Window], and_so: str) -> str:
    mines = sorted({mine for mine, _ in wanted})
    return f"({' or '.join(f'r.mine == {text(mine)}' for mine in mines)}) and {and_so}"


def _value(row: Row, stat: str) -> float:
    if stat not in _STATS[:4]:
        return row.get(stat, 0.0)
    count, code = divmod(int(row.get("special", 0.0)), 256)
    special = _SPECIAL[code >> 2 * _STATS.index(stat) & 3] if count == row["count"] else None
    return row.get(stat, nan) if special is None else special


def _lines(rows: Iterable[tuple[At, str, Row]]) -> list[str]:
    """A line per window, quantity and stat, the counts last: a window without one was not finished."""
    fields: dict[tuple[str, str, int], list[str]] = {}
    for (mine, point, start), quantity, row in rows:
        head = f"{tag(quantity)},mine={tag(mine)}"
        code = sum(_kind(row[stat]) << 2 * n for n, stat in enumerate(_STATS[:4]))
        special = {"special": row["count"] * 256 + code} if code else {}
        shown = {stat: row[stat] if isfinite(row[stat]) else row.get(f"{_FINITE}{stat}", nan) for stat in _STATS}
        for stat, value in (shown | special).items():
            if isfinite(value):
                fields.setdefault((stat, head, start), []).append(f"{point}={float(value)!r}")
    ordered = sorted(fields.items(), key=lambda entry: entry[0][0] == "count")
    return [f"{head},stat={stat} {','.join(of)} {start}\n" for (stat, head, start), of in ordered]


def _kind(value: float) -> int:
    """Of `_SPECIAL`."""
    if isfinite(value):
        return 0
    return 1 if isnan(value) else 2 if value > 0 else 3
