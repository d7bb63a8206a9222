"""Alarms people were called for: how far up the steps, and when the next look is due. What is due is decided in `alerts.escalation`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, delete, insert, select, update

from store.records.alarms import ALARMS, AlarmRow
from store.records.engine import metadata

CALLS = Table(
    "alarm_calls",
    metadata,
    Column("alarm_id", Integer, primary_key=True, autoincrement=False),
    *(Column(name, Integer, nullable=False) for name in ("level", "repeats")),
    *(Column(name, BigInteger, nullable=False) for name in ("since", "due")),
    Index("alarm_calls_due", "due"),
)


@dataclass(frozen=True, slots=True)
class CallRow:
    """`level`: the highest step called; `repeats`: how often the same was told again since; `since`, `due`: µs UTC of the centre."""

    alarm_id: int
    level: int
    repeats: int
    since: int
    due: int


def call_of(db: Connection, alarm_id: int) -> CallRow | None:
    row = db.execute(select(CALLS).where(CALLS.c.alarm_id == alarm_id)).first()
    return None if row is None else CallRow(*row)


def set_call(db: Connection, call: CallRow, *, new: bool = False) -> None:
    """Write it, or write it anew. `new`: there is none yet."""
    values = {name: getattr(call, name) for name in CallRow.__slots__}
    if new or db.execute(update(CALLS).where(CALLS.c.alarm_id == call.alarm_id).values(**values)).rowcount == 0:
        db.execute(insert(CALLS), values)


def end_call(db: Connection, alarm_id: int) -> None:
    db.execute(delete(CALLS).where(CALLS.c.alarm_id == alarm_id))


def due_calls(db: Connection, now: int, limit: int) -> list[tuple[CallRow, AlarmRow]]:
    """The oldest that are due, each with its alarm."""
    query = select(CALLS, ALARMS).join(ALARMS, ALARMS.c.id == CALLS.c.alarm_id).where(CALLS.c.due <= now)
    size, names = len(CALLS.c), [column.name for column in ALARMS.c]
    rows = [tuple(row) for row in db.execute(query.order_by(CALLS.c.due, CALLS.c.alarm_id).limit(limit))]
    return [(CallRow(*row[:size]), AlarmRow(**dict(zip(names, row[size:], strict=True)))) for row in rows]
