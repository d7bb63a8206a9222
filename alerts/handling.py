"""The life of an answer: the mine answers an alarm, the inspector closes the answer or returns it with words. Pure.

Versions are append-only. An inspector's word names the version they read, so nobody closes what was answered anew meanwhile; nothing but
their word ends a referral, and what happens after it (the alarm begins again, something contradicts) opens the case again.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from store.records.handling import Told


class Standing(StrEnum):
    """Whose turn it is."""

    DUE = "due"
    """The mine owes an answer."""
    ANSWERED = "answered"
    RETURNED = "returned"
    """The inspector wants another answer."""
    CLOSED = "closed"


class Verdict(StrEnum):
    """The inspector's word."""

    CLOSED = "closed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Case:
    """One alarm as it is answered for. `versions`: of the answer; `reasons`: why it is the inspector's now; `rounds`: times closed."""

    standing: Standing = Standing.DUE
    versions: int = 0
    reasons: frozenset[str] = frozenset()
    rounds: int = 0

    @property
    def referred(self) -> bool:
        return bool(self.reasons)


@dataclass(frozen=True, slots=True)
class Said:
    """An inspector's word on the version they read."""

    verdict: Verdict
    version: int


def begun(case: Case) -> Case:
    """The alarm was raised (again): an answer given before does not speak for it."""
    return case if case.standing is Standing.RETURNED else replace(case, standing=Standing.DUE)


def referred(case: Case, reason: str) -> Case:
    """It is the inspector's, also where they had closed it."""
    again = Standing.ANSWERED if case.standing is Standing.CLOSED else case.standing
    return replace(case, standing=again, reasons=case.reasons | {reason})


def answer_refusal(case: Case) -> str:
    """Why the mine cannot answer now; empty where it can. An answer may be corrected until the inspector closed it."""
    return "handling_is_closed" if case.standing is Standing.CLOSED else ""


def answered(case: Case) -> Case:
    """A further version."""
    return replace(case, standing=Standing.ANSWERED, versions=case.versions + 1)


def refusal(case: Case, said: Said) -> str:
    """Why an inspector's word is not taken; empty where it is."""
    if not case.referred:
        return "handling_is_closed" if case.standing is Standing.CLOSED else "not_referred"
    if said.version != case.versions:
        return "answered_anew"
    if case.standing is Standing.RETURNED:
        return "returned_already"
    if said.verdict is Verdict.CLOSED and case.standing is Standing.DUE:
        return "nothing_answered"
    return ""


def heard(case: Case, said: Said) -> Case:
    """After the inspector's word. What is returned stays theirs."""
    if said.verdict is Verdict.RETURNED:
        return replace(case, standing=Standing.RETURNED)
    return replace(case, standing=Standing.CLOSED, reasons=frozenset(), rounds=case.rounds + 1)


def case_of(told: Told) -> Case:
    """The case as its rows tell it."""
    versions, last = len(told.answers), told.verdicts[-1] if told.verdicts else None
    reasons = frozenset(row.reason for row in told.referrals if row.ended is None)
    rounds = sum(row.verdict == Verdict.CLOSED for row in told.verdicts)
    spoken = bool(versions) and (told.begun_at is None or told.begun_at <= told.answers[-1].at)
    standing = Standing.ANSWERED if spoken else Standing.DUE
    if last is not None and last.version == versions:
        if last.verdict == Verdict.RETURNED:
            standing = Standing.RETURNED
        elif spoken and not reasons:
            standing = Standing.CLOSED
    return Case(standing, versions, reasons, rounds)
