"""Permits: /api/v1/permits. A plan of single permits; each is opened alone, on a call from underground."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alerts import permit_desk
from alerts import words as told
from alerts.permit_desk import Done, Round
from alerts.permits import LONGEST_MIN, USUAL_MIN, Opening, Standing, Work
from alerts.planned import EXCEEDANCES
from console.web.access import Right, Viewer, Viewing
from console.web.actor import Pin, Typed, actor
from console.web.api_alarms import same_site
from console.web.asked import Moment, Watched, moment, span
from console.web.permits import permit_view
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_permits import PermitCount, PermitView
from console.web.watch import Watch
from contracts.clock import DAY, iso
from store.records import permits
from store.records.permits import PermitRow

MOST_POINTS, LONGEST = 200, 92 * DAY
Mine = Annotated[str, Field(min_length=1, max_length=40)]
PointId = Annotated[str, Field(min_length=1, max_length=32)]
Words = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]
Person = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]
Number = Annotated[int, Path(ge=1, lt=1 << 31)]
Value = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]

router = APIRouter(tags=["permits"])


class Doer(BaseModel, extra="forbid"):
    """Who does it: the signed-in person, else the holder of a PIN, else (sign-in off) the name as typed."""

    name: Typed = ""
    pin: Pin = ""


class Planning(Doer):
    """A round to be planned: one permit a point. `start`, `end`: when it may be opened; absent: from now to the end of the mine's day."""

    mine: Mine
    kind: Work = Work.CALIBRATION
    points: Annotated[list[PointId], Field(min_length=1, max_length=MOST_POINTS)]
    start: Annotated[str | None, Field(max_length=40)] = None
    end: Annotated[str | None, Field(max_length=40)] = None
    words: Words


class Call(Doer):
    """A call from underground. `caller` stands at the sensor; `gas`: its test gas in the point's unit, if told."""

    caller: Person
    reason: Words
    minutes: Annotated[int, Field(ge=1, le=LONGEST_MIN)] = USUAL_MIN
    gas: Value | None = None


class Longer(Doer):
    """Once, so many minutes longer."""

    minutes: Annotated[int, Field(ge=1, le=LONGEST_MIN)]
    words: Words


class Ending(Doer):
    """Closed, or cancelled."""

    words: Words


async def listing(
    plant: Plant, viewer: Viewer, span_: tuple[int | None, int | None], after: int, limit: int, **equal: str | None
) -> tuple[list[PermitView], str | None]:
    """Permits of the mines a viewer sees, newest first, and the cursor of the next page."""
    mines = None if viewer.mines is None else sorted(viewer.mines)

    def read() -> list[PermitView]:
        with plant.records.read() as db:
            found = permits.listing(
                db, mines=mines, start=span_[0], end=span_[1], before_id=after, limit=limit + 1 if limit else 0, **equal
            )
            return _views(plant, db, found)

    views = await plant.look(read)
    more = views[limit - 1].id if limit and len(views) > limit else None
    return views[:limit] if limit else views, more


def _views(plant: Plant, db: Connection, rows: list[PermitRow]) -> list[PermitView]:
    standing, spoken = permits.busy(db), permits.spoken_of(db, [row.id for row in rows])
    return [permit_view(plant, row, standing, [one for one in spoken if one.permit == row.id]) for row in rows]


async def one(plant: Plant, viewer: Viewer, number: int) -> PermitView:
    """A permit of a mine the viewer sees, or Refused."""

    def read() -> PermitView | None:
        with plant.records.read() as db:
            row = permits.permit(db, number)
            return _views(plant, db, [row])[0] if row is not None and viewer.sees(row.mine) else None

    found = await plant.look(read)
    if found is None:
        raise Refused(404, "path.permit", number, "the id of a permit, as /api/v1/permits lists them")
    return found


async def speaking(plant: Plant, viewer: Viewer, alarm: int) -> PermitView | None:
    """The permit that speaks (or spoke) for an alarm; None where none did."""

    def read() -> PermitView | None:
        with plant.records.read() as db:
            row = permits.of_alarm(db, alarm)
            return _views(plant, db, [row])[0] if row is not None and viewer.sees(row.mine) else None

    return await plant.look(read)


