"""Tables as lines of JSON, the same whichever database they come from or go to.

The first line of a file names the columns, each other line is a row, in the order of the primary key. Bytes are base64; NaN and
the infinities are written as Python's json writes them.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Integer, LargeBinary, MetaData, Table, Text, func, insert, select, text

from store.records.engine import declared
from store.records.migrations import APPLIED

FOLDER = "records"
_BATCH = 1_000


def export(db: Connection, folder: Path) -> dict[str, int]:
    """Write every table of ours, in the order they can be filled again; rows by table. `db` must see one moment."""
    rows = {}
    for table in _tables(db, {*declared().tables, APPLIED.name}):
        with (folder / f"{table.name}.jsonl").open("x", encoding="utf-8", newline="\n") as file:
            file.write(_line([column.name for column in table.columns]))
            rows[table.name] = 0
            query = select(table).order_by(*(_in_order(db, column) for column in table.primary_key))
            for row in db.execute(query, execution_options={"yield_per": _BATCH}):
                file.write(_line(list(row)))
                rows[table.name] += 1
            file.flush()
            os.fsync(file.fileno())
    return rows


def load(db: Connection, folder: Path, names: list[str]) -> None:
    """Fill the tables of these names, which are empty, from their files."""
    found = {table.name: table for table in _tables(db, set(names))}
    for name in names:
        table = found[name]
        for rows in _batches(_rows(folder / f"{name}.jsonl", table)):
            db.execute(insert(table), rows)
        _go_on_counting(db, table)


def count(path: Path) -> int:
    """Rows of a file."""
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def _tables(db: Connection, names: set[str]) -> list[Table]:
    """As they are in the database, referred ones first: raw values, whatever the program makes of them."""
    found = MetaData()
    found.reflect(db, only=lambda name, _: name in names)
    return found.sorted_tables


def _in_order(db: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """SQLite orders texts by their bytes; PostgreSQL does where it is told to."""
    return column.collate("C") if db.dialect.name == "postgresql" and isinstance(column.type, Text) else column


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _line(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_as_text) + "\n"


def _as_text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no place in a backup")


def _rows(path: Path, table: Table) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        names = json.loads(file.readline())
        raw = [isinstance(table.c[name].type, LargeBinary) for name in names]
        for line in file:
            values = json.loads(line)
            yield {
                name: b64decode(value) if binary and value is not None else value
                for name, value, binary in zip(names, values, raw, strict=True)
            }


def _go_on_counting(db: Connection, table: Table) -> None:
    """PostgreSQL numbers new rows from a sequence of its own, which does not see numbers that are given."""
    keys = list(table.primary_key)
    if db.dialect.name != "postgresql" or len(keys) != 1 or not isinstance(keys[0].type, Integer) or not keys[0].server_default:
        return
    top = db.execute(select(func.max(keys[0]))).scalar()
    if top:
        db.execute(
            text("select setval(pg_get_serial_sequence(:table, :key), :top)"), {"table": table.name, "key": keys[0].name, "top": top}
        )
