"""What a centre that has run for long holds of some mines: a day of readings with their statistics, and 90 days of statistics before it."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from bench.senders import mine_name
from bench.supply import Supply
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Registry
from store.embedded import EmbeddedStore
from store.interface import WINDOW, Delivery

_EPOCH = "00000000000000da"
_OLDER = """
insert into statistics.stat
select s.series, w.start, 0.1, 0.2 + 0.1 * sin(w.start / 1e12 + s.series), 0.4, 0.2, 300, 300, 300
from (select unnest(range($first, $end, $width)) as start) w, (select unnest($series) as series) s order by w.start, s.series
"""
"""In the order a centre writes them: window by window."""


def supply(folder: Path, mines: int, points: int, now: int, hours: int, days: int) -> int:
    """Into a fresh embedded store, up to `now` (µs UTC): `hours` of readings, and statistics of `days` in all; how many readings."""
    like, end = Supply(mine_name(0), points), now // WINDOW * WINDOW
    registries, minute = [like.of(mine_name(n)) for n in range(mines)], _minute(like)
    store = EmbeddedStore(folder)
    try:
        for start in range(end - hours * HOUR, end, HOUR):
            firsts = range(start, start + HOUR, MINUTE)
            store.append([_item(registry, minute, first) for first in firsts for registry in registries])
            store.recompute(store.dirty())
        store.seal()
    finally:
        store.close()
    _older(folder, end - days * DAY, end - hours * HOUR)
    return mines * points * hours * (HOUR // SECOND)


def _minute(like: Supply) -> Block:
    """All points, sixty times, by the seconds of a minute."""
    rows = [like.batch(second * like.runs + run, second * SECOND) for second in range(60) for run in range(like.runs)]
    return Block.of(np.concatenate([row.point for row in rows]), np.concatenate([row.time for row in rows]), _values(rows), 0)


def _values(rows: Sequence[Block]) -> NDArray[np.float64]:
    return np.concatenate([row.value for row in rows])


def _item(registry: Registry, minute: Block, first: int) -> Delivery:
    seq = first // MINUTE
    block, polls = Block(minute.point, minute.time + first, minute.value, minute.quality), (Poll("bench", SECOND, first, 60, 60),)
    return Delivery(f"{registry.mine}/gw", _EPOCH, seq, seq + 1, first, first + MINUTE - SECOND, False, registry, block, polls)


def _older(folder: Path, first: int, end: int) -> None:
    """The statistics of the days before, written straight into their file: to make them of readings would take hours."""
    with duckdb.connect() as db:
        db.execute(f"attach '{folder / 'catalogue.duckdb'}' as catalogue (read_only)")
        db.execute(f"attach '{folder / 'statistics.duckdb'}' as statistics")
        series = [number for (number,) in db.execute("select id from catalogue.name where kind = 'series' order by id").fetchall()]
        db.execute(_OLDER, {"first": first, "end": end, "width": WINDOW, "series": series})


def stored(folder: Path, since: int) -> tuple[int, int]:
    """Readings of `since` (µs UTC) and later in the store's files, and items held twice; the centre has ended."""
    readings = twice = 0
    for path in sorted(folder.glob("0*.duckdb")):
        with duckdb.connect(str(path)) as db:
            readings += int(db.execute("select count(*) from reading where time >= $since", {"since": since}).fetchall()[0][0])
            twice += int(db.execute("select count(*) - count(distinct (epoch, seq)) from item").fetchall()[0][0])
    return readings, twice
