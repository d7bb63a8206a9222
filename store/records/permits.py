"""Permits: plans of single permits for one point each, and which alarms a permit spoke for. Rows and statements; `alerts.permits` decides.

Names of people stand in the rows; the audit chain knows them by pseudonym.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from store.records.alarms import ALARMS
from store.records.engine import metadata

BUSY = ("open", "overrun")
"""States in which a permit stands at its point: it must be closed before another one can be opened there."""

PLANS = Table(
    "permit_plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("start", "end", "created")),
    *(Column(name, Text, nullable=False) for name in ("name", "words")),
)

PERMITS = Table(
    "permits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", ForeignKey("permit_plans.id"), nullable=False),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("start", "end", "opened", "ends", "extended", "overrun", "closed")),
    *(Column(name, Text, nullable=False) for name in ("dispatcher", "caller", "reason", "closer", "words")),
    Column("gas", Float),
    Column("lock_test", Integer),
    Column("version", Integer, nullable=False),
    Index("one_busy_permit", "mine", "point", unique=True, sqlite_where=text("state IN ('open', 'overrun')"),
          postgresql_where=text("state IN ('open', 'overrun')")),
    Index("permits_of_mine", "mine", "state", "opened"),
)  # fmt: skip

SPOKEN = Table(
    "permit_alarms",
    metadata,
    Column("alarm", ForeignKey("alarms.id"), primary_key=True, autoincrement=False),
    Column("permit", ForeignKey("permits.id"), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("watched", Boolean, nullable=False),
    Column("level", Float),
    Column("risen", BigInteger, nullable=False),
    Index("permit_alarms_watched", "watched"),
    Index("permit_alarms_of", "permit"),
)
"""An alarm a permit spoke for. `watched`: it may still turn out not to fit. `level`: of the test gas, in the point's unit."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A round: when (µs UTC), of what kind, who planned it."""

    id: int
    mine: str
    kind: str
    start: int
    end: int
    created: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class PermitRow:
    """One permit. Times µs UTC, 0: not yet. `start` to `end`: the plan's window; `opened` to `ends`: while it speaks. `extended`,
    `overrun`, `closed`: when that happened. `caller` is underground, `dispatcher` opened it, `closer` closed it. `gas`: the test gas as
    told, in the point's unit. `lock_test`: the filed test's alarm id."""

    id: int
    plan: int
    mine: str
    point: str
    kind: str
    state: str
    start: int
    end: int
    opened: int
    ends: int
    extended: int
    overrun: int
    closed: int
    dispatcher: str
    caller: str
    reason: str
    closer: str
    words: str
    gas: float | None
    lock_test: int | None
    version: int


@dataclass(frozen=True, slots=True)
class SpokenRow:
    """What became of a planned alarm. `risen`: source time of its raise; `judged`: of the last word (the centre's clock)."""

    alarm: int
    permit: int
    verdict: str
    reason: str
    judged: int
    watched: bool
    level: float | None
    risen: int


def add_plan(db: Connection, values: dict[str, Any]) -> int:
    return int(db.execute(insert(PLANS).returning(PLANS.c.id), values).scalar_one())


def plan(db: Connection, number: int) -> PlanRow | None:
    row = db.execute(select(PLANS).where(PLANS.c.id == number)).mappings().first()
    return None if row is None else PlanRow(**row)


def add_permit(db: Connection, values: dict[str, Any]) -> int:
    blank = {"opened": 0, "ends": 0, "extended": 0, "overrun": 0, "closed": 0, "dispatcher": "", "caller": "", "reason": "", "closer": ""}
    blank |= {"words": "", "gas": None, "lock_test": None, "version": 1}
    return int(db.execute(insert(PERMITS).returning(PERMITS.c.id), blank | values).scalar_one())


def permit(db: Connection, number: int) -> PermitRow | None:
    return next(iter(_rows(db, select(PERMITS).where(PERMITS.c.id == number))), None)


def change_permit(db: Connection, row: PermitRow, values: dict[str, Any]) -> bool:
    """Whether the permit still stood as `row` says, and is now changed."""
    where = (PERMITS.c.id == row.id, PERMITS.c.version == row.version)
    return db.execute(update(PERMITS).where(*where), values | {"version": row.version + 1}).rowcount == 1


def set_lock_test(db: Connection, number: int, alarm: int) -> None:
    """The newest filed test under a permit."""
    db.execute(update(PERMITS).where(PERMITS.c.id == number), {"lock_test": alarm})


def busy(db: Connection, mine: str | None = None, points: Sequence[str] | None = None) -> list[PermitRow]:
    """Permits that stand (open, overrun), oldest first."""
    query = select(PERMITS).where(PERMITS.c.state.in_(BUSY)).order_by(PERMITS.c.opened, PERMITS.c.id)
    if mine is not None:
        query = query.where(PERMITS.c.mine == mine)
    if points is not None:
        query = query.where(PERMITS.c.point.in_(points))
    return _rows(db, query)


