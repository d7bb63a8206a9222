"""Alarm transitions in the order they were written, for whoever copies them elsewhere."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from store.records.alarms import ALARMS, TRANSITIONS


@dataclass(frozen=True, slots=True)
class ToldTransition:
    """One transition with what its alarm is about. `time`: source time, µs UTC."""

    id: int
    time: int
    mine: str
    subject: str
    rule: str
    change: str
    place_zh: str
    place_en: str
    text_zh: str
    text_en: str
    clause: str
    value: float | None
    limit: float | None


def transitions_after(db: Connection, last_id: int, since: int, limit: int = 500) -> list[ToldTransition]:
    """Those with an id above `last_id`, written at `since` (µs UTC) or later, ascending by id, at most `limit`."""
    of_transition = ("id", "time", "change", "text_zh", "text_en", "clause", "value", "limit")
    columns = [(TRANSITIONS if name in of_transition else ALARMS).c[name] for name in ToldTransition.__slots__]
    query = select(*columns).join(ALARMS, TRANSITIONS.c.alarm_id == ALARMS.c.id)
    query = query.where(TRANSITIONS.c.id > last_id, TRANSITIONS.c.at >= since).order_by(TRANSITIONS.c.id).limit(limit)
    return [ToldTransition(*row) for row in db.execute(query)]
