"""A paper as data: title, facts, tables, signature lines. One shape for PDF, XLSX and CSV; every word in it is ready to be read. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Number:
    """A measured value and how many decimals are shown of it; a spreadsheet keeps all."""

    value: float
    decimals: int


Cell = str | int | Number
"""A number is a number in a spreadsheet. What is not known is a word ("unknown"), never an empty cell and never 0."""


@dataclass(frozen=True, slots=True)
class Column:
    """`share`: its part of the width, beside the other columns'."""

    name: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with lines of text and a table under it; `empty` stands where the table has no row."""

    title: str
    notes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """`facts`: (name, value) under the title. `signatures`: who signs. `foot`: on every page. `wide`: landscape."""

    lang: str
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    signatures: tuple[str, ...] = ()
    foot: str = ""
    mark: str = ""
    """A word across the head: draft, reviewed, corrected."""
    wide: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    """`name`, `time`: under a signature line; `page`: before the page's number."""


def text_of(cell: Cell) -> str:
    """A cell as it is read."""
    return f"{cell.value:.{cell.decimals}f}" if isinstance(cell, Number) else str(cell)


def data_of(paper: Paper) -> dict[str, Any]:
    """What `paper.typ` is given: every cell a text, numbers marked to stand right."""
    data = asdict(paper)
    for part, shown in zip(paper.parts, data["parts"], strict=True):
        shown["rows"] = [
            [{"text": text_of(cell), "number": not isinstance(cell, str)} for cell, _ in zip(row, part.columns, strict=True)]
            for row in part.rows
        ]
    return data
