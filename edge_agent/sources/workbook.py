"""An XLSX workbook that somebody else made, as tables of texts. It is a zip of XML: how far it unpacks is asked before it is unpacked."""

import io
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

MOST_BYTES, MOST_PARTS, MOST_SHEETS = 64 << 20, 1_000, 50
"""Unpacked, in the zip, and of one workbook (project settings)."""
MOST_ROWS, MOST_COLUMNS = 100_000, 200


class NoWorkbook(Exception):
    """It cannot be read, or is larger than any list of points."""


def tables_of(data: bytes) -> Iterator[list[list[str]]]:
    """The sheets one after the other, each as rows of cells; a row without any is empty. NoWorkbook saying why."""
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415  # large, and wanted for XLSX alone
    from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        _check_size(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets[:MOST_SHEETS]:
            rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
            yield [[_cell(cell) for cell in row] if any(cell is not None for cell in row) else [] for row in rows]
    except (InvalidFileException, BadZipFile, ParseError, KeyError, TypeError, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise NoWorkbook(str(error) or type(error).__name__) from error


def _check_size(data: bytes) -> None:
    """What the zip says of itself; more than it says is not unpacked by Python's zipfile."""
    parts = ZipFile(io.BytesIO(data)).infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise NoWorkbook(f"more than {MOST_PARTS} parts or {MOST_BYTES >> 20} MiB when unpacked")


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
