"""The mine's answers and the inspector's word: /api/v1/alarms/{alarm}/handling|answer|close|return, /api/v1/inbox, /api/v1/referrals."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Connection

from alerts import answers
from alerts import words as told
from alerts.answers import Taken
from alerts.form import LONGEST, Facts, Form, check_form
from alerts.handling import Said, Verdict, case_of
from alerts.referral import ENTERING, head_of, owes
from console.web import desks, traces
from console.web.access import Right, Viewer, Viewing
from console.web.api_alarms import Name, Text, same_site
from console.web.asked import Watched
from console.web.board import in_words
from console.web.handling import answer_view, cause_views, due_of, evidence_view, grade_views, may_of, referral_view, verdict_view
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, Words
from console.web.shapes_handling import DeskView, HandlingView
from console.web.watch import Watch
from contracts.clock import iso
from contracts.errors import BadConfig
from store.records import evidence, handling
from store.records.alarms import AlarmRow

router = APIRouter(tags=["handling"])
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST)]


class Answering(BaseModel, extra="forbid"):
    """The handling form. `version`: of the answer it corrects or follows (0: the first); 409 where somebody answered meanwhile."""

    name: Name
    cause: Annotated[str, Field(min_length=1, max_length=40)]
    words: Long = ""
    peak: Annotated[float | None, Field(ge=-1e6, le=1e6, allow_inf_nan=False)] = None
    duration_s: Annotated[float | None, Field(ge=0, le=1e8, allow_inf_nan=False)] = None
    cut: Literal["yes", "no", "not_due", "unknown"] = "unknown"
    feed: Literal["off", "on", "unknown"] = "unknown"
    withdrawal: Literal["yes", "no", "unknown"] = "unknown"
    withdrawn: Annotated[int | None, Field(ge=0, le=10_000)] = None
    measures: Long = ""
    reported_to: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    grade: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    version: Annotated[int, Field(ge=0, le=1_000)] = 0

    def form(self) -> Form:
        """As it is kept."""
        return msgspec.convert(self.model_dump(exclude={"name", "version"}, exclude_defaults=True), Form)


class Word(BaseModel, extra="forbid"):
    """An inspector's word on the version they read (0: of an alarm nobody answered)."""

    name: Name
    words: Text
    version: Annotated[int, Field(ge=0, le=1_000)]


async def handling_of(plant: Plant, viewer: Viewer, alarm: str) -> HandlingView:
    """How an alarm is answered for, or Refused."""
    number = number_of(alarm)

    def read() -> HandlingView | None:
        with plant.records.read() as db:
            timeline = plant.journal.of(db, number)
            if timeline is None:
                return None
            row, now = timeline.alarm, plant.clock.now()
            head = head_of(db, row)
            rows = handling.told(db, {row.id}, ENTERING)[row.id]
            files = evidence.listing(db, row.id)
        facts = traces.facts(plant, row, now)
        case, other = case_of(rows), None if head.id == row.id else head.id
        due = due_of(row, rows, case, plant.handling) if other is None else None
        return HandlingView(
            alarm=str(row.id),
            head=None if other is None else str(other),
            owed=other is None and owes(row, plant.handling),
            standing=str(case.standing),
            standing_words=in_words(f"handling.standing.{case.standing}"),
            version=case.versions,
            due=iso(due) if due else None,
            due_us=due,
            overdue=due is not None and due <= now,
            answers=[answer_view(one, plant.handling) for one in rows.answers],
            verdicts=[verdict_view(one) for one in rows.verdicts],
            referrals=[referral_view(one) for one in rows.referrals],
            evidence=[evidence_view(one) for one in files],
            facts=facts,
            causes=cause_views(plant.handling),
            grades=grade_views(plant.handling),
            unknown=Words(plant.handling.unknown.zh, plant.handling.unknown.en),
            may=may_of(row, other, case, viewer),
        )

    found = await plant.run(read)
    if found is None:
        raise nowhere(alarm)
    return found


@router.get("/alarms/{alarm}/handling")
async def one(watch: Watched, viewer: Viewing, alarm: str) -> HandlingView:
    """Answers, referrals, the inspector's word and the evidence files of one alarm, and what the data say of it now."""
    return await handling_of(watch.plant, viewer, alarm)