def opened_since(db: Connection, mine: str, since: int) -> list[PermitRow]:
    """Permits of a mine opened at `since` or later."""
    return _rows(db, select(PERMITS).where(PERMITS.c.mine == mine, PERMITS.c.opened >= since, PERMITS.c.opened > 0))


def listing(
    db: Connection,
    *,
    mine: str | None = None,
    mines: Sequence[str] | None = None,
    point: str | None = None,
    state: str | None = None,
    start: int | None = None,
    end: int | None = None,
    before_id: int = 0,
    limit: int = 0,
) -> list[PermitRow]:
    """Permits, newest first. `start`, `end` (µs): whose planned window or open time touches it; `mines` None: all."""
    query = select(PERMITS).order_by(PERMITS.c.id.desc())
    equal = {"mine": mine, "point": point, "state": state}
    query = query.where(*(PERMITS.c[name] == value for name, value in equal.items() if value is not None))
    if mines is not None:
        query = query.where(PERMITS.c.mine.in_(mines))
    if start is not None:
        query = query.where(or_(PERMITS.c.end >= start, PERMITS.c.closed >= start, PERMITS.c.state.in_(BUSY)))
    if end is not None:
        query = query.where(PERMITS.c.start < end)
    if before_id:
        query = query.where(PERMITS.c.id < before_id)
    return _rows(db, query.limit(limit) if limit else query)


def covering(db: Connection, mine: str, point: str, start: int, end: int) -> PermitRow | None:
    """The newest permit that was opened for this point while [start, end] (source time) went by."""
    query = select(PERMITS).where(PERMITS.c.mine == mine, PERMITS.c.point == point, PERMITS.c.opened > 0, PERMITS.c.opened <= end)
    query = query.where(or_(PERMITS.c.closed == 0, PERMITS.c.closed >= start))
    return next(iter(_rows(db, query.order_by(PERMITS.c.id.desc()).limit(1))), None)


def speak(db: Connection, alarm: int, permit_id: int, risen: int, now: int) -> None:
    """A permit speaks for an alarm, for now."""
    if spoken(db, alarm) is not None:
        values = {"permit": permit_id, "verdict": "pending", "reason": "", "judged": now, "watched": True, "level": None, "risen": risen}
        db.execute(update(SPOKEN).where(SPOKEN.c.alarm == alarm), values)
        return
    values = {"alarm": alarm, "permit": permit_id, "verdict": "pending", "reason": "", "judged": now, "watched": True, "level": None}
    db.execute(insert(SPOKEN), values | {"risen": risen})


def judge(db: Connection, alarm: int, values: dict[str, Any]) -> None:
    """Write a word on it."""
    db.execute(update(SPOKEN).where(SPOKEN.c.alarm == alarm), values)


def spoken(db: Connection, alarm: int) -> SpokenRow | None:
    row = db.execute(select(SPOKEN).where(SPOKEN.c.alarm == alarm)).mappings().first()
    return None if row is None else SpokenRow(**row)


def of_alarm(db: Connection, alarm: int) -> PermitRow | None:
    """The permit that spoke for an alarm, or under which the lock test was done that this alarm is."""
    spoke = select(SPOKEN.c.permit).where(SPOKEN.c.alarm == alarm)
    query = select(PERMITS).where(or_(PERMITS.c.id.in_(spoke), PERMITS.c.lock_test == alarm)).order_by(PERMITS.c.id.desc()).limit(1)
    return next(iter(_rows(db, query)), None)


def spoken_of(db: Connection, permits: Sequence[int]) -> list[SpokenRow]:
    """The alarms these permits spoke for, oldest first."""
    query = select(SPOKEN).where(SPOKEN.c.permit.in_(permits)).order_by(SPOKEN.c.alarm)
    return [SpokenRow(**row) for row in db.execute(query).mappings()]


def watched(db: Connection) -> list[SpokenRow]:
    """What may still turn out not to fit, oldest first."""
    query = select(SPOKEN).where(SPOKEN.c.watched).order_by(SPOKEN.c.alarm)
    return [SpokenRow(**row) for row in db.execute(query).mappings()]


def tally(db: Connection, mine: str | None, start: int, end: int, rules: Sequence[str]) -> dict[str, int]:
    """Planned alarms of these rules raised in [start, end) by verdict."""
    query = select(SPOKEN.c.verdict, func.count()).join(PERMITS, PERMITS.c.id == SPOKEN.c.permit)
    query = query.join(ALARMS, ALARMS.c.id == SPOKEN.c.alarm).where(ALARMS.c.rule.in_(rules))
    query = query.where(SPOKEN.c.risen >= start, SPOKEN.c.risen < end)
    if mine is not None:
        query = query.where(PERMITS.c.mine == mine)
    return {str(verdict): int(count) for verdict, count in db.execute(query.group_by(SPOKEN.c.verdict))}


def _rows(db: Connection, query: Select[Any]) -> list[PermitRow]:
    return [PermitRow(**row) for row in db.execute(query).mappings()]
