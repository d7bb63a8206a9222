"""Which findings there are and whether something changed of them, for whoever copies them elsewhere."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from store.records.findings import FINDINGS, REMARKS


@dataclass(frozen=True, slots=True)
class Stamp:
    """Differs as soon as a gateway said more of a finding, or a person: its times, and the id of its last remark (0: none)."""

    seen: int
    ended: int
    remark: int


def stamps(db: Connection, since: int, oldest: int) -> dict[int, Stamp]:
    """By id, ascending: the stamp of each finding that stands, or was not over before `since`; none that began before `oldest` (µs UTC)."""
    last = func.coalesce(func.max(REMARKS.c.id), 0)
    query = select(FINDINGS.c.id, FINDINGS.c.seen, FINDINGS.c.ended, last).outerjoin(REMARKS, REMARKS.c.finding == FINDINGS.c.id)
    query = query.where(FINDINGS.c.since >= oldest, or_(FINDINGS.c.ended == 0, FINDINGS.c.ended >= since))
    query = query.group_by(FINDINGS.c.id, FINDINGS.c.seen, FINDINGS.c.ended).order_by(FINDINGS.c.id)
    return {number: Stamp(seen, ended, remark) for number, seen, ended, remark in db.execute(query)}
