"""Of which times of an epoch readings came after its gateway's clock was set back: what of that epoch comes later may be of the same times.

Written before those readings are, so that it outlives a centre that dies between.
"""

from sqlalchemy import BigInteger, Column, Connection, String, Table, Text, insert, select, update

from store.records.engine import metadata

SETBACKS = Table(
    "setbacks",
    metadata,
    Column("gateway", String(81), primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
)


def note(db: Connection, gateway: str, epoch: str, low: int, high: int) -> None:
    """Readings from `low` to `high` (µs UTC), both in it, join what is known of the epoch."""
    key = (SETBACKS.c.gateway == gateway, SETBACKS.c.epoch == epoch)
    known = db.execute(select(SETBACKS.c.low, SETBACKS.c.high).where(*key).with_for_update()).first()
    if known is None:
        db.execute(insert(SETBACKS).values(gateway=gateway, epoch=epoch, low=low, high=high))
    else:
        db.execute(update(SETBACKS).where(*key).values(low=min(low, known.low), high=max(high, known.high)))


def of(db: Connection, gateway: str) -> dict[str, tuple[int, int]]:
    """Epoch to the smallest and largest of those times."""
    query = select(SETBACKS.c.epoch, SETBACKS.c.low, SETBACKS.c.high).where(SETBACKS.c.gateway == gateway)
    return {row.epoch: (row.low, row.high) for row in db.execute(query)}
