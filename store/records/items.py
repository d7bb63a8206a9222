"""Held rows of items whose content lives in the records: events, registry parts, losses and dead letters.

A row is written in the transaction of its content, so neither is ever there alone.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from contracts.errors import Conflict
from contracts.ranges import Ranges
from store.records.digests import Digest, halves, whole
from store.records.engine import metadata

DEAD = "dead"

ITEMS = Table(
    "items",
    metadata,
    Column("gateway", String(81), primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("stream", String(20), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", Digest, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("replayed", Boolean, nullable=False),
    Column("kind", String(20), nullable=False),
    Index("items_made", "gateway", "made"),
)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One held item; times µs UTC, `kind` says where its content is (event, registry, lost, dead)."""

    gateway: str
    epoch: str
    stream: str
    seq: int
    digest: int
    made: int
    received: int
    replayed: bool
    kind: str


def hold(
    db: Connection,
    gateway: str,
    epoch: str,
    stream: str,
    seq: int,
    digest: int,
    made: int,
    received: int,
    replayed: bool,
    kind: str,
) -> bool:
    """Write the row; False where the item is held already, Conflict where it is held with another content."""
    known = digest_of(db, gateway, epoch, seq, stream)
    if known is None:
        db.execute(insert(ITEMS).values((gateway, epoch, stream, seq, digest, made, received, replayed, kind)))
    elif known != digest:
        raise Conflict(f"{gateway} {epoch} {stream} {seq} is held with another content")
    return known is None


def release(db: Connection, gateway: str, epoch: str, stream: str, seq: int) -> None:
    """The item is held elsewhere now (a dead letter whose readings went into the store)."""
    db.execute(delete(ITEMS).where(*_of(gateway, epoch), ITEMS.c.stream == stream, ITEMS.c.seq == seq))


def change_kind(db: Connection, gateway: str, epoch: str, stream: str, seq: int, kind: str) -> None:
    """A dead letter became what it was meant to be."""
    db.execute(update(ITEMS).where(*_of(gateway, epoch), ITEMS.c.stream == stream, ITEMS.c.seq == seq).values(kind=kind))


def held(db: Connection, gateway: str) -> dict[tuple[str, str], Ranges]:
    """(epoch, stream) to the ranges held, with digests; dead letters are held too."""
    return _ranges(db, gateway)


def dead(db: Connection, gateway: str) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """(epoch, stream) to the ranges of dead letters."""
    return {key: [(first, last) for first, last, _ in ranges] for key, ranges in _ranges(db, gateway, DEAD).items()}


def made_of(db: Connection, gateway: str, decided: int, received: int) -> int | None:
    """When the gateway put what it decided then, and the centre received then, into its outbox (its own clock, µs UTC)."""
    where = (ITEMS.c.gateway == gateway, ITEMS.c.received == received, ITEMS.c.kind == "event", ITEMS.c.made >= decided)
    found: int | None = db.execute(select(func.min(ITEMS.c.made)).where(*where)).scalar()
    return found


def _ranges(db: Connection, gateway: str, kind: str | None = None) -> dict[tuple[str, str], Ranges]:
    key = (ITEMS.c.epoch, ITEMS.c.stream)
    island = (ITEMS.c.seq - func.row_number().over(partition_by=key, order_by=ITEMS.c.seq)).label("island")
    wanted = [ITEMS.c.gateway == gateway] + ([ITEMS.c.kind == kind] if kind else [])
    rows = select(*key, ITEMS.c.seq, ITEMS.c.digest, island).where(*wanted).subquery()
    high, low = halves(rows.c.digest)
    query = select(rows.c.epoch, rows.c.stream, func.min(rows.c.seq), func.max(rows.c.seq), high, low)
    out: dict[tuple[str, str], Ranges] = {}
    for epoch, stream, first, last, upper, lower in db.execute(query.group_by(rows.c.epoch, rows.c.stream, rows.c.island)):
        out.setdefault((epoch, stream), Ranges()).add(first, last, whole(upper, lower))
    return out


def digest_of(db: Connection, gateway: str, epoch: str, seq: int, stream: str) -> int | None:
    """The digest under which an item is held, or None."""
    found: int | None = db.execute(
        select(ITEMS.c.digest).where(*_of(gateway, epoch), ITEMS.c.seq == seq, ITEMS.c.stream == stream)
    ).scalar()
    return found


def range_digest(db: Connection, gateway: str, epoch: str, first: int, last: int) -> int:
    """Sum modulo 2^64 of the digests of the items held in [first, last] (a stream has epochs of its own)."""
    query = select(*halves(ITEMS.c.digest)).where(*_of(gateway, epoch), ITEMS.c.seq.between(first, last))
    return whole(*db.execute(query).one())


def _of(gateway: str, epoch: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ITEMS.c.gateway == gateway, ITEMS.c.epoch == epoch


def between(db: Connection, gateway: str, start: int, end: int) -> list[ItemRow]:
    """Items whose `made` is in [start, end), ascending by (epoch, stream, seq)."""
    query = select(ITEMS).where(ITEMS.c.gateway == gateway, ITEMS.c.made >= start, ITEMS.c.made < end)
    return [ItemRow(*row) for row in db.execute(query.order_by(ITEMS.c.epoch, ITEMS.c.stream, ITEMS.c.seq))]
