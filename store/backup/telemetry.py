"""The files of an embedded store in a backup."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from store.backup.manifest import File, Tell, copy, silent
from store.embedded import EmbeddedStore
from store.embedded.schema import FINGERPRINT

FOLDER = "store"


def export(store: EmbeddedStore, folder: Path, tell: Tell = silent) -> tuple[str, list[File]]:
    """Copy the store as it is at one moment; its generation, and the files."""
    copied: list[tuple[str, int, str]] = []

    def take(source: Path) -> None:
        copied.append((source.name, *copy(source, folder / source.name)))

    generation, files, reader = store.copy_to(take), [], Reader()
    with reader.open():
        for name, size, digest in sorted(copied):
            files.append(File(f"{FOLDER}/{name}", size, digest, reader.count(folder / name)))
            tell(files[-1])
    return generation, files


class Reader:
    """Reads files of a store one after another, through one database in memory: to open one for each took longer than to read it."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """It costs nothing where no file is read."""
        try:
            yield
        finally:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def count(self, path: Path) -> dict[str, int]:
        """Rows by table of one file, for reading only; duckdb.Error where it is none."""
        with self._attached(path) as connection:
            tables = "select table_name from duckdb_tables() where database_name = 'part' order by 1"
            names = [name for (name,) in connection.execute(tables).fetchall()]
            # its own names
            return {name: connection.execute(f'select count(*) from part."{name}"').fetchall()[0][0] for name in names}  # noqa: S608

    def fingerprint(self, path: Path) -> str:
        """Of the content of a partition's file, whether it is sealed or not."""
        with self._attached(path) as connection:
            return str(connection.execute(FINGERPRINT.format(part="part")).fetchall()[0][0])

    @contextmanager
    def _attached(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._connection is None:
            self._connection = duckdb.connect(":memory:")
        quoted = str(path).replace("'", "''")
        self._connection.execute(f"attach '{quoted}' as part (read_only)")
        try:
            yield self._connection
        finally:
            self._connection.execute("detach part")
