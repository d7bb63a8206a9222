"""Draws up the gap ledger of a gateway from what both databases hold."""

from collections import defaultdict
from collections.abc import Iterable

from contracts.clock import DAY, HOUR, MINUTE
from contracts.payload import Poll
from contracts.ranges import Ranges
from ingest.holdings import Holdings
from ingest.ledger import Gap, LedgerDay, Made, Word, missing, polled
from ingest.receipts import Holding
from store.interface import Store
from store.records import counters, epochs, items, losses
from store.records.epochs import EpochRow

LATE = MINUTE
Items = dict[tuple[str, str], list[Made]]
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
            stamp = max((item.made for item in of_day if item.seq < first), default=day)
            gaps.append(Gap(Word.MISSING, first, last, stamp, stamp, epoch=key[0], reason="not received yet"))
    lost_here = 0
    for loss in declared:
        for first, last in holding.held.get((loss.epoch, loss.stream), Ranges()).missing(loss.first, loss.last):
            if day <= loss.at < end:
                lost_here += last - first + 1
                gaps.append(Gap(Word.LOST, first, last, loss.at, loss.at, epoch=loss.epoch, reason=loss.reason))
    everything = [item for of_day in rows.values() for item in of_day]
    dead = sum(item.dead for item in everything)
    committed = len(everything) - dead
    return LedgerDay(
        gateway=gateway,
        day=day - day % DAY,
        made=committed + dead + holes + lost_here,
        committed=committed,
        late=sum(item.received - item.made > LATE for item in everything),
        replayed=sum(item.replayed for item in everything),
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
    runs = store.polls(gateway, start - LOOK_BACK, end)
    span = LOOK_BACK
    while not any(run.first < start for run in runs) and span < FARTHEST:
        runs = store.polls(gateway, start - 2 * span, start - span) + runs
        span *= 2
    after, span = list[Poll](), 0
    while runs and not after and span < FARTHEST:
        wider = 2 * span or LOOK_AHEAD
        after = store.polls(gateway, end + span, end + wider)
        span = wider
    return runs + after


def items_of(holdings: Holdings, gateway: str, start: int, end: int) -> Items:
    """The items made in [start, end), dead letters too, by (epoch, stream)."""
    rows: Items = defaultdict(list)
    rows_of_store = holdings.store.items(gateway, start, end)
    for item in rows_of_store:
        rows[item.epoch, "data"].append(Made(item.epoch, item.seq, item.made, item.received, item.replayed))
    with holdings.records.read() as db:
        there = {(item.epoch, item.seq) for item in rows_of_store}
        for row in items.between(db, gateway, start, end):
            if row.stream == "data" and (row.epoch, row.seq) in there:
                continue
            dead = row.kind == "dead"
            rows[row.epoch, row.stream].append(Made(row.epoch, row.seq, row.made, row.received, row.replayed, dead))
    return rows
