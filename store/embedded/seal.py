"""A closed partition, rewritten sorted by (series, time) beside the original. Nothing is replaced before both agree."""

from pathlib import Path

import duckdb

from contracts.errors import GiveUp
from store.embedded.partition import Partition
from store.embedded.schema import FINGERPRINT, SEAL, SUMMARIES


def write_sealed(cursor: duckdb.DuckDBPyConnection, part: Partition, target: Path) -> None:
    """Write the sorted copy of an attached partition to `target`, durable when it returns; GiveUp where the two differ."""
    alias = f"seal{part.number}"
    quoted = str(target).replace("'", "''")
    cursor.execute(f"attach '{quoted}' as {alias}")
    try:
        for statement in SEAL:
            cursor.execute(statement.format(part=part.alias, seal=alias))
        for name, question in SUMMARIES.items():
            cursor.execute(f"create table {alias}.{name} as {question.format(part=alias)}")
        before, after = (cursor.execute(FINGERPRINT.format(part=name)).fetchall() for name in (part.alias, alias))
        if before != after:
            raise GiveUp(f"{part.path.name}: the sealed copy differs ({before} became {after}); the original stays")
        cursor.execute(f"checkpoint {alias}")
    finally:
        cursor.execute(f"detach {alias}")
