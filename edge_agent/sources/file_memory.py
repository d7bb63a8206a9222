"""What a source that reads files has taken already, over restarts: one SQLite file in the agent's own folder.

Everything carries the number of the answer it went out with. `resume` forgets what no answer on disk vouches for: it is read again.
Forgetting never loses a reading: at worst an equal one is sent again, which the stores keep once.
"""

import hashlib
import sqlite3
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edge_agent.sources.kj_records import Row

MOST_FILES, MOST_RECORDS, MOST_NOTES = 200_000, 1_000_000, 50_000
"""What is remembered; the oldest go first."""
_PRUNE_EVERY = 200
_TABLES = """
CREATE TABLE IF NOT EXISTS files (digest BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (digest BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS definitions (code TEXT PRIMARY KEY, body BLOB NOT NULL, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
  time INTEGER NOT NULL, point TEXT NOT NULL, value BLOB NOT NULL, quality INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (time, point, value, quality)) WITHOUT ROWID;
"""


def digest_of(*parts: bytes | str) -> bytes:
    """16 bytes for any content."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()


class FileMemory:
    """One source's, used by one thread at a time. `resume`, `begin` and `commit` raise sqlite3.Error where the disk refuses; between
    `begin` and `commit` nothing does: then what was taken is remembered in `_spare`, for this run alone.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self.n = folder / "taken.sqlite", 0
        self._base: sqlite3.Connection | None = None
        self._spare: set[bytes] = set()
        self._changed = 0

    def _db(self) -> sqlite3.Connection:
        if self._base is None:
            try:
                self._base = self._opened()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:  # not a database any more: set aside, begin anew
                self.path.rename(self.path.with_suffix(".damaged"))
                self._base = self._opened()
        return self._base

    def _opened(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error
        base = sqlite3.connect(self.path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            base.execute("PRAGMA synchronous=FULL")
            base.executescript(_TABLES)
            base.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error:
            base.close()
            raise
        return base

    def resume(self, cursor: int) -> None:
        """Forget what went out with a number above `cursor`; go on with the next number."""
        base = self._db()
        for table in ("files", "notes", "definitions", "records"):
            base.execute(f"DELETE FROM {table} WHERE n > ?", (cursor,))  # noqa: S608  # our own names
        self.n = cursor

    def begin(self) -> None:
        """What follows belongs to the next answer, kept by `commit` or not at all."""
        base = self._db()
        if base.in_transaction:
            base.rollback()
        base.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Durable when it returns."""
        if self.n % _PRUNE_EVERY == 0:
            for table, most in (("files", MOST_FILES), ("records", MOST_RECORDS), ("notes", MOST_NOTES)):
                self._prune(table, most)
        self._db().execute("COMMIT")

    def spare(self, digests: Iterable[bytes]) -> None:
        """Remember these files for this run at least."""
        self._spare.update(digests)

    def forget_spare(self) -> None:
        """Nothing is remembered but what is in the file."""
        self._spare.clear()

    def rollback(self) -> None:
        """As if nothing had been remembered since `begin`."""
        if self._base is not None and self._base.in_transaction:
            self._base.rollback()

    def _prune(self, table: str, most: int) -> None:
        base = self._db()
        count = base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        if count > most:
            edge = base.execute(f"SELECT n FROM {table} ORDER BY n DESC LIMIT 1 OFFSET ?", (most,)).fetchone()[0]  # noqa: S608
            base.execute(f"DELETE FROM {table} WHERE n <= ?", (edge,))  # noqa: S608

    def knows_file(self, digest: bytes) -> bool:
        """Whether such a file was taken."""
        rows = self._ask("SELECT 1 FROM files WHERE digest = ?", (digest,)) if digest not in self._spare else [(1,)]
        return bool(rows)

    def note_file(self, digest: bytes) -> None:
        """It was taken."""
        if self._ask("INSERT OR IGNORE INTO files VALUES (?, ?)", (digest, self.n)) is None:
            self._spare.add(digest)

    def first_note(self, digest: bytes) -> bool:
        """Whether this is noted for the first time."""
        if digest in self._spare:
            return False
        if self._ask("INSERT OR IGNORE INTO notes VALUES (?, ?)", (digest, self.n)) is None:
            self._spare.add(digest)
            return True
        return self._changed == 1

    def fresh(self, rows: list[Row], ids: list[str]) -> list[Row]:
        """The rows not taken before. Equal time and point with another value (or state) is another reading. `ids`: point ids by number.

        Without a memory all of them: sent twice rather than not at all, for the stores keep equal readings once.
        """
        insert, found = "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?)", list[Row]()
        for row in rows:
            told = self._ask(insert, (row[1], ids[row[0]], struct.pack("<d", row[2]), row[3], self.n))
            if told is None or self._changed:
                found.append(row)
        return found

    def define(self, code: str, body: bytes) -> None:
        """A point definition as found, in place of the one before."""
        self._ask("INSERT OR REPLACE INTO definitions VALUES (?, ?, ?)", (code, body, self.n))

    def definitions(self) -> dict[str, bytes]:
        """All of them, by code."""
        return dict(self._ask("SELECT code, body FROM definitions ORDER BY code", ()) or [])

    def _ask(self, order: str, values: tuple[Any, ...]) -> list[Any] | None:
        """The rows, or None where there is no memory for this answer: it was not begun, or the disk refused meanwhile."""
        if self._base is None or not self._base.in_transaction:
            return None
        try:
            cursor = self._base.execute(order, values)
            self._changed = cursor.rowcount
            return cursor.fetchall()
        except sqlite3.Error:
            self.rollback()
            return None

    def close(self) -> None:
        if self._base is not None:
            self._base.close()
            self._base = None
