"""The reference store: plain dictionaries, forgotten at the end. The other stores are held against it."""

import secrets
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from contracts.clock import DAY
from contracts.digest import MASK
from contracts.errors import Conflict
from contracts.payload import Poll
from contracts.quality import NOT_CLEARING
from contracts.ranges import Ranges
from store.held import by_epoch, in_few
from store.interface import WINDOW, Appended, Buckets, Delivery, HeldColumns, HeldItem, Last, Series, Window, Windows
from store.statistics import answer, joined, one_each, touched, whole

MAX_FOLD = 255


class _Reading(NamedTuple):
    time: int
    fold: int
    value: float
    quality: int

    def same(self, value: float, quality: int) -> bool:
        """Value bit for bit (NaN is NaN) and quality."""
        return self.quality == quality and (value.hex() == self.value.hex())


@dataclass(slots=True)
class _Held:
    item: HeldItem
    times: tuple[int, ...]
    """Smallest and largest reading time; empty where it has none."""


@dataclass(slots=True)
class _Partition:
    """What arrived on one day: (mine, point) → time → readings."""

    series: dict[tuple[str, str], dict[int, list[_Reading]]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, str, _Reading]]:
        for (mine, point), times in self.series.items():
            for readings in times.values():
                for reading in readings:
                    yield mine, point, reading


