"""Alarms, what happened to them (append-only), and who is still to be told. Statements; what they mean is decided in `alerts`.

A change of an alarm is compare-and-set on `version`; a delivery is written in the transaction of its transition.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, exists, func, insert, select, update

from store.records.alarm_tables import ALARMS, DELIVERIES, MARKS, TRANSITIONS, AlarmRow, TransitionRow

__all__ = [
    "ALARMS",
    "DELIVERIES",
    "MARKS",
    "TRANSITIONS",
    "AlarmRow",
    "TransitionRow",
    "add_transition",
    "alarm",
    "alarms",
    "change_alarm",
    "has_transition",
    "mark",
    "marks",
    "new_alarm",
    "newest_change",
    "newest_filed",
    "open_alarm",
    "refreshed",
    "set_mark",
    "set_marks",
    "told_alarm",
    "transitions",
]

Row = TypeVar("Row")

_OF_KEY = tuple(ALARMS.c[name] == bindparam(f"of_{name}") for name in ("mine", "subject", "rule"))
_OPEN = select(ALARMS).where(*_OF_KEY, ALARMS.c.open)
_TOLD = (
    select(ALARMS)
    .where(*_OF_KEY, ~ALARMS.c.open, ALARMS.c.raised_at <= bindparam("end"), ALARMS.c.changed >= bindparam("start"))
    .order_by(ALARMS.c.id.desc())
    .limit(1)
)
_ONE = select(ALARMS).where(ALARMS.c.id == bindparam("of_id"))
_ROW = tuple(ALARMS.c[name] for name in AlarmRow.__slots__)
_VERSIONS = select(ALARMS.c.id, ALARMS.c.version).where(ALARMS.c.open)
_THESE = select(*_ROW).where(ALARMS.c.id.in_(bindparam("ids", expanding=True)))
_CHUNK = 500
"""Statements of every alarm are built once: in a storm building them costs more than the database."""


def open_alarm(db: Connection, mine: str, subject: str, rule: str) -> AlarmRow | None:
    """The one open alarm of a key."""
    return _one(AlarmRow, db, _OPEN, {"of_mine": mine, "of_subject": subject, "of_rule": rule})


def told_alarm(db: Connection, mine: str, subject: str, rule: str, start: int, end: int) -> AlarmRow | None:
    """The newest closed alarm of a key whose span touches [start, end]."""
    return _one(AlarmRow, db, _TOLD, {"of_mine": mine, "of_subject": subject, "of_rule": rule, "start": start, "end": end})


def alarm(db: Connection, alarm_id: int) -> AlarmRow | None:
    return _one(AlarmRow, db, _ONE, {"of_id": alarm_id})


def alarms(
    db: Connection,
    *,
    mine: str | None = None,
    mines: Collection[str] | None = None,
    among: Select[tuple[int]] | None = None,
    gateway: str | None = None,
    subject: str | None = None,
    rule: str | None = None,
    state: str | None = None,
    open_only: bool = False,
    shelved_before: int | None = None,
    before_id: int = 0,
    limit: int = 0,
) -> list[AlarmRow]:
    """Alarms, newest first. `before_id`: ids below it only; `limit` 0: all; `shelved_before`: whose shelving ends by then; `mines`,
    `among`: only of these mines, only those whose ids a query gives."""
    query = select(*_ROW).order_by(ALARMS.c.id.desc())
    equal = {"mine": mine, "gateway": gateway, "subject": subject, "rule": rule, "state": state}
    query = query.where(*(ALARMS.c[name] == value for name, value in equal.items() if value is not None))
    if mines is not None:
        query = query.where(ALARMS.c.mine.in_(sorted(mines)))
    if among is not None:
        query = query.where(ALARMS.c.id.in_(among))
    if open_only:
        query = query.where(ALARMS.c.open)
    if shelved_before is not None:
        query = query.where(ALARMS.c.shelved_until <= shelved_before)
    if before_id:
        query = query.where(ALARMS.c.id < before_id)
    if limit:
        query = query.limit(limit)
    return [AlarmRow(*row) for row in db.execute(query)]


def refreshed(db: Connection, known: Mapping[int, AlarmRow]) -> dict[int, AlarmRow]:
    """The open alarms by id, where these were known before: only what changed since is read whole."""
    standing = {int(id_): int(version) for id_, version in db.execute(_VERSIONS)}
    kept = {id_: row for id_, row in known.items() if standing.get(id_) == row.version}
    changed = sorted(standing.keys() - kept.keys())
    for start in range(0, len(changed), _CHUNK):
        kept |= {row[0]: AlarmRow(*row) for row in db.execute(_THESE, {"ids": changed[start : start + _CHUNK]})}
    return kept


def newest_filed(db: Connection, mine: str, rules: Sequence[str]) -> list[tuple[AlarmRow, dict[str, float]]]:
    """Of each point and rule the newest that was filed (and the newest *unverified* one), with the numbers of its filing."""
    each = (ALARMS.c.point, ALARMS.c.rule, ALARMS.c.unverified)
    newest = select(*each, func.max(ALARMS.c.changed).label("changed")).where(ALARMS.c.mine == mine, ALARMS.c.rule.in_(rules))
    last = newest.group_by(*each).subquery()
    query = select(ALARMS, TRANSITIONS.c.numbers).join(TRANSITIONS, TRANSITIONS.c.alarm_id == ALARMS.c.id)
    query = query.join(last, and_(*(ALARMS.c[column.name] == column for column in last.c)))
    query = query.where(ALARMS.c.mine == mine, TRANSITIONS.c.change == "filed").order_by(ALARMS.c.id)
    rows = [dict(row) for row in db.execute(query).mappings()]
    return [(AlarmRow(**{name: value for name, value in row.items() if name != "numbers"}), row["numbers"]) for row in rows]


_NEW = insert(ALARMS).returning(ALARMS.c.id)


def new_alarm(db: Connection, values: dict[str, Any]) -> int:
    """The id of a new alarm. SQLAlchemy's IntegrityError where the key has an open one."""
    return int(db.execute(_NEW, values | {"version": 1}).scalar_one())


