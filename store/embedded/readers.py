"""Reading beside the thread that appends: questions on connections of their own, which wait for no commit.

A reader sees what was committed when its question began. It takes no lock of the store: what it needs is attached, or it is told that it
is not (`Absent`) and asks in turn, as everybody else. Nothing is detached while somebody reads.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


class Absent(Exception):
    """It cannot be read beside the others just now: ask in turn."""


class Readers:
    """Who is reading. Whoever holds the store's lock may wait for readers; a reader never waits for the store's lock."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection.cursor()
        self._free = list[duckdb.DuckDBPyConnection]()
        self._turn = threading.Condition()
        self._inside = self._shut = 0

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for questions. Absent while something is being detached."""
        with self._turn:
            if self._shut:
                raise Absent
            self._inside += 1
            connection = self._free.pop() if self._free else self._connection.cursor()
        try:
            yield connection
        finally:
            with self._turn:
                self._inside -= 1
                self._free.append(connection)
                self._turn.notify_all()

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Nobody reads inside the block."""
        with self._turn:
            self._shut += 1
            self._turn.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            with self._turn:
                self._shut -= 1

    def end(self) -> None:
        """Nobody reads any more."""
        with self._turn:
            self._shut += 1
            self._turn.wait_for(lambda: not self._inside)
        for connection in (*self._free, self._connection):
            connection.close()
