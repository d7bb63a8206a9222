"""What a mine answered to an alarm, what became the inspector's, and what they said of it. Append-only, but for the end of a referral.

Rows and statements; what they mean is decided in `alerts.handling` and `alerts.referral`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Connection, Index, Integer, String, Table, Text, exists, func, insert, select, update

from store.records.alarms import ALARMS, TRANSITIONS, AlarmRow
from store.records.engine import metadata

_NOTHING_NEW = ("raised_again", "earlier_start", "within_the_told_span")
"""Reasons of steps that only repeat what was told."""
_AT_ONCE = 5_000
"""Ids in one statement: SQLite takes 32,766."""

ANSWERS = Table(
    "handling_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", Integer, nullable=False),
    Column("mine", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    *(Column(name, JSON, nullable=False) for name in ("form", "facts", "contradictions")),
    Column("pack", String(120), nullable=False),
    Index("handling_answers_once", "alarm_id", "version", unique=True),
)

VERDICTS = Table(
    "handling_verdicts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", Integer, nullable=False),
    Column("mine", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("at", BigInteger, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("by", "words")),
    Index("handling_verdicts_of", "alarm_id"),
)

REFERRALS = Table(
    "referrals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", Integer, nullable=False),
    Column("mine", String(40), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("round", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("detail", Text, nullable=False),
    Index("referrals_once", "alarm_id", "reason", "round", unique=True),
    Index("referrals_of_mine", "mine", "id"),
)
"""`round`: how often the inspector had closed the alarm before. `ended`: when they closed it; None while it is theirs."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One version of a mine's answer. `form`: what a person states; `facts`: what the data said then, beside it; `at` µs UTC."""

    id: int
    alarm_id: int
    mine: str
    version: int
    at: int
    by: str
    form: dict[str, Any]
    facts: dict[str, Any]
    contradictions: list[str]
    pack: str


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What an inspector said of one version of an answer (0: of an alarm without one)."""

    id: int
    alarm_id: int
    mine: str
    version: int
    verdict: str
    at: int
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One reason for which an alarm became the inspector's."""

    id: int
    alarm_id: int
    mine: str
    reason: str
    round: int
    at: int
    ended: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A step with which an alarm began to concern people: what is to be answered."""

    transition_id: int
    alarm_id: int
    at: int
    change: str


def add_answer(db: Connection, values: dict[str, Any]) -> AnswerRow:
    return AnswerRow(**db.execute(insert(ANSWERS).returning(ANSWERS), values).mappings().one())


def add_verdict(db: Connection, values: dict[str, Any]) -> VerdictRow:
    return VerdictRow(**db.execute(insert(VERDICTS).returning(VERDICTS), values).mappings().one())


def add_referral(db: Connection, values: dict[str, Any]) -> ReferralRow:
    return ReferralRow(**db.execute(insert(REFERRALS).returning(REFERRALS), {"ended": None, **values}).mappings().one())


def end_referrals(db: Connection, alarm_id: int, now: int) -> None:
    """The inspector closed the alarm: what was referred so far is done with."""
    db.execute(update(REFERRALS).where(REFERRALS.c.alarm_id == alarm_id, REFERRALS.c.ended.is_(None)).values(ended=now))


def referrals(db: Connection, alarm_id: int) -> list[ReferralRow]:
    """Why an alarm is the inspector's, or was; oldest first."""
    query = select(REFERRALS).where(REFERRALS.c.alarm_id == alarm_id).order_by(REFERRALS.c.id)
    return [ReferralRow(**row) for row in db.execute(query).mappings()]


def referred(db: Connection, alarm_ids: Collection[int]) -> set[int]:
    """Which of these alarms were ever the inspector's: what an inspector may open."""
    if not alarm_ids:
        return set()
    query = select(REFERRALS.c.alarm_id).where(REFERRALS.c.alarm_id.in_(sorted(alarm_ids))).distinct()
    return {int(row.alarm_id) for row in db.execute(query)}


def referred_alarms(
    db: Connection, mines: Collection[str] | None = None, *, open_only: bool = True, before_id: int = 0, limit: int = 0
) -> list[tuple[AlarmRow, list[ReferralRow]]]:
    """Alarms that are the inspector's (or ever were), each with its reasons, newest first by alarm. `mines` None: of all mines."""
    which = select(REFERRALS.c.alarm_id)
    if open_only:
        which = which.where(REFERRALS.c.ended.is_(None))
    if mines is not None:
        which = which.where(REFERRALS.c.mine.in_(sorted(mines)))
    query = select(ALARMS).where(ALARMS.c.id.in_(which)).order_by(ALARMS.c.id.desc())
    if before_id:
        query = query.where(ALARMS.c.id < before_id)
    if limit:
        query = query.limit(limit)
    rows = [AlarmRow(**row) for row in db.execute(query).mappings()]
    reasons: dict[int, list[ReferralRow]] = {row.id: [] for row in rows}
    for at in range(0, len(rows), _AT_ONCE):
        among = REFERRALS.c.alarm_id.in_([row.id for row in rows[at : at + _AT_ONCE]])
        for row in db.execute(select(REFERRALS).where(among).order_by(REFERRALS.c.id)).mappings():
            reasons[row["alarm_id"]].append(ReferralRow(**row))
    return [(row, reasons[row.id]) for row in rows]


