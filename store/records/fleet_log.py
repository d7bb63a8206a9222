"""The log of the fleet: fact sets, verdicts, assessments, declarations, counts. It only grows; a newer entry corrects an older one.

Each entry is linked twice: to the one before it over all, and to the one before it of the same mine ("" is the province's own). The newest
entry of a (kind, mine, day, key) is the one that counts. People appear as pseudonyms (`store.records.audit.pseudonym`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, String, Subquery, Table, Text, and_, func, insert, select

from store.records.audit import GENESIS
from store.records.engine import metadata

FLEET_LOG = Table(
    "fleet_log",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("m", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("mine", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("key", String(120), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("mine_previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("fleet_log_of_mine", "mine", "m", unique=True),
    Index("fleet_log_of_kind", "kind", "mine", "day", "key", "n"),
    Index("fleet_log_of_day", "kind", "day", "mine", "key", "n"),
)
_AT_ONCE = 5_000
_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class New:
    """What is to be written. `body`: canonical JSON; `day`: ISO date or empty; `key`: which one of its kind."""

    kind: str
    mine: str
    day: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """The n-th entry over all and m-th of its mine (both from 1). `at` µs UTC; hashes are 64 hex digits."""

    n: int
    m: int
    at: int
    kind: str
    mine: str
    day: str
    key: str
    body: bytes
    actor: str
    previous: str
    mine_previous: str
    hash: str


def link_hash(entry: Entry) -> str:
    """What `entry.hash` has to be: BLAKE2b-256 over all other fields as a JSON array (body in base64). Pure."""
    fields = [entry.previous, entry.mine_previous, entry.n, entry.m, entry.at, entry.kind, entry.mine, entry.day, entry.key]
    return blake2b(_encoder.encode([*fields, entry.body, entry.actor]), digest_size=32).hexdigest()


def append(db: Connection, new: Iterable[New], actor: str, at: int) -> list[Entry]:
    """Add entries in their order, in the caller's transaction."""
    last = head(db)
    n, previous = (last.n, last.hash) if last else (0, GENESIS)
    tails: dict[str, tuple[int, str]] = {}
    made: list[Entry] = []
    for one in new:
        n += 1
        if one.mine not in tails:
            tail = head(db, one.mine)
            tails[one.mine] = (tail.m, tail.hash) if tail else (0, GENESIS)
        m, mine_previous = tails[one.mine]
        bare = Entry(n, m + 1, at, one.kind, one.mine, one.day, one.key, one.body, actor, previous, mine_previous, "")
        entry = replace(bare, hash=link_hash(bare))
        previous, tails[one.mine] = entry.hash, (entry.m, entry.hash)
        made.append(entry)
    for first in range(0, len(made), _AT_ONCE):
        some = made[first : first + _AT_ONCE]
        db.execute(insert(FLEET_LOG), [{name: getattr(entry, name) for name in Entry.__slots__} for entry in some])
    return made


def head(db: Connection, mine: str | None = None) -> Entry | None:
    """The last entry, over all or of a mine."""
    newest = select(FLEET_LOG).order_by(FLEET_LOG.c.n.desc() if mine is None else FLEET_LOG.c.m.desc()).limit(1)
    row = db.execute(newest if mine is None else newest.where(FLEET_LOG.c.mine == mine)).first()
    return Entry(*row) if row else None


def entries(db: Connection, start: int = 1, mine: str | None = None) -> Iterator[Entry]:
    """From number `start` on, ascending: over all, or of one mine (`start` counts over all too)."""
    asked = select(FLEET_LOG).where(FLEET_LOG.c.n >= start).order_by(FLEET_LOG.c.n)
    found = db.execution_options(yield_per=_AT_ONCE).execute(asked if mine is None else asked.where(FLEET_LOG.c.mine == mine))
    return (Entry(*row) for row in found)


def newest_days(db: Connection, kind: str) -> dict[str, str]:
    """Of each mine the newest day (ISO) there is an entry of this kind for."""
    found = db.execute(select(FLEET_LOG.c.mine, func.max(FLEET_LOG.c.day)).where(FLEET_LOG.c.kind == kind).group_by(FLEET_LOG.c.mine))
    return {str(mine): str(day) for mine, day in found}