@router.post("/alarms/{alarm}/answer")
async def answer(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Answering) -> HandlingView:
    """The mine answers: a further version, never in place of the one before. What contradicts the data makes it the inspector's."""
    same_site(request)
    viewer.need(Right.ANSWER)
    plant, number, form = watch.plant, number_of(alarm), body.form()
    try:
        check_form(form, plant.handling)
    except BadConfig as error:
        raise Refused(422, error.key, error.value, error.allowed) from error

    def write() -> Taken:
        now = plant.clock.now()
        with plant.records.read() as db:
            row = _seen(plant, db, number)
        facts = traces.facts(plant, row, now) if row is not None else Facts()
        with plant.records.begin() as db:
            if row is None or not row.mine:
                return Taken("no_such_alarm")
            if len(handling.told(db, {number}, ())[number].answers) != body.version:
                return Taken("answered_anew", number)
            return answers.answer(db, plant.journal, plant.handling, number, form, facts, viewer.by(body.name), now)

    return await _done(watch, viewer, alarm, await plant.run(write))


@router.post("/alarms/{alarm}/close")
async def close(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Word) -> HandlingView:
    """An inspector closes the answer they read; 409 where there is none, or another one by now."""
    return await _speak(request, watch, viewer, alarm, body, Verdict.CLOSED)


@router.post("/alarms/{alarm}/return")
async def send_back(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Word) -> HandlingView:
    """An inspector sends the answer back with words, or asks for one where nobody answered."""
    return await _speak(request, watch, viewer, alarm, body, Verdict.RETURNED)


@router.get("/inbox")
async def inbox(
    watch: Watched, viewer: Viewing, mine: Annotated[str | None, Query(max_length=40, description="only of this mine")] = None
) -> Page[DeskView]:
    """The mine's desk: overdue, sent back, new, to be answered, shelved, planned today; the newest 100 of each. Ended
    alarms: of 30 days, at most 300."""
    return Page((await desks.inbox(watch.plant, viewer, mine, watch.plant.clock.now())).views)


@router.get("/referrals")
async def referrals(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str | None, Query(max_length=40, description="only of this mine")] = None,
    closed: Annotated[bool, Query(description="also what is closed")] = False,
    after: Annotated[int, Query(ge=0, lt=1 << 31, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[DeskView]:
    """What is the inspector's: unplanned, unanswered or contradictory, with why; newest first."""
    found = await desks.referred_page(watch.plant, viewer, mine, open_only=not closed, before=after, limit=limit + 1)
    return Page(found[:limit], found[limit - 1].alarm.id if len(found) > limit else None)


def number_of(alarm: str) -> int:
    if not (alarm.isascii() and alarm.isdigit() and len(alarm) < 10):
        raise nowhere(alarm[:80])
    return int(alarm)


def nowhere(alarm: str) -> Refused:
    return Refused(404, "path.alarm", alarm, "the id of an alarm, as /api/v1/alarms lists them")


def _seen(plant: Plant, db: Connection, number: int) -> AlarmRow | None:
    found = plant.journal.of(db, number)
    return None if found is None else found.alarm


async def _speak(request: Request, watch: Watch, viewer: Viewer, alarm: str, body: Word, verdict: Verdict) -> HandlingView:
    same_site(request)
    viewer.need(Right.CLOSE)
    plant, number = watch.plant, number_of(alarm)

    def write() -> Taken:
        with plant.records.begin() as db:
            if _seen(plant, db, number) is None:
                return Taken("no_such_alarm")
            said = Said(verdict, body.version)
            return answers.speak(db, plant.journal, number, said, body.words.strip(), viewer.by(body.name), plant.clock.now())

    return await _done(watch, viewer, alarm, await plant.run(write))


async def _done(watch: Watch, viewer: Viewer, alarm: str, taken: Taken) -> HandlingView:
    watch.forget()
    if taken.refused == "no_such_alarm":
        raise nowhere(alarm)
    if taken.refused:
        other = f": {taken.head}" if taken.head and str(taken.head) != alarm else ""
        words = " / ".join(told.reason_words(taken.refused, lang) for lang in ("zh", "en"))
        raise Refused(409, "path.alarm", alarm, words + other)
    return await handling_of(watch.plant, viewer, alarm)
