"""What the store answers: each partition that may have something is asked, and the answers are put together."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.clock import HOUR
from contracts.payload import Poll
from contracts.quality import NOT_CLEARING
from store.embedded import schema
from store.embedded.columns import Ids, Rows
from store.embedded.partition import Partition
from store.embedded.shelf import Beside, Shelf, Table
from store.interface import HeldItem, Series, Windows
from store.statistics import NO_WINDOWS, windows_of

SHORT = HOUR


def series(shelf: Shelf | Beside, number: int | None, start: int, end: int) -> Series:
    """Raw readings, ascending by (time, fold); `number` None is a series nobody ever wrote."""
    asked = [shelf.ask(part, schema.SERIES, series=number, start=start, end=end) for part in _with_readings(shelf, number, start, end)]
    if not asked:
        return Series(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint16), np.empty(0, np.uint8))
    found = _join(asked)
    order = np.lexsort((found["fold"], found["time"])) if len(asked) > 1 else slice(None)
    return Series(*(found[name][order] for name in ("time", "value", "quality", "fold")))


def windows(shelf: Shelf | Beside, number: int | None, start: int, end: int, width: int) -> Windows:
    """Statistics of raw readings per bucket of `width`. What is short is read once and counted here: the database reads it twice, and of an
    open day that is everybody's readings."""
    if end - start <= SHORT:
        return windows_of(series(shelf, number, start, end), width)
    values = {"series": number, "start": start, "end": end, "width": width, "not_good": NOT_CLEARING}
    return merged([shelf.ask(part, schema.BUCKETS, **values) for part in _with_readings(shelf, number, start, end)])[1]


def merged(asked: list[Table]) -> tuple[Ids, Windows]:
    """The statistics of each partition put together, ascending by (series, start): series of each row, and the rows."""
    if not any(len(table["start"]) for table in asked):
        return np.empty(0, np.int32), NO_WINDOWS
    found = _join(asked)
    order = np.lexsort((found["fold"], found["time"], found["start"], found["series"]))
    column = {name: values[order] for name, values in found.items()}
    edge = (column["start"][1:] != column["start"][:-1]) | (column["series"][1:] != column["series"][:-1])
    starts = np.flatnonzero(np.append(True, edge))
    ends = np.append(starts[1:], len(order)) - 1
    with np.errstate(all="ignore"):  # nothing but NaN: NaN; infinities of both signs: NaN
        numbers = np.add.reduceat(column["numbers"], starts)
        total = np.add.reduceat(np.where(column["numbers"] > 0, column["total"], 0.0), starts)
        rows = Windows(
            column["start"][starts],
            np.fmin.reduceat(column["minimum"], starts),
            np.where(numbers > 0, total, np.nan) / numbers,
            np.fmax.reduceat(column["maximum"], starts),
            column["last"][ends],
            np.add.reduceat(column["count"], starts),
            numbers,
            np.add.reduceat(column["good"], starts),
        )
    return column["series"][starts], rows


def count(shelf: Shelf, mine: str, start: int, end: int) -> dict[str, int]:
    """Readings per point."""
    out: dict[str, int] = {}
    for part in shelf.partitions:
        if part.time.meets(start, end):
            for point, readings in shelf.rows(part, schema.COUNT, mine=mine, start=start, end=end):
                out[point] = out.get(point, 0) + readings
    return out


def items(shelf: Shelf, gateway: str, start: int, end: int) -> list[HeldItem]:
    """Held rows by `made`, ascending by (epoch, seq)."""
    asked = (part for part in _all(shelf) if part.made.meets(start, end))
    rows = [row for part in asked for row in shelf.rows(part, schema.ITEMS, gateway=gateway, start=start, end=end)]
    return sorted((HeldItem(*row) for row in rows), key=lambda item: (item.epoch, item.seq))


def polls(shelf: Shelf, gateway: str, start: int, end: int) -> list[Poll]:
    """Poll runs by their first instant, ascending by (source, first)."""
    asked = (part for part in _all(shelf) if part.polled.meets(start, end))
    rows = [row for part in asked for row in shelf.rows(part, schema.POLLS, gateway=gateway, start=start, end=end)]
    return sorted((Poll(*row) for row in rows), key=lambda poll: (poll.source, poll.first))


def at_same_time(shelf: Shelf, doubtful: Rows) -> list[Rows]:
    """What is stored at the (series, time) of these readings, by partition: one join each."""
    start, end = int(doubtful.time.min()), int(doubtful.time.max()) + 1
    shelf.connection.register("doubtful", {"series": doubtful.series, "time": doubtful.time})
    try:
        parts = [part for part in shelf.partitions if part.time.meets(start, end)]
        return [Rows.of(shelf.ask(part, schema.DOUBTFUL, start=start, end=end)) for part in parts]
    finally:
        shelf.connection.unregister("doubtful")


def _with_readings(shelf: Shelf | Beside, number: int | None, start: int, end: int) -> Iterator[Partition]:
    return (part for part in shelf.partitions if number is not None and part.time.meets(start, end))


def _all(shelf: Shelf) -> list[Partition]:
    return [shelf.kept, *shelf.partitions]


def _join(tables: list[Table]) -> dict[str, NDArray[Any]]:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
