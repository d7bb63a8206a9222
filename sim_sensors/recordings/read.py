"""Reading a recording: a table with one stamp and one or more columns of numbers per row, plain or gzip.

Layouts: comma separated with `datetime` or `timestamp` first (the longwall rows, NAB, IMS), or `;` separated (SKAB).
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.clock import from_iso
from contracts.errors import BadConfig

_STAMPS = ("datetime", "timestamp")


@dataclass(frozen=True, slots=True)
class Recording:
    """n rows in the file's order. `time` int64 µs (a stamp without zone is taken as UTC); `values` (n, columns), NaN for an empty cell."""

    name: str
    columns: tuple[str, ...]
    time: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time)

    def column(self, name: str) -> NDArray[np.float64]:
        """The values of one column, or KeyError."""
        if name not in self.columns:
            raise KeyError(name)
        return np.asarray(self.values[:, self.columns.index(name)])


def read_recording(path: str | Path) -> Recording:
    """The recording in a file; BadConfig where it is none of the known layouts."""
    where = Path(path)
    rows = cells(where)
    header = next(rows, [])
    if len(header) < 2 or header[0] not in _STAMPS:
        raise BadConfig("recording", str(where), f"a table whose first column is {' or '.join(_STAMPS)}")
    times: list[int] = []
    values: list[list[float]] = []
    for number, row in enumerate(rows, start=2):
        try:
            times.append(from_iso(row[0]))
            values.append([float(cell) if cell else np.nan for cell in row[1:]])
        except (ValueError, IndexError) as error:
            raise BadConfig(f"recording, line {number}", ",".join(row)[:80], f"a stamp and numbers ({error})") from error
        if len(row) != len(header):
            raise BadConfig(f"recording, line {number}", len(row), f"{len(header)} cells")
    if not times:
        raise BadConfig("recording", str(where), "at least one row")
    return Recording(where.name.split(".")[0], tuple(header[1:]), np.array(times, np.int64), np.array(values, np.float64))


def cells(path: Path) -> Iterator[list[str]]:
    """Rows of cells, the header first, of a table that is plain or gzip, comma or `;` separated."""
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()
    yield from csv.reader(lines, delimiter=";" if lines and ";" in lines[0] else ",")


def point_id(column: str) -> str:
    """A column's name as a point id."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in column)
