"""The peer of the outbox: the usual queue in SQLite, as durable (WAL, synchronous FULL). And the outbox behind the same three calls."""

import sqlite3
from pathlib import Path
from typing import Protocol

from contracts.digest import item_digest
from contracts.payload import DATA_STREAM, Batch, Item, encode
from edge_agent.outbox import Outbox


class Queue(Protocol):
    """Keeps items durably."""

    def append(self, batch: Batch, made: int) -> object: ...
    def commit(self) -> object:
        """What was appended is durable when it returns."""
        ...

    def close(self) -> None: ...


def outbox(folder: Path) -> Outbox:
    """Ours."""
    return Outbox(folder, DATA_STREAM)


class SqliteQueue:
    """A table of items; the same bytes and the same digest as in the outbox."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._db = sqlite3.connect(folder / "queue.sqlite", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE item (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL, data BLOB NOT NULL)")
        self._pending: list[tuple[int, bytes, bytes]] = []
        self._made = 0

    def append(self, batch: Batch, made: int) -> None:
        data = encode(Item(1, "0123456789abcdef", self._made, made, batch))
        self._pending.append((self._made, item_digest(data).to_bytes(8, "big"), data))
        self._made += 1

    def commit(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("INSERT INTO item VALUES (?, ?, ?)", self._pending)
        self._db.execute("COMMIT")
        self._pending.clear()

    def close(self) -> None:
        """The log is moved into the database, so that its size counts once."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
