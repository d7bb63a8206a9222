"""The pages of the engineer's inbox, the inspector's desk, and one alarm with everything that is known of it."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from console.web import desks, times
from console.web.access import Viewing
from console.web.api_alarms import story
from console.web.api_handling import handling_of
from console.web.api_permits import speaking
from console.web.asked import Language, Watched
from console.web.board import Scene, names_of
from console.web.desks import Desk
from console.web.draw import chart_limits
from console.web.handling import INSPECTOR_GROUPS, MINE_GROUPS
from console.web.refusals import Refused
from console.web.render import draw
from console.web.shapes_alarms import AlarmStory, StepView
from console.web.shapes_handling import DeskView, HandlingView
from console.web.watch import Watch
from contracts.clock import MINUTE, SECOND, from_iso
from contracts.units import QUANTITIES, Kind

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/alarms/{alarm}")
async def alarm_page(request: Request, watch: Watched, viewer: Viewing, lang: Language, alarm: str) -> HTMLResponse:
    scene = await watch.scene()
    told, answered = await story(watch.plant, alarm), await handling_of(watch.plant, viewer, alarm)
    facts: dict[str, object] = {"section": "alarms", "alarm": told.alarm, "timeline": told.timeline, "offset": told.clock_offset_s}
    facts |= {"handling": answered, "measures": _measures(told), "chart": _chart(watch, scene, lang, told)}
    facts |= {
        "stated": _stated(answered),
        "lasting": partial(_lasting, lang),
        "moments": _moments,
        "within": watch.plant.handling.routing.answer_within_min,
    }
    facts |= {"permit": await speaking(watch.plant, viewer, int(told.alarm.id))}
    return draw(request, watch, lang, scene, "alarm.html", facts)


@router.get("/inbox")
async def inbox_page(request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: str = "") -> HTMLResponse:
    scene = await watch.scene()
    desk = await desks.inbox(watch.plant, viewer, mine or None, scene.now)
    groups = _groups(desk, MINE_GROUPS)
    facts: dict[str, object] = {"section": "inbox", "groups": groups, "mine": mine, "mines": names_of(scene.live)}
    facts |= {"within": watch.plant.handling.routing.answer_within_min}
    return draw(request, watch, lang, scene, "inbox.html", facts)


@router.get("/inspect")
async def inspect_page(
    request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: str = "", closed: bool = False
) -> HTMLResponse:
    scene = await watch.scene()
    desk = await desks.referred(watch.plant, viewer, mine or None, open_only=not closed)
    shown = INSPECTOR_GROUPS if closed else INSPECTOR_GROUPS[:-1]
    groups = _groups(desk, shown)
    facts: dict[str, object] = {"section": "inspect", "groups": groups, "mine": mine, "mines": names_of(scene.live), "closed": closed}
    facts |= {"within": watch.plant.handling.routing.answer_within_min}
    return draw(request, watch, lang, scene, "inspect.html", facts)


def _groups(desk: Desk, names: Sequence[str]) -> list[tuple[str, int, list[DeskView]]]:
    return [(name, desk.counts[name], [view for view in desk.views if view.group == name]) for name in names]


def _lasting(lang: str, seconds: float) -> str:
    return times.length_text(round(seconds * SECOND), lang)


def _moments(step: StepView) -> dict[str, object]:
    """When a step was read, decided, sent and received (µs), and whether the gateway decided it."""
    read, decided, received = (None if moment is None else from_iso(moment) for moment in (step.time, step.decided, step.received))
    first = read if read is not None else step.at_us
    return {
        "read": first,
        "decided": decided if decided is not None else first,
        "sent": step.sent_us,
        "received": received if received is not None else step.at_us,
        "edge": decided != received,
    }


def _measures(told: AlarmStory) -> dict[str, object]:
    known = QUANTITIES.get(told.alarm.quantity)
    return {"decimals": known.decimals if known else 2, "switch": known is not None and known.kind is Kind.SWITCH}


def _chart(watch: Watch, scene: Scene, lang: str, told: AlarmStory) -> dict[str, object] | None:
    """What the chart asks for: the series of the alarm's point from before it to after it."""
    alarm = told.alarm
    if not alarm.point or alarm.raised_us is None:
        return None
    try:
        limits = chart_limits(watch.known_point(scene, alarm.mine, alarm.point)[1], lang)
    except Refused:  # the point is not in the registry of now: its readings are, its limits are the alarm's own
        return None
    before, after = watch.plant.handling.around
    end = min((alarm.returned_us or scene.now) + after, scene.now)
    return {"start": alarm.raised_us - before, "end": max(end, alarm.raised_us + MINUTE), "limits": limits}


def _stated(answered: HandlingView) -> dict[str, object]:
    """What the form shows when it is opened: the last answer where there is one, else what the data say."""
    if answered.answers:
        last = answered.answers[-1].form
        return {name: getattr(last, name) for name in last.__dataclass_fields__}
    facts = answered.facts
    blank = {"cause": "", "words": "", "cut": "unknown", "feed": "unknown", "withdrawal": "unknown", "withdrawn": None}
    blank |= {"measures": "", "reported_to": "", "grade": ""}
    return blank | {"peak": facts.peak, "duration_s": round(facts.duration_s)}
