"""The files of a store: which partitions there are, which are attached, which one is written."""

import shutil
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from contracts.errors import GiveUp
from store.durable import make_durable
from store.embedded.partition import Partition, file_name, partition_at
from store.embedded.readers import Absent, Readers
from store.embedded.schema import CATALOGUE_TABLES, FORMAT, INSERT, KEEP, MARK_TABLE, OLDER_FORMATS, PARTITION_TABLES, STATISTICS_TABLES

Table = dict[str, NDArray[np.generic]]

ATTACHED = 16
"""Partitions kept attached: a file handle and its metadata each."""
SPILL = "spill"
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "512MB",
    "checkpoint_threshold": "8MB",  # a checkpoint pauses appends for about 40 ms at this size
    "preserve_insertion_order": True,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

_CACHED = "select coalesce(sum(memory_usage_bytes), 0) from duckdb_memory() where tag = 'BASE_TABLE'"


class Shelf:
    """One thread at a time may call it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": str(folder / SPILL)})
        self.readers = Readers(self.connection)
        self.pinned: Partition | None = None
        self._attached: OrderedDict[str, None] = OrderedDict()
        self.kept = Partition(0, 0, folder / "catalogue.duckdb")
        if not self.kept.path.exists():
            self._create(self.kept.path, PARTITION_TABLES + CATALOGUE_TABLES)
        self._attach(self.kept)
        self._check_format()
        self.statistics = Partition(-1, 0, folder / "statistics.duckdb")
        if not self.statistics.path.exists():
            self._create(self.statistics.path, MARK_TABLE + STATISTICS_TABLES)
        self._attach(self.statistics)
        self.partitions = sorted(self._sweep(), key=lambda part: part.number)
        self.current = self.partitions[-1] if self.partitions and not self.partitions[-1].sealed else None

    def fact(self, key: str) -> str | None:
        """A durable word of the store about itself."""
        rows = self.connection.execute("select value from catalogue.fact where key = $key", {"key": key}).fetchall()
        return str(rows[0][0]) if rows else None

    def set_fact(self, key: str, value: str) -> None:
        self.connection.execute("insert or replace into catalogue.fact values ($key, $value)", {"key": key, "value": value})

    def ask(self, part: Partition, question: str, **values: object) -> Table:
        """The columns of the answer."""
        self.reach(part)
        return self.connection.execute(question.format(part=part.alias), values).fetchnumpy()

    def rows(self, part: Partition, question: str, **values: object) -> list[tuple[Any, ...]]:
        """The rows of the answer; NULL is None."""
        self.reach(part)
        return self.connection.execute(question.format(part=part.alias), values).fetchall()

    def writable(self, day: int) -> Partition:
        """The partition for what arrives on `day`. A call that began before midnight may end in the next day's partition;
        a centre's clock that jumped further back opens one of its own."""
        if self.current is None or not self.current.day - 1 <= day <= self.current.day:
            number = 1 + max([part.number for part in self.partitions] + self._dropped(), default=0)
            part = Partition(number, day, self.folder / file_name(number, day, sealed=False))
            self._create(part.path, PARTITION_TABLES + MARK_TABLE)
            self.partitions.append(part)
            self.current = part
        self.reach(self.current)
        return self.current

    def reach(self, part: Partition) -> None:
        """Attach the partition where it is not, and put away the one that was not needed longest."""
        if part.number <= 0:  # always attached
            return
        if part.alias not in self._attached:
            self._attach(part)
        self._attached[part.alias] = None
        self._attached.move_to_end(part.alias)
        needed = {kept.alias for kept in (part, self.current, self.pinned) if kept}
        for alias in [alias for alias in self._attached if alias not in needed][: max(0, len(self._attached) - ATTACHED)]:
            self._detach(alias)

    def replace(self, part: Partition, sealed: Path) -> None:
        """The sealed copy takes the partition's place: after the rename it counts, whatever happens to the old file."""
        self.put_away(part)
        old, new = part.path, self.folder / file_name(part.number, part.day, sealed=True)
        sealed.rename(new)
        part.path, part.sealed = new, True
        make_durable(self.folder)
        unlink_database(old)

    def drop(self, part: Partition) -> None:
        """Forget a partition but for its held rows and polls. Once the catalogue has them, its file is only litter."""
        self.reach(part)
        with self.transaction():
            for statement in KEEP:
                self.connection.execute(statement.format(part=part.alias, number=part.number))
        self.kept.absorb(part)
        self._forget(part)

    def _forget(self, part: Partition) -> None:
        self.partitions.remove(part)
        if part is self.current:
            self.current = None
        self.put_away(part)
        unlink_database(part.path)

    def put_away(self, part: Partition) -> None:
        if part.alias in self._attached:
            self._detach(part.alias)

    def insert(self, part: Partition, tables: Mapping[str, Table]) -> None:
        """The rows of all tables into a partition: all of them durably, or none."""
        self.reach(part)
        filled = {name: table for name, table in tables.items() if len(next(iter(table.values())))}
        for name, table in filled.items():
            self.connection.register(f"fresh_{name}", table)
        try:
            with self.transaction():
                for name in filled:
                    self.connection.execute(INSERT[name].format(part=part.alias))
        finally:
            for name in filled:
                self.connection.unregister(f"fresh_{name}")

    @contextmanager
    def registered(self, **tables: Table) -> Iterator[None]:
        """Columns as tables of these names."""
        for name, table in tables.items():
            self.connection.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self.connection.unregister(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable at the end. It may write one file only."""
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    @contextmanager
    def resting(self, part: Partition) -> Iterator[Path]:
        """Its file, closed inside the block, with all that was committed in it and no log beside it."""
        self.reach(part)
        self.connection.execute(f"checkpoint {part.alias}")
        self._detach(part.alias)
        try:
            if log := [path for path in self.folder.glob(f"{part.path.name}.wal") if path.stat().st_size]:
                raise OSError(f"{log[0].name} could not be written into its database")
            yield part.path
        finally:
            if part.number <= 0:
                self._attach(part)

    def closed(self) -> list[Partition]:
        """Partitions that are written no more and not sealed yet."""
        return [part for part in self.partitions if not part.sealed and part is not self.current]

    def reattach(self) -> None:
        """After a refused write: DuckDB closes a file for ever whose checkpoint failed, and what it still shows is not proven."""
        if self.current:
            self.put_away(self.current)
        for part in (self.kept, self.statistics):
            self._detach(part.alias)
            self._attach(part)
        dropped = self._dropped()
        for part in [part for part in self.partitions if part.number in dropped]:
            self._forget(part)

    @contextmanager
    def beside(self) -> Iterator["Beside"]:
        """The same files for a reader that waits for nobody. Absent where that cannot be just now."""
        with self.readers.reading() as connection:
            yield Beside(self, connection)

    def is_attached(self, part: Partition) -> bool:
        return part.number <= 0 or part.alias in self._attached

    def cached_bytes(self) -> int:
        """Bytes of memory with pages of the files, within DuckDB's `memory_limit`; 0 where it cannot be asked just now."""
        with suppress(Absent), self.readers.reading() as connection:
            return int(connection.execute(_CACHED).fetchall()[0][0])
        return 0

    def close(self) -> None:
        self.readers.end()
        self.connection.close()

    def _check_format(self) -> None:
        found = self.fact("format")
        if found is None:
            self.set_fact("format", FORMAT)
        elif found not in (FORMAT, *OLDER_FORMATS):
            raise GiveUp(f"{self.folder} is a store of format {found}; this program reads format {FORMAT}")

    def _dropped(self) -> list[int]:
        return [int(number) for (number,) in self.connection.execute("select number from catalogue.dropped").fetchall()]

    def _sweep(self) -> list[Partition]:
        """The partitions that count; what a crash left beside them is removed."""
        shutil.rmtree(self.folder / SPILL, ignore_errors=True)
        for left in self.folder.glob("*.tmp*"):
            left.unlink()
        found = [part for part in map(partition_at, sorted(self.folder.glob("*.duckdb"))) if part]
        dropped = set(self._dropped())
        sealed = {part.number for part in found if part.sealed}
        gone = [part for part in found if part.number in dropped or (part.number in sealed and not part.sealed)]
        for part in gone:
            unlink_database(part.path)
        return [part for part in found if part not in gone]

    def _create(self, path: Path, tables: str) -> None:
        """A file with its tables, whole from the moment it has its name."""
        raw = path.with_suffix(".tmp")
        unlink_database(raw)
        self.connection.execute(f"attach '{_quoted(raw)}' as raw")
        try:
            self.connection.execute(tables.format(part="raw"))
            self.connection.execute("checkpoint raw")
        finally:
            self.connection.execute("detach raw")
        raw.rename(path)
        make_durable(self.folder)

    def _attach(self, part: Partition) -> None:
        mode = " (read_only)" if part.sealed else ""
        self.connection.execute(f"attach '{_quoted(part.path)}' as {part.alias}{mode}")
        if not part.sealed and part.number > 0:
            self.connection.execute(MARK_TABLE.format(part=part.alias))  # one of format 1 has none

    def _detach(self, alias: str) -> None:
        """A checkpoint that the disk refuses leaves the file detached all the same, and what was committed in its log."""
        with self.readers.shut():
            self._attached.pop(alias, None)
            try:
                self.connection.execute(f"detach {alias}")
            except duckdb.IOException:
                if self.connection.execute("from duckdb_databases() where database_name = $alias", {"alias": alias}).fetchall():
                    raise


class Beside:
    """What a reader sees of a shelf: the partitions there are, and questions to those that are attached."""

    def __init__(self, shelf: Shelf, connection: duckdb.DuckDBPyConnection) -> None:
        self._shelf, self._connection = shelf, connection
        self.partitions, self.statistics = list(shelf.partitions), shelf.statistics

    def ask(self, part: Partition, question: str, **values: object) -> Table:
        """The columns of the answer; Absent where the partition is not attached, or its file refuses."""
        if not self._shelf.is_attached(part):
            raise Absent
        try:
            return self._connection.execute(question.format(part=part.alias), values).fetchnumpy()
        except duckdb.Error as error:
            raise Absent from error


def unlink_database(path: Path) -> None:
    """The database first: a log without it is nothing, it without its log would be less than was promised."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
