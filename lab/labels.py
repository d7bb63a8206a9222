"""What people said findings were, as a table (`davy models labels`), and what of it may not be learned as normal."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contracts.clock import from_iso
from contracts.errors import BadConfig
from models.base import Frame

COLUMNS = ("mine", "points", "kind", "since", "ended", "mark", "by", "at")
NOT_NORMAL = ("true", "test_gas", "maintenance")
"""Marks of spans in which the points were not as usual. `nonsense` says that they were."""
MARKS = (*NOT_NORMAL, "nonsense")


@dataclass(frozen=True, slots=True)
class Label:
    """One marked finding; times µs UTC, `ended` 0: it went on when the table was written."""

    mine: str
    points: tuple[str, ...]
    kind: str
    since: int
    ended: int
    mark: str


def read_labels(path: Path, mine: str) -> list[Label]:
    """The labels of one mine; BadConfig naming the line where one is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise BadConfig("--labels", str(path), f"a table with the columns {', '.join(COLUMNS)} (davy models labels)")
            return [label for at, row in enumerate(reader, 2) if (label := _label(path, at, row)).mine == mine]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadConfig("--labels", str(path), f"a table that can be read ({error})") from error


def _label(path: Path, at: int, row: dict[str, str]) -> Label:
    mark, points = row["mark"], tuple((row["points"] or "").split())
    if mark not in MARKS:
        raise BadConfig("--labels", f"{path} line {at}: {mark}", f"a mark of {', '.join(MARKS)}")
    try:
        since = from_iso(row["since"])
        ended = from_iso(row["ended"]) if row["ended"] else 0
    except (ValueError, TypeError) as error:
        raise BadConfig("--labels", f"{path} line {at}", "times like 2026-11-24T08:00:00Z") from error
    if not points or (ended and ended < since):
        raise BadConfig("--labels", f"{path} line {at}", "at least one point, and an end that is not before the beginning")
    return Label(row["mine"], points, row["kind"], since, ended, mark)


def without(frame: Frame, labels: Iterable[Label]) -> tuple[Frame, int]:
    """The frame with NaN for the points of spans that were not normal, ends included, and how many readings that left out."""
    values, at = frame.values.copy(), {name: column for column, name in enumerate(frame.points)}
    for label in labels:
        if label.mark not in NOT_NORMAL:
            continue
        inside = frame.times >= label.since
        if label.ended:
            inside &= frame.times <= label.ended
        for column in (at[point] for point in label.points if point in at):
            values[inside, column] = np.nan
    return Frame(frame.points, frame.times, values), int(np.isnan(values).sum() - np.isnan(frame.values).sum())
