"""What stands in notes.yaml, as values."""

from pathlib import Path

import msgspec
import yaml

NOTES = Path(__file__).with_name("notes.yaml")
Words = tuple[str, str]
"""Chinese, English."""


class Aim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a figure must reach: a bound, or what stands at another path of the same result."""

    path: str
    words: Words
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    beats: str | None = None


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row for each match of `rows`; `columns`: heading to path; `published`: figures of others under the same headings."""

    rows: str
    columns: dict[str, str]
    title: Words | None = None
    ours: str = "davylamp"
    published: dict[str, list[float]] = {}


class Plot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bars of one column of one table, with an interval and a line where it should be."""

    column: str
    label: str
    table: int = 0
    low: str | None = None
    high: str | None = None
    aim: float | None = None


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything said of a suite beside its figures."""

    title: Words
    what: Words
    protocol: Words
    data: Words
    aims: list[Aim]
    tables: list[Grid]
    plot: Plot
    remarks: list[Words] = []
    tried: list[Words] = []


def read_notes(path: Path = NOTES) -> dict[str, Note]:
    """Suite to its notes, in the order of the page."""
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), dict[str, Note])
