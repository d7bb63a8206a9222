"""`EmbeddedStore`: commits, and the care of its partitions. What it answers is in `reads`."""

import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import duckdb

from contracts.clock import DAY
from contracts.errors import Conflict, GiveUp, Retry
from contracts.payload import Poll
from contracts.ranges import Ranges
from store.embedded import columns, heldrows, reads
from store.embedded.columns import Ids, Rows
from store.embedded.folds import settle
from store.embedded.index import Index
from store.embedded.names import Names
from store.embedded.owner import Owner
from store.embedded.partition import Partition
from store.embedded.readers import Absent
from store.embedded.schema import FINGERPRINT
from store.embedded.seal import write_sealed
from store.embedded.shelf import Beside, Shelf, unlink_database
from store.embedded.statistics import Statistics
from store.embedded.statistics import table as mark_table
from store.interface import Appended, Buckets, Delivery, HeldColumns, HeldItem, Last, Series, Window, Windows

T = TypeVar("T")


class EmbeddedStore:
    """`store.interface.Store` in a folder. `Owned` where another process has it, GiveUp where it cannot be opened.

    A lock serialises its methods, so they may come from several threads; `seal` holds it only for moments, and the history of a point
    (`series`, `buckets`) is read beside it.
    Where the disk refuses a write, Retry is raised, nothing of the call is stored, and the files are opened anew.
    """

    read_beside = True

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._lock, self._upkeep = threading.RLock(), threading.Lock()
        self._sealing: duckdb.DuckDBPyConnection | None = None
        self._closed = self._broken = False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._owner = Owner(self._folder)
        except OSError as error:
            raise GiveUp(f"{folder} cannot be a store: {error}") from error
        try:
            self._shelf = Shelf(self._folder)
            self._load()
        except (duckdb.Error, OSError) as error:
            self._owner.release()
            raise GiveUp(f"{folder} cannot be opened: {error}") from error
        except BaseException:
            self._owner.release()
            raise

    def _load(self) -> None:
        self._names = Names(self._shelf.connection)
        self._index = Index(self._shelf, self._names)
        self._statistics = Statistics(self._shelf)
        self.generation = self._shelf.fact("generation") or self._new_generation()

    @contextmanager
    def _ready(self) -> Iterator[None]:
        with self._lock:
            if self._broken:
                with _refused():
                    self._shelf.reattach()
                    self._load()
                self._broken = False
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with _refused():
                yield
        except Retry:
            self._broken = True
            raise

    def append(self, deliveries: Sequence[Delivery]) -> Appended:
        with self._ready():
            stored = self._sift(deliveries)
            fresh = [delivery for delivery, new in zip(deliveries, stored, strict=True) if new]
            return Appended(stored, self._commit(fresh) if fresh else 0)

    def _sift(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Which are not held yet, here or earlier in the call."""
        called: dict[tuple[str, str, int], int] = {}
        stored = []
        for delivery in deliveries:
            key = (delivery.gateway, delivery.epoch, delivery.seq)
            held = called[key] if key in called else self._index.digest_of(*key)
            if held not in (None, delivery.digest):
                raise Conflict(f"{delivery.gateway} {delivery.epoch} {delivery.seq} is held with another content")
            stored.append(held is None)
            called[key] = delivery.digest
        return stored

    def _commit(self, fresh: Sequence[Delivery]) -> int:
        try:
            with self._writing():
                with self._names.together():
                    epochs = [self._names.numbers("epoch", d.gateway, [d.epoch])[0] for d in fresh]
                    sources = [n for d in fresh for n in self._names.numbers("source", d.gateway, [poll.source for poll in d.polls])]
                    for delivery in fresh:
                        self._numbers(delivery)
                rows, folds = self._rows(fresh)
                marks = self._statistics.new_marks(fresh)
                tables = {"item": columns.items(fresh, epochs), "poll": columns.polls(fresh, sources), "reading": rows.table()}
                tables["mark"] = mark_table(marks)
                part = self._shelf.writable(max(delivery.received for delivery in fresh) // DAY)
                self._shelf.insert(part, tables)
        except Retry:
            # DuckDB may have committed and failed after it, at a checkpoint
            with self._ready():
                if any(self._index.digest_of(d.gateway, d.epoch, d.seq) is None for d in fresh):
                    raise
            return folds
        self._index.add(part, fresh, epochs, rows)
        self._statistics.add(marks)
        return folds

    def _rows(self, fresh: Sequence[Delivery]) -> tuple[Rows, int]:
        """The readings to write. Those in doubt are compared with what is stored and with all others of the call."""
        sure = columns.readings([delivery for delivery in fresh if not delivery.doubt], self._numbers)
        doubtful = columns.readings([delivery for delivery in fresh if delivery.doubt], self._numbers)
        if not len(doubtful):
            return sure, 0
        kept, folds = settle(columns.join([sure, *reads.at_same_time(self._shelf, doubtful)]), doubtful)
        return columns.join([sure, kept]), folds

    def _numbers(self, delivery: Delivery) -> Ids:
        mine, _, _ = delivery.gateway.partition("/")
        return self._names.series(mine, delivery.registry)

    def held(self, gateway: str) -> dict[str, Ranges]:
        with self._ready():
            return {epoch: Ranges(held.ranges) for epoch, held in self._index.held.get(gateway, {}).items()}

    def digest_of(self, gateway: str, epoch: str, seq: int) -> int | None:
        with self._ready():
            return self._index.digest_of(gateway, epoch, seq)

    def range_digest(self, gateway: str, epoch: str, first: int, last: int) -> int:
        with self._ready():
            return self._index.range_digest(gateway, epoch, first, last)

    def spans(self, gateway: str) -> dict[str, tuple[int, int]]:
        with self._ready():
            known = ((epoch, held.time) for epoch, held in self._index.held.get(gateway, {}).items())
            return {epoch: (time.low, time.high) for epoch, time in known if time}

    def items(self, gateway: str, start: int, end: int) -> list[HeldItem]:
        with self._ready():
            return reads.items(self._shelf, gateway, start, end)

    def item_columns(self, gateway: str, start: int, end: int) -> dict[str, HeldColumns]:
        with self._ready():
            return heldrows.item_columns(self._shelf, self._names.known("epoch", gateway), gateway, start, end)

    def polls(self, gateway: str, start: int, end: int) -> list[Poll]:
        with self._ready():
            return reads.polls(self._shelf, gateway, start, end)

    def runs(self, gateway: str, start: int, end: int) -> list[Poll]:
        with self._ready():
            return heldrows.runs(self._shelf, self._names.known("source", gateway), gateway, start, end)

    def series(self, mine: str, point: str, start: int, end: int) -> Series:
        def read(shelf: Shelf | Beside) -> Series:
            return reads.series(shelf, self._names.known("series", mine).get(point), start, end)

        return self._read(read)

    def buckets(self, mine: str, point: str, start: int, end: int, width: int) -> Buckets:
        def read(shelf: Shelf | Beside) -> Buckets:
            number = self._names.known("series", mine).get(point)
            return self._statistics.buckets(shelf, mine, number, (start, end), width)

        return self._read(read)

    def _read(self, read: Callable[[Shelf | Beside], T]) -> T:
        """Beside an append under way where that can be; else in turn, as everything that changes anything."""
        if not self._broken:
            with suppress(Absent), self._shelf.beside() as beside:
                return read(beside)
        with self._ready():
            return read(self._shelf)

    def windows(self, mine: str, start: int, end: int, points: Collection[str] | None = None) -> dict[str, Windows]:
        with self._ready():
            known = self._names.known("series", mine)
            names = {number: point for point, number in known.items() if points is None or point in points}
            return self._statistics.of_mine(mine, names, start, end)

    def dirty(self) -> list[Window]:
        with self._ready():
            return sorted((mine, start) for mine, of in self._statistics.dirty.items() for start in of)

    def recompute(self, windows: Sequence[Window]) -> None:
        with self._ready(), self._writing():
            self._statistics.recompute(windows)

    def last(self, mine: str) -> dict[str, Last]:
        with self._ready():
            known = ((point, self._index.latest.of(number)) for point, number in self._names.known("series", mine).items())
            return {point: last for point, last in known if last}

    def newest(self, gateway: str) -> int:
        with self._ready():
            return self._index.newest.get(gateway, 0)

    def count(self, mine: str, start: int, end: int) -> dict[str, int]:
        with self._ready():
            return reads.count(self._shelf, mine, start, end)

    def drop_before(self, time: int) -> int:
        """Partitions are days of arrival. Held rows and polls of a dropped one go to the catalogue first."""
        with self._upkeep, self._ready(), self._writing():
            old = [part for part in self._shelf.partitions if part.time.high < time]
            self._statistics.recompute_until(1 + max((part.time.high for part in old), default=0))
            for part in old:
                self._shelf.drop(part)
            if old:
                self._index.forget_readings()
            return sum(part.readings for part in old)

    def seal(self) -> int:
        """Rewrite closed partitions sorted by (series, time); how many.

        Long (about 4 M readings/s), and meant for a thread of its own: other calls go on beside it. Retry where the disk refuses."""
        sealed = 0
        with self._upkeep:
            for part in self._shelf.closed():
                if self._closed or not self._seal(part):
                    break
                sealed += 1
        return sealed

    def _seal(self, part: Partition) -> bool:
        target = part.path.with_suffix(".tmp")
        with self._ready():
            self._shelf.pinned = part
            self._shelf.reach(part)
            self._sealing = self._shelf.connection.cursor()
        try:
            with _refused():
                write_sealed(self._sealing, part, target)
            with self._ready():
                self._shelf.replace(part, target)
        except duckdb.InterruptException:
            return False
        finally:
            with self._lock:
                self._sealing = self._shelf.pinned = None
            unlink_database(target)
        return True

    def copy_to(self, take: Callable[[Path], None]) -> str:
        """Hand every file of the store to `take`, together one moment of it; the generation. GiveUp where it is closed meanwhile;
        OSError or duckdb.Error where the disk refuses: the store goes on.

        Appends and reads wait while the files that are still written are taken, not while the sealed ones are."""
        with self._upkeep:
            with self._ready():
                generation, parts = self.generation, list(self._shelf.partitions)
                for part in [self._shelf.kept, self._shelf.statistics, *(part for part in parts if not part.sealed)]:
                    with self._shelf.resting(part) as path:
                        take(path)
            for part in [part for part in parts if part.sealed]:
                if self._closed:
                    raise GiveUp("the store is being closed")
                take(part.path)
        return generation

    def has_older(self, time: int) -> bool:
        """Whether `drop_before` would drop anything."""
        with self._ready():
            return any(part.time.high < time for part in self._shelf.partitions)

    def older_than(self, time: int) -> list[tuple[int, str]]:
        """What `drop_before` would drop: the partitions' numbers, and fingerprints of their content. Appends wait for one at a time."""
        found = []
        with self._upkeep:
            with self._ready():
                old = [part for part in self._shelf.partitions if part.time.high < time]
            for part in old:
                with self._ready():
                    found.append((part.number, str(self._shelf.rows(part, FINGERPRINT)[0][0])))
        return found

    def renew(self) -> str:
        with self._ready():
            self.generation = self._new_generation()
            return self.generation

    def _new_generation(self) -> str:
        generation = secrets.token_hex(8)
        with self._writing():
            self._shelf.set_fact("generation", generation)
        return generation

    def cached_bytes(self) -> int:
        return self._shelf.cached_bytes()

    def close(self) -> None:
        """Interrupts a `seal` under way."""
        if self._closed:
            return
        self._closed = True
        while not self._upkeep.acquire(timeout=0.05):
            with self._lock:
                if self._sealing:
                    self._sealing.interrupt()
        with self._lock:
            self._shelf.close()
            self._owner.release()
        self._upkeep.release()


@contextmanager
def _refused() -> Iterator[None]:
    """What the disk refuses is worth trying again: it may have room later."""
    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException, duckdb.OutOfMemoryException, OSError) as error:
        raise Retry(f"the store cannot write: {error}", wait=5.0) from error
