"""Who is signed in, and who failed to: sessions by the hash of their token, failures by login and by address. Times µs UTC."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, String, Table, delete, insert, select, update

from store.records.engine import metadata

SESSIONS = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("person", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("made", "seen", "ends")),
    Column("board", Boolean, nullable=False),
    Column("way", String(10), nullable=False),
    Column("address", String(80), nullable=False),
    Index("sessions_of", "person"),
)

FAILURES = Table(
    "sign_in_failures",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("failures", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("last", "until")),
)


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `token`: its hash; `ends`: at the latest; `board`: a wall board, which only looks; `way`: password, oidc or console."""

    token: str
    person: int
    made: int
    seen: int
    ends: int
    board: bool
    way: str
    address: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Failures of one login or address in a row: how many, the last, and until when nothing is tried."""

    failures: int = 0
    last: int = 0
    until: int = 0


def open_session(db: Connection, session: Session) -> None:
    db.execute(insert(SESSIONS).values({name: getattr(session, name) for name in Session.__slots__}))


def session(db: Connection, token: str) -> Session | None:
    """The session whose token hashes to this."""
    row = db.execute(select(SESSIONS).where(SESSIONS.c.token == token)).first()
    return None if row is None else Session(*row)


def seen(db: Connection, token: str, now: int) -> None:
    db.execute(update(SESSIONS).where(SESSIONS.c.token == token).values(seen=now))


def end(db: Connection, token: str) -> bool:
    """Whether there was one to end."""
    return db.execute(delete(SESSIONS).where(SESSIONS.c.token == token)).rowcount == 1


def end_all(db: Connection, person: int, but: str = "") -> int:
    """End the sessions of a person, all `but` one; how many."""
    return db.execute(delete(SESSIONS).where(SESSIONS.c.person == person, SESSIONS.c.token != but)).rowcount


def sweep(db: Connection, now: int, forgotten: int) -> None:
    """Drop sessions that ended, and failures whose last is older than `forgotten` (µs UTC)."""
    db.execute(delete(SESSIONS).where(SESSIONS.c.ends <= now))
    db.execute(delete(FAILURES).where(FAILURES.c.last < forgotten, FAILURES.c.until < now))


def failed(db: Connection, key: str) -> Failed:
    """What is known against a login, an address or a mine's PINs."""
    row = db.execute(select(FAILURES.c.failures, FAILURES.c.last, FAILURES.c.until).where(FAILURES.c.key == key)).first()
    return Failed() if row is None else Failed(*row)


def set_failed(db: Connection, key: str, found: Failed) -> None:
    """Note it; none left: forget it."""
    db.execute(delete(FAILURES).where(FAILURES.c.key == key))
    if found.failures:
        db.execute(insert(FAILURES).values(key=key, failures=found.failures, last=found.last, until=found.until))
