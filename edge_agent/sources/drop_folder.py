"""A folder somebody else writes to, read one-way: opened read-only, nothing deleted, renamed, locked or written there.

A name is looked at again when its size or time changed. As clocks and file systems are coarse, a file that was just read is read once
more when it has kept still for SETTLED; what it holds is told apart by content, never by name.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from contracts.clock import SECOND

SETTLED = 4 * SECOND
"""Longer than the coarsest file time in use (FAT: 2 s)."""
MOST_BYTES = 32 << 20
"""A larger file is refused: a layout's files hold one moment."""


@dataclass(slots=True)
class Seen:
    """One name: what it looked like, since when, and what became of it. Times are monotonic µs."""

    name: str
    kind: str
    size: int
    changed: int
    since: int
    read: bool = False
    verified: bool = False
    partial_since: int | None = None

    @property
    def shown(self) -> str:
        """The name as it can be printed; file systems allow bytes that are no text."""
        return self.name.encode("utf-8", "replace").decode()


class DropFolder:
    """The files of one folder by kind. `kinds`: patterns of names by kind, in order."""

    def __init__(self, folder: Path, kinds: dict[str, tuple[str, ...]], patience: int, monotonic: Callable[[], int]) -> None:
        self._folder, self._patience, self._monotonic = folder, patience, monotonic
        self._kinds = [(kind, pattern.lower()) for kind, patterns in kinds.items() for pattern in patterns]
        self._seen: dict[str, Seen] = {}

    def kind_of(self, name: str) -> str | None:
        """The first kind whose pattern the name fits (upper and lower case alike)."""
        return next((kind for kind, pattern in self._kinds if fnmatchcase(name.lower(), pattern)), None)

    def forget(self) -> None:
        """Every file is as if never seen."""
        self._seen.clear()

    def look(self) -> list[Seen]:
        """The files to read now, the oldest first. OSError where the folder cannot be listed."""
        now, here = self._monotonic(), dict[str, Seen]()
        with os.scandir(self._folder) as entries:
            for entry in entries:
                kind = self.kind_of(entry.name)
                if kind is None:
                    continue
                try:
                    facts = entry.stat()
                except OSError:
                    continue  # gone between listing and looking
                if stat.S_ISREG(facts.st_mode):
                    here[entry.name] = self._compared(entry.name, kind, facts, now)
        self._seen = here
        return sorted((one for one in here.values() if self._due(one, now)), key=lambda one: (one.changed, one.name))

    def _compared(self, name: str, kind: str, facts: os.stat_result, now: int) -> Seen:
        before = self._seen.get(name)
        if before and (before.size, before.changed) == (facts.st_size, facts.st_mtime_ns):
            return before
        return Seen(name, kind, facts.st_size, facts.st_mtime_ns, now, partial_since=before.partial_since if before else None)

    def _due(self, one: Seen, now: int) -> bool:
        if one.read:
            return not one.verified and now - one.since >= SETTLED
        return True

    def read(self, one: Seen) -> bytes | None:
        """Its bytes; None where it is larger than MOST_BYTES. OSError where it cannot be read (any more)."""
        if one.size > MOST_BYTES:
            return None
        with open(os.open(self._folder / one.name, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            data = file.read(MOST_BYTES + 1)
        return data if len(data) <= MOST_BYTES else None

    def taken(self, one: Seen) -> None:
        """It was read to its end."""
        one.verified = one.read or self._monotonic() - one.since >= SETTLED
        one.read, one.partial_since = True, None

    def patience_is_over(self, one: Seen) -> bool:
        """Whether a file without end mark has been waited for long enough; asked again later where not."""
        now = self._monotonic()
        if one.partial_since is None:
            one.partial_since = now
        return now - one.partial_since >= self._patience
