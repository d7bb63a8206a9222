"""The pages: drawn on the server from the same views as the API, kept fresh by the stream."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from alerts.alarm import State as AlarmState
from console.web import times
from console.web.access import Viewing
from console.web.alarms import alarm_view
from console.web.api_alarms import listing
from console.web.api_delivery import USUAL, deadletters_of, ledger_of
from console.web.api_findings import findings_of
from console.web.api_locks import locks_of
from console.web.api_service import services_of
from console.web.asked import Language, Watched
from console.web.board import Scene, gateways_of, mines_of, names_of, quality_words
from console.web.draw import chart_limits
from console.web.province import Part, arranged, part_of, totals
from console.web.refusals import Refused
from console.web.render import draw
from console.web.shapes import PointView
from console.web.shapes_alarms import AlarmView
from console.web.watch import Watch
from console.web.words import say
from contracts.clock import DAY, MINUTE, from_iso
from contracts.streams import PIPE

RANGES = (("10m", 600), ("1h", 3600), ("8h", 28_800), ("24h", 86_400), ("7d", 604_800))
TROUBLES = ("late", "replayed", "missing", "lost", "dead", "duplicate", "conflict")
READINGS = 30
FIRST = 20
"""Open alarms on the overview, what needs a person first; in a storm there are thousands."""

OfMine = Annotated[str, Query(max_length=40)]

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
async def overview(request: Request, watch: Watched, lang: Language) -> HTMLResponse:
    scene = await watch.scene()
    views = await watch.views(scene, mines_of(scene.live))
    mines, others = arranged(views)
    return draw(
        request,
        watch,
        lang,
        scene,
        "overview.html",
        {
            "section": "overview",
            "mines": mines,
            "others": others,
            "totals": totals(views),
            "stream_query": f"&first={len(mines)}" if others else "",
            "alarms": [alarm_view(row, watch.plant.limits) for row in scene.active.rows[:FIRST]],
            "alarms_count": len(scene.active.rows),
            "backup_troubles": watch.plant.backups().troubles(scene.now) if watch.plant.backups else [],
            "story": request.app.state.story is not None,
        },
    )


@router.get("/mines/{mine}")
async def mine_page(request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: str) -> HTMLResponse:
    scene = await watch.scene()
    view, points = watch.known_mine(scene, mine)
    areas: dict[str, list[PointView]] = {}
    for point in points:
        areas.setdefault(point.area, []).append(point)
    alarms = _current(watch, scene, mine)
    found, _ = await findings_of(watch.plant, viewer, mine, standing=True, after=0, limit=50)
    facts = {"findings": found, "mine": view, "areas": list(areas.items()), "alarms": alarms, "stream_query": f"&mine={mine}"}
    facts["drained"] = any(point.installed.stream.startswith(PIPE) for point in points)
    return draw(request, watch, lang, scene, "mine.html", facts)


@router.get("/mines/{mine}/points/{point}")
async def point_page(request: Request, watch: Watched, lang: Language, mine: str, point: str) -> HTMLResponse:
    scene = await watch.scene()
    view, found = watch.known_point(scene, mine, point)
    zone, valid = watch.plant.zone, found.installed
    facts = {
        "mine": view,
        "view": found,
        "alarms": [alarm for alarm in _current(watch, scene, mine) if alarm.point == point],
        "chart_limits": chart_limits(found, lang),
        "ranges": RANGES,
        "readings": await _readings(watch, scene, mine, found, lang),
        "services": await services_of(watch.plant, mine, found),
        "installed_from": zone.stamp(from_iso(valid.valid_from)) if valid.valid_from else "",
        "installed_to": zone.stamp(from_iso(valid.valid_to)) if valid.valid_to else "",
        "stream_query": f"&mine={mine}&point={point}",
    }
    return draw(request, watch, lang, scene, "point.html", facts)


@router.get("/receipts")
async def receipts(
    request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: OfMine = "", after: Annotated[str, Query(max_length=81)] = ""
) -> HTMLResponse:
    scene = await watch.scene()
    plant, part = watch.plant, _part(watch, scene, mine, after)
    days = await ledger_of(watch.days, part.shown, scene.now - USUAL + DAY, scene.now, fresh=False)
    by_gateway = [(name, [day for day in days if day.gateway == name]) for name in part.shown]
    backups = plant.backups() if plant.backups else None
    facts: dict[str, object] = {
        "gateways": by_gateway,
        "troubles": TROUBLES,
        "deadletters": (await deadletters_of(plant, viewer, None, 0, 100))[0],
    }
    facts |= {"backups": backups, "backup_troubles": backups.troubles(scene.now) if backups else []}
    facts |= {"part": part, "mine": mine, "mines": names_of(scene.live)}
    return draw(request, watch, lang, scene, "receipts.html", facts | {"section": "receipts"})


@router.get("/locktests")
async def lock_tests(
    request: Request, watch: Watched, lang: Language, mine: OfMine = "", after: Annotated[str, Query(max_length=81)] = ""
) -> HTMLResponse:
    scene = await watch.scene()
    part = _part(watch, scene, mine, after)
    found = await locks_of(watch.plant, part.shown)
    by_gateway = [(name, [lock for lock in found if lock.gateway == name]) for name in part.shown]
    facts = {"section": "locks", "gateways": by_gateway, "part": part, "mine": mine, "mines": names_of(scene.live)}
    return draw(request, watch, lang, scene, "locks.html", facts)


def _part(watch: Watch, scene: Scene, mine: str, after: str) -> Part:
    """The gateways that a page shows; Refused for a mine that is not there."""
    if mine:
        watch.known_mine(scene, mine)
    names = [str(one.gateway) for one in gateways_of(scene.live, mine)] if mine else sorted(scene.live.gateways)
    return part_of(names, after, {"mine": mine} if mine else {})


@router.get("/findings")
async def findings_page(
    request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: str = "", after: Annotated[int, Query(ge=0)] = 0
) -> HTMLResponse:
    scene = await watch.scene()
    found, more = await findings_of(watch.plant, viewer, mine or None, standing=False, after=after, limit=50)
    older = "?" + urlencode({"mine": mine, "after": more}) if more else ""
    return draw(request, watch, lang, scene, "findings.html", {"section": "findings", "findings": found, "more": older})


@router.get("/alarms")
async def alarms_page(
    request: Request,
    watch: Watched,
    lang: Language,
    mine: str = "",
    state: str = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    scene = await watch.scene()
    if state not in ("", *AlarmState):
        raise Refused(422, "query.state", state, ", ".join(AlarmState))
    alarms, more = await listing(watch.plant, mine or None, AlarmState(state) if state else None, after, 50)
    older = "?" + urlencode({"mine": mine, "state": state, "after": more}) if more else ""
    facts = {"alarms": alarms, "more": older, "mine": mine, "state": state, "mines": names_of(scene.live), "states": list(AlarmState)}
    return draw(request, watch, lang, scene, "alarms.html", facts | {"section": "alarms"})


def _current(watch: Watch, scene: Scene, mine: str | None) -> list[AlarmView]:
    """The open alarms of a mine, or of all, as last read."""
    return [alarm_view(row, watch.plant.limits) for row in scene.active.rows if mine in (None, row.mine)]


async def _readings(watch: Watch, scene: Scene, mine: str, view: PointView, lang: str) -> list[dict[str, object]]:
    """The last raw readings, newest first, as the table shows them."""
    plant = watch.plant
    found = await plant.look(lambda: plant.store.series(mine, view.id, scene.now - 10 * MINUTE, scene.now + MINUTE), store=True)
    rows = zip(found.time.tolist(), found.value.tolist(), found.quality.tolist(), found.fold.tolist(), strict=True)
    return [
        {
            "clock": plant.zone.clock(time),
            "text": times.value_text(value, view.decimals),
            "quality": bits,
            "words": " · ".join(quality_words(bits)[lang] + ([say(lang, "readings.fold")] if fold else [])),
        }
        for time, value, bits, fold in list(rows)[: -READINGS - 1 : -1]
    ]
