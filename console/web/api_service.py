"""Out of service and back: /api/v1/mines/{mine}/points/{point}/service. No time limit, so it is listed wherever the point is."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alerts import words as told
from alerts.alarm import Action, Deed
from alerts.journal import Outcome
from alerts.out_of_service import rules_at
from console.web.access import Right, Viewing
from console.web.alarms import rule_words
from console.web.api_alarms import Name, Text, same_site
from console.web.asked import Watched
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, PointView
from console.web.shapes_service import ServiceView
from console.web.words import LANGUAGES
from contracts.clock import iso
from store.records import alarms as table
from store.records.alarms import AlarmRow, TransitionRow

router = APIRouter(tags=["service"])


class Service(BaseModel, extra="forbid"):
    """Somebody takes a point's alarm out of service, or brings it back."""

    rule: Annotated[str, Field(min_length=1, max_length=40, description="as this path's GET lists them")]
    out: bool
    name: Name
    words: Text


@router.get("/mines/{mine}/points/{point}/service")
async def services(watch: Watched, mine: str, point: str) -> Page[ServiceView]:
    """Every rule that may alarm at this point, and whether it is out of service: since when, by whom, why."""
    _, view = watch.known_point(await watch.scene(), mine, point)
    return Page(await services_of(watch.plant, mine, view))


@router.post("/mines/{mine}/points/{point}/service")
async def serve(request: Request, watch: Watched, viewer: Viewing, mine: str, point: str, body: Service) -> ServiceView:
    """Take an alarm of this point out of service, or bring it back; 409 where it is so already."""
    same_site(request)
    scene = await watch.scene()
    _, view = watch.known_point(scene, mine, point)
    viewer.need(Right.SERVICE)
    plant, rules = watch.plant, _rules(watch.plant, view)
    if body.rule not in rules:
        raise Refused(422, "body.rule", body.rule, ", ".join(rules))
    gateway = scene.live.gateways.get(view.gateway)
    registry = scene.live.registries.get(gateway.registry) if gateway else None
    if registry is None:
        raise Refused(409, "path.point", point, "a point whose gateway has told its registry since the centre started")
    action = Action(Deed.REMOVE if body.out else Deed.RESTORE, viewer.by(body.name), body.words.strip())

    def write() -> Outcome:
        with plant.records.begin() as db:
            return plant.journal.service(db, mine, view.gateway, point, body.rule, action, plant.clock.now(), registry)

    outcome = await plant.run(write)
    watch.forget()
    if not outcome.accepted:
        raise Refused(409, "body.out", body.out, " / ".join(told.reason_words(outcome.reason, lang) for lang in LANGUAGES))
    return next(one for one in await services_of(plant, mine, view) if one.rule == body.rule)


async def services_of(plant: Plant, mine: str, view: PointView) -> list[ServiceView]:
    """The rules of a point; what is out of service with who did it. A rule that is out stays listed when it no longer applies."""

    def read() -> list[ServiceView]:
        with plant.records.read() as db:
            rows = {row.rule: row for row in table.alarms(db, mine=mine, subject=view.id, open_only=True) if row.point}
            out = [rule for rule, row in rows.items() if row.out_of_service]
            return [_view(db, mine, view.id, rule, rows.get(rule)) for rule in dict.fromkeys((*_rules(plant, view), *sorted(out)))]

    return await plant.look(read)


def _rules(plant: Plant, view: PointView) -> tuple[str, ...]:
    return rules_at(view.quantity, plant.limits.rows.get(view.limits.row) if view.limits else None)


def _view(db: Connection, mine: str, point: str, rule: str, row: AlarmRow | None) -> ServiceView:
    if row is None or not row.out_of_service:
        return ServiceView(mine, point, rule, rule_words(rule), out=False, alarm=str(row.id) if row else None)
    step: TransitionRow = next(one for one in reversed(table.transitions(db, row.id)) if one.change == Deed.REMOVE)
    return ServiceView(mine, point, rule, rule_words(rule), True, str(row.id), step.by, step.reason, iso(step.at), step.at)
