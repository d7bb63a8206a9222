"""Answers, referrals and what stands on whose desk, as the pages show them. Pure."""

import msgspec

from alerts.form import Facts, Form
from alerts.handling import Case, Standing
from alerts.packs.handling import Handling
from alerts.referral import owes
from alerts.words_handling import CONTRADICTIONS, REASONS, detail_words
from console.web.access import Right, Viewer
from console.web.alarms import alarm_view
from console.web.board import in_words
from console.web.plant import Plant
from console.web.shapes import Words
from console.web.shapes_handling import AnswerView, CauseView, CodeView, DeskView, EvidenceView, ReferralView, VerdictView
from console.web.words import LANGUAGES
from contracts.clock import iso
from store.records.alarms import AlarmRow
from store.records.evidence import EvidenceRow
from store.records.handling import AnswerRow, ReferralRow, Told, VerdictRow

MINE_GROUPS = ("overdue", "returned", "new", "due", "shelved", "planned")
INSPECTOR_GROUPS = ("waiting", "with_mine", "closed")


def answer_view(row: AnswerRow, pack: Handling) -> AnswerView:
    """One version; a form of an older program is read as far as it is known."""
    form = msgspec.convert(row.form, Form)
    against = [CodeView(code, Words(*CONTRADICTIONS.get(code, (code, code)))) for code in row.contradictions]
    cause = cause_words(pack, form.cause)
    return AnswerView(row.version, iso(row.at), row.at, row.by, cause, form, msgspec.convert(row.facts, Facts), against, row.pack)


def cause_words(pack: Handling, name: str) -> Words:
    """The words of a cause; its id where this pack does not have it."""
    cause = pack.cause(name)
    return Words(cause.zh, cause.en) if cause else Words(name, name)


def verdict_view(row: VerdictRow) -> VerdictView:
    words = in_words(f"handling.verdict.{row.verdict}")
    return VerdictView(row.version, row.verdict, words, iso(row.at), row.at, row.by, row.words)


def referral_view(row: ReferralRow) -> ReferralView:
    words = Words(*REASONS.get(row.reason, (row.reason, row.reason)))
    detail = Words(*(detail_words(row.reason, row.detail, lang) for lang in LANGUAGES))
    return ReferralView(row.reason, words, detail, iso(row.at), row.at, None if row.ended is None else iso(row.ended))


def evidence_view(row: EvidenceRow) -> EvidenceView:
    href = f"/api/v1/alarms/{row.alarm_id}/evidence/{row.id}"
    return EvidenceView(str(row.id), iso(row.at), row.at, row.by, row.digest, row.key, href)


def cause_views(pack: Handling) -> list[CauseView]:
    return [CauseView(cause.id, Words(cause.zh, cause.en), cause.words, cause.refer) for cause in pack.causes]


def grade_views(pack: Handling) -> list[CodeView] | None:
    return None if pack.grades is None else [CodeView(grade.id, Words(grade.zh, grade.en)) for grade in pack.grades]


def due_of(row: AlarmRow, told: Told, case: Case, pack: Handling) -> int | None:
    """When the mine's answer is due (µs UTC); None where none is owed, or it was given."""
    if case.standing is not Standing.DUE or not owes(row, pack) or told.begun_at is None:
        return None
    return told.begun_at + pack.within


def mine_group(row: AlarmRow, case: Case, due: int | None, now: int) -> str | None:
    """Where an alarm lies on the mine's desk; None: nowhere."""
    if case.standing is Standing.RETURNED:
        return "returned"
    if row.planned:
        return "planned"
    if due is not None and (due <= now or case.referred):
        return "overdue"
    if row.shelved_until is not None:
        return "shelved"
    if row.open and not row.acknowledged:
        return "new"
    return "due" if due is not None else None


def inspector_group(case: Case) -> str:
    """Where a referred alarm lies on the inspector's desk."""
    if not case.referred:
        return "closed"
    return "with_mine" if case.standing is Standing.RETURNED else "waiting"


def may_of(row: AlarmRow, head: int | None, case: Case, viewer: Viewer) -> list[str]:
    """What this viewer can do to the answer now."""
    deeds = []
    if head is None and row.mine and case.standing is not Standing.CLOSED and viewer.may(Right.ANSWER):
        deeds.append("answer")
    if case.referred and case.standing is not Standing.RETURNED and viewer.may(Right.CLOSE):
        deeds += ["close"] if case.standing is Standing.ANSWERED else []
        deeds.append("return")
    return deeds + (["evidence"] if may_make(viewer) else [])


def may_make(viewer: Viewer) -> bool:
    """Evidence: whoever answers for an alarm at the mine, and whoever judges the answer."""
    return viewer.may(Right.ANSWER) or viewer.may(Right.CLOSE)


def desk_view(plant: Plant, row: AlarmRow, told: Told, case: Case, group: str) -> DeskView:
    due = due_of(row, told, case, plant.handling)
    reasons = [referral_view(one) for one in told.referrals if one.ended is None or group == "closed"]
    last = answer_view(told.answers[-1], plant.handling) if told.answers else None
    said = verdict_view(told.verdicts[-1]) if told.verdicts else None
    words = in_words(f"desk.group.{group}")
    return DeskView(group, words, alarm_view(row, plant.limits), str(case.standing), iso(due) if due else None, due, reasons, last, said)
