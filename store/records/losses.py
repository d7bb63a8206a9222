"""Items a gateway declared lost. Weak: one that comes after all is stored, and the loss corrected, with a trace."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, Integer, String, Table, Text, delete, insert, select

from contracts.ranges import Ranges
from store.records.engine import metadata

LOSSES = Table(
    "losses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gateway", String(81), nullable=False),
    Column("stream", String(20), nullable=False),
    Column("epoch", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("losses_of", "gateway", "epoch"),
)

CORRECTIONS = Table(
    "loss_corrections",
    metadata,
    Column("gateway", String(81), primary_key=True),
    Column("stream", String(20), primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("declared", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class LossRow:
    """Items first to last will not come, for this reason; `at` (µs UTC) is when that was declared."""

    gateway: str
    stream: str
    epoch: str
    first: int
    last: int
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """An item declared lost (then, for this reason) that came `at`."""

    gateway: str
    stream: str
    epoch: str
    seq: int
    reason: str
    declared: int
    at: int


def declare(db: Connection, gateway: str, stream: str, epoch: str, first: int, last: int, reason: str, at: int) -> None:
    """Items first to last are lost. What of them was declared before, or came after all, stays as it is."""
    key = (gateway, stream, epoch)
    losses = db.execute(select(LOSSES.c.first, LOSSES.c.last).where(*_of(LOSSES, key)))
    known = Ranges((low, high, 0) for low, high in losses)
    corrected = select(CORRECTIONS.c.seq).where(*_of(CORRECTIONS, key), CORRECTIONS.c.seq.between(first, last))
    for seq in db.execute(corrected).scalars():
        known.add(seq, seq, 0)
    for low, high in known.missing(first, last):
        _insert(db, LossRow(gateway, stream, epoch, low, high, reason, at))


def of(db: Connection, gateway: str) -> list[LossRow]:
    """What is lost now, ascending by (epoch, stream, first)."""
    query = select(*(LOSSES.c[name] for name in LossRow.__slots__)).where(LOSSES.c.gateway == gateway)
    return [LossRow(*row) for row in db.execute(query.order_by(LOSSES.c.epoch, LOSSES.c.stream, LOSSES.c.first))]


def corrections(db: Connection, gateway: str) -> list[CorrectionRow]:
    """What was declared lost and came after all, in the order it came."""
    query = select(CORRECTIONS).where(CORRECTIONS.c.gateway == gateway)
    return [CorrectionRow(*row) for row in db.execute(query.order_by(CORRECTIONS.c.at, CORRECTIONS.c.epoch, CORRECTIONS.c.seq))]


def came_after_all(db: Connection, gateway: str, stream: str, epoch: str, seq: int, at: int) -> bool:
    """An item declared lost is here: its loss shrinks or is split, and that is noted. False where it was not declared lost."""
    holding = select(LOSSES).where(*_of(LOSSES, (gateway, stream, epoch)), LOSSES.c.first <= seq, LOSSES.c.last >= seq)
    loss = db.execute(holding.with_for_update()).first()
    if loss is None:
        return False
    db.execute(delete(LOSSES).where(LOSSES.c.id == loss.id))
    for low, high in ((loss.first, seq - 1), (seq + 1, loss.last)):
        if low <= high:
            _insert(db, LossRow(gateway, stream, epoch, low, high, loss.reason, loss.at))
    db.execute(insert(CORRECTIONS).values((gateway, stream, epoch, seq, loss.reason, loss.at, at)))
    return True


def _of(table: Table, key: tuple[str, str, str]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in zip(("gateway", "stream", "epoch"), key, strict=True)]


def _insert(db: Connection, row: LossRow) -> None:
    db.execute(insert(LOSSES).values({name: getattr(row, name) for name in LossRow.__slots__}))
