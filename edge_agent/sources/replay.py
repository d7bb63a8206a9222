"""Replay: rows of a CSV file as if they were measured now. Columns: a time, then one per point id.

An empty cell is no reading. A cell that says `nan` is one: the device answered, and what it said is no number.

Row times keep their distances (divided by `speed`) and start at `start`. Every row comes out exactly once, also over restarts:
the place in the file travels with the polls.
"""

import csv
import gzip
from pathlib import Path
from typing import TypeAlias

import numpy as np

from contracts.clock import SECOND, from_iso
from contracts.columns import Block, join
from contracts.errors import BadConfig
from contracts.payload import Poll
from contracts.points import Registry
from edge_agent.sources.settings import ReplaySettings
from edge_agent.sources.source import Answer

MOST_RUNS = 50
"""Poll runs of one answer: they travel in one item, whose size is bounded."""
MOST_ROWS = 600
"""Rows of one answer: after a pause the file is caught up in steps."""


class Replay:
    """One file."""

    def __init__(self, settings: ReplaySettings, registry: Registry) -> None:
        self.name, self.period = settings.name, round(settings.period_s * SECOND)
        points, times, self._values, self._there = _read(Path(settings.file), registry)
        self._point = np.array(points, np.int32)
        stamps = np.array(times, np.int64)
        self.times = from_iso(settings.start) + np.round((stamps - stamps[0]) / settings.speed).astype(np.int64)
        steps = np.diff(self.times)
        self._step = max(1, int(np.median(steps))) if len(steps) else self.period
        self._next = 0

    @property
    def done(self) -> bool:
        return self._next >= len(self.times)

    def resume(self, cursor: int) -> None:
        self._next = cursor

    async def poll(self, due: int) -> Answer:
        end = min(int(np.searchsorted(self.times, due, side="right")), self._next + MOST_ROWS)
        if end <= self._next:
            return Answer(None, ())
        blocks, polls = [], []
        for row in range(self._next, end):
            there = self._there[row]
            blocks.append(Block.of(self._point[there], int(self.times[row]), self._values[row][there]))
            polls.append((int(self.times[row]), row + 1))
        runs = _runs(self.name, polls, self._step)[:MOST_RUNS]
        taken = sum(run.count for run in runs)
        self._next += taken
        return Answer(join(blocks[:taken]), tuple(runs))

    async def close(self) -> None:
        """Nothing is open between polls."""


def _runs(name: str, polls: list[tuple[int, int]], period: int) -> list[Poll]:
    """Polls at equal distances of one period become one run; others stand alone."""
    runs: list[Poll] = []
    for at, cursor in polls:
        last = runs[-1] if runs else None
        if last and at == last.first + last.count * period:
            runs[-1] = Poll(name, period, last.first, last.count + 1, last.answered + 1, cursor)
        else:
            runs.append(Poll(name, period, at, 1, 1, cursor))
    return runs


Floats: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
Flags: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"


def _read(path: Path, registry: Registry) -> tuple[list[int], list[int], Floats, Flags]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        for name in header[1:]:
            if name not in registry.number:
                raise BadConfig(f"{path.name} column", name, "a point id of the registry")
        times, values, there = [], [], []
        for line, row in enumerate(rows, start=2):
            try:
                times.append(from_iso(row[0]))
                there.append([bool(cell.strip()) for cell in row[1:]])
                values.append([float(cell) if cell.strip() else np.nan for cell in row[1:]])
            except (ValueError, IndexError) as error:
                raise BadConfig(f"{path.name} line {line}", ",".join(row)[:60], f"a time and numbers ({error})") from error
    if not times:
        raise BadConfig("file", str(path), "a CSV file with at least one row")
    return [registry.number[name] for name in header[1:]], times, np.array(values, np.float64), np.array(there, np.bool_)


def make(settings: ReplaySettings, registry: Registry) -> Replay:
    """The source."""
    return Replay(settings, registry)
