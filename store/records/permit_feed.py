"""Permits that were opened, for whoever copies them elsewhere."""

from sqlalchemy import Connection, or_, select

from store.records.permits import PERMITS, PermitRow


def opened(db: Connection, since: int) -> list[PermitRow]:
    """Permits that stand, or were closed at `since` (µs UTC) or later; oldest first."""
    query = select(PERMITS).where(PERMITS.c.opened > 0, or_(PERMITS.c.closed == 0, PERMITS.c.closed >= since))
    return [PermitRow(**row) for row in db.execute(query.order_by(PERMITS.c.opened, PERMITS.c.id)).mappings()]
