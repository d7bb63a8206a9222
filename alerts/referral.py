"""When an alarm becomes the inspector's, and why. Which reasons there are, and what is answered in time is theirs not at all, are project
settings: no clause known to us says what must reach an inspector within which time.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection

from alerts.handling import Case, case_of
from alerts.journal import Journal
from alerts.limits import ALARM_RULE, CUT_RULE
from alerts.packs.handling import Handling
from alerts.words_handling import contradiction_words
from store.records import alarms as table
from store.records import audit, handling, marks
from store.records.alarms import AlarmRow
from store.records.handling import AnswerRow, Begun, ReferralRow

ACTOR = "centre"
DUE_MARK, UNPLANNED_MARK = "referral.due", "referral.unplanned"
ENTERING = ("raise", "cut", "past", "unplan")
LOOKED_AT, AT_ONCE = 2_000, 100
"""Transitions looked at, and alarms referred for want of an answer, in one transaction: a storm is worked off a second at a time."""


class Why(StrEnum):
    """Reasons of a referral."""

    FLAG_WITHOUT_PERMIT = "flag_without_permit"
    MISFIT = "permit_misfit"
    OVERRUN = "permit_overrun"
    OVERLAP = "permits_overlap"
    UNPLANNED = "unplanned"
    CONTRADICTED = "answer_contradicted"
    REAL = "answered_real"
    UNANSWERED = "unanswered"


LOUD = frozenset({Why.REAL, Why.CONTRADICTED})
"""Told also where the alarm is the inspector's already: they are news."""


def tells(case: Case, reason: str) -> bool:
    """Whether the inspector hears of this reason now: of the first one, and of what is news beside it. Pure."""
    return not case.referred or reason in LOUD


def owes(row: AlarmRow, pack: Handling) -> bool:
    """Whether somebody has to answer for this alarm: of a point, by a rule of the pack, neither planned nor out of service. Pure."""
    return bool(row.mine and row.point) and row.rule in pack.rules and not (row.planned or row.out_of_service)


def overdue(begun: Begun, row: AlarmRow, answer: AnswerRow | None, pack: Handling, now: int) -> bool:
    """Whether what began then was not answered in time. Pure."""
    return owes(row, pack) and now >= begun.at + pack.within and (answer is None or answer.at < begun.at)


def head_of(db: Connection, row: AlarmRow) -> AlarmRow:
    """The alarm that is answered for: of a cut the exceedance it belongs to, where there is one; else the alarm itself."""
    if not row.rule.startswith(CUT_RULE):
        return row
    near = table.alarms(db, mine=row.mine, subject=row.subject, rule=ALARM_RULE, limit=20)
    return next((other for other in near if _touch(row, other)), row)


def _touch(one: AlarmRow, other: AlarmRow) -> bool:
    return (other.active or other.changed >= one.raised_at) and (one.active or one.changed >= other.raised_at)


def case(db: Connection, alarm_id: int) -> Case:
    """The case of an alarm as it stands."""
    return case_of(handling.told(db, {alarm_id}, ENTERING)[alarm_id])


def refer_now(db: Connection, journal: Journal, alarm_id: int, reason: str, now: int, detail: str = "") -> ReferralRow | None:
    """Make an alarm the inspector's, in the caller's transaction; None where it is so already for this reason, or there is no such alarm.

    A cut is referred as the exceedance it belongs to. `detail`: what contradicts, in words (of an answer: the codes, apart by a space).
    """
    row = table.alarm(db, alarm_id)
    if row is None:
        return None
    head = head_of(db, row)
    standing = case(db, head.id)
    if reason in standing.reasons:
        return None
    facts = {"alarm_id": head.id, "mine": head.mine, "reason": str(reason), "round": standing.rounds, "at": now, "detail": detail}
    made = handling.add_referral(db, facts)
    audit.append(db, "alarm.referred", f"alarm {head.id}", {"reason": str(reason), "detail": detail}, ACTOR, now)
    said = contradiction_words(detail.split()) if reason == Why.CONTRADICTED else detail
    journal.note(db, head.id, "refer", str(reason), now, detail=said, tell=tells(standing, reason))
    return made


class Referrals:
    """Follows the timelines and refers what went unanswered or lost its permit. Idempotent: it may be run again after any crash."""

    def __init__(self, journal: Journal, pack: Handling) -> None:
        self._journal, self._pack = journal, pack

    def tick(self, db: Connection, now: int) -> list[ReferralRow]:
        """Call it every second or so, in a transaction of its own or beside the journal's tick."""
        return self._unplanned(db, now) + self._unanswered(db, now)

    def _unplanned(self, db: Connection, now: int) -> list[ReferralRow]:
        """Whoever takes a plan back refers it with their reason; where they did not, it is referred without one."""
        steps = self._steps(db, UNPLANNED_MARK, now)
        lost = [step.alarm_id for step in steps if step.change == "unplan"]
        made = (refer_now(db, self._journal, number, Why.UNPLANNED, now) for number in lost if not case(db, number).referred)
        return [row for row in made if row is not None]

    def _unanswered(self, db: Connection, now: int) -> list[ReferralRow]:
        steps = [step for step in self._steps(db, DUE_MARK, now - self._pack.within) if step.change in ENTERING]
        answers = handling.newest_answers(db, {step.alarm_id for step in steps})
        made: list[ReferralRow] = []
        for step in steps:
            row = table.alarm(db, step.alarm_id)
            if row is None or not overdue(step, row, answers.get(row.id), self._pack, now):
                continue
            referred = refer_now(db, self._journal, row.id, Why.UNANSWERED, now)
            made += [] if referred is None else [referred]
            if len(made) >= AT_ONCE:
                marks.set(db, DUE_MARK, str(step.transition_id))  # the rest is looked at in the next second
                break
        return made

    def _steps(self, db: Connection, key: str, until: int) -> Sequence[Begun]:
        """What was written since this was last asked, up to `until`; noted as seen in the same transaction."""
        after = int(marks.get(db, key) or 0)
        found, last = handling.steps(db, after, until, LOOKED_AT)
        if last != after:
            marks.set(db, key, str(last))
        return found
