"""Drills: /api/v1/drills. A marked test through the whole alarm chain, with the time of every step."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alerts.drill import drill_event
from alerts.drill_steps import AT_GATEWAY, DrillStep, steps_of, whole
from console.web.access import Right, Viewer, Viewing
from console.web.api_alarms import Name, Text, same_site
from console.web.asked import Watched
from console.web.board import in_words
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, Words
from console.web.shapes_drills import DrillStepView, DrillView
from contracts.clock import SECOND, iso
from store.records import alarms, audit, drills
from store.records.alarms import AlarmRow
from store.records.deliveries import deliveries
from store.records.drills import DrillRow

router = APIRouter(tags=["drills"])
Stamp = Annotated[int, Field(gt=0, lt=1 << 60)]


class Drilling(BaseModel, extra="forbid"):
    """Ask for a drill. `gateway`: the gateway will begin it, on a signed command or at its own door; `centre`: the journal does, now."""

    mine: Annotated[str, Field(min_length=1, max_length=40)]
    point: Annotated[str, Field(min_length=1, max_length=40)]
    name: Name
    words: Text
    way: Literal["gateway", "centre"] = "centre"


class GatewaySteps(BaseModel, extra="forbid"):
    """What the gateway answered: when it decided, sent, and had the receipt (µs UTC by its own clock)."""

    decided: Stamp
    sent: Stamp | None = None
    receipted: Stamp | None = None


async def drills_of(plant: Plant, viewer: Viewer, mine: str | None, after: int, limit: int) -> tuple[list[DrillView], str | None]:
    """A page of the drills this person may see, newest first, and the cursor of the next."""
    if mine is not None and not viewer.sees(mine):
        return [], None
    only = None if mine is None and viewer.mines is None else sorted({mine} if mine is not None else viewer.mines or ())

    def read() -> list[tuple[DrillRow, AlarmRow | None, list[DrillStep]]]:
        with plant.records.read() as db:
            rows = drills.listing(db, only, after, limit + 1)
            return [(row, *_story(db, row)) for row in rows]

    found = await plant.look(read)
    more = str(found[limit - 1][0].id) if len(found) > limit else None
    return [_view(plant, *one) for one in found[:limit]], more


@router.get("/drills")
async def listed(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str | None, Query(description="only of this mine")] = None,
    after: Annotated[int, Query(ge=0, le=1 << 60, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[DrillView]:
    """Drills with their measured steps, newest first. None of them is an alarm."""
    items, more = await drills_of(watch.plant, viewer, mine, after, limit)
    return Page(items, more)


@router.get("/drills/{drill}")
async def one(watch: Watched, viewer: Viewing, drill: str) -> DrillView:
    """One drill with its measured steps."""
    return await _one(watch.plant, viewer, drill)


@router.post("/drills")
async def ask(request: Request, watch: Watched, viewer: Viewing, body: Drilling) -> DrillView:
    """Ask for a drill at a point; with `way` centre it begins now. It is marked as a drill wherever it shows."""
    same_site(request)
    plant, scene = watch.plant, await watch.scene()
    _, point = watch.known_point(scene, body.mine, body.point)
    viewer.need(Right.DRILL)
    gateway = plant.live.gateways.get(point.gateway)
    if gateway is None:
        raise Refused(409, "body.point", body.point, "a point of a gateway that was heard since the centre started")
    name, registry = viewer.by(body.name), plant.live.registries.get(gateway.registry)

    def write() -> int:
        now = plant.clock.now()
        facts = {
            "mine": body.mine,
            "point": body.point,
            "gateway": point.gateway,
            "way": body.way,
            "name": name,
            "words": body.words.strip(),
        }
        with plant.records.begin() as db:
            number = drills.add(db, facts | {"asked": now, "clock_offset": gateway.clock_offset})
            said = {"drill": number, "point": body.point, "way": body.way, "words": body.words.strip()}
            audit.append(db, "drill.asked", f"{body.mine}/{body.point}", said, audit.pseudonym(name), now)
            if body.way == "centre":
                plant.journal.event(db, body.mine, point.gateway, drill_event(body.point, number, now), now, registry)
        return number

    number = await plant.run(write)
    watch.forget()
    return await _one(plant, viewer, str(number))


@router.post("/drills/{drill}/gateway")
async def told(request: Request, watch: Watched, viewer: Viewing, drill: str, body: GatewaySteps) -> DrillView:
    """File what the gateway answered; 409 where it was filed before."""
    same_site(request)
    plant, before = watch.plant, await _one(watch.plant, viewer, drill)
    viewer.need(Right.DRILL)

    def write() -> bool:
        now = plant.clock.now()
        with plant.records.begin() as db:
            first = before.way == "gateway" and drills.told(db, int(drill), body.decided, body.sent, body.receipted)
            if first:
                audit.append(
                    db, "drill.told", f"{before.mine}/{before.point}", {"drill": int(drill)} | body.model_dump(), before.gateway, now
                )
        return first

    if not await plant.run(write):
        raise Refused(409, "path.drill", drill, "a drill that its gateway began, and that it has not told of yet")
    return await _one(plant, viewer, drill)


async def _one(plant: Plant, viewer: Viewer, drill: str) -> DrillView:
    missing = Refused(404, "path.drill", drill[:80], "the number of a drill, as /api/v1/drills lists them")
    if not (drill.isascii() and drill.isdigit() and len(drill) < 10):
        raise missing

    def read() -> tuple[DrillRow, AlarmRow | None, list[DrillStep]] | None:
        with plant.records.read() as db:
            row = drills.of(db, int(drill))
            return None if row is None else (row, *_story(db, row))

    found = await plant.look(read)
    if found is None or not viewer.sees(found[0].mine):
        raise missing
    return _view(plant, *found)


def _story(db: Connection, row: DrillRow) -> tuple[AlarmRow | None, list[DrillStep]]:
    alarm = drills.alarm_of(db, row)
    if alarm is None:
        return None, steps_of(row, [], [])
    return alarm, steps_of(row, alarms.transitions(db, alarm.id), deliveries(db, alarm.id))


def _view(plant: Plant, row: DrillRow, alarm: AlarmRow | None, steps: list[DrillStep]) -> DrillView:
    known = next((registry for registry in plant.live.registries.values() if registry.mine == row.mine), None)
    places = {point.id: Words(point.place_zh, point.place_en) for point in known.points} if known is not None else {}
    return DrillView(
        id=str(row.id),
        mine=row.mine,
        mine_name=Words(known.mine_zh, known.mine_en) if known is not None else Words(row.mine, row.mine),
        point=row.point,
        place=places.get(row.point, Words("", "")),
        gateway=row.gateway,
        way=row.way,
        way_words=in_words(f"drill.way.{row.way}"),
        name=row.name,
        words=row.words,
        asked=iso(row.asked),
        asked_us=row.asked,
        clock_offset_s=row.clock_offset / SECOND,
        alarm=str(alarm.id) if alarm is not None else None,
        whole=alarm is not None and whole(steps),
        steps=[_step(row, step) for step in steps],
    )


def _step(row: DrillRow, step: DrillStep) -> DrillStepView:
    return DrillStepView(
        step=step.name,
        step_words=in_words(f"drill.step.{step.name}"),
        at=iso(step.at) if step.at is not None else None,
        at_us=step.at,
        after_ms=None if step.after is None else step.after / 1000,
        gateway_clock=row.way == "gateway" and step.name in AT_GATEWAY,
        who=step.who,
        state=step.state,
        state_words=in_words(f"drill.delivery.{step.state}") if step.state else Words("", ""),
    )
