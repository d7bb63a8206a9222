"""What people do to permits, written down: rows, and a link of the audit chain for every deed and for every opening that was refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from alerts import permits as life
from alerts.permits import BULK_WITHIN, Around, Opening, Permit, Standing, Step, Work
from alerts.planned import permit_of, values_of
from store.records import audit, permits
from store.records.audit import pseudonym
from store.records.permits import PermitRow


@dataclass(frozen=True, slots=True)
class Round:
    """A plan to be made: of which work, at which points, when it may be opened (µs UTC), by whom, and what for."""

    mine: str
    work: Work
    points: Sequence[str]
    start: int
    end: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a deed: the permit as it stands now, or why it was refused."""

    row: PermitRow | None
    refusal: str = ""


def plan(db: Connection, asked: Round, now: int) -> list[PermitRow]:
    """One plan of single permits, one a point: each is opened on a call of its own."""
    facts = {"mine": asked.mine, "kind": str(asked.work), "start": asked.start, "end": asked.end}
    number = permits.add_plan(db, facts | {"created": now, "name": asked.name, "words": asked.words})
    numbers = [
        permits.add_permit(db, facts | {"plan": number, "point": point, "state": Standing.PLANNED.value})
        for point in dict.fromkeys(asked.points)
    ]
    said = facts | {"points": list(asked.points), "permits": numbers, "words": asked.words}
    audit.append(db, "permit.planned", f"plan {number}", said, pseudonym(asked.name), now)
    return [row for each in numbers if (row := permits.permit(db, each)) is not None]


def open_permit(db: Connection, number: int, call: Opening, now: int) -> Done:
    """Open one permit on one call. What is refused is in the chain too: it may be the trace of an opening in bulk."""
    row = permits.permit(db, number)
    if row is None:
        return Done(None, "no_such_permit")
    after, refusal = life.open_(permit_of(row), call, _around(db, row, now), now)
    facts = {"mine": row.mine, "point": row.point, "kind": row.kind, "caller": pseudonym(call.caller), "reason": call.reason}
    if refusal:
        audit.append(db, "permit.refused", f"permit {number}", facts | {"why": refusal}, pseudonym(call.dispatcher), now)
        return Done(row, refusal)
    return _written(db, row, (after, ""), "permit.opened", call.dispatcher, facts | {"ends": after.ends, "gas": call.gas}, now)


def extend(db: Connection, number: int, minutes: int, name: str, words: str, now: int) -> Done:
    """Once."""
    row = permits.permit(db, number)
    if row is None:
        return Done(None, "no_such_permit")
    step = life.extend(permit_of(row), minutes, words, now) if name.strip() else (permit_of(row), "name_missing")
    return _written(db, row, step, "permit.extended", name, {"minutes": minutes, "words": words}, now)


def close(db: Connection, number: int, name: str, words: str, now: int) -> Done:
    """The work is done, or given up."""
    row = permits.permit(db, number)
    if row is None:
        return Done(None, "no_such_permit")
    return _written(db, row, life.close(permit_of(row), name, words, now), "permit.closed", name, {"words": words}, now)


def cancel(db: Connection, number: int, name: str, words: str, now: int) -> Done:
    """It will not be opened."""
    row = permits.permit(db, number)
    if row is None:
        return Done(None, "no_such_permit")
    return _written(db, row, life.cancel(permit_of(row), name, words, now), "permit.cancelled", name, {"words": words}, now)


def _around(db: Connection, row: PermitRow, now: int) -> Around:
    standing = permits.busy(db, row.mine)
    lately = len(permits.opened_since(db, row.mine, now - BULK_WITHIN + 1))
    return Around(any(one.point == row.point for one in standing), [one.caller for one in standing], lately)


def _written(db: Connection, row: PermitRow, step: Step, kind: str, name: str, facts: dict[str, object], now: int) -> Done:
    after, refusal = step
    if refusal:
        return Done(row, refusal)
    if not _changed(db, row, after):
        return Done(row, "permit_changed")
    audit.append(db, kind, f"permit {row.id}", {"mine": row.mine, "point": row.point} | facts, pseudonym(name), now)
    return Done(permits.permit(db, row.id))


def _changed(db: Connection, row: PermitRow, after: Permit) -> bool:
    try:
        with db.begin_nested():
            return permits.change_permit(db, row, values_of(after))
    except IntegrityError:  # somebody opened another one at this point just now
        return False
