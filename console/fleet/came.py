"""What came of a gateway in a day: its polls put together, and which items that it made did not come. Pure but for `absent_in`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from contracts.payload import DATA_STREAM
from contracts.ranges import Ranges
from fleet.facts.day import Day
from fleet.facts.grid import Hole
from ingest.ledger import Word
from store.interface import HeldItem
from store.records import epochs, items, losses
from store.records.epochs import EpochRow
from store.records.losses import LossRow


@dataclass(frozen=True, slots=True)
class Told:
    """What the records say of a gateway's items: how many were made, which are lost, which are held outside the telemetry store."""

    epochs: tuple[EpochRow, ...]
    losses: tuple[LossRow, ...]
    held: Mapping[tuple[str, str], Ranges]


def told(db: Connection, gateway: str) -> Told:
    """In one reading."""
    return Told(tuple(epochs.of(db, gateway)), tuple(losses.of(db, gateway)), items.held(db, gateway))


def absent(day: Day, gateway: str, found: Told, held: Mapping[str, Ranges], came: Sequence[HeldItem]) -> list[Hole]:
    """Items of the data stream made that day that did not come, as ranges: missing (they may come yet) or lost (they will not).

    As in the gap ledger: a hole belongs to the day of the item before it, a loss to the day it was declared. `held`: by the telemetry
    store.
    """
    return [*_missing(day, gateway, found, held, came), *_lost(day, gateway, found)]


def count_of(holes: Iterable[Hole], word: Word) -> int:
    """Items in these ranges."""
    return sum(hole.items for hole in holes if hole.word == word)


def _missing(day: Day, gateway: str, found: Told, held: Mapping[str, Ranges], came: Sequence[HeldItem]) -> Iterator[Hole]:
    by_epoch: dict[str, list[HeldItem]] = {}
    for item in came:
        by_epoch.setdefault(item.epoch, []).append(item)
    rows = {row.epoch: row for row in found.epochs if row.stream == DATA_STREAM}
    for epoch in sorted(rows.keys() | by_epoch.keys()):
        row, of_day = rows.get(epoch), by_epoch.get(epoch, [])
        there = _joined(held.get(epoch, ()), found.held.get((epoch, DATA_STREAM), ()))
        lost = Ranges((loss.first, loss.last, 0) for loss in found.losses if (loss.epoch, loss.stream) == (epoch, DATA_STREAM))
        made = max([row.made if row else 0, *(last + 1 for _, last, _ in there)])
        unheard = row is not None and not len(there) and day.start <= row.last_time < day.end
        seqs = np.array([item.seq for item in of_day], np.int64)
        for low, high in there.missing(0, made - 1):
            at = int(np.searchsorted(seqs, low)) - 1
            follows = at >= 0 and int(seqs[at]) == low - 1
            leads = low == 0 and len(of_day) > 0 and int(seqs[0]) == high + 1
            if follows or leads or unheard:
                stamp = of_day[at].made if follows else day.start
                for first, last in lost.missing(low, high):
                    yield _hole(gateway, Word.MISSING, epoch, first, last, stamp)


def _joined(one: Iterable[tuple[int, int, int]], other: Iterable[tuple[int, int, int]]) -> Ranges:
    """What either holds; an item may be in both for a moment."""
    out = Ranges(one)
    for first, last, _ in other:
        for low, high in out.missing(first, last):
            out.add(low, high, 0)
    return out


def _lost(day: Day, gateway: str, found: Told) -> Iterator[Hole]:
    for loss in found.losses:
        if loss.stream == DATA_STREAM and day.start <= loss.at < day.end:
            yield _hole(gateway, Word.LOST, loss.epoch, loss.first, loss.last, loss.at)


def _hole(gateway: str, word: Word, epoch: str, first: int, last: int, at: int) -> Hole:
    return Hole("", str(word), at, at, f"gap:{gateway}/{epoch}/{first}", last - first + 1)
