"""Who is still to be told what. A delivery is written in the transaction of its transition (`store.records.alarms` has the table)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from contracts.clock import SECOND
from store.records.alarms import DELIVERIES, TRANSITIONS, TransitionRow

LONGEST_WAIT = 600 * SECOND
"""Nothing is put off for longer: a `next_try` beyond it was written before the clock was set back, and its time has come."""


class Delivered(StrEnum):
    """States of a delivery. Dropped: what it told was over before anybody was to be told."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One message to one recipient."""

    id: int
    alarm_id: int
    transition_id: int
    recipient: str
    channel: str
    state: str
    attempts: int
    next_try: int
    last_error: str
    settled: int | None
    cause_id: int | None = None
    lead: bool = True
    message_id: int | None = None


def add_delivery(
    db: Connection, told: TransitionRow, recipient: str, channel: str, next_try: int, cause_id: int | None = None, *, lead: bool = True
) -> None:
    """To be done at `next_try` or later. `lead`: it waits for no others of its cause."""
    values = {"alarm_id": told.alarm_id, "transition_id": told.id, "recipient": recipient, "channel": channel, "next_try": next_try}
    waits = {"state": Delivered.PENDING, "attempts": 0, "last_error": "", "cause_id": cause_id, "lead": lead}
    db.execute(_ADD, values | waits)


_ADD = insert(DELIVERIES)
_TOLD = select(exists().where(DELIVERIES.c.cause_id == bindparam("of_cause"), DELIVERIES.c.recipient == bindparam("to")))


def told_before(db: Connection, alarm_id: int) -> frozenset[str]:
    """Who was told of an alarm, or will be."""
    return frozenset(db.execute(select(DELIVERIES.c.recipient).where(DELIVERIES.c.alarm_id == alarm_id).distinct()).scalars())


def told_of_cause(db: Connection, cause_id: int, recipient: str) -> bool:
    """Whether somebody was told anything of a cause, or will be."""
    return bool(db.execute(_TOLD, {"of_cause": cause_id, "to": recipient}).scalar())


def due_deliveries(db: Connection, recipient: str, now: int, limit: int) -> list[DeliveryRow]:
    """What may be sent to a recipient: of each alarm the first that is not settled, where its time has come."""
    earlier = DELIVERIES.alias()
    waits = exists().where(
        earlier.c.state == Delivered.PENDING,
        earlier.c.recipient == recipient,
        earlier.c.alarm_id == DELIVERIES.c.alarm_id,
        earlier.c.id < DELIVERIES.c.id,
    )
    time_has_come = (DELIVERIES.c.next_try <= now) | (DELIVERIES.c.next_try > now + LONGEST_WAIT)
    mine = (DELIVERIES.c.state == Delivered.PENDING, DELIVERIES.c.recipient == recipient, time_has_come)
    query = select(DELIVERIES).where(*mine, ~waits).order_by(DELIVERIES.c.id).limit(limit)
    return [DeliveryRow(**row) for row in db.execute(query).mappings()]


def deliveries(db: Connection, alarm_id: int) -> list[DeliveryRow]:
    query = select(DELIVERIES).where(DELIVERIES.c.alarm_id == alarm_id).order_by(DELIVERIES.c.id)
    return [DeliveryRow(**row) for row in db.execute(query).mappings()]


def change_delivery(db: Connection, row: DeliveryRow, values: dict[str, Any]) -> bool:
    """Whether nobody else settled or tried it since it was read."""
    where = (DELIVERIES.c.id == row.id, DELIVERIES.c.state == Delivered.PENDING, DELIVERIES.c.attempts == row.attempts)
    return db.execute(update(DELIVERIES).where(*where), values).rowcount == 1


def waiting_deliveries(db: Connection) -> int:
    """How many are still to be done."""
    return int(db.execute(select(func.count()).where(DELIVERIES.c.state == Delivered.PENDING)).scalar_one())


def waiting_recipients(db: Connection) -> set[str]:
    """Who is still to be told anything."""
    query = select(DELIVERIES.c.recipient).where(DELIVERIES.c.state == Delivered.PENDING).distinct()
    return set(db.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class Standing:
    """How one recipient is served. Times µs UTC of the centre, None: never. `oldest`: when the oldest that waits was decided."""

    waiting: int
    oldest: int | None
    reached: int | None
    failed: int | None
    reason: str
    """Why the last one failed for good, or why the one tried most waits."""


def standing_of(db: Connection, recipient: str) -> Standing:
    own = DELIVERIES.c.recipient == recipient
    waits = (own, DELIVERIES.c.state == Delivered.PENDING)
    join = DELIVERIES.join(TRANSITIONS, TRANSITIONS.c.id == DELIVERIES.c.transition_id)
    waiting, oldest = db.execute(select(func.count(), func.min(TRANSITIONS.c.at)).select_from(join).where(*waits)).one()
    reached = db.execute(select(func.max(DELIVERIES.c.settled)).where(own, DELIVERIES.c.state == Delivered.DONE)).scalar()
    refused = select(DELIVERIES.c.settled, DELIVERIES.c.last_error).where(own, DELIVERIES.c.state == Delivered.FAILED)
    failed = db.execute(refused.order_by(DELIVERIES.c.settled.desc()).limit(1)).first()
    tried = select(DELIVERIES.c.last_error).where(*waits, DELIVERIES.c.last_error != "")
    stuck = db.execute(tried.order_by(DELIVERIES.c.attempts.desc()).limit(1)).scalar()
    return Standing(int(waiting), oldest, reached, failed[0] if failed else None, stuck or (failed[1] if failed else ""))