class MemoryStore:
    """`store.interface.Store` in memory."""

    read_beside = False

    def __init__(self) -> None:
        self.generation = secrets.token_hex(8)
        self._items: dict[str, dict[tuple[str, int], _Held]] = {}
        self._polls: dict[str, list[Poll]] = {}
        self._partitions: dict[int, _Partition] = {}
        self._lock = threading.Lock()
        self._dirty: set[Window] = set()
        self._statistics: dict[tuple[str, str], dict[int, Windows]] = {}
        """(mine, point) to window to its one row."""

    def append(self, deliveries: Sequence[Delivery]) -> Appended:
        with self._lock:
            return self._append(deliveries)

    def _append(self, deliveries: Sequence[Delivery]) -> Appended:
        known: dict[tuple[str, str, int], int] = {}
        stored = []
        for delivery in deliveries:
            key = (delivery.gateway, delivery.epoch, delivery.seq)
            held = known[key] if key in known else self.digest_of(*key)
            if held not in (None, delivery.digest):
                raise Conflict(f"{delivery.gateway} {delivery.epoch} {delivery.seq} is held with another content")
            stored.append(held is None)
            known[key] = delivery.digest
        fresh = [delivery for delivery, new in zip(deliveries, stored, strict=True) if new]
        self._dirty |= touched(fresh)
        fresh.sort(key=lambda delivery: delivery.doubt)  # a reading in doubt is compared with all others of the call
        return Appended(stored, sum(self._store(delivery, max(d.received for d in fresh)) for delivery in fresh))

    def _store(self, delivery: Delivery, arrival: int) -> int:
        block, folds = delivery.block, 0
        item = HeldItem(delivery.epoch, delivery.seq, delivery.digest, delivery.made, delivery.received, delivery.replayed, len(block))
        times = (int(block.time.min()), int(block.time.max())) if len(block) else ()
        self._items.setdefault(delivery.gateway, {})[delivery.epoch, delivery.seq] = _Held(item, times)
        self._polls.setdefault(delivery.gateway, []).extend(delivery.polls)
        partition = self._partitions.setdefault(arrival // DAY, _Partition())
        mine, _, _ = delivery.gateway.partition("/")
        rows = zip(block.point.tolist(), block.time.tolist(), block.value.tolist(), block.quality.tolist(), strict=True)
        for number, time, value, quality in rows:
            series = (mine, delivery.registry.points[number].id)
            fold = self._fold(series, time, value, quality) if delivery.doubt else 0
            if fold is not None:
                at = partition.series.setdefault(series, {}).setdefault(time, [])
                at.append(_Reading(time, fold, value, quality))
                folds += fold > 0
        return folds

    def _fold(self, series: tuple[str, str], time: int, value: float, quality: int) -> int | None:
        there = [reading for part in self._partitions.values() for reading in part.series.get(series, {}).get(time, ())]
        if any(reading.same(value, quality) for reading in there):
            return None
        return min(MAX_FOLD, max((reading.fold for reading in there), default=-1) + 1)

    def held(self, gateway: str) -> dict[str, Ranges]:
        out: dict[str, Ranges] = {}
        for (epoch, seq), held in self._items.get(gateway, {}).items():
            out.setdefault(epoch, Ranges()).add(seq, seq, held.item.digest)
        return out

    def digest_of(self, gateway: str, epoch: str, seq: int) -> int | None:
        held = self._items.get(gateway, {}).get((epoch, seq))
        return held.item.digest if held else None

    def range_digest(self, gateway: str, epoch: str, first: int, last: int) -> int:
        items = self._items.get(gateway, {}).items()
        return sum(held.item.digest for (name, seq), held in items if name == epoch and first <= seq <= last) & MASK

    def spans(self, gateway: str) -> dict[str, tuple[int, int]]:
        times: dict[str, tuple[int, ...]] = {}
        for (epoch, _), held in self._items.get(gateway, {}).items():
            times[epoch] = times.get(epoch, ()) + held.times
        return {epoch: (min(of), max(of)) for epoch, of in times.items() if of}

    def items(self, gateway: str, start: int, end: int) -> list[HeldItem]:
        rows = sorted(self._items.get(gateway, {}).items())
        return [held.item for _, held in rows if start <= held.item.made < end]

    def item_columns(self, gateway: str, start: int, end: int) -> dict[str, HeldColumns]:
        return by_epoch(self.items(gateway, start, end))

    def polls(self, gateway: str, start: int, end: int) -> list[Poll]:
        runs = [poll for poll in self._polls.get(gateway, []) if start <= poll.first < end]
        return sorted(runs, key=lambda poll: (poll.source, poll.first))

    def runs(self, gateway: str, start: int, end: int) -> list[Poll]:
        return in_few(self.polls(gateway, start, end))

    def series(self, mine: str, point: str, start: int, end: int) -> Series:
        rows = self._rows(mine, point, start, end)
        return Series(
            np.array([row.time for row in rows], np.int64),
            np.array([row.value for row in rows], np.float64),
            np.array([row.quality for row in rows], np.uint16),
            np.array([row.fold for row in rows], np.uint8),
        )

    def _rows(self, mine: str, point: str, start: int, end: int) -> list[_Reading]:
        found = [part.series.get((mine, point), {}) for part in self._partitions.values()]
        rows = [row for times in found for at, readings in times.items() if start <= at < end for row in readings]
        return sorted(rows, key=lambda row: (row.time, row.fold))

    def buckets(self, mine: str, point: str, start: int, end: int, width: int) -> Buckets:
        def kept(low: int, high: int) -> Windows:
            rows = sorted((at, row) for at, row in self._statistics.get((mine, point), {}).items() if low <= at < high)
            return joined([row for _, row in rows])

        dirty = [at for owner, at in self._dirty if owner == mine]
        return answer((start, end), width, dirty, kept, lambda low, high, wide: _windows(self._rows(mine, point, low, high), wide))

    def windows(self, mine: str, start: int, end: int, points: Collection[str] | None = None) -> dict[str, Windows]:
        low, high = whole(start, end)
        dirty = [at for owner, at in self._dirty if owner == mine and low <= at < high]
        known = {point for part in self._partitions.values() for owner, point in part.series if owner == mine}
        known |= {point for owner, point in self._statistics if owner == mine}
        found: dict[str, Windows] = {}
        for point in sorted(known if points is None else known & set(points)):
            kept = [row for at, row in sorted(self._statistics.get((mine, point), {}).items()) if low <= at < high]
            found[point] = one_each([*kept, *(_windows(self._rows(mine, point, at, at + WINDOW), WINDOW) for at in dirty)])
        return {point: rows for point, rows in found.items() if len(rows.start)}

    def dirty(self) -> list[Window]:
        with self._lock:
            return sorted(self._dirty)

    def recompute(self, windows: Sequence[Window]) -> None:
        with self._lock:
            self._recompute(windows)

    def _recompute(self, windows: Sequence[Window]) -> None:
        for mine, start in windows:
            for point in {point for part in self._partitions.values() for owner, point in part.series if owner == mine}:
                kept = self._statistics.setdefault((mine, point), {})
                found = _windows(self._rows(mine, point, start, start + WINDOW), WINDOW)
                if len(found.start) and (start not in kept or found.count[0] >= kept[start].count[0]):
                    kept[start] = found
            self._dirty.discard((mine, start))

    def last(self, mine: str) -> dict[str, Last]:
        found: dict[str, _Reading] = {}
        for part in self._partitions.values():
            for owner, point, row in part:
                known = found.get(point)
                if owner == mine and (known is None or (row.time, row.fold) >= (known.time, known.fold)):
                    found[point] = row
        return {point: Last(row.time, row.value, row.quality) for point, row in found.items()}

    def newest(self, gateway: str) -> int:
        return max((high for _, high in self.spans(gateway).values()), default=0)

    def count(self, mine: str, start: int, end: int) -> dict[str, int]:
        out: dict[str, int] = {}
        for part in self._partitions.values():
            for owner, point, row in part:
                if owner == mine and start <= row.time < end:
                    out[point] = out.get(point, 0) + 1
        return out

    def drop_before(self, time: int) -> int:
        dropped = 0
        self.recompute([window for window in self.dirty() if window[1] < time])
        for day, part in list(self._partitions.items()):
            rows = list(part)
            if all(row.time < time for _, _, row in rows):
                dropped += len(rows)
                del self._partitions[day]
        return dropped

    def seal(self) -> int:
        return 0

    def renew(self) -> str:
        self.generation = secrets.token_hex(8)
        return self.generation

    def cached_bytes(self) -> int:
        """Nothing is on disk."""
        return 0

    def close(self) -> None:
        """Nothing to close."""


def _windows(rows: Sequence[_Reading], width: int) -> Windows:
    """Statistics of readings ascending by (time, fold)."""
    groups: dict[int, list[_Reading]] = {}
    for row in rows:
        groups.setdefault(row.time // width * width, []).append(row)
    numbers = [[row for row in of if row.value == row.value] for of in groups.values()]  # NaN is not itself
    values = [np.array([row.value for row in of] or [np.nan]) for of in numbers]
    with np.errstate(all="ignore"):
        return Windows(
            np.array(list(groups), np.int64),
            np.array([of.min() for of in values], np.float64),
            np.array([of.mean() for of in values], np.float64),
            np.array([of.max() for of in values], np.float64),
            np.array([of[-1].value for of in groups.values()], np.float64),
            np.array([len(of) for of in groups.values()], np.int64),
            np.array([len(of) for of in numbers], np.int64),
            np.array([sum(not row.quality & NOT_CLEARING for row in of) for of in numbers], np.int64),
        )
