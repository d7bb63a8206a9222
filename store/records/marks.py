"""Small durable facts of the centre, by key."""

from sqlalchemy import Column, Connection, String, Table, Text, insert, select, update

from store.records.engine import metadata

MARKS = Table("marks", metadata, Column("key", String(60), primary_key=True), Column("value", Text, nullable=False))


def get(db: Connection, key: str) -> str | None:
    """The value last set, or None."""
    found: str | None = db.execute(select(MARKS.c.value).where(MARKS.c.key == key)).scalar()
    return found


def set(db: Connection, key: str, value: str) -> None:
    """Note a value, in place of the one before."""
    if db.execute(update(MARKS).where(MARKS.c.key == key).values(value=value)).rowcount == 0:
        db.execute(insert(MARKS).values(key=key, value=value))
