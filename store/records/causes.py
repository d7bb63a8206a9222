"""What alarms follow from: several of one cause are told together. Rows and statements; what explains what: `alerts.causes`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, bindparam, exists, func, insert, select, update

from store.records.alarms import ALARMS
from store.records.engine import metadata

CAUSES = Table(
    "alarm_causes",
    metadata,
    Column("id", Integer, primary_key=True),
    *(Column(name, String(size), nullable=False) for name, size in (("mine", 40), ("area", 40), ("gateway", 81), ("rule", 40))),
    Column("lead_alarm", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("opened", "last")),
    *(Column(name, Integer, nullable=False) for name in ("members", "rank")),
    Column("cleared", BigInteger),
    Index("alarm_causes_open", "mine", "cleared", "last"),
)


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One cause. `rule`, `area`, `gateway`: of the alarm that came first; `members`: alarms with it; `rank`: of the gravest, 1 highest;
    `opened`, `last`: first and newest member, `cleared`: all had returned; µs UTC of the centre."""

    id: int
    mine: str
    area: str
    gateway: str
    rule: str
    lead_alarm: int
    opened: int
    last: int
    members: int
    rank: int
    cleared: int | None


_OPEN = (
    select(CAUSES)
    .where(CAUSES.c.mine == bindparam("of_mine"), CAUSES.c.cleared.is_(None), CAUSES.c.last >= bindparam("since"))
    .order_by(CAUSES.c.id.desc())
)
_NEW = insert(CAUSES).returning(CAUSES.c.id)
_BELONGS = update(ALARMS).where(ALARMS.c.id == bindparam("of_id")).values(cause_id=bindparam("of_cause"))
_OF = select(CAUSES).join(ALARMS, ALARMS.c.cause_id == CAUSES.c.id).where(ALARMS.c.id == bindparam("of_id"))
_ACTIVE = select(exists().where(ALARMS.c.cause_id == bindparam("of_cause"), ALARMS.c.active))
_JOIN = (
    update(CAUSES)
    .where(CAUSES.c.id == bindparam("of_cause"))
    .values(last=bindparam("now"), members=CAUSES.c.members + 1, rank=bindparam("graver"))
)


def open_causes(db: Connection, mine: str, since: int) -> list[CauseRow]:
    """Of a mine, not cleared, whose newest member came at `since` (µs UTC) or later; newest first."""
    return [CauseRow(*row) for row in db.execute(_OPEN, {"of_mine": mine, "since": since})]


def causes(db: Connection, ids: Iterable[int]) -> dict[int, CauseRow]:
    """These, by id."""
    query = select(CAUSES).where(CAUSES.c.id.in_(sorted(set(ids))))
    return {row[0]: CauseRow(*row) for row in db.execute(query)}


def new_cause(db: Connection, place: Mapping[str, str], alarm_id: int, now: int, rank: int) -> CauseRow:
    """A cause that begins with this alarm. `place`: mine, area, gateway, rule."""
    values = {**place, "lead_alarm": alarm_id, "opened": now, "last": now, "members": 1, "rank": rank}
    made = int(db.execute(_NEW, values).scalar_one())
    _belongs(db, alarm_id, made)
    return CauseRow(made, place["mine"], place["area"], place["gateway"], place["rule"], alarm_id, now, now, 1, rank, None)


def join_cause(db: Connection, cause_id: int, alarm_id: int, now: int, rank: int) -> None:
    """A further alarm follows from this cause."""
    db.execute(_JOIN, {"of_cause": cause_id, "now": now, "graver": rank})
    _belongs(db, alarm_id, cause_id)


def _belongs(db: Connection, alarm_id: int, cause_id: int) -> None:
    db.execute(_BELONGS, {"of_id": alarm_id, "of_cause": cause_id})


def cause_of(db: Connection, alarm_id: int) -> CauseRow | None:
    """What an alarm follows from."""
    row = db.execute(_OF, {"of_id": alarm_id}).first()
    return None if row is None else CauseRow(*row)


def still_active(db: Connection, cause_id: int) -> bool:
    """Whether any of its alarms has not returned."""
    return bool(db.execute(_ACTIVE, {"of_cause": cause_id}).scalar())


def clear_cause(db: Connection, cause_id: int, now: int) -> bool:
    """All of it returned; whether nobody said so before."""
    where = (CAUSES.c.id == cause_id, CAUSES.c.cleared.is_(None))
    return db.execute(update(CAUSES).where(*where).values(cleared=now)).rowcount == 1


def peaks_of(db: Connection, ids: Iterable[int]) -> dict[tuple[int, str, str], float]:
    """The highest peak by cause, quantity and unit."""
    each = (ALARMS.c.cause_id, ALARMS.c.quantity, ALARMS.c.unit)
    query = select(*each, func.max(ALARMS.c.peak)).where(ALARMS.c.cause_id.in_(sorted(set(ids))), ALARMS.c.peak.is_not(None))
    return {(cause, quantity, unit): float(peak) for cause, quantity, unit, peak in db.execute(query.group_by(*each))}
