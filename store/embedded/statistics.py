"""Kept statistics of 5 minutes: which windows are dirty, and the file of what was computed.

A mark lies in the partition, in the transaction of its readings; statistics, and which marks they have seen, are one transaction of the
statistics' own file. So a crash leaves a window dirty that is clean, never the other way round.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from contracts.quality import NOT_CLEARING
from store.embedded import schema
from store.embedded.columns import Ids
from store.embedded.partition import Partition
from store.embedded.reads import merged
from store.embedded.reads import windows as raw_windows
from store.embedded.shelf import Beside, Shelf, Table
from store.interface import WINDOW, Buckets, Delivery, Window, Windows
from store.statistics import answer, by_series, touched, whole

BATCH = 12
"""Windows computed in one step where all that is dirty is to be computed."""


class Statistics:
    """Under the store's lock, as the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.dirty: dict[str, dict[int, int]] = {}
        """Mine to window to the number of its mark."""
        known = self._known()
        if known is None:
            known = self._mark_everything()
        self._next = known
        for part in [shelf.statistics, *shelf.partitions]:
            self._load(part, known)

    def _known(self) -> int | None:
        rows = self._shelf.rows(self._shelf.statistics, "select number from {part}.known where key = 'from'")
        return int(rows[0][0]) if rows else None

    def _mark_everything(self) -> int:
        """A store that has readings and no statistics yet; the number its marks begin with."""
        shelf = self._shelf
        first = 1 + max((int(n) for part in shelf.partitions if self._has_marks(part) for ((n,),) in [_largest(shelf, part)]), default=0)
        found = {window for part in shelf.partitions for window in shelf.rows(part, schema.EVERY_WINDOW, width=WINDOW)}
        marks = [(mine, start, first + at) for at, (mine, start) in enumerate(sorted(found))]
        with shelf.registered(fresh_mark=table(marks)), shelf.transaction():
            if marks:
                shelf.connection.execute(schema.INSERT["mark"].format(part=schema.STATISTICS))
            shelf.connection.execute("insert or replace into statistics.known values ('from', $first)", {"first": first})
        shelf.set_fact("format", schema.FORMAT)
        return first

    def _load(self, part: Partition, known: int) -> None:
        if not self._has_marks(part):
            return
        cleared = {
            (mine, start): number for mine, start, number in self._shelf.rows(self._shelf.statistics, "select * from {part}.cleared")
        }
        for mine, start, number in self._shelf.rows(part, schema.MARKS, known=known):
            self._next = max(self._next, number + 1)
            if number > cleared.get((mine, start), -1):
                of_mine = self.dirty.setdefault(mine, {})
                of_mine[start] = max(number, of_mine.get(start, number))

    def _has_marks(self, part: Partition) -> bool:
        """A partition that was sealed before there were statistics has no marks."""
        self._shelf.reach(part)
        question = "select count(*) from duckdb_tables() where database_name = $alias and table_name = 'mark'"
        return bool(self._shelf.connection.execute(question, {"alias": part.alias}).fetchall()[0][0])

    def new_marks(self, deliveries: Iterable[Delivery]) -> list[tuple[str, int, int]]:
        """Marks that do not stand yet, to be committed with the readings and then `add`ed."""
        missing = [(mine, start) for mine, start in sorted(touched(deliveries)) if start not in self.dirty.get(mine, ())]
        return [(mine, start, self._next + at) for at, (mine, start) in enumerate(missing)]

    def add(self, marks: Sequence[tuple[str, int, int]]) -> None:
        """They are durable."""
        for mine, start, number in marks:
            self.dirty.setdefault(mine, {})[start] = number
        self._next += len(marks)

    def buckets(self, shelf: Shelf | Beside, mine: str, series: int | None, span: tuple[int, int], width: int) -> Buckets:
        """`shelf`: ours, under the store's lock, or what a reader sees of it. What is dirty is known before anything is asked: a window
        that is computed meanwhile has both answers, and the one of more readings counts."""
        return answer(
            span,
            width,
            tuple(self.dirty.get(mine, ())),
            lambda low, high: _kept(shelf, series, low, high),
            lambda low, high, wide: raw_windows(shelf, series, low, high, wide),
        )

    def of_mine(self, mine: str, names: Mapping[int, str], start: int, end: int) -> dict[str, Windows]:
        """`Store.windows`. `names`: point by series number."""
        low, high = whole(start, end)
        with self._shelf.registered(wanted_series={"series": np.array(list(names), np.int32)}):
            found: dict[str, Any] = self._shelf.ask(self._shelf.statistics, schema.KEPT_OF_MINE, start=low, end=high)
        parts = [(found["series"], Windows(*(found[name] for name in Windows.__slots__)))]
        dirty = [(mine, at, number) for at, number in sorted(self.dirty.get(mine, {}).items()) if low <= at < high]
        if dirty:
            parts.append(self._raw(dirty))
        return by_series(parts, names)

    def _raw(self, marks: Sequence[tuple[str, int, int]]) -> tuple[Ids, Windows]:
        """Series and statistics of the raw readings of these windows."""
        start, end = min(mark[1] for mark in marks), max(mark[1] for mark in marks) + WINDOW
        values = {"start": start, "end": end, "width": WINDOW, "not_good": NOT_CLEARING}
        with self._shelf.registered(fresh_window=table(marks)):
            parts = [part for part in self._shelf.partitions if part.time.meets(start, end)]
            return merged([self._shelf.ask(part, schema.WINDOWS, **values) for part in parts])

    def recompute(self, windows: Iterable[Window]) -> None:
        """Compute the dirty ones of these, durably."""
        marks = [(mine, start, self.dirty[mine][start]) for mine, start in windows if start in self.dirty.get(mine, ())]
        if not marks:
            return
        start, end = min(mark[1] for mark in marks), max(mark[1] for mark in marks) + WINDOW
        shelf = self._shelf
        series, rows = self._raw(marks)
        with shelf.registered(fresh_window=table(marks)):
            stat: Table = {"series": series} | {name: getattr(rows, name) for name in Windows.__slots__}
            rest = {number for mine, of in self.dirty.items() for number in of.values()} - {number for _, _, number in marks}
            known = min(rest, default=self._next)
            with shelf.registered(fresh_stat=stat), shelf.transaction():
                for statement in (*(schema.REPLACE if len(series) else ()), *schema.CLEAR):
                    shelf.connection.execute(statement.format(start=start, end=end, known=known))
        for mine, at, _ in marks:
            del self.dirty[mine][at]

    def recompute_until(self, time: int) -> None:
        """Everything dirty that starts before `time`: its readings are about to go."""
        waiting = sorted((start, mine) for mine, of in self.dirty.items() for start in of if start < time)
        for at in range(0, len(waiting), BATCH):
            self.recompute((mine, start) for start, mine in waiting[at : at + BATCH])


def _kept(shelf: Shelf | Beside, series: int | None, start: int, end: int) -> Windows:
    found: dict[str, Any] = shelf.ask(shelf.statistics, schema.KEPT, series=series, start=start, end=end)
    return Windows(*(found[name] for name in Windows.__slots__))


def _largest(shelf: Shelf, part: Partition) -> list[tuple[int]]:
    return [(int(n),) for (n,) in shelf.rows(part, "select coalesce(max(number), 0) from {part}.mark")]


def table(marks: Sequence[tuple[str, int, int]]) -> Table:
    """Marks as columns."""
    return {
        "mine": np.array([mine for mine, _, _ in marks], object),
        "start": np.array([start for _, start, _ in marks], np.int64),
        "number": np.array([number for _, _, number in marks], np.int64),
    }
