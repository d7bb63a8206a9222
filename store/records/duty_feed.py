"""What the alarm journal says of a mine in a span of time, for its running log and its reports. Reads only. Times µs UTC."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from store.records.alarms import ALARMS, TRANSITIONS, AlarmRow
from store.records.permits import PERMITS, PermitRow

REPORT = "report"
"""The change that says: reported to the mine leader on duty."""
PERMIT_STEPS = ("opened", "extended", "overrun", "closed")
CHUNK = 500
"""Ids in one question; SQLite takes so many for certain."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One transition with what its alarm is about. `at`: written; `time`: when it happened."""

    id: int
    alarm_id: int
    at: int
    time: int
    rule: str
    quantity: str
    change: str
    before: str
    after: str
    reason: str
    by: str
    detail: str
    point: str
    place_zh: str
    place_en: str
    text_zh: str
    text_en: str
    value: float | None
    unverified: bool


_OF_ALARM = ("rule", "quantity", "point", "place_zh", "place_en")
_COLUMNS = [(ALARMS if name in _OF_ALARM else TRANSITIONS).c[name] for name in Happening.__slots__]


def happenings(db: Connection, mine: str, start: int, end: int, limit: int, before: tuple[int, int] | None = None) -> list[Happening]:
    """Written in [start, end), the newest first, at most `limit`. `before` (at, id): only what stands below it."""
    query = select(*_COLUMNS).join(ALARMS, TRANSITIONS.c.alarm_id == ALARMS.c.id)
    query = query.where(ALARMS.c.mine == mine, TRANSITIONS.c.at >= start, TRANSITIONS.c.at < end)
    if before is not None:
        query = query.where(or_(TRANSITIONS.c.at < before[0], and_(TRANSITIONS.c.at == before[0], TRANSITIONS.c.id < before[1])))
    return [Happening(*row) for row in db.execute(query.order_by(TRANSITIONS.c.at.desc(), TRANSITIONS.c.id.desc()).limit(limit))]


def permit_steps(db: Connection, mine: str, start: int, end: int) -> list[tuple[int, str, PermitRow]]:
    """When in [start, end) which permit was opened, extended, overrun or closed; the newest first. A mine has few a day."""
    moments = [PERMITS.c[name] for name in PERMIT_STEPS]
    within = or_(*(and_(moment >= start, moment < end) for moment in moments))
    rows = [PermitRow(**row) for row in db.execute(select(PERMITS).where(PERMITS.c.mine == mine, within)).mappings()]
    found = [(getattr(row, name), name, row) for row in rows for name in PERMIT_STEPS if start <= getattr(row, name) < end]
    return sorted(found, key=lambda step: (step[0], step[2].id, PERMIT_STEPS.index(step[1])), reverse=True)


def touching(db: Connection, mine: str, start: int, end: int) -> list[AlarmRow]:
    """Alarms whose condition touches [start, end) by source time, the oldest first."""
    over = or_(ALARMS.c.active, ALARMS.c.changed >= start)
    query = select(ALARMS).where(ALARMS.c.mine == mine, ALARMS.c.raised_at < end, ALARMS.c.raised_at > 0, over)
    return [AlarmRow(**row) for row in db.execute(query.order_by(ALARMS.c.raised_at, ALARMS.c.id)).mappings()]


def steps_of(db: Connection, alarms: Collection[int], changes: Collection[str]) -> dict[int, list[Happening]]:
    """Of these alarms the transitions of these kinds, oldest first; alarms without one are absent."""
    found: dict[int, list[Happening]] = {}
    for ids in _chunks(sorted(alarms)):
        query = select(*_COLUMNS).join(ALARMS, TRANSITIONS.c.alarm_id == ALARMS.c.id)
        query = query.where(TRANSITIONS.c.alarm_id.in_(ids), TRANSITIONS.c.change.in_(sorted(changes))).order_by(TRANSITIONS.c.id)
        for row in db.execute(query):
            found.setdefault(row.alarm_id, []).append(Happening(*row))
    return found


def _chunks(ids: list[Any]) -> list[list[Any]]:
    return [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]
