"""The transitions that alarm health is found in, and what is set aside now. Read only; what it means is decided in `alerts.health`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from store.records.alarms import ALARMS, TRANSITIONS, AlarmRow

MOST = 200_000
"""Transitions read at most; where there are more the newest are left out, and that is told."""
_ABOUT = ("id", "mine", "subject", "rule", "point", "place_zh", "place_en", "priority")
_STEP = ("at", "change", "before", "after", "reason")


@dataclass(frozen=True, slots=True)
class Passed:
    """One transition with its alarm's row number. `at`: µs UTC of the centre."""

    alarm: int
    at: int
    change: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class About:
    """What an alarm row is about."""

    id: int
    mine: str
    subject: str
    rule: str
    point: str
    place_zh: str
    place_en: str
    priority: int


@dataclass(frozen=True, slots=True)
class Found:
    """`steps` by time; `more`: there were more than MOST."""

    steps: list[Passed]
    about: dict[int, About]
    more: bool


def passed(db: Connection, mines: Collection[str] | None, start: int, end: int, without: Collection[str], most: int = MOST) -> Found:
    """All transitions before `end` of the alarms that changed in [start, end) or stood then; `mines` None: of all (never the centre's own);
    `without`: rules that count nowhere."""
    where = [*_of(mines), ALARMS.c.rule.not_in(list(without)), ALARMS.c.created < end, or_(ALARMS.c.last_change >= start, ALARMS.c.open)]
    about = {row["id"]: About(**row) for row in db.execute(select(*(ALARMS.c[name] for name in _ABOUT)).where(*where)).mappings()}
    query = select(TRANSITIONS.c.alarm_id, *(TRANSITIONS.c[name] for name in _STEP)).join(ALARMS, ALARMS.c.id == TRANSITIONS.c.alarm_id)
    query = query.where(*where, TRANSITIONS.c.at < end).order_by(TRANSITIONS.c.id).limit(most + 1)
    steps = [Passed(*row) for row in db.execute(query)]
    return Found(sorted(steps[:most], key=lambda step: step.at), about, len(steps) > most)


def set_aside(db: Connection, mines: Collection[str] | None) -> list[AlarmRow]:
    """The open alarms nobody is called for now: planned, shelved, suppressed, out of service; the oldest first."""
    aside = or_(ALARMS.c.shelved_until.is_not(None), ALARMS.c.suppressed, ALARMS.c.out_of_service, ALARMS.c.planned)
    query = select(ALARMS).where(*_of(mines), ALARMS.c.open, aside).order_by(ALARMS.c.id)
    return [AlarmRow(**row) for row in db.execute(query).mappings()]


def _of(mines: Collection[str] | None) -> list[Any]:
    return [ALARMS.c.mine != ""] if mines is None else [ALARMS.c.mine.in_([mine for mine in mines if mine])]
