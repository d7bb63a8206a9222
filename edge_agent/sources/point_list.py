"""A vendor's point list as rows of texts by field name: CSV (UTF-8 or GBK), XLSX, or a file of point definitions (CDDY)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from contracts.errors import BadConfig
from edge_agent.sources.drop_folder import DropFolder
from edge_agent.sources.kj_layout import Layout, Role
from edge_agent.sources.kj_text import decode, split_fields, take_apart
from edge_agent.sources.workbook import MOST_ROWS, NoWorkbook, tables_of

Rows = list[tuple[int, dict[str, str]]]
"""Row (or record) number, and its texts by field name."""
HEADING_WITHIN = 10
_ENDS = re.compile(r"[ \t]*[\r\n\t][\r\n\t ]*")
"""A cell with several lines is one text."""
MOST_BYTES = 64 << 20
"""Of a file; no list of points is longer (project setting)."""


def read_point_list(path: str, layout: Layout) -> Rows:
    """The rows of the file, by the layout's `columns` or its kind with role `definitions`; BadConfig where it is no such list."""
    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise BadConfig("FILE", path, f"a list of at most {MOST_BYTES >> 20} MiB")
        data = Path(path).read_bytes()
    except OSError as error:
        raise BadConfig("FILE", path, f"a readable file ({error.strerror})") from error
    name = path.lower()
    try:
        if name.endswith((".xlsx", ".xlsm")):
            return _by_heading(path, tables_of(data), layout)
        if name.endswith((".csv", ".tsv")):
            text, _ = decode(data, layout.encodings)
            return _by_heading(path, (list(csv.reader(io.StringIO(text), delimiter=mark)) for mark in ",;\t"), layout)
    except NoWorkbook as error:
        raise BadConfig("FILE", path, f"an XLSX workbook ({error})") from error
    except csv.Error as error:
        raise BadConfig("FILE", path, f"CSV ({error})") from error
    return _definitions(path, data, layout)


def _by_heading(path: str, tables: Iterable[list[list[str]]], layout: Layout) -> Rows:
    """The table whose heading names the most fields of the layout; a row without any text is none."""
    best: tuple[int, int, list[list[str]]] = (0, 0, [])
    for table in tables:
        for at, row in enumerate(table[:HEADING_WITHIN]):
            fields = [layout.columns.get(cell.strip()) for cell in row]
            if "point" in fields:
                best = max(best, (sum(map(bool, fields)), -at, table), key=lambda one: one[:2])
    count, at, table = best
    if len(table) > MOST_ROWS:
        raise BadConfig("FILE", path, f"at most {MOST_ROWS} rows")
    if not count:
        heading = next((word for word, field in layout.columns.items() if field == "point"), None)
        raise BadConfig("FILE", path, f"a table with a heading {heading!r} (the layout's columns) in its first {HEADING_WITHIN} rows")
    names = [layout.columns.get(cell.strip()) for cell in table[-at]]
    if len(set(filter(None, names))) != count:
        raise BadConfig("FILE", ", ".join(table[-at]), "headings of which each names another field")
    rows: Rows = []
    for number, row in enumerate(table[1 - at :], start=2 - at):
        texts = {name: _ENDS.sub(" ", cell.strip()) for name, cell in zip(names, row, strict=False) if name}
        if any(texts.values()):
            rows.append((number, texts))
    return rows


def _definitions(path: str, data: bytes, layout: Layout) -> Rows:
    kinds = {name: kind for name, kind in layout.kinds.items() if kind.role is Role.DEFINITIONS}
    if not kinds:
        raise BadConfig("FILE", path, "a CSV or XLSX list: the layout has no kind with role definitions")
    patterns = DropFolder(Path(), {name: kind.files for name, kind in kinds.items()}, 0, lambda: 0)
    kind = kinds[patterns.kind_of(Path(path).name) or next(iter(kinds))]
    found = take_apart(data, layout, kind)
    if not found.complete or not found.records:
        raise BadConfig("FILE", path, f"a complete file of point definitions, ending with {layout.file_end}")
    rows: Rows = []
    for record in found.records:
        fields: Sequence[str] = split_fields(record.text, layout.field_end, len(kind.fields))
        if len(fields) != len(kind.fields):
            rows.append((record.number, {"": record.text}))
            continue
        rows.append((record.number, {name: text for name, text in zip(kind.fields, fields, strict=True) if not name.startswith("_")}))
    return rows
