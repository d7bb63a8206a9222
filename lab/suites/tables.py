"""Tables as columns of strings."""

from pathlib import Path

from sim_sensors.recordings.read import cells


def read_table(path: Path) -> dict[str, list[str]]:
    """Column name to its cells; ValueError naming the file and line where a row has not as many cells as the header."""
    header, *rows = (row for row in cells(path) if row)
    for at, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"{path}, line {at + 2}: {len(row)} cells where the header has {len(header)}")
    return {name: [row[column] for row in rows] for column, name in enumerate(header)}
