"""Items that could not be stored, whole, each with its reason: they can be mended and replayed."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from store.records.digests import Digest
from store.records.engine import metadata

DEADLETTERS = Table(
    "deadletters",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gateway", String(81), nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("epoch", Text),
    Column("seq", BigInteger),
    Column("digest", Digest, nullable=False),
    Column("resolved", BigInteger),
    Column("resolution", Text, nullable=False),
    Index("deadletters_open", "resolved", "gateway"),
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`epoch` and `seq` are None where the bytes are no item; `resolved` (µs UTC) is None while nobody dealt with it."""

    id: int
    gateway: str
    topic: str
    payload: bytes
    reason: str
    detail: str
    received: int
    epoch: str | None
    seq: int | None
    digest: int
    resolved: int | None
    resolution: str


def put(
    db: Connection,
    *,
    gateway: str,
    topic: str,
    payload: bytes,
    reason: str,
    detail: str,
    received: int,
    epoch: str | None,
    seq: int | None,
    digest: int,
) -> int:
    """Keep an item that was refused; its id."""
    row = {
        "gateway": gateway,
        "topic": topic,
        "payload": payload,
        "reason": reason,
        "detail": detail,
        "received": received,
        "epoch": epoch,
        "seq": seq,
        "digest": digest,
        "resolution": "",
    }
    return int(db.execute(insert(DEADLETTERS).values(row).returning(DEADLETTERS.c.id)).scalar_one())


def listing(
    db: Connection,
    *,
    gateway: str | None = None,
    mines: Collection[str] | None = None,
    unresolved: bool = True,
    after: int = 0,
    limit: int = 100,
) -> list[DeadLetter]:
    """Ascending by id, those above `after`; `unresolved` False tells the resolved ones too; `mines`: only of their gateways."""
    query = select(DEADLETTERS).where(DEADLETTERS.c.id > after)
    if mines is not None:
        query = query.where(or_(false(), *(DEADLETTERS.c.gateway.startswith(f"{mine}/", autoescape=True) for mine in sorted(mines))))
    if gateway is not None:
        query = query.where(DEADLETTERS.c.gateway == gateway)
    if unresolved:
        query = query.where(DEADLETTERS.c.resolved.is_(None))
    return [DeadLetter(*row) for row in db.execute(query.order_by(DEADLETTERS.c.id).limit(limit))]


def numbered(db: Connection, gateway: str, epoch: str, first: int, last: int) -> list[DeadLetter]:
    """The unresolved ones that are items first to last of an epoch, by number."""
    query = select(DEADLETTERS).where(DEADLETTERS.c.resolved.is_(None), DEADLETTERS.c.gateway == gateway, DEADLETTERS.c.epoch == epoch)
    rows = db.execute(query.where(DEADLETTERS.c.seq.between(first, last)).order_by(DEADLETTERS.c.seq, DEADLETTERS.c.id))
    return [DeadLetter(*row) for row in rows]


def get(db: Connection, id: int) -> DeadLetter | None:
    """One dead letter."""
    row = db.execute(select(DEADLETTERS).where(DEADLETTERS.c.id == id)).first()
    return DeadLetter(*row) if row else None


def resolve(db: Connection, id: int, how: str, at: int) -> bool:
    """It was dealt with; False where it was already, or is unknown. The item stays."""
    still_open = (DEADLETTERS.c.id == id) & DEADLETTERS.c.resolved.is_(None)
    return db.execute(update(DEADLETTERS).where(still_open).values(resolved=at, resolution=how)).rowcount == 1


def count(db: Connection) -> dict[str, int]:
    """Unresolved dead letters by reason."""
    query = (
        select(DEADLETTERS.c.reason, func.count().label("number")).where(DEADLETTERS.c.resolved.is_(None)).group_by(DEADLETTERS.c.reason)
    )
    return {row.reason: row.number for row in db.execute(query)}
