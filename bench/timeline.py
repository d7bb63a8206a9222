"""What the journal says of alarms afterwards, for comparing with what was seen from outside."""

from dataclasses import dataclass

from sqlalchemy import select

from store.records.alarms import ALARMS, DELIVERIES, TRANSITIONS
from store.records.deliveries import Delivered
from store.records.engine import open_records


@dataclass(frozen=True, slots=True)
class Raised:
    """One raise in the journal, and when its delivery was done (None: it was not). Times µs UTC."""

    point: str
    time: int
    decided: int
    received: int
    notified: int | None


def raised(address: str, rule: str) -> dict[int, Raised]:
    """The raises of a rule by the transition's id."""
    told = (DELIVERIES.c.transition_id == TRANSITIONS.c.id) & (DELIVERIES.c.state == Delivered.DONE)
    columns = (ALARMS.c.point, *(TRANSITIONS.c[name] for name in ("time", "decided", "received")), DELIVERIES.c.settled)
    query = select(TRANSITIONS.c.id, *columns).join(ALARMS, ALARMS.c.id == TRANSITIONS.c.alarm_id).outerjoin(DELIVERIES, told)
    records = open_records(address)
    try:
        with records.read() as db:
            rows = db.execute(query.where(ALARMS.c.rule == rule, TRANSITIONS.c.change == "raise"))
            return {row[0]: Raised(*row[1:]) for row in rows}
    finally:
        records.close()
