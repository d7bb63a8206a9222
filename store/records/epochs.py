"""Every epoch of every gateway, as its births told it: so the ledger knows how many items were made."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, Column, Connection, String, Table, Text, insert, select, update

from contracts.digest import MASK
from contracts.errors import GiveUp
from contracts.payload import Extent
from store.records import items
from store.records.digests import Digest
from store.records.engine import metadata

EPOCHS = Table(
    "epochs",
    metadata,
    Column("gateway", String(81), primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("made", BigInteger, nullable=False),
    Column("first_held", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("predecessor", Text, nullable=False),
    Column("through", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("folded", Boolean, nullable=False),
    Column("digest", Digest),
)


@dataclass(frozen=True, slots=True)
class EpochRow:
    """An `Extent` of `gateway` as last told, and when (µs UTC). `folded`: over and in no memory any more; `digest` is of all its items."""

    gateway: str
    epoch: str
    stream: str
    made: int
    first_held: int
    closed: bool
    predecessor: str
    through: int
    last_time: int
    first_seen: int
    last_seen: int
    folded: bool
    digest: int | None


def see(db: Connection, gateway: str, extent: Extent, at: int) -> None:
    """A birth told an extent. `made` and `last_time` only grow, `closed` sticks (a restored disk tells less); the rest as told.

    What was folded away and is told again (an old disk put back) is not folded any more.
    """
    key = (EPOCHS.c.gateway == gateway, EPOCHS.c.epoch == extent.epoch, EPOCHS.c.stream == extent.stream)
    known = db.execute(select(EPOCHS).where(*key).with_for_update()).first()
    told = {"first_held": extent.first_held, "predecessor": extent.predecessor, "through": extent.through, "last_seen": at, "folded": False}
    grown = {"made": extent.made, "last_time": extent.last_time, "closed": extent.closed}
    if known is None:
        names = {"gateway": gateway, "epoch": extent.epoch, "stream": extent.stream, "first_seen": at}
        db.execute(insert(EPOCHS).values(**names, **told, **grown))
    else:
        grown = {name: max(getattr(known, name), value) for name, value in grown.items()}
        db.execute(update(EPOCHS).where(*key).values(**told, **grown))


def of(db: Connection, gateway: str) -> list[EpochRow]:
    """All epochs of a gateway in the order they were first seen, folded ones too."""
    query = select(EPOCHS).where(EPOCHS.c.gateway == gateway)
    return [EpochRow(*row) for row in db.execute(query.order_by(EPOCHS.c.first_seen, EPOCHS.c.epoch, EPOCHS.c.stream))]


def folded(db: Connection, gateway: str) -> set[str]:
    """The epochs that were folded away."""
    return set(db.execute(select(EPOCHS.c.epoch).where(EPOCHS.c.gateway == gateway, EPOCHS.c.folded)).scalars())


def unfold(db: Connection, gateway: str, epoch: str) -> bool:
    """It is spoken of again; False where it was not folded away."""
    here = (EPOCHS.c.gateway == gateway, EPOCHS.c.epoch == epoch, EPOCHS.c.folded)
    return db.execute(update(EPOCHS).where(*here).values(folded=False)).rowcount > 0


def close(db: Connection, gateway: str, epoch: str) -> None:
    """Its gateway has not told of it for long, and tells of others: it is over."""
    db.execute(update(EPOCHS).where(EPOCHS.c.gateway == gateway, EPOCHS.c.epoch == epoch).values(closed=True))


def fold_away(db: Connection, gateway: str, epoch: str, elsewhere: int = 0) -> None:
    """An epoch that is over: what stays is its line, with the digest of all its items; both databases go on holding those.

    `elsewhere` is the digest of those held in the telemetry store. GiveUp where the epoch is not closed or not known.
    """
    rows = [row for row in of(db, gateway) if row.epoch == epoch]
    if not rows or not all(row.closed for row in rows):
        raise GiveUp(f"{gateway} {epoch}: {'not closed' if rows else 'unknown'}, so it cannot be folded away")
    digest = (items.range_digest(db, gateway, epoch, 0, max(row.made for row in rows)) + elsewhere) & MASK
    db.execute(update(EPOCHS).where(EPOCHS.c.gateway == gateway, EPOCHS.c.epoch == epoch).values(folded=True, digest=digest))
