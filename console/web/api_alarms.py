"""Alarms: /api/v1/alarms, their timelines, and what people do to them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from alerts import words as told
from alerts.alarm import Action, Deed, State
from alerts.journal import Outcome
from console.web.access import Right, Viewing
from console.web.alarms import alarm_view
from console.web.asked import Watched
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_alarms import AlarmStory, AlarmView
from console.web.timeline import story_of
from console.web.watch import Watch
from contracts.clock import MINUTE
from store.records.alarms import AlarmRow

router = APIRouter(tags=["alarms"])
Name = Annotated[
    str,
    Field(min_length=1, max_length=60, pattern=r"\S", description="who does it, as typed; whoever is signed in acts under their own name"),
]
Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S", description="what was found or done")]


class Acknowledgement(BaseModel, extra="forbid"):
    """A person has seen the alarm."""

    name: Name
    words: Text


class Shelving(Acknowledgement):
    """A person takes the alarm out of sight for a while."""

    minutes: Annotated[int, Field(ge=1, le=720)]


async def listing(plant: Plant, mine: str | None, state: State | None, after: int, limit: int) -> tuple[list[AlarmView], str | None]:
    """A page of alarms, newest first, and the cursor of the next."""

    def read() -> list[AlarmRow]:
        with plant.records.read() as db:
            return plant.journal.listing(db, mine=mine, state=state, after=after, limit=limit + 1)

    rows = await plant.look(read)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    return [alarm_view(row, plant.limits) for row in rows[:limit]], more


async def story(plant: Plant, alarm: str) -> AlarmStory:
    """One alarm with its timeline, or Refused."""
    number = _number(alarm)

    def read() -> AlarmStory | None:
        with plant.records.read() as db:
            found = plant.journal.of(db, number)
            return None if found is None else story_of(plant, db, found)

    found = await plant.look(read)
    if found is None:
        raise Refused(404, "path.alarm", alarm, "the id of an alarm, as /api/v1/alarms lists them")
    return found


@router.get("/alarms")
async def alarms(
    watch: Watched,
    mine: Annotated[str | None, Query(description="only of this mine")] = None,
    state: Annotated[State | None, Query(description="only in this state")] = None,
    after: Annotated[int, Query(ge=0, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[AlarmView]:
    """All alarms, open and ended, newest first."""
    items, more = await listing(watch.plant, mine, state, after, limit)
    return Page(items, more)


@router.get("/alarms/current")
async def current(watch: Watched, mine: Annotated[str | None, Query(description="only of this mine")] = None) -> Page[AlarmView]:
    """The open alarms as last read, what needs a person first: active, by priority, the newest first; suppressed and set aside last."""
    rows = (await watch.scene()).active.rows
    return Page([alarm_view(row, watch.plant.limits) for row in rows if mine in (None, row.mine)])


@router.get("/alarms/{alarm}")
async def one_alarm(watch: Watched, alarm: str) -> AlarmStory:
    """One alarm with everything that happened to it."""
    return await story(watch.plant, alarm)


@router.post("/alarms/{alarm}/acknowledge")
async def acknowledge(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Acknowledgement) -> AlarmStory:
    """Acknowledge an alarm; 409 where its state does not allow it."""
    viewer.need(Right.ACKNOWLEDGE)
    return await _act(request, watch, alarm, Action(Deed.ACKNOWLEDGE, viewer.by(body.name), body.words.strip()))


@router.post("/alarms/{alarm}/shelve")
async def shelve(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Shelving) -> AlarmStory:
    """Take an alarm out of sight for at most 12 hours; it comes back by itself."""
    viewer.need(Right.SHELVE)
    until = watch.plant.clock.now() + body.minutes * MINUTE
    return await _act(request, watch, alarm, Action(Deed.SHELVE, viewer.by(body.name), body.words.strip(), until))


@router.post("/alarms/{alarm}/unshelve")
async def unshelve(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Acknowledgement) -> AlarmStory:
    """Bring a shelved alarm back before its time is over; what is active must be acknowledged anew."""
    viewer.need(Right.SHELVE)
    return await _act(request, watch, alarm, Action(Deed.UNSHELVE, viewer.by(body.name), body.words.strip()))


async def _act(request: Request, watch: Watch, alarm: str, action: Action) -> AlarmStory:
    same_site(request)
    plant, number = watch.plant, _number(alarm)

    def write() -> Outcome:
        with plant.records.begin() as db:
            return plant.journal.act(db, number, action, plant.clock.now())

    outcome = await plant.run(write)
    watch.forget()
    if not outcome.accepted:
        status = 404 if outcome.reason == "no_such_alarm" else 409
        raise Refused(status, "path.alarm", alarm, f"{told.reason_words(outcome.reason, 'zh')} / {told.reason_words(outcome.reason, 'en')}")
    return await story(plant, alarm)


def _number(alarm: str) -> int:
    if not (alarm.isascii() and alarm.isdigit() and len(alarm) < 19):
        raise Refused(404, "path.alarm", alarm[:80], "the number of an alarm")
    return int(alarm)


def same_site(request: Request) -> None:
    """Another site's page must not act for the person in front of it (with their cookie, where they are signed in)."""
    origin, own = request.headers.get("origin"), f"://{request.headers.get('host', '')}"
    if origin is not None and not origin.endswith(own):
        raise Refused(403, "header.origin", origin[:200], "a page of this console")