def current(
    db: Connection,
    kind: str,
    *,
    mine: str | None = None,
    mines: Sequence[str] | None = None,
    days: tuple[str, str] | None = None,
    key: str | None = None,
) -> Iterator[Entry]:
    """The entries that count of a kind, by (mine, day, key); `days`: [first, last] as ISO dates."""
    table = FLEET_LOG
    newest = _newest(kind, mine, mines, days, key)
    rows = select(table).join(newest, table.c.n == newest.c.n).order_by(table.c.mine, table.c.day, table.c.key)
    found = db.execution_options(yield_per=_AT_ONCE).execute(rows)
    return (Entry(*row) for row in found)


def bodies(db: Connection, kind: str, mines: Sequence[str], days: tuple[str, str]) -> Iterator[tuple[str, str, str, bytes]]:
    """(mine, day, hash, body) of the entries that count, in no order: to sort a province's bodies takes longer than to read them."""
    table = FLEET_LOG
    newest = _newest(kind, None, mines, days, None)
    found = db.execution_options(yield_per=_AT_ONCE).execute(
        select(table.c.mine, table.c.day, table.c.hash, table.c.body).join(newest, table.c.n == newest.c.n)
    )
    return ((mine, day, hash_, body) for mine, day, hash_, body in found)


def _newest(kind: str, mine: str | None, mines: Sequence[str] | None, days: tuple[str, str] | None, key: str | None) -> Subquery:
    """The numbers of the entries that count."""
    table = FLEET_LOG
    asked = [table.c.kind == kind]
    if mine is not None:
        asked.append(table.c.mine == mine)
    if mines is not None:
        asked.append(table.c.mine.in_(mines))
    if days is not None:
        asked += [table.c.day >= days[0], table.c.day <= days[1]]
    if key is not None:
        asked.append(table.c.key == key)
    return select(func.max(table.c.n).label("n")).where(and_(*asked)).group_by(table.c.mine, table.c.day, table.c.key).subquery()


def span(
    db: Connection, first: int, last: int, limit: int, *, mines: Sequence[str] | None = None, kinds: Sequence[str] | None = None
) -> list[Entry]:
    """At most `limit` entries with numbers in [first, last], ascending; of these mines and kinds only, where they are given."""
    asked = select(FLEET_LOG).where(FLEET_LOG.c.n >= first, FLEET_LOG.c.n <= last).order_by(FLEET_LOG.c.n).limit(limit)
    if mines is not None:
        asked = asked.where(FLEET_LOG.c.mine.in_(mines))
    if kinds is not None:
        asked = asked.where(FLEET_LOG.c.kind.in_(kinds))
    return [Entry(*row) for row in db.execute(asked)]


def tails(db: Connection) -> dict[str, tuple[int, str]]:
    """The last (m, hash) of every mine, by mine."""
    table = FLEET_LOG
    newest = select(table.c.mine, func.max(table.c.m).label("m")).group_by(table.c.mine).subquery()
    rows = select(table.c.mine, table.c.m, table.c.hash).join(newest, and_(table.c.mine == newest.c.mine, table.c.m == newest.c.m))
    return {mine: (m, hash_) for mine, m, hash_ in db.execute(rows)}


def newest(db: Connection, kind: str, limit: int, before: int) -> list[Entry]:
    """At most `limit` entries of a kind with numbers below `before`, the newest first."""
    asked = select(FLEET_LOG).where(FLEET_LOG.c.kind == kind, FLEET_LOG.c.n < before).order_by(FLEET_LOG.c.n.desc()).limit(limit)
    return [Entry(*row) for row in db.execute(asked)]


def before(db: Connection, n: int, kind: str, mine: str, *, day: str | None = None, key: str | None = None) -> Entry | None:
    """The newest entry of a kind and mine below number `n`; of this day and key only, where they are given."""
    table = FLEET_LOG
    asked = select(table).where(table.c.kind == kind, table.c.mine == mine, table.c.n < n)
    if day is not None:
        asked = asked.where(table.c.day == day)
    if key is not None:
        asked = asked.where(table.c.key == key)
    row = db.execute(asked.order_by(table.c.n.desc()).limit(1)).first()
    return Entry(*row) if row else None
