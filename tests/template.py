"""A test's empty SQLite records get their tables at once: the steps of `store.records.migrations`, taken anew, are 40 ms for each.

The steps themselves are taken once a process, by the program's own `migrate`, and copied. What is not empty, and PostgreSQL, goes to it as
ever; so do the tests of the steps (tests/store/test_migrations.py), and every process that a test starts.
"""

import sqlite3
from threading import Lock

from sqlalchemy import Engine

from store.records.engine import engine_of
from store.records.migrations import APPLIED, MIGRATIONS, migrate

EMPTY = "SELECT count(*) = 0 FROM sqlite_master"
STAMP = f"UPDATE {APPLIED.name} SET at = ?"  # a constant of ours


class Template:
    """Stands where `store.records.engine` calls `migrate`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._engine: Engine | None = None
        self._steps: list[str] = []

    def __call__(self, engine: Engine, now: int) -> list[str]:
        with self._lock:
            taken = engine.dialect.name == "sqlite" and self._copied(engine, now)
        return [name for name, _ in MIGRATIONS] if taken else migrate(engine, now)

    def _copied(self, engine: Engine, now: int) -> bool:
        """Whether the database was empty; then it is not any more."""
        with engine.connect() as connection:
            target = connection.connection.driver_connection
            assert isinstance(target, sqlite3.Connection)
            if engine.url.database in (None, "", ":memory:"):
                return self._in_memory(target, now)
            return self._in_file(target, now)

    def _in_memory(self, target: sqlite3.Connection, now: int) -> bool:
        if not target.execute(EMPTY).fetchone()[0]:
            return False
        self._made().backup(target)
        target.execute(STAMP, (now,))
        return True

    def _in_file(self, target: sqlite3.Connection, now: int) -> bool:
        """In one transaction: another process may open the same file."""
        self._made()
        target.execute("BEGIN IMMEDIATE")
        empty = bool(target.execute(EMPTY).fetchone()[0])
        for step in self._steps if empty else ():
            target.execute(step)
        if empty:
            target.execute(STAMP, (now,))
        target.execute("COMMIT")
        return empty

    def _made(self) -> sqlite3.Connection:
        if self._engine is None:
            self._engine = engine_of("sqlite://")
            migrate(self._engine, 0)
        pooled = self._engine.raw_connection()
        made = pooled.driver_connection
        pooled.close()  # one connection there is, and the pool keeps it open
        assert isinstance(made, sqlite3.Connection)
        if not self._steps:
            self._steps = [step for step in made.iterdump() if step not in ("BEGIN TRANSACTION;", "COMMIT;")]
        return made
