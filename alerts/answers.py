"""The mine's answers and the inspector's words, written with their notes and their link of the audit chain in the caller's transaction."""

from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from alerts.form import Facts, Form, contradictions
from alerts.handling import Case, Said, Verdict, answer_refusal, answered, heard, refusal
from alerts.journal import Journal
from alerts.packs.handling import Handling
from alerts.referral import Why, case, head_of, refer_now
from store.records import alarms as table
from store.records import audit, handling
from store.records.handling import AnswerRow, ReferralRow, VerdictRow

_NOTES = {Verdict.CLOSED: "close", Verdict.RETURNED: "returned"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an answer or a word; `refused` says why not (a code of `alerts.words`), `head`: the alarm that is answered for."""

    refused: str = ""
    head: int = 0
    case: Case = field(default_factory=Case)
    answer: AnswerRow | None = None
    verdict: VerdictRow | None = None
    referrals: list[ReferralRow] = field(default_factory=list)


def answer(db: Connection, journal: Journal, pack: Handling, alarm_id: int, form: Form, facts: Facts, by: str, now: int) -> Taken:
    """A further version of the mine's answer. `form` was checked (`alerts.form.check_form`); what contradicts makes it the inspector's."""
    row = table.alarm(db, alarm_id)
    if row is None:
        return Taken("no_such_alarm")
    head = head_of(db, row)
    if head.id != row.id:
        return Taken("answered_with_its_exceedance", head.id)
    before = case(db, row.id)
    refused = answer_refusal(before)
    if refused:
        return Taken(refused, row.id, before)
    against = contradictions(form, facts, pack.tolerance)
    said = {"form": msgspec.to_builtins(form), "facts": msgspec.to_builtins(facts), "contradictions": against, "pack": pack.name}
    made = handling.add_answer(db, said | {"alarm_id": row.id, "mine": row.mine, "version": answered(before).versions, "at": now, "by": by})
    audit.append(db, "alarm.answered", f"alarm {row.id}", said | {"version": made.version}, audit.pseudonym(by), now)
    cause = pack.cause(form.cause)
    words = f"{cause.zh} / {cause.en}" if cause else form.cause
    journal.note(db, row.id, "answer", words, now, by=by, detail=form.words or form.measures)
    whys = [Why.CONTRADICTED] if against else []
    whys += [Why.REAL] if cause is not None and cause.refer else []
    referred = [refer_now(db, journal, row.id, why, now, " ".join(against) if why is Why.CONTRADICTED else "") for why in whys]
    return Taken("", row.id, case(db, row.id), made, None, [one for one in referred if one is not None])


def speak(db: Connection, journal: Journal, alarm_id: int, said: Said, words: str, by: str, now: int) -> Taken:
    """An inspector closes the version they read, or returns it with words."""
    row = table.alarm(db, alarm_id)
    if row is None:
        return Taken("no_such_alarm")
    before = case(db, row.id)
    refused = refusal(before, said)
    if refused:
        return Taken(refused, row.id, before)
    facts = {"alarm_id": row.id, "mine": row.mine, "version": said.version, "verdict": str(said.verdict), "words": words}
    made = handling.add_verdict(db, facts | {"at": now, "by": by})
    if said.verdict is Verdict.CLOSED:
        handling.end_referrals(db, row.id, now)
    audit.append(db, f"alarm.{said.verdict}", f"alarm {row.id}", facts, audit.pseudonym(by), now)
    journal.note(db, row.id, _NOTES[said.verdict], words, now, by=by, tell=said.verdict is Verdict.RETURNED)
    return Taken("", row.id, heard(before, said), None, made)
