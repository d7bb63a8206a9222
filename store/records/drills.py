"""Drills that were asked for, and when each step of theirs was reached. What people did stands in the alarm's own timeline."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, insert, select, update

from store.records.alarms import ALARMS, TRANSITIONS, AlarmRow
from store.records.engine import metadata

DRILLS = Table(
    "drills",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("gateway", String(81), nullable=False),
    Column("way", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("clock_offset", BigInteger, nullable=False),
    *(Column(name, BigInteger) for name in ("decided", "sent", "receipted")),
    Column("journaled", BigInteger),
    Column("transition_id", Integer),
    Index("drills_of", "mine", "id"),
)


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One drill. Times µs UTC: `asked`, `journaled` by the centre's clock, `decided`, `sent`, `receipted` by the gateway's, which stood
    `clock_offset` µs before the centre's at its last birth. None: not reached, or not told."""

    id: int
    mine: str
    point: str
    gateway: str
    way: str
    name: str
    words: str
    asked: int
    clock_offset: int
    decided: int | None
    sent: int | None
    receipted: int | None
    journaled: int | None
    transition_id: int | None


def add(db: Connection, values: dict[str, Any]) -> int:
    """The number of a new drill."""
    return int(db.execute(insert(DRILLS).returning(DRILLS.c.id), values).scalar_one())


def of(db: Connection, drill: int) -> DrillRow | None:
    row = db.execute(select(DRILLS).where(DRILLS.c.id == drill)).mappings().first()
    return None if row is None else DrillRow(**row)


def listing(db: Connection, mines: Collection[str] | None, after: int, limit: int) -> list[DrillRow]:
    """Newest first; `mines` None: of all; `after`: ids below it only, 0 from the newest on."""
    query = select(DRILLS).order_by(DRILLS.c.id.desc()).limit(limit)
    if mines is not None:
        query = query.where(DRILLS.c.mine.in_(mines))
    if after:
        query = query.where(DRILLS.c.id < after)
    return [DrillRow(**row) for row in db.execute(query).mappings()]


def alarm_of(db: Connection, drill: DrillRow) -> AlarmRow | None:
    """The alarm row a drill stands under; None before the journal has it."""
    query = select(ALARMS).join(TRANSITIONS, TRANSITIONS.c.alarm_id == ALARMS.c.id).where(TRANSITIONS.c.id == drill.transition_id)
    row = None if drill.transition_id is None else db.execute(query).mappings().first()
    return None if row is None else AlarmRow(**row)


def journaled(db: Connection, drill: int, mine: str, transition: int, at: int) -> bool:
    """Note that the journal has it; whether there is such a drill of this mine that it had not yet."""
    where = (DRILLS.c.id == drill, DRILLS.c.mine == mine, DRILLS.c.transition_id.is_(None))
    return db.execute(update(DRILLS).where(*where), {"transition_id": transition, "journaled": at}).rowcount == 1


def told(db: Connection, drill: int, decided: int, sent: int | None, receipted: int | None) -> bool:
    """Note what the gateway says of its own steps; whether it had not said so before."""
    where = (DRILLS.c.id == drill, DRILLS.c.decided.is_(None))
    return db.execute(update(DRILLS).where(*where), {"decided": decided, "sent": sent, "receipted": receipted}).rowcount == 1
