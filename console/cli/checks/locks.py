"""Who owns a folder: its lock is tried, never taken for longer than the look."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lock:
    """`held` by a living process; `pid` as it wrote it (0: it did not)."""

    held: bool
    pid: int = 0


FREE = Lock(False)


@contextmanager
def borrowed(path: Path) -> Iterator[Lock]:
    """Whether a living process holds the lock file; where nobody does, it is ours (shared) inside the block: nobody starts meanwhile.

    OSError where the file cannot be opened; one that is not there is held by nobody.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield FREE
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            told = os.read(handle, 32).decode("ascii", "replace").strip()
            yield Lock(True, int(told) if told.isdigit() else 0)
            return
        yield FREE
    finally:
        os.close(handle)


def look(path: Path) -> Lock:
    """The lock right now; one that cannot be opened is held by nobody we can name."""
    try:
        with borrowed(path) as lock:
            return lock
    except OSError:
        return FREE
