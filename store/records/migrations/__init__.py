"""The records' schema as numbered steps: named functions in order, each applied in one transaction with the row that says so.

A step is never changed once released; a change of the schema is a further step at the end of MIGRATIONS, and a file beside the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Engine, Integer, MetaData, Table, Text, insert, inspect, select

from contracts.errors import GiveUp
from store.records.migrations import (
    m0001_first,
    m0002_owners,
    m0003_findings,
    m0004_people,
    m0005_service,
    m0006_routing,
    m0007_permits,
    m0008_handling,
    m0009_duty,
    m0010_drills,
    m0011_fleet,
    m0012_setbacks,
)

Migration = tuple[str, Callable[[Connection], None]]

MIGRATIONS: tuple[Migration, ...] = (
    ("first", m0001_first.apply),
    ("owners", m0002_owners.apply),
    ("findings", m0003_findings.apply),
    ("people", m0004_people.apply),
    ("service", m0005_service.apply),
    ("routing", m0006_routing.apply),
    ("permits", m0007_permits.apply),
    ("handling", m0008_handling.apply),
    ("duty", m0009_duty.apply),
    ("drills", m0010_drills.apply),
    ("fleet", m0011_fleet.apply),
    ("setbacks", m0012_setbacks.apply),
)
"""Name and step; the place in the list is the number, from 1."""

APPLIED = Table(
    "migrations",
    MetaData(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Applied:
    """A step that was taken, and when (µs UTC)."""

    number: int
    name: str
    at: int


class ForeignSchema(GiveUp):
    """The records were written by a newer program, or by another one: nothing is touched."""


def applied(db: Connection) -> list[Applied]:
    """The steps taken so far, in order; none in a database without them."""
    if not inspect(db).has_table(APPLIED.name):
        return []
    return [Applied(*row) for row in db.execute(select(APPLIED).order_by(APPLIED.c.number))]


def missing(done: Sequence[Applied], known: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Names of the steps still to be taken; ForeignSchema where `done` is no beginning of `known`. Pure."""
    names = [name for name, _ in known]
    for step in done:
        if step.number > len(names):
            raise ForeignSchema(
                f"记录库的结构较新 / the records are newer than this program: they are at step {done[-1].number} ({done[-1].name}), "
                f"it knows {len(names)}. 使用写入它的程序版本 / use the version that wrote them"
            )
        if step.name != names[step.number - 1]:
            raise ForeignSchema(f"step {step.number} of the records is {step.name!r}; this program knows it as {names[step.number - 1]!r}")
    return names[len(done) :]


def migrate(engine: Engine, now: int, known: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Take the missing steps; their names. Where two processes do it at once, one waits and finds them taken."""
    with engine.connect().execution_options(reading=True) as db:
        todo = missing(applied(db), known)
    return [name for name in todo if _take(engine, name, now, known)]


def _take(engine: Engine, name: str, now: int, known: Sequence[Migration]) -> bool:
    with engine.begin() as db:
        if name not in missing(applied(db), known):
            return False
        APPLIED.create(db, checkfirst=True)
        number = [known_name for known_name, _ in known].index(name) + 1
        known[number - 1][1](db)
        db.execute(insert(APPLIED).values(number=number, name=name, at=now))
    return True
