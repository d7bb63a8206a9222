"""A mine's readings, all of them, out of a store: by point, ascending by (time, fold).

The store answers for one point at a time, and looks through the whole open day for each: a night of a province would be read for
hours. So the embedded store's files are asked for a mine at once, InfluxDB for many points; nothing of what they hold is passed over.
"""

import numpy as np

from bench.soak.values import POINTS
from store.embedded import EmbeddedStore
from store.influx import InfluxStore
from store.influx.reads import END, FIRST, stored
from store.interface import Series, Store

_MINE = "select series, time, value, quality, fold from {part}.reading where series between $low and $high"
AT_ONCE = 50
_COLUMNS = ("time", "value", "quality", "fold")


def of_mine(store: Store, mine: str) -> list[Series]:
    """Of every point of the night, in order."""
    points = [f"P{at:03d}" for at in range(POINTS)]
    if isinstance(store, InfluxStore):
        return _of_influx(store, mine, points)
    assert isinstance(store, EmbeddedStore)
    known = store._names.known("series", mine)
    if not known:
        return [_NOTHING] * POINTS
    low, high = min(known.values()), max(known.values())
    asked = [store._shelf.ask(part, _MINE, low=low, high=high) for part in store._shelf.partitions]
    whole = {name: np.concatenate([table[name] for table in asked]) for name in ("series", *_COLUMNS)}
    order = np.lexsort((whole["fold"], whole["time"], whole["series"]))
    series = whole["series"][order]
    columns = [whole[name][order] for name in _COLUMNS]
    out = []
    for point in points:
        at = known.get(point, -1)
        first, last = np.searchsorted(series, at), np.searchsorted(series, at, "right")
        out.append(Series(*(column[first:last] for column in columns)))
    return out


def _of_influx(store: InfluxStore, mine: str, points: list[str]) -> list[Series]:
    """Some points at once: a question for each would be most of the time, and of all together most of the memory."""
    out = list[Series]()
    for at in range(0, len(points), AT_ONCE):
        rows: dict[str, list[tuple[int, int, float, int]]] = {point: [] for point in points[at : at + AT_ONCE]}
        for (point, time, fold), (value, quality) in stored(store._server, mine, FIRST, END, list(rows)).readings().items():
            rows[point].append((time, fold, value, quality))
        for of_point in rows.values():
            of_point.sort()
            times, folds = np.array([row[0] for row in of_point], np.int64), np.array([row[1] for row in of_point], np.uint8)
            values, flags = np.array([row[2] for row in of_point], np.float64), np.array([row[3] for row in of_point], np.uint16)
            out.append(Series(times, values, flags, folds))
    return out


_NOTHING = Series(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint16), np.empty(0, np.uint8))
