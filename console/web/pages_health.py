"""The pages of alarm health and of drills."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from console.web.access import Right, Viewing
from console.web.api_drills import drills_of
from console.web.api_health import alarm_health_of
from console.web.asked import Language, Watched
from console.web.board import mines_of, names_of, places_of
from console.web.draw_health import bars_of
from console.web.render import draw
from contracts.clock import DAY

SPANS = {"1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "92d": 92 * DAY}
FIGURES = ("per_operator_hour", "peak", "floods", "busy", "top_share", "stale", "chattering", "fleeting")
SHARES = ("floods", "busy", "top_share")
COUNTED = ("stale", "chattering", "fleeting")
FORMS = 6
"""Mines with a form each on the page of drills; where there are more, one is chosen first (project setting)."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/health")
async def health_page(
    request: Request,
    watch: Watched,
    viewer: Viewing,
    lang: Language,
    mine: Annotated[str, Query(max_length=40)] = "",
    within: Annotated[Literal["1d", "7d", "30d", "92d"], Query(alias="range")] = "7d",
) -> HTMLResponse:
    scene = await watch.scene()
    start = str(scene.now - SPANS[within])
    view = await alarm_health_of(watch, viewer, mine or None, start, str(scene.now))
    facts = {
        "section": "health",
        "health": view,
        "bars": bars_of(view.tens, view.start_us, view.end_us),
        "mines": mines_of(scene.live),
        "within": within,
        "ranges": list(SPANS),
        "figures": FIGURES,
        "shares": SHARES,
        "counted": COUNTED,
    }
    return draw(request, watch, lang, scene, "health.html", facts)


@router.get("/drills")
async def drills_page(
    request: Request,
    watch: Watched,
    viewer: Viewing,
    lang: Language,
    mine: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[int, Query(ge=0, le=1 << 60)] = 0,
) -> HTMLResponse:
    scene = await watch.scene()
    if mine:
        watch.known_mine(scene, mine)
    found, more = await drills_of(watch.plant, viewer, mine or None, after, 20)
    names = names_of(scene.live)
    asked = [mine] if mine else [id_ for id_, _ in names] if len(names) <= FORMS else []
    facts = {
        "section": "drills",
        "drills": found,
        "points": {one: list(places_of(scene.live, one)) for one in asked} if viewer.may(Right.DRILL) else {},
        "chosen": mine,
        "mines": names,
        "more": f"/drills?{urlencode({'mine': mine, 'after': more})}" if more else "",
    }
    return draw(request, watch, lang, scene, "drills.html", facts)
