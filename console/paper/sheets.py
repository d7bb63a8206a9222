"""A paper as a spreadsheet: XLSX, and CSV as Excel opens it (UTF-8 with BOM). Nothing people wrote is ever a formula."""

import csv
import io
import re

from console.paper.paper import Cell, Paper, text_of

BOM = "\ufeff"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def xlsx(paper: Paper) -> bytes:
    """One sheet: title, facts, the tables one under the other, signature lines."""
    from console.paper.books import book_of, bytes_of  # noqa: PLC0415  # loaded when the first spreadsheet is made

    return bytes_of(book_of(paper))


def csv_of(paper: Paper) -> bytes:
    """Title, facts, tables and signature lines as rows; a part's name stands alone in a row above its columns."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n").writerow
    for row in _rows(paper):
        write(row)
    return (BOM + out.getvalue()).encode()


def _rows(paper: Paper) -> list[list[str]]:
    rows = [[_plain(paper.title)], *([_plain(paper.mark)] if paper.mark else [],), *([_plain(one) for one in fact] for fact in paper.facts)]
    for part in paper.parts:
        rows += [[], [_plain(part.title)], *([_plain(note)] for note in part.notes)]
        rows += [[_plain(column.name) for column in part.columns]] if part.columns and part.rows else []
        rows += [[_csv(cell) for cell, _ in zip(row, part.columns, strict=True)] for row in part.rows]
        rows += [[_plain(part.empty)]] if part.columns and not part.rows else []
    rows += [[], *([_plain(who), ""] for who in paper.signatures)] if paper.signatures else []
    return [row for row in [*rows, [], [_plain(paper.foot)]] if row != [""]]


def _csv(cell: Cell) -> str:
    return _plain(cell) if isinstance(cell, str) else text_of(cell)


def _plain(text: str) -> str:
    """A text a spreadsheet will not take for a formula: an apostrophe stands before what could be one."""
    text = clean(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def clean(text: str) -> str:
    """Without the signs that no spreadsheet takes."""
    return _CONTROL.sub("\ufffd", text)
