"""The files of an embedded store in a backup."""

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

    generation, files = store.copy_to(take), []
    for name, size, digest in sorted(copied):
        files.append(File(f"{FOLDER}/{name}", size, digest, count(folder / name)))
        tell(files[-1])
    return generation, files


def count(path: Path) -> dict[str, int]:
    """Rows by table of one file, opened for reading only; duckdb.Error where it is none."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        return {name: connection.execute(f'select count(*) from "{name}"').fetchall()[0][0] for name in names}  # noqa: S608  # its own names


def fingerprint(path: Path) -> str:
    """Of the content of a partition's file, whether it is sealed or not."""
    with duckdb.connect(":memory:") as connection:
        quoted = str(path).replace("'", "''")
        connection.execute(f"attach '{quoted}' as part (read_only)")
        return str(connection.execute(FINGERPRINT.format(part="part")).fetchall()[0][0])
