"""The control room's book: the running log as people write it, the mine's shifts, and handovers. Only ever added to. Times µs UTC.

What the system itself has to say (alarms, cuts, links) stands in the alarm journal and is read from there (`store.records.duty_feed`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, and_, insert, or_, select, update

from store.records.engine import metadata

Row = TypeVar("Row")

LOG = Table(
    "duty_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("at", "time")),
    Column("kind", String(20), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("words", "by")),
    Column("alarm_id", Integer),
    Column("corrects", Integer),
    Index("duty_log_of", "mine", "at"),
)

SHIFTS = Table(
    "shift_patterns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("shifts", "by")),
    Column("at", BigInteger, nullable=False),
    Index("shift_patterns_of", "mine", "at"),
)

HANDOVERS = Table(
    "handovers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("start", "end", "given_at", "taken_at")),
    *(
        Column(name, Text, nullable=False)
        for name in ("shift_zh", "shift_en", "next_zh", "next_en", "given_by", "words", "frozen", "taken_by", "taken_words")
    ),
    Column("hash", String(64), nullable=False),
    Index("handovers_of", "mine", "id"),
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry. `at`: written; `time`: when it happened. `by` empty: the system. `corrects`: the entry it puts right, which stays."""

    id: int
    mine: str
    at: int
    time: int
    kind: str
    words: str
    by: str
    alarm_id: int | None
    corrects: int | None


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One handover of the shift [start, end). `frozen`: what was open, as JSON; `hash` its content's. `taken_at` 0: not taken over yet."""

    id: int
    mine: str
    start: int
    end: int
    given_at: int
    taken_at: int
    shift_zh: str
    shift_en: str
    next_zh: str
    next_en: str
    given_by: str
    words: str
    frozen: str
    taken_by: str
    taken_words: str
    hash: str


def write(
    db: Connection,
    mine: str,
    kind: str,
    words: str,
    at: int,
    *,
    time: int | None = None,
    by: str = "",
    alarm_id: int | None = None,
    corrects: int | None = None,
) -> LogRow:
    """Add an entry. `by` empty: the system says it."""
    values = {"mine": mine, "at": at, "time": at if time is None else time, "kind": kind, "words": words, "by": by}
    values |= {"alarm_id": alarm_id, "corrects": corrects}
    return LogRow(**db.execute(insert(LOG).returning(LOG), values).mappings().one())


def entry(db: Connection, number: int) -> LogRow | None:
    return _one(LogRow, db, select(LOG).where(LOG.c.id == number))


def entries(
    db: Connection, mine: str, start: int, end: int, limit: int, before: tuple[int, int] | None = None, kinds: Collection[str] = ()
) -> list[LogRow]:
    """What was written in [start, end), the newest first, at most `limit`; of these `kinds` only where some are named. `before` (at, id):
    only what stands below it."""
    query = select(LOG).where(LOG.c.mine == mine, LOG.c.at >= start, LOG.c.at < end)
    if kinds:
        query = query.where(LOG.c.kind.in_(sorted(kinds)))
    if before is not None:
        query = query.where(or_(LOG.c.at < before[0], and_(LOG.c.at == before[0], LOG.c.id < before[1])))
    return [LogRow(**row) for row in db.execute(query.order_by(LOG.c.at.desc(), LOG.c.id.desc()).limit(limit)).mappings()]


def set_shifts(db: Connection, mine: str, shifts: str, by: str, at: int) -> None:
    """A new pattern from `at` on; the ones before stay for the days they were of."""
    db.execute(insert(SHIFTS), {"mine": mine, "shifts": shifts, "by": by, "at": at})


def shifts_of(db: Connection, mine: str, at: int) -> str | None:
    """The pattern (JSON) that was in force at a time; the first one for times before it; None where the mine never had one."""
    own = select(SHIFTS.c.shifts).where(SHIFTS.c.mine == mine)
    found = db.execute(own.where(SHIFTS.c.at <= at).order_by(SHIFTS.c.at.desc(), SHIFTS.c.id.desc()).limit(1)).scalar()
    return found if found is not None else db.execute(own.order_by(SHIFTS.c.at, SHIFTS.c.id).limit(1)).scalar()


def give(db: Connection, values: dict[str, Any]) -> HandoverRow:
    """A handover that somebody has to take over."""
    blank = {"taken_at": 0, "taken_by": "", "taken_words": ""}
    return HandoverRow(**db.execute(insert(HANDOVERS).returning(HANDOVERS), values | blank).mappings().one())


def take(db: Connection, number: int, by: str, words: str, at: int) -> bool:
    """Whether nobody had taken it over before."""
    own = (HANDOVERS.c.id == number, HANDOVERS.c.taken_at == 0)
    return db.execute(update(HANDOVERS).where(*own).values(taken_at=at, taken_by=by, taken_words=words)).rowcount == 1


def handover(db: Connection, number: int) -> HandoverRow | None:
    return _one(HandoverRow, db, select(HANDOVERS).where(HANDOVERS.c.id == number))


def handovers(db: Connection, mine: str, limit: int, *, before_id: int = 0, start: int = 0, end: int = 1 << 62) -> list[HandoverRow]:
    """Of a mine, given in [start, end), the newest first. `before_id`: ids below it only."""
    query = select(HANDOVERS).where(HANDOVERS.c.mine == mine, HANDOVERS.c.given_at >= start, HANDOVERS.c.given_at < end)
    if before_id:
        query = query.where(HANDOVERS.c.id < before_id)
    return [HandoverRow(**row) for row in db.execute(query.order_by(HANDOVERS.c.id.desc()).limit(limit)).mappings()]


def _one(kind: type[Row], db: Connection, query: Any) -> Row | None:
    row = db.execute(query).mappings().first()
    return None if row is None else kind(**row)