@router.get("/permits")
async def all_permits(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str | None, Query(description="only of this mine")] = None,
    point: Annotated[str | None, Query(description="only of this point")] = None,
    state: Annotated[Standing | None, Query(description="only in this state")] = None,
    start: Moment = None,
    end: Moment = None,
    after: Annotated[int, Query(ge=0, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[PermitView]:
    """Permits, newest first; `start`, `end`: whose plan or open time touches it."""
    times = (None if start is None else moment("query.start", start, 0), None if end is None else moment("query.end", end, 0))
    items, more = await listing(watch.plant, viewer, times, after, limit, mine=mine, point=point, state=state)
    return Page(items, more)


@router.get("/permits/count")
async def count(watch: Watched, mine: str, start: Moment = None, end: Moment = None) -> PermitCount:
    """How many planned alarms there were, and what became of them; the last day where no time is given."""
    watch.known_mine(await watch.scene(), mine)
    since, until = span(start, end, watch.plant.clock.now() + 1, DAY, LONGEST)

    def read() -> dict[str, int]:
        with watch.plant.records.read() as db:
            return permits.tally(db, mine, since, until, EXCEEDANCES)

    found = await watch.plant.look(read)
    return PermitCount(iso(since), iso(until), *(found.get(verdict, 0) for verdict in ("fits", "misfit", "pending")))


@router.get("/permits/{permit}")
async def one_permit(watch: Watched, viewer: Viewing, permit: Number) -> PermitView:
    """One permit with the alarms it spoke for."""
    return await one(watch.plant, viewer, permit)


@router.post("/permits")
async def plan(request: Request, watch: Watched, viewer: Viewing, body: Planning) -> Page[PermitView]:
    """Plan a round: one permit a point. None of them is open: each is opened on a call of its own."""
    same_site(request)
    plant, scene = watch.plant, await watch.scene()
    _, known = watch.known_mine(scene, body.mine)
    there = {point.id for point in known}
    for point in body.points:
        if point not in there:
            raise Refused(422, "body.points", point, "points of this mine: " + ", ".join(sorted(there)[:50]))
    name, now = await actor(plant, viewer, body.mine, Right.PERMIT, body.name, body.pin), plant.clock.now()
    start = moment("body.start", body.start, now)
    end = moment("body.end", body.end, (now + plant.zone.micros) // DAY * DAY + DAY - plant.zone.micros)
    if not (start < end and now < end and end - start <= LONGEST):
        raise Refused(422, "body.end", body.end or "", "a time after body.start and after now, within 92 days")
    asked = Round(body.mine, body.kind, body.points, start, end, name, body.words.strip())

    def write() -> list[PermitView]:
        with plant.records.begin() as db:
            return _views(plant, db, permit_desk.plan(db, asked, now))

    return Page(await plant.run(write))


@router.post("/permits/{permit}/open")
async def open_permit(request: Request, watch: Watched, viewer: Viewing, permit: Number, body: Call) -> PermitView:
    """Open it for this call: two people, a reason, half an hour at most; 409 where the rules refuse it."""

    def deed(db: Connection, name: str, now: int) -> Done:
        return permit_desk.open_permit(db, permit, Opening(name, body.caller, body.reason, body.minutes, body.gas), now)

    return await _done(request, watch, viewer, permit, body, deed)


@router.post("/permits/{permit}/extend")
async def extend(request: Request, watch: Watched, viewer: Viewing, permit: Number, body: Longer) -> PermitView:
    """Let it last longer, once."""

    def deed(db: Connection, name: str, now: int) -> Done:
        return permit_desk.extend(db, permit, body.minutes, name, body.words, now)

    return await _done(request, watch, viewer, permit, body, deed)


@router.post("/permits/{permit}/close")
async def close(request: Request, watch: Watched, viewer: Viewing, permit: Number, body: Ending) -> PermitView:
    """The work is done."""
    return await _done(request, watch, viewer, permit, body, lambda db, name, now: permit_desk.close(db, permit, name, body.words, now))


@router.post("/permits/{permit}/cancel")
async def cancel(request: Request, watch: Watched, viewer: Viewing, permit: Number, body: Ending) -> PermitView:
    """It will not be opened."""
    return await _done(request, watch, viewer, permit, body, lambda db, name, now: permit_desk.cancel(db, permit, name, body.words, now))


async def _done(
    request: Request, watch: Watch, viewer: Viewer, number: int, body: Doer, deed: Callable[[Connection, str, int], Done]
) -> PermitView:
    same_site(request)
    plant = watch.plant
    known = await one(plant, viewer, number)
    name = await actor(plant, viewer, known.mine, Right.PERMIT, body.name, body.pin)

    def write() -> Done:
        with plant.records.begin() as db:
            return deed(db, name, plant.clock.now())

    done = await plant.run(write)
    watch.forget()
    if done.refusal:
        why = f"{told.reason_words(done.refusal, 'zh')} / {told.reason_words(done.refusal, 'en')}"
        raise Refused(409, "path.permit", str(number), why)
    return await one(plant, viewer, number)
