"""Gzipped text tables as columns of strings."""

import csv
import gzip
from pathlib import Path


def read_gz(path: Path, separator: str = ",") -> dict[str, list[str]]:
    """Column name to its cells; ValueError naming the file and line where a row has not as many cells as the header."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter=separator)
        header = next(reader)
        rows = [row for row in reader if row]
    for at, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"{path}, line {at + 2}: {len(row)} cells where the header has {len(header)}")
    return {name: [row[column] for row in rows] for column, name in enumerate(header)}
