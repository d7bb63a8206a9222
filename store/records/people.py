"""Who may sign in, and the PINs they answer alarms with at a wall board. Hashes only; a name can be erased, the audit chain has none."""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, Row, String, Table, Text, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from contracts.errors import BadConfig
from store.records.engine import metadata

PEOPLE = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(60), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("mines", Text, nullable=False),
    Column("district", String(80), nullable=False),
    Column("lang", String(2), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("password", "claim", "phone", "duty")),
    Column("active", Boolean, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("made", "changed")),
    Index("people_by_login", "login", unique=True),
)

PINS = Table(
    "pins",
    metadata,
    Column("mine", String(40), primary_key=True),
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Index("pins_once", "mine", "hash", unique=True),
)
"""All PINs of a mine are hashed with the mine's salt: one hash of what was typed finds whose it is."""

SALTS = Table("pin_salts", metadata, Column("mine", String(40), primary_key=True), Column("salt", String(32), nullable=False))


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `mines` empty: all, for a role that may see all. `password` empty: none is set; `claim`: their name at the company's own
    sign-in (OIDC); `phone` and `duty`: as people wrote them. Times µs UTC."""

    id: int
    login: str
    name: str
    role: str
    mines: tuple[str, ...]
    district: str
    lang: str
    password: str
    claim: str
    phone: str
    duty: str
    active: bool
    made: int
    changed: int


def add(db: Connection, login: str, name: str, role: str, now: int, mines: Collection[str] = (), **facts: object) -> Person:
    """A new person; BadConfig where the login is taken. `facts`: further fields of Person."""
    if by_login(db, login) is not None:
        raise BadConfig("login", login, "a login nobody has")
    values = {"district": "", "lang": "zh", "password": "", "claim": "", "phone": "", "duty": "", "active": True} | facts
    row = values | {"login": login, "name": name, "role": role, "mines": _listed(mines), "made": now, "changed": now}
    db.execute(insert(PEOPLE), row)
    found = by_login(db, login)
    assert found is not None
    return found


def change(db: Connection, person: int, facts: Mapping[str, Any], now: int) -> None:
    """Set fields of a person. PINs of mines that are no longer theirs are gone."""
    values = {**facts, "changed": now}
    if "mines" in values:
        values["mines"] = _listed(values["mines"])
        db.execute(delete(PINS).where(PINS.c.person == person, PINS.c.mine.not_in(sorted(facts["mines"]))))
    db.execute(update(PEOPLE).where(PEOPLE.c.id == person).values(**values))


def of(db: Connection, person: int) -> Person | None:
    """One person by number."""
    return _one(db, PEOPLE.c.id == person)


def by_login(db: Connection, login: str) -> Person | None:
    return _one(db, PEOPLE.c.login == login)


def by_claim(db: Connection, claim: str) -> Person | None:
    """Whose name at the company's own sign-in this is; None for nobody, and where several have it."""
    rows = db.execute(select(PEOPLE).where(PEOPLE.c.claim == claim).limit(2)).all() if claim else []
    return _person(rows[0]) if len(rows) == 1 else None


def listing(db: Connection) -> list[Person]:
    """Everybody, by login."""
    return [_person(row) for row in db.execute(select(PEOPLE).order_by(PEOPLE.c.login))]


def anybody(db: Connection) -> bool:
    """Whether anybody may sign in."""
    return db.execute(select(PEOPLE.c.id).where(PEOPLE.c.active).limit(1)).first() is not None


def erase(db: Connection, person: Person, now: int) -> None:
    """Take name, phone and duty out of the row and forbid signing in; the number stays, so that it names nobody else later."""
    gone = {"login": f"erased-{person.id}", "name": "", "phone": "", "duty": "", "claim": "", "password": "", "active": False}
    change(db, person.id, gone | {"mines": (), "district": ""}, now)


def salt_of(db: Connection, mine: str) -> str | None:
    """The salt of a mine's PINs (32 hex digits); None where it has none yet."""
    found = db.execute(select(SALTS.c.salt).where(SALTS.c.mine == mine)).scalar()
    return None if found is None else str(found)


def make_salt(db: Connection, mine: str) -> str:
    """The salt of a mine's PINs, made where there is none."""
    known = salt_of(db, mine)
    if known is None:
        known = secrets.token_hex(16)
        db.execute(insert(SALTS).values(mine=mine, salt=known))
    return known


def set_pin(db: Connection, mine: str, person: int, hashed: str) -> bool:
    """Give a person a PIN at a mine (the one before is gone); False where somebody else of the mine has it."""
    db.execute(delete(PINS).where(PINS.c.mine == mine, PINS.c.person == person))
    try:
        with db.begin_nested():
            db.execute(insert(PINS).values(mine=mine, person=person, hash=hashed))
    except IntegrityError:
        return False
    return True


def pin_holder(db: Connection, mine: str, hashed: str) -> Person | None:
    """The active person of the mine whose PIN this is."""
    found = db.execute(select(PINS.c.person).where(PINS.c.mine == mine, PINS.c.hash == hashed)).scalar()
    person = None if found is None else of(db, int(found))
    return person if person is not None and person.active and mine in person.mines else None


def pins_of(db: Connection, person: int) -> list[str]:
    """The mines at which a person has a PIN."""
    return [str(row.mine) for row in db.execute(select(PINS.c.mine).where(PINS.c.person == person).order_by(PINS.c.mine))]


def _listed(mines: Collection[str]) -> str:
    return json.dumps(sorted(set(mines)))


def _one(db: Connection, which: Any) -> Person | None:
    row = db.execute(select(PEOPLE).where(which)).first()
    return None if row is None else _person(row)


def _person(row: Row[Any]) -> Person:
    facts = dict(row._mapping)
    return Person(**facts | {"mines": tuple(json.loads(facts["mines"]))})
