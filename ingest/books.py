"""Draws up the gap ledger of a gateway from what both databases hold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from contracts.clock import DAY, HOUR, MINUTE
from contracts.payload import DATA_STREAM, Poll
from contracts.ranges import Ranges
from ingest.holdings import Holdings
from ingest.ledger import Gap, LedgerDay, Made, Word, missing, polled
from ingest.receipts import Holding
from store.interface import Store
from store.records import counters, epochs, items, losses
from store.records.epochs import EpochRow
from store.records.items import ItemRow

LATE = MINUTE
Items = dict[tuple[str, str], Made]
"""By (epoch, stream); only those that have any."""
LOOK_BACK, LOOK_AHEAD, FARTHEST = DAY, 2 * HOUR, 128 * DAY
"""How far before and after a day its poll runs are looked for: at first (no period is longer than an hour), and at most."""


def ledger(holdings: Holdings, gateway: str, start: int, end: int) -> list[LedgerDay]:
    """One row per UTC day that touches [start, end), newest last. Runs in the store's thread."""
    return [_day(holdings, gateway, day) for day in range(start - start % DAY, end, DAY)]


def _day(holdings: Holdings, gateway: str, day: int) -> LedgerDay:
    end = day + DAY
    return part(holdings, gateway, day, end, runs_of(holdings.store, gateway, day, end), items_of(holdings, gateway, day, end))


def part(holdings: Holdings, gateway: str, day: int, end: int, runs: list[Poll], rows: Items) -> LedgerDay:
    """Of [day, end), which lies within one UTC day: figures of parts add up to the day's; `duplicate` and `conflict` are the whole day's.
    `rows`: the items made then; `runs`: the polls of then, and the nearest before and after."""
    due, answered, gaps = polled(runs, day, end)
    with holdings.records.read() as db:
        words = counters.of(db, gateway, day - day % DAY)
        made = {(row.epoch, row.stream): row for row in epochs.of(db, gateway)}
        declared = losses.of(db, gateway)
    gone = any(row.folded and (key in rows or day <= row.last_time < end) for key, row in made.items())
    holding = holdings.whole(gateway) if gone else holdings.of(gateway)
    unheard = _unheard(made.values(), holding, day, end)
    holes = sum(gap.last - gap.first + 1 for gap in unheard)
    gaps += unheard
    for key, of_day in rows.items():
        held, lost = holding.held.get(key, Ranges()), holding.lost.get(key, Ranges())
        extent = made.get(key)
        count = max([extent.made if extent else 0, *(last + 1 for _, last, _ in held)])
        for first, last in missing(held, lost, count, of_day):
            holes += last - first + 1
            stamp = of_day.newest_before(first, day)
            gaps.append(Gap(Word.MISSING, first, last, stamp, stamp, epoch=key[0], reason="not received yet"))
    lost_here = 0
    for loss in declared:
        for first, last in holding.held.get((loss.epoch, loss.stream), Ranges()).missing(loss.first, loss.last):
            if day <= loss.at < end:
                lost_here += last - first + 1
                gaps.append(Gap(Word.LOST, first, last, loss.at, loss.at, epoch=loss.epoch, reason=loss.reason))
    dead = sum(int(of_day.dead.sum()) for of_day in rows.values())
    committed = sum(map(len, rows.values())) - dead
    return LedgerDay(
        gateway=gateway,
        day=day - day % DAY,
        made=committed + dead + holes + lost_here,
        committed=committed,
        late=sum(int((of_day.received - of_day.made > LATE).sum()) for of_day in rows.values()),
        replayed=sum(int(of_day.replayed.sum()) for of_day in rows.values()),
        missing=holes,
        lost=lost_here,
        dead=dead,
        duplicate=words.get("duplicate", 0),
        conflict=words.get("conflict", 0),
        due=due,
        answered=answered,
        gaps=sorted(gaps, key=lambda gap: (gap.start, gap.word)),
    )


def _unheard(told: Iterable[EpochRow], holding: Holding, day: int, end: int) -> list[Gap]:
    """Epochs a birth told of and nothing is held of: missing on the day of their newest item."""
    rows = [row for row in told if day <= row.last_time < end and not holding.held.get((row.epoch, row.stream))]
    return [
        Gap(Word.MISSING, first, last, row.last_time, row.last_time, epoch=row.epoch, reason="not received yet")
        for row in rows
        for first, last in holding.lost.get((row.epoch, row.stream), Ranges()).missing(0, row.made - 1)
    ]


def runs_of(store: Store, gateway: str, start: int, end: int) -> list[Poll]:
    """The poll runs of [start, end), and the nearest before and after: an outage over midnight, or days, is seen from both ends."""
    runs = store.runs(gateway, start - LOOK_BACK, end)
    span = LOOK_BACK
    while not any(run.first < start for run in runs) and span < FARTHEST:
        runs = store.runs(gateway, start - 2 * span, start - span) + runs
        span *= 2
    after, span = list[Poll](), 0
    while runs and not after and span < FARTHEST:
        wider = 2 * span or LOOK_AHEAD
        after = store.runs(gateway, end + span, end + wider)
        span = wider
    return runs + after


def items_of(holdings: Holdings, gateway: str, start: int, end: int) -> Items:
    """The items made in [start, end), dead letters too, by (epoch, stream)."""
    stored = holdings.store.item_columns(gateway, start, end)
    rows = {
        (epoch, DATA_STREAM): Made(of.seq, of.made, of.received, of.replayed, np.zeros_like(of.replayed)) for epoch, of in stored.items()
    }
    told: dict[tuple[str, str], list[ItemRow]] = defaultdict(list)
    with holdings.records.read() as db:
        for row in items.between(db, gateway, start, end):
            key = (row.epoch, row.stream)
            if row.stream != DATA_STREAM or key not in rows or row.seq not in rows[key]:
                told[key].append(row)
    for key, of_key in told.items():
        rows[key] = _joined([*([rows[key]] if key in rows else []), _made(of_key)])
    return rows


def _made(rows: Sequence[ItemRow]) -> Made:
    return Made(
        np.array([row.seq for row in rows], np.int64),
        np.array([row.made for row in rows], np.int64),
        np.array([row.received for row in rows], np.int64),
        np.array([row.replayed for row in rows], np.bool_),
        np.array([row.kind == "dead" for row in rows], np.bool_),
    )


def _joined(parts: Sequence[Made]) -> Made:
    """All of them, ascending by number."""
    order = np.argsort(np.concatenate([part.seq for part in parts]), kind="stable")
    return Made(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in Made.__slots__))
