"""CSV tail: rows that somebody else appends to a file. Columns: a time, then one per point id. The file is opened read-only.

The place in the file travels with the polls, so every row comes out once, also over restarts. It carries a mark of the file's first two
lines: a file put in its place is read from its beginning, after the rest of the old one.
"""

import asyncio
import csv
import os
import zlib
from datetime import UTC, datetime, tzinfo
from io import StringIO
from pathlib import Path
from typing import IO

import numpy as np

from contracts.clock import END_OF_TIME, SECOND
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Registry
from contracts.quality import NOT_A_NUMBER
from edge_agent.sources.json_mapping import zone_of
from edge_agent.sources.settings import CsvTailSettings
from edge_agent.sources.source import Answer

MOST_BYTES = 1 << 18
"""Read at one poll: a long file is caught up in steps."""
MOST_HEAD = 64 << 10
"""A header and first row that are longer are none."""
_PLACE_BITS = 40
Row = tuple[int, int, float, int]
"""Point number, time, value, quality."""


class CsvTail:
    """One file."""

    def __init__(self, settings: CsvTailSettings, registry: Registry, zone: tzinfo) -> None:
        self.name, self.period = settings.name, round(settings.period_s * SECOND)
        self._path, self._delimiter, self._zone = Path(settings.file), settings.delimiter, zone
        self._patience = settings.absent_after
        self._registry = registry
        self._file: IO[bytes] | None = None
        self._columns: list[int | None] = []
        self._mark = self._place = 0
        """Of the file that is read: what its first lines are known by, and how far it was read."""
        self._quiet, self._there = 0, False
        self._doubts: list[str] = []
        self.damaged = 0
        """Rows without a readable time since the start."""

    def resume(self, cursor: int) -> None:
        """Also while it runs: the file is opened anew at that place."""
        self._leave()
        self._mark, self._place = cursor >> _PLACE_BITS, cursor & ((1 << _PLACE_BITS) - 1)

    async def poll(self, due: int) -> Answer:
        self._doubts = []
        try:
            rows = await asyncio.to_thread(self._rows)
        except OSError as error:
            rows, self._there = [], False
            self._leave()
            self._doubts.append(f"cannot be read: {error}")
        self._quiet = 0 if rows else self._quiet + 1
        answered = int(self._quiet < self._patience and self._there)
        if not answered:
            self._doubts.append(f"no new row for {self._quiet} polls")
        poll = Poll(self.name, self.period, due, 1, answered, self._mark << _PLACE_BITS | self._place)
        return Answer(_block(rows), (poll,), "; ".join(self._doubts[:5]))

    # ------------------------------------------------------------ the file (in a thread)

    def _rows(self) -> list[Row]:
        if self._file is None:
            self._there = self._open()
            if not self._there:
                return []
        assert self._file is not None
        self._file.seek(self._place)
        data = self._file.read(MOST_BYTES)
        whole = data.rfind(b"\n") + 1
        if not whole:
            if len(data) == MOST_BYTES:
                self._doubts.append(f"{MOST_BYTES} bytes without a line end are passed over")
                self._place += len(data)
            elif self._replaced():
                if data:
                    self._doubts.append(f"the old file ended within a line: {data[:60]!r}")
                self._leave()
                self._mark = self._place = 0
            return []
        self._place += whole
        text = data[:whole].decode("utf-8", "replace")
        return [row for line in self._lines(text) for row in self._row(line)]

    def _lines(self, text: str) -> list[list[str]]:
        """The cells of each row. Where there is one that is no CSV (a lone carriage return, a field without end), the others come all the
        same: one such byte must not end the agent, which would meet it again at every start."""
        try:
            return list(csv.reader(StringIO(text), delimiter=self._delimiter))
        except csv.Error:
            return [cells for line in text.split("\n") if (cells := self._cells(line)) is not None]

    def _cells(self, line: str) -> list[str] | None:
        try:
            return next(csv.reader([line], delimiter=self._delimiter), [])
        except csv.Error as error:
            self.damaged += 1
            self._doubts.append(f"no CSV ({error}): {line[:60]!r}")
            return None

    def _open(self) -> bool:
        """The file with a whole header and first row, placed where it was left; False where there is none yet."""
        file = self._path.open("rb")
        head = file.read(MOST_HEAD)
        lines = head.split(b"\n", 2)
        if len(lines) < 3:
            file.close()
            self._doubts.append("no header with a row yet")
            return False
        mark = zlib.crc32(lines[0] + lines[1]) >> 10 or 1
        size = os.fstat(file.fileno()).st_size
        if mark != self._mark or self._place > size:
            if self._mark:
                self._doubts.append("another file: read from its beginning")
            self._mark, self._place = mark, len(lines[0]) + 1
        header = self._cells(lines[0].decode("utf-8-sig", "replace").rstrip("\r"))
        if header is None:
            file.close()
            return False
        self._columns = [self._registry.number.get(name.strip()) for name in header[1:]]
        self._file = file
        return True

    def _replaced(self) -> bool:
        """Whether the path leads to another file now, or this one was cut."""
        assert self._file is not None
        ours = os.fstat(self._file.fileno())
        if ours.st_size < self._place:
            return True
        try:
            there = self._path.stat()
        except OSError:
            return False
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)

    def _row(self, line: list[str]) -> list[Row]:
        if not line:
            return []
        try:
            stamp = datetime.fromisoformat(line[0].strip())
            at = round((stamp if stamp.tzinfo else stamp.replace(tzinfo=self._zone)).astimezone(UTC).timestamp() * SECOND)
        except (ValueError, OverflowError):
            at = -1
        if not 0 <= at < END_OF_TIME:
            self.damaged += 1
            self._doubts.append(f"no time: {','.join(line)[:60]!r}")
            return []
        rows: list[Row] = []
        for point, cell in zip(self._columns, line[1:], strict=False):
            if point is not None and cell.strip():
                value = self._number(cell)
                rows.append((point, at, value, 0 if np.isfinite(value) else NOT_A_NUMBER))
        return rows

    def _number(self, cell: str) -> float:
        try:
            return float(cell)
        except ValueError:
            self._doubts.append(f"no number: {cell[:40]!r}")
            return float("nan")

    def raw(self) -> dict[int, str]:
        """Its points; what stands in the file is the value itself."""
        return {point: "" for point in self._columns if point is not None}

    def _leave(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    async def close(self) -> None:
        self._leave()


def _block(rows: list[Row]) -> Block | None:
    if not rows:
        return None
    points, times, values, quality = zip(*rows, strict=True)
    return Block.of(list(points), list(times), list(values), list(quality))


def make(settings: CsvTailSettings, registry: Registry) -> CsvTail:
    """The source. The file need not be there yet."""
    return CsvTail(settings, registry, zone_of(settings.zone, "zone"))