def steps(db: Connection, after: int, until: int, most: int) -> tuple[list[Begun], int]:
    """Steps of alarms written by `until` (µs UTC), ids above `after`, ascending, and the id looked up to. Steps that say nothing new
    (a raise told again) are left out."""
    row = TRANSITIONS.c
    query = select(row.id, row.alarm_id, row.at, row.change, row.reason).where(row.id > after).order_by(row.id)
    first = db.execute(query.limit(1)).first()
    if first is None or first.at > until:
        return [], after
    found: list[Begun] = []
    last = after
    for one in db.execute(query.limit(most)):
        if one.at > until:
            break
        last = int(one.id)
        if one.reason not in _NOTHING_NEW:
            found.append(Begun(one.id, one.alarm_id, one.at, one.change))
    return found, last


def newest_answers(db: Connection, alarm_ids: Collection[int]) -> dict[int, AnswerRow]:
    """The last version of each alarm that was answered."""
    if not alarm_ids:
        return {}
    newest = select(func.max(ANSWERS.c.id)).where(ANSWERS.c.alarm_id.in_(sorted(alarm_ids))).group_by(ANSWERS.c.alarm_id)
    return {row["alarm_id"]: AnswerRow(**row) for row in db.execute(select(ANSWERS).where(ANSWERS.c.id.in_(newest))).mappings()}


@dataclass(slots=True)
class Told:
    """What the rows say of one alarm, each oldest first. `begun_at`: when it was last raised (the centre's time, µs UTC)."""

    answers: list[AnswerRow] = field(default_factory=list)
    verdicts: list[VerdictRow] = field(default_factory=list)
    referrals: list[ReferralRow] = field(default_factory=list)
    begun_at: int | None = None


def told(db: Connection, alarm_ids: Collection[int], changes: Sequence[str]) -> dict[int, Told]:
    """Of each alarm what its rows say; `changes`: with which it begins."""
    out = {number: Told() for number in sorted(alarm_ids)}
    every = list(out)
    for at in range(0, len(every), _AT_ONCE):
        _tell(db, out, every[at : at + _AT_ONCE], changes)
    return out


def _tell(db: Connection, out: dict[int, Told], ids: list[int], changes: Sequence[str]) -> None:
    for answer in db.execute(select(ANSWERS).where(ANSWERS.c.alarm_id.in_(ids)).order_by(ANSWERS.c.id)).mappings():
        out[answer["alarm_id"]].answers.append(AnswerRow(**answer))
    for verdict in db.execute(select(VERDICTS).where(VERDICTS.c.alarm_id.in_(ids)).order_by(VERDICTS.c.id)).mappings():
        out[verdict["alarm_id"]].verdicts.append(VerdictRow(**verdict))
    for referral in db.execute(select(REFERRALS).where(REFERRALS.c.alarm_id.in_(ids)).order_by(REFERRALS.c.id)).mappings():
        out[referral["alarm_id"]].referrals.append(ReferralRow(**referral))
    step = TRANSITIONS.c
    begins = (step.alarm_id.in_(ids), step.change.in_(list(changes)), step.reason.not_in(_NOTHING_NEW))
    for number, at in db.execute(select(step.alarm_id, func.max(step.at)).where(*begins).group_by(step.alarm_id)):
        out[number].begun_at = int(at)


def unanswered(db: Connection, rules: Sequence[str], mines: Collection[str] | None, since: int, most: int) -> list[AlarmRow]:
    """Ended alarms of points by these rules, begun after `since` (the centre's time), with no answer since they were last raised; newest
    first. Planned ones and ones out of service are nobody's to answer."""
    alarm = ALARMS.c
    spoken = exists().where(ANSWERS.c.alarm_id == alarm.id, ANSWERS.c.at >= alarm.since)
    query = select(ALARMS).where(~alarm.open, alarm.rule.in_(list(rules)), alarm.point != "", ~alarm.planned, ~alarm.out_of_service)
    query = query.where(alarm.created >= since, ~spoken).order_by(alarm.id.desc()).limit(most)
    if mines is not None:
        query = query.where(alarm.mine.in_(sorted(mines)))
    return [AlarmRow(**row) for row in db.execute(query).mappings()]


def planned_since(db: Connection, mines: Collection[str] | None, since: int, most: int) -> list[AlarmRow]:
    """Planned alarms raised since then (source time), newest first."""
    query = select(ALARMS).where(ALARMS.c.planned, ALARMS.c.raised_at >= since).order_by(ALARMS.c.id.desc()).limit(most)
    if mines is not None:
        query = query.where(ALARMS.c.mine.in_(sorted(mines)))
    return [AlarmRow(**row) for row in db.execute(query).mappings()]
