"""A paper as a workbook of openpyxl, which takes a fifth of a second to load: `console.paper.sheets` asks for it when one is made."""

import io
import re
from datetime import UTC, datetime

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell import Cell as Box  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, Side  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.worksheet.worksheet import Worksheet  # type: ignore[import-untyped]

from console.paper.paper import Cell, Number, Paper, Part
from console.paper.sheets import clean

MOST_ROWS = 1_000_000
"""Of one sheet; Excel holds 1,048,576."""
WIDTH = 16
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Stands as the time of making, so that the same paper makes the same cells; when a report was made is one of its facts."""


def book_of(paper: Paper) -> Workbook:
    """One sheet: title, facts, the tables one under the other, signature lines."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", clean(paper.title))[:31].strip("' ") or "1"
    book.properties.created = book.properties.modified = _EPOCH
    _write(sheet, paper)
    sheet.page_setup.orientation = "landscape" if paper.wide else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    return book


def bytes_of(book: Workbook) -> bytes:
    """A workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Worksheet, paper: Paper) -> None:
    bold, big, soft = Font(bold=True), Font(bold=True, size=14), Font(italic=True, color="55606A")
    _put(sheet, 1, 1, paper.title).font = big
    at = 2
    for text in filter(None, (paper.mark,)):
        _put(sheet, at, 1, text).font = bold
        at += 1
    for name, value in paper.facts:
        _put(sheet, at, 1, name).font = soft
        _put(sheet, at, 2, value)
        at += 1
    for part in paper.parts:
        at = _part(sheet, part, at + 1)
    at += 2
    for who in paper.signatures:
        _put(sheet, at, 1, who).font = bold
        _put(sheet, at, 2, "").border = Border(bottom=Side("thin"))
        at += 2
    _put(sheet, at, 1, paper.foot).font = soft
    most = max((len(part.columns) for part in paper.parts), default=2)
    for column in range(1, max(most, 2) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH


def _part(sheet: Worksheet, part: Part, at: int) -> int:
    """Write a part from row `at` on; the row after it."""
    _put(sheet, at, 1, part.title).font = Font(bold=True, size=12)
    for note in part.notes:
        at += 1
        _put(sheet, at, 1, note).font = Font(italic=True, color="55606A")
    at += 1
    if not part.rows:
        if part.columns:
            _put(sheet, at, 1, part.empty)
        return at + 1
    for across, column in enumerate(part.columns, 1):
        head = _put(sheet, at, across, column.name)
        head.font, head.border, head.alignment = Font(bold=True), Border(bottom=Side("thin")), Alignment(wrap_text=True, vertical="bottom")
    for row in part.rows[:MOST_ROWS]:
        at += 1
        for across, cell in enumerate(row, 1):
            box = _put(sheet, at, across, cell)
            box.alignment = Alignment(wrap_text=isinstance(cell, str), vertical="top")
    return at + 1


def _put(sheet: Worksheet, row: int, column: int, value: Cell) -> Box:
    """A cell with a value; a text stays a text, whatever it begins with."""
    box = sheet.cell(row=row, column=column)
    assert isinstance(box, Box)
    box.value = clean(value) if isinstance(value, str) else value.value if isinstance(value, Number) else value
    if isinstance(value, str):
        box.data_type = "s"
    elif isinstance(value, Number):
        box.number_format = f"0.{'0' * value.decimals}" if value.decimals else "0"
    return box
