"""What goes out together: a message is put together once, in the transaction that says which deliveries are in it, and sent until it is
settled. A delivery is in one message at most, because it names it; so every transition told to somebody is in exactly one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from store.records.alarms import ALARMS, DELIVERIES, TRANSITIONS, AlarmRow, TransitionRow
from store.records.deliveries import LONGEST_WAIT, Delivered, DeliveryRow
from store.records.engine import metadata

MESSAGES = Table(
    "alarm_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recipient", String(80), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("parts", Integer, nullable=False),
    Index("alarm_messages_of", "recipient", "made"),
)
_D = DELIVERIES.c


@dataclass(frozen=True, slots=True)
class MessageRow:
    """`made`: when it was put together (µs UTC of the centre); `parts`: how many transitions are in it."""

    id: int
    recipient: str
    kind: str
    made: int
    parts: int


def _time_has_come(now: int) -> Any:
    return or_(_D.next_try <= now, _D.next_try > now + LONGEST_WAIT)


def waiting_messages(db: Connection, recipient: str, now: int, limit: int) -> list[MessageRow]:
    """Put together before and not settled, whose time has come; oldest first."""
    mine = (_D.state == Delivered.PENDING, _D.recipient == recipient, _D.message_id.is_not(None), _time_has_come(now))
    query = select(MESSAGES).where(MESSAGES.c.id.in_(select(_D.message_id).where(*mine))).order_by(MESSAGES.c.id).limit(limit)
    return [MessageRow(*row) for row in db.execute(query)]


def leads(db: Connection, recipient: str, now: int, limit: int) -> list[DeliveryRow]:
    """What goes at once and is in no message yet: of each alarm the first that is not settled, where its time has come; oldest first."""
    earlier = DELIVERIES.alias()
    waits = exists().where(
        earlier.c.state == Delivered.PENDING,
        earlier.c.recipient == recipient,
        earlier.c.alarm_id == _D.alarm_id,
        earlier.c.id < _D.id,
    )
    mine = (_D.state == Delivered.PENDING, _D.recipient == recipient, _D.lead, _D.message_id.is_(None), _time_has_come(now))
    query = select(DELIVERIES).where(*mine, ~waits).order_by(_D.id).limit(limit)
    return [DeliveryRow(**row) for row in db.execute(query).mappings()]


def followers(db: Connection, recipient: str, now: int, limit: int) -> list[DeliveryRow]:
    """What may wait for others and is in no message yet, oldest first, its time come or not; none where no time has come. Not of alarms
    of which something else has to be settled before."""
    own = (_D.state == Delivered.PENDING, _D.recipient == recipient, _D.lead.is_(False))
    loose = (*own, _D.message_id.is_(None))
    if not db.execute(select(exists().where(*loose, _time_has_come(now)))).scalar():
        return []
    other = DELIVERIES.alias()
    waits = exists().where(
        other.c.state == Delivered.PENDING,
        other.c.recipient == recipient,
        other.c.alarm_id == _D.alarm_id,
        other.c.id < _D.id,
        or_(other.c.message_id.is_not(None), other.c.lead),
    )
    query = select(DELIVERIES).where(*loose, ~waits).order_by(_D.id).limit(limit)
    return [DeliveryRow(**row) for row in db.execute(query).mappings()]


_HURRY = (
    update(DELIVERIES)
    .where(_D.alarm_id == bindparam("of_alarm"), _D.recipient == bindparam("to"), _D.state == str(Delivered.PENDING))
    .where(_D.message_id.is_(None), _D.lead.is_(False))
    .values(lead=True, next_try=bindparam("now"))
)


def hurry(db: Connection, alarm_id: int, recipient: str, now: int) -> None:
    """What this alarm still has to tell goes at once: something follows it that cannot wait."""
    db.execute(_HURRY, {"of_alarm": alarm_id, "to": recipient, "now": now})


def put_together(db: Connection, recipient: str, kind: str, ids: Sequence[int], now: int) -> MessageRow | None:
    """Make these deliveries one message; None where others took or settled all of them meanwhile."""
    values = {"recipient": recipient, "kind": kind, "made": now, "parts": 0}
    number = int(db.execute(insert(MESSAGES).returning(MESSAGES.c.id), values).scalar_one())
    free = (_D.id.in_(ids), _D.state == Delivered.PENDING, _D.message_id.is_(None))
    taken = db.execute(update(DELIVERIES).where(*free).values(message_id=number)).rowcount
    if not taken:
        db.execute(delete(MESSAGES).where(MESSAGES.c.id == number))
        return None
    db.execute(update(MESSAGES).where(MESSAGES.c.id == number).values(parts=taken))
    return MessageRow(number, recipient, kind, now, taken)


@dataclass(frozen=True, slots=True)
class Part:
    """One transition of a message, and its alarm as it stands now."""

    delivery: DeliveryRow
    alarm: AlarmRow
    transition: TransitionRow


def parts_of(db: Connection, message_id: int) -> list[Part]:
    """What is still to be told by a message, oldest first."""
    query = (
        select(DELIVERIES, ALARMS, TRANSITIONS)
        .join(ALARMS, ALARMS.c.id == _D.alarm_id)
        .join(TRANSITIONS, TRANSITIONS.c.id == _D.transition_id)
    )
    query = query.where(_D.message_id == message_id, _D.state == Delivered.PENDING).order_by(_D.id)
    kinds = ((DeliveryRow, DELIVERIES), (AlarmRow, ALARMS), (TransitionRow, TRANSITIONS))
    out = []
    for row in db.execute(query):
        made, start = list[Any](), 0
        for kind, table in kinds:
            names = [column.name for column in table.c]
            made.append(kind(**dict(zip(names, row[start : start + len(names)], strict=True))))
            start += len(names)
        out.append(Part(*made))
    return out


def settle_message(db: Connection, message_id: int, attempts: int, values: dict[str, Any]) -> int:
    """Write what became of a try into each of its deliveries; how many, 0 where somebody else did before."""
    where = (_D.message_id == message_id, _D.state == Delivered.PENDING, _D.attempts == attempts)
    return db.execute(update(DELIVERIES).where(*where).values(**values)).rowcount


@dataclass(frozen=True, slots=True)
class Sent:
    """What a recipient was sent lately: `count` messages since a moment, the last one's and the last digest's time (µs UTC, 0: none)."""

    count: int
    last: int
    digest: int


def sent_since(db: Connection, recipient: str, since: int) -> Sent:
    own = (MESSAGES.c.recipient == recipient, MESSAGES.c.made >= since)
    digests = func.max(case((MESSAGES.c.kind == "digest", MESSAGES.c.made)))
    count, last, digest = db.execute(select(func.count(), func.max(MESSAGES.c.made), digests).where(*own)).one()
    return Sent(int(count), last or 0, digest or 0)


def sizes_of(db: Connection, ids: Iterable[int | None]) -> dict[int, int]:
    """How many transitions are in each of these messages."""
    known = sorted({one for one in ids if one is not None})
    rows = db.execute(select(MESSAGES.c.id, MESSAGES.c.parts).where(MESSAGES.c.id.in_(known)))
    return {int(row.id): int(row.parts) for row in rows}
