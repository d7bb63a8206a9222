"""Calibrations, the period of each sensor, comparisons with a portable detector, and monitoring by hand. Rows and statements.

Nothing here is telemetry: what a person read stands in the records beside the trace, never in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

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
    select,
    text,
    update,
)

from store.records.engine import metadata

Kind = TypeVar("Kind")

CALIBRATIONS = Table(
    "calibrations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("seen", Boolean, nullable=False),
    Column("permit", Integer, nullable=False),
    Column("alarm", Integer, nullable=False),
    *(Column(name, Float) for name in ("gas", "reading", "alarm_s")),
    *(Column(name, Text, nullable=False) for name in ("name", "words")),
    Index("calibrations_of", "mine", "point", "time"),
)

PERIODS = Table(
    "calibration_periods",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("every_days", Integer),
    *(Column(name, Text, nullable=False) for name in ("standard", "name")),
    Column("at", BigInteger, nullable=False),
    Index("calibration_periods_of", "mine", "point"),
)

COMPARISONS = Table(
    "comparisons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("time", BigInteger, nullable=False),
    *(Column(name, Float, nullable=False) for name in ("sensor", "portable")),
    Column("allowed", Float),
    *(Column(name, Text, nullable=False) for name in ("instrument", "name", "words")),
    Column("mended", BigInteger, nullable=False),
    Index("comparisons_of", "mine", "point", "time"),
)

TASKS = Table(
    "manual_tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("cause", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("since", "opened", "mended", "closed")),
    *(Column(name, Text, nullable=False) for name in ("name", "closer", "words")),
    Index("one_open_task", "mine", "point", unique=True, sqlite_where=text("closed = 0"), postgresql_where=text("closed = 0")),
)

READINGS = Table(
    "manual_readings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", ForeignKey("manual_tasks.id"), nullable=False),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("time", "entered")),
    Column("value", Float, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("instrument", "name", "words")),
    Index("manual_readings_of", "mine", "point", "time"),
)


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """A calibration that was done. `seen`: the centre saw its test gas; else it rests on somebody's word. `permit`, `alarm` 0: none."""

    id: int
    mine: str
    point: str
    time: int
    seen: bool
    permit: int
    alarm: int
    gas: float | None
    reading: float | None
    alarm_s: float | None
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """What a named person said of a sensor: its kind, and for other kinds the period with the standard it stands in."""

    id: int
    mine: str
    point: str
    kind: str
    every_days: int | None
    standard: str
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """Sensor against portable detector, in the point's unit. `allowed` None: nobody told the error allowed. `mended` 0: not, or not due."""

    id: int
    mine: str
    point: str
    time: int
    sensor: float
    portable: float
    allowed: float | None
    instrument: str
    name: str
    words: str
    mended: int


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Monitoring by hand while a sensor is out. `since`: of the fault; `mended` 0: it goes on; `closed` 0: open. `name` empty: opened by
    the program."""

    id: int
    mine: str
    point: str
    cause: str
    since: int
    opened: int
    mended: int
    closed: int
    name: str
    closer: str
    words: str


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """What a person read at the place, at `time`, and when it was entered."""

    id: int
    task: int
    mine: str
    point: str
    time: int
    entered: int
    value: float
    instrument: str
    name: str
    words: str


def add(db: Connection, table: Table, values: dict[str, Any]) -> int:
    """A new row of one of the tables above; its id."""
    return int(db.execute(insert(table).returning(table.c.id), values).scalar_one())


def newest_calibrations(db: Connection, mine: str, until: int | None = None) -> dict[str, CalibrationRow]:
    """Of each point the newest; `until`: of those done before it (µs UTC)."""
    return _newest(db, CALIBRATIONS, CalibrationRow, CALIBRATIONS.c.time, mine, until)


def newest_periods(db: Connection, mine: str) -> dict[str, PeriodRow]:
    """Of each point what was said last."""
    return _newest(db, PERIODS, PeriodRow, PERIODS.c.id, mine)


def newest_comparisons(db: Connection, mine: str) -> dict[str, ComparisonRow]:
    """Of each point the newest."""
    return _newest(db, COMPARISONS, ComparisonRow, COMPARISONS.c.time, mine)


def comparison(db: Connection, number: int) -> ComparisonRow | None:
    return next(iter(_all(db, select(COMPARISONS).where(COMPARISONS.c.id == number), ComparisonRow)), None)


def mend_comparison(db: Connection, number: int, now: int) -> None:
    """Both devices were calibrated."""
    db.execute(update(COMPARISONS).where(COMPARISONS.c.id == number), {"mended": now})


def tasks(db: Connection, mine: str | None = None, *, point: str | None = None, open_only: bool = False, limit: int = 0) -> list[TaskRow]:
    """Tasks, newest first."""
    query = select(TASKS).order_by(TASKS.c.id.desc())
    query = query.where(*(TASKS.c[name] == value for name, value in {"mine": mine, "point": point}.items() if value is not None))
    if open_only:
        query = query.where(TASKS.c.closed == 0)
    return _all(db, query.limit(limit) if limit else query, TaskRow)


def task(db: Connection, number: int) -> TaskRow | None:
    return next(iter(_all(db, select(TASKS).where(TASKS.c.id == number), TaskRow)), None)


def change_task(db: Connection, number: int, values: dict[str, Any]) -> None:
    db.execute(update(TASKS).where(TASKS.c.id == number), values)


def readings(db: Connection, *, mine: str, point: str | None = None, start: int = 0, end: int = 1 << 62) -> list[ReadingRow]:
    """What people read in [start, end), oldest first."""
    query = select(READINGS).where(READINGS.c.mine == mine, READINGS.c.time >= start, READINGS.c.time < end).order_by(READINGS.c.time)
    if point is not None:
        query = query.where(READINGS.c.point == point)
    return _all(db, query, ReadingRow)


def readings_of(db: Connection, numbers: Sequence[int]) -> dict[int, list[ReadingRow]]:
    """By task, oldest first."""
    out: dict[int, list[ReadingRow]] = {number: [] for number in numbers}
    for row in _all(db, select(READINGS).where(READINGS.c.task.in_(numbers)).order_by(READINGS.c.time), ReadingRow):
        out[row.task].append(row)
    return out


def _newest(db: Connection, table: Table, kind: type[Kind], by: Any, mine: str, until: int | None = None) -> dict[str, Kind]:
    asked = select(table.c.point, func.max(by).label("at")).where(table.c.mine == mine)
    newest = (asked if until is None else asked.where(by < until)).group_by(table.c.point).subquery()
    query = select(table).join(newest, (newest.c.point == table.c.point) & (newest.c.at == by)).where(table.c.mine == mine)
    query = query.order_by(table.c.id)
    return {str(row["point"]): kind(**row) for row in db.execute(query).mappings()}


def _all(db: Connection, query: Select[Any], kind: type[Kind]) -> list[Kind]:
    return [kind(**row) for row in db.execute(query).mappings()]