def change_alarm(db: Connection, alarm_id: int, version: int, values: dict[str, Any]) -> bool:
    """Whether the alarm was still at this version and is now changed."""
    where = (ALARMS.c.id == alarm_id, ALARMS.c.version == version)
    return db.execute(update(ALARMS).where(*where), values | {"version": version + 1}).rowcount == 1


_MARKED = select(MARKS.c.changed).where(
    MARKS.c.mine == bindparam("of_mine"),
    MARKS.c.subject == bindparam("of_subject"),
    MARKS.c.rule.in_(bindparam("of_rules", expanding=True)),
)


def mark(db: Connection, mine: str, subject: str, rules: Sequence[str]) -> int | None:
    """The newest mark of any of these rules."""
    found = db.execute(_MARKED, {"of_mine": mine, "of_subject": subject, "of_rules": tuple(rules)})
    return max((int(row[0]) for row in found), default=None)


def set_mark(db: Connection, mine: str, subject: str, rule: str, changed: int) -> None:
    db.execute(delete(MARKS).where(*_key(MARKS, mine, subject, rule)))
    db.execute(insert(MARKS), {"mine": mine, "subject": subject, "rule": rule, "changed": changed})


def marks(db: Connection, mine: str, rule: str) -> dict[str, int]:
    """The marks of a rule by subject."""
    query = select(MARKS.c.subject, MARKS.c.changed).where(MARKS.c.mine == mine, MARKS.c.rule == rule)
    return {str(subject): int(changed) for subject, changed in db.execute(query)}


def set_marks(db: Connection, mine: str, subjects: Sequence[str], rule: str, changed: int) -> None:
    """`set_mark` of many."""
    if not subjects:
        return
    own = and_(MARKS.c.mine == mine, MARKS.c.subject == bindparam("of"), MARKS.c.rule == rule)
    db.execute(delete(MARKS).where(own), [{"of": subject} for subject in subjects])
    db.execute(insert(MARKS), [{"mine": mine, "subject": subject, "rule": rule, "changed": changed} for subject in subjects])


_ADD = insert(TRANSITIONS).returning(TRANSITIONS.c.id)


def add_transition(db: Connection, values: dict[str, Any]) -> TransitionRow:
    return TransitionRow(**({"value": None, "limit": None} | values), id=int(db.execute(_ADD, values).scalar_one()))


def has_transition(db: Connection, alarm_id: int, change: str, time: int) -> bool:
    """Whether this change of this source time is in the alarm's timeline."""
    where = (TRANSITIONS.c.alarm_id == alarm_id, TRANSITIONS.c.change == change, TRANSITIONS.c.time == time)
    return bool(db.execute(select(exists().where(*where))).scalar())


def newest_change(db: Connection, alarm_id: int, changes: Sequence[str], before_id: int) -> str:
    """The newest of these changes in an alarm's timeline before a transition; empty where there is none."""
    where = (TRANSITIONS.c.alarm_id == alarm_id, TRANSITIONS.c.change.in_(changes), TRANSITIONS.c.id < before_id)
    return str(db.execute(select(TRANSITIONS.c.change).where(*where).order_by(TRANSITIONS.c.id.desc()).limit(1)).scalar() or "")


def transitions(db: Connection, alarm_id: int) -> list[TransitionRow]:
    query = select(TRANSITIONS).where(TRANSITIONS.c.alarm_id == alarm_id).order_by(TRANSITIONS.c.id)
    return [TransitionRow(**row) for row in db.execute(query).mappings()]


def _key(table: Table, mine: str, subject: str, rule: str) -> tuple[Any, ...]:
    return (table.c.mine == mine, table.c.subject == subject, table.c.rule == rule)


def _one(kind: type[Row], db: Connection, query: Any, given: dict[str, Any]) -> Row | None:
    row = db.execute(query, given).mappings().first()
    return None if row is None else kind(**row)
