"""Pages of the control room: wall board, running log, handover, reports."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from console.duty.calendar import MineDay, day_at
from console.reports.kinds import KINDS
from console.reports.make import about
from console.web import duty as book
from console.web import reports as desk
from console.web.access import OUTSIDE, Right, Viewer, Viewing
from console.web.actor import inside
from console.web.api_duty import handed, line_view, shifts_view
from console.web.asked import Language, Watched
from console.web.board import Scene, mines_of, names_of
from console.web.province import arranged, totals
from console.web.render import draw
from console.web.shapes import PointView
from console.web.wall import MOST_CARDS, Board, board_of, in_order, withdrawal_words
from console.web.watch import Watch
from store.records import duty_feed
from store.records.duty_feed import Happening

LINES = 100
DAYS = 14
STRIP = 24
"""Mines named on the wall board; where there are more, those that need somebody first, and all are counted (project setting)."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Mine = Annotated[str, Query(max_length=40)]


@router.get("/wall")
async def wall(request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: Mine = "") -> HTMLResponse:
    """The wall board: of a mine, or of all the viewer sees. It looks and never times out; deeds at it take a PIN."""
    scene = await watch.scene()
    if mine:
        watch.known_mine(scene, mine)
    views = await watch.views(scene, [mine] if mine else mines_of(scene.live))
    mines, others = arranged(views, STRIP)
    facts = {
        "board": await _board(watch, scene, mine),
        "mines": mines,
        "totals": totals(views) if others else {},
        "mine": mine,
        "version": scene.active.version,
        "by_pin": viewer.signed_in and not viewer.may(Right.ACKNOWLEDGE),
        "named": viewer.signed_in and viewer.may(Right.ACKNOWLEDGE),
        "insiders": viewer.role not in OUTSIDE,
        "withdrawal": withdrawal_words(watch.plant.limits),
        "stream_query": f"&mine={mine}" if mine else f"&first={len(mines)}" if others else "",
    }
    return draw(request, watch, lang, scene, "wall.html", facts)


async def _board(watch: Watch, scene: Scene, mine: str) -> Board:
    rows = [row for row in scene.active.rows if mine in ("", row.mine)]
    shown = in_order(rows)[:MOST_CARDS]
    of_mines = {row.mine for row in shown if row.point} & set(mines_of(scene.live))
    points: dict[tuple[str, str], PointView] = {(id_, view.id): view for id_ in of_mines for view in watch.picture(scene, id_)[1]}

    def read() -> dict[int, Happening]:
        with watch.plant.records.read() as db:
            found = duty_feed.steps_of(db, [row.id for row in shown], (duty_feed.REPORT,))
        return {key: steps[-1] for key, steps in found.items()}

    return board_of(rows, points, await watch.plant.look(read), watch.plant.limits)


@router.get("/log")
async def log_page(
    request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: Mine = "", day: str = "", after: str = ""
) -> HTMLResponse:
    scene = await watch.scene()
    mine = _chosen(watch, viewer, scene, mine)
    facts: dict[str, object] = {"section": "log", "mine": mine, "mines": dict(names_of(scene.live)), "day": day, "lines": [], "more": ""}
    if mine:
        span = await _day(watch, mine, day, scene.now)
        lines, more = await book.lines_of(watch.plant, mine, span.start, span.end, LINES, after)
        older = "?" + urlencode({"mine": mine, "day": span.day, "after": more}) if more else ""
        facts |= {"day": span.day, "span": span, "lines": [line_view(line) for line in lines], "more": older}
    return draw(request, watch, lang, scene, "log.html", facts | {"may": viewer.may(Right.LOG), "named": viewer.signed_in})


@router.get("/handover")
async def handover_page(request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: Mine = "") -> HTMLResponse:
    scene = await watch.scene()
    mine = _chosen(watch, viewer, scene, mine)
    facts: dict[str, object] = {"section": "handover", "mine": mine, "mines": dict(names_of(scene.live))}
    if mine:
        rows, _ = await handed(watch.plant, mine, 0, 10)
        facts |= {"shifts": await shifts_view(watch.plant, mine, scene.now), "handovers": rows}
        facts |= {"open": [card for card in scene.active.rows if card.mine == mine]}
        facts |= {"waits": next((one for one in rows if one.waits), None)}
    rights = {"may": viewer.may(Right.LOG), "may_set": viewer.may(Right.REVIEW), "named": viewer.signed_in}
    return draw(request, watch, lang, scene, "handover.html", facts | rights)


@router.get("/reports")
async def reports_page(request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: Mine = "") -> HTMLResponse:
    scene = await watch.scene()
    names = dict(names_of(scene.live))
    mine = mine or next(iter(names), "")
    if mine:
        watch.known_mine(scene, mine)
    days = await desk.days_of(watch.plant, viewer, mine, scene.now, DAYS) if mine else []
    facts = {"section": "reports", "mine": mine, "mines": names, "days": days, "outside": viewer.role in OUTSIDE, "kinds": KINDS}
    return draw(request, watch, lang, scene, "reports.html", facts)


@router.get("/reports/{kind}/{mine}/{day}")
async def report_page(
    request: Request,
    watch: Watched,
    viewer: Viewing,
    lang: Language,
    kind: str,
    mine: str,
    day: str,
    turn: Annotated[int | None, Query(ge=0, lt=10)] = None,
    version: Annotated[int | None, Query(ge=0, lt=1 << 31)] = None,
) -> HTMLResponse:
    scene = await watch.scene()
    what, known, papers, shown = await desk.found(watch, viewer, scene, kind, mine, day, turn, version)
    view = desk.report_view(what, known, papers[lang], shown)
    query = {"lang": lang} | ({} if turn is None else {"turn": str(turn)}) | {"version": str(shown or 0)}
    newest = known[0] if known else None
    offices = [one for one in desk.offices_of(viewer, what.kind) if one in view.missing]
    facts = {
        "section": "reports",
        "view": view,
        "paper": papers[lang],
        "files": [(form, f"/api/v1/reports/{kind}/{mine}/{day}/file?" + urlencode(query | {"format": form})) for form in desk.FORMATS],
        "newest": newest[0] if newest else None,
        "offices": offices if newest and shown == newest[0].version and viewer.may(Right.REVIEW) else [],
        "may_freeze": bool(what.kind.reviewed) and viewer.may(Right.LOG) and scene.now >= what.end,
        "named": viewer.signed_in,
    }
    return draw(request, watch, lang, scene, "report.html", facts)


def _chosen(watch: Watch, viewer: Viewer, scene: Scene, mine: str) -> str:
    """The mine asked for, else the first there is; Refused where it is none of theirs."""
    inside(viewer, mine)
    if mine:
        watch.known_mine(scene, mine)
    return mine or next(iter(mines_of(scene.live)), "")


async def _day(watch: Watch, mine: str, day: str, now: int) -> MineDay:
    """The day asked for, else today."""
    pattern, hours = await book.pattern_of(watch.plant, mine, now), watch.plant.zone.hours
    if not day:
        return day_at(pattern, now, hours)
    what = await about(watch.plant, KINDS["log"], mine, day, None, now)
    return MineDay(what.day, what.start, what.end, ())
