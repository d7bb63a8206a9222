"""A list for people (CSV, UTF-8) that grows at its end and is bounded: the file and one older beside it."""

import csv
import io
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import structlog

from contracts.clock import iso

log = structlog.get_logger("edge.files")

MOST_BYTES, MOST_WAITING = 4 << 20, 1000


class BoundedCsv:
    """One list. Control characters in what came from elsewhere show as U+FFFD. Where a disk refuses, lines wait for the next ones."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path, self._columns = path, ["noted_at", *columns]
        self._waiting: deque[list[str]] = deque(maxlen=MOST_WAITING)

    def append(self, now: int, rows: Sequence[Sequence[str | int]]) -> None:
        """Write the rows down, durable when it returns, or said in the log."""
        self._waiting += [[iso(now), *(_plain(str(cell)) for cell in row)] for row in rows]
        if not rows:
            return
        try:
            self._write()
        except OSError as error:
            log.error("list not written", path=str(self.path), waiting=len(self._waiting), why=str(error))  # noqa: TRY400
        else:
            self._waiting.clear()

    def _write(self) -> None:
        if self.path.exists() and self.path.stat().st_size > MOST_BYTES:
            self.path.replace(self.path.with_name(f"older-{self.path.name}"))
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        if not self.path.exists():
            out.writerow(self._columns)
        out.writerows(self._waiting)
        with self.path.open("ab") as file:
            file.write(text.getvalue().encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())


def _plain(text: str) -> str:
    """Without control characters, and no formula for a spreadsheet."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:2000])
    return f"'{shown}" if shown[:1] in "=@" and len(shown) > 1 else shown
