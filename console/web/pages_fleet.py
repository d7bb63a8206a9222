"""The pages of the fleet: the province, a list, a mine, two packs side by side, the auditor's mode, an entry of the log."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from console.fleet.mine_view import fact_view
from console.fleet.today import Today
from console.web.access import Right, Viewing
from console.web.api_fleet import Among, Day, PackId, TheFleet, drawn, entry_for
from console.web.asked import Language, Watched
from console.web.board import mines_of
from console.web.draw_fleet import NARROW, WIDE, Small, chart_of, runs_of, small_of, tiles_of
from console.web.fleet import day_of, listed, mine_for, province_for
from console.web.fleet_compare import comparison
from console.web.fleet_seen import audits
from console.web.render import draw
from console.web.render_fleet import tools
from console.web.words_fleet import KINDS
from contracts.facts import CITIES, FACTS, read_facts
from fleet.bodies import Level, Object, Step
from fleet.packs import load, names
from fleet.view import FactView, ProvinceView, ReportedView, Words
from store.records.fleet_log import Entry

MOST_CHANGES = 20
"""Changes and suspicions on the province's page; the rest is counted, and stands in the API."""
LISTED = 100
BACK = 30
"""Days of the small lines on a mine's page."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class SmallFact:
    """A fact over the last days as a small line. `known`: on how many of `days` there was evidence."""

    title: Words
    unit: str
    subject: str
    drawn: Small
    last: float | None
    known: int
    days: int


@dataclass(frozen=True, slots=True)
class Pinned:
    """A pinned series: how many readings, from when to when (µs UTC)."""

    drawn: Small
    count: int
    first: int
    last: int


def packs_shown() -> list[dict[str, Any]]:
    """Every pack of the product with its title, for a choice."""
    found = []
    for name in names():
        pack = load(name)
        found.append({"id": name, "title": Words(pack.title.zh, pack.title.en)})
    return found


@router.get("/fleet")
async def province_page(
    request: Request, watch: Watched, fleet: TheFleet, viewer: Viewing, lang: Language, pack: PackId = "", day: Day = ""
) -> HTMLResponse:
    scene, view = await watch.scene(), await province_for(fleet, viewer, pack, day)
    facts = {
        "section": "fleet",
        "view": view,
        "chart": chart_of(view.line, view.forecast.points),
        "narrow_chart": chart_of(view.line, view.forecast.points, 4),
        "wide": WIDE,
        "narrow": NARROW,
        "tiles": tiles_of(view.cities),
        "totals": totals_of(view),
        "levels": list(Level),
        "audits": audits(viewer),
        "may_load": viewer.may(Right.ASSESS) and not view.targets and not view.reported,
        "most_changes": MOST_CHANGES,
        "mines_href": "/fleet/mines?" + urlencode({"pack": view.pack, "day": view.day}),
    }
    return draw(request, watch, lang, scene, "fleet.html", facts | tools(lang))


def totals_of(view: ProvinceView) -> list[ReportedView]:
    """What the press told of mines, the newest last: faces and new ones of a year are other counts."""
    return sorted((one for one in view.reported if one.what == "intelligent_mines_total"), key=lambda one: one.date)


@router.get("/fleet/mines")
async def mines_page(
    request: Request,
    watch: Watched,
    fleet: TheFleet,
    viewer: Viewing,
    lang: Language,
    pack: PackId = "",
    day: Day = "",
    city: Annotated[str, Query(max_length=20)] = "",
    status: Literal["", "met", "not_met", "no_evidence"] = "",
    search: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[int, Query(ge=0, le=1 << 30)] = 0,
) -> HTMLResponse:
    scene, view = await watch.scene(), await province_for(fleet, viewer, pack, day)
    found = listed(view, city, status, search)
    asked = {"pack": view.pack, "day": view.day, "city": city, "status": status, "search": search}
    rows = [
        {
            "id": one.tile.mine,
            "name": one.tile.name,
            "city": one.city,
            "outcome": one.tile.outcome,
            "official": one.tile.official,
            "suspect": one.tile.suspect,
        }
        for one in found[after : after + LISTED]
    ]
    facts = {
        "section": "fleet",
        "mines": rows,
        "count": len(found),
        "more": "?" + urlencode(asked | {"after": after + LISTED}) if len(found) > after + LISTED else "",
        "pack": view.pack,
        "pack_title": view.pack_title,
        "day": view.day,
        "search": search,
        "chosen": city,
        "wanted": status,
        "cities": CITIES,
        "official_loaded": view.official is not None,
    }
    return draw(request, watch, lang, scene, "fleet_mines.html", facts | tools(lang))


@router.get("/fleet/mines/{mine}")
async def mine_page(
    request: Request,
    watch: Watched,
    fleet: TheFleet,
    viewer: Viewing,
    lang: Language,
    mine: str,
    pack: PackId = "",
    day: Day = "",
    raw: Annotated[int, Query(ge=0, le=1)] = 0,
    today: Annotated[int, Query(ge=0, le=1)] = 0,
) -> HTMLResponse:
    view, scene = await mine_for(fleet, viewer, mine, pack, day), await watch.scene()
    since = date.fromisoformat(view.day) - timedelta(BACK - 1)
    entries = await fleet.facts(mine, since.isoformat(), view.day)
    facts = {
        "section": "fleet",
        "view": view,
        "packs": packs_shown(),
        "official_loaded": bool(view.assessments) or (await fleet.province(view.pack, view.day)).official is not None,
        "runs": runs_of([status for _, status in view.line]),
        "small": small_facts(entries, since),
        "facts_from": since.isoformat(),
        "raw": bool(raw),
        "live": mine in mines_of(scene.live),
        "today": await _today(request, mine) if (today or not view.facts) and mine in mines_of(scene.live) else None,
        "may": viewer.may(Right.DECLARE),
        "may_stage": viewer.may(Right.DECLARE) or viewer.may(Right.ASSESS),
        "may_assess": viewer.may(Right.ASSESS),
        "levels": list(Level),
        "objects": list(Object),
        "steps": list(Step),
        "declarable": [one for one in FACTS.values() if one.declared],
    }
    return draw(request, watch, lang, scene, "fleet_mine.html", facts | tools(lang))


async def _today(request: Request, mine: str) -> tuple[str, list[FactView]]:
    """The day under way and its facts so far: they stand in no log."""
    kept: Today = request.app.state.fleet_today
    found = await kept.of(mine)
    return found.day, [fact_view(one, 0) for one in found.facts]


def small_facts(entries: list[Entry], since: date) -> list[SmallFact]:
    """The facts of BACK days from `since` on, one line each, in the catalogue's order."""
    values: dict[tuple[str, str], list[float | None]] = {}
    for entry in entries:
        at = (date.fromisoformat(entry.day) - since).days
        for fact in read_facts(entry.body).facts:
            values.setdefault((fact.name, fact.subject), [None] * BACK)[at] = fact.value
    order = {name: at for at, name in enumerate(FACTS)}
    found = sorted(values.items(), key=lambda one: (order.get(one[0][0], len(order)), one[0]))
    return [_small(name, subject, row) for (name, subject), row in found]


def _small(name: str, subject: str, row: list[float | None]) -> SmallFact:
    meaning = FACTS.get(name)
    title = Words(meaning.zh, meaning.en) if meaning else Words(name, name)
    last = next((value for value in reversed(row) if value is not None), None)
    return SmallFact(title, meaning.unit if meaning else "", subject, small_of(row), last, BACK - row.count(None), BACK)


@router.get("/fleet/compare")
async def compare_page(
    request: Request,
    watch: Watched,
    fleet: TheFleet,
    viewer: Viewing,
    lang: Language,
    a: Annotated[str, Query(max_length=60)] = "",
    b: Annotated[str, Query(max_length=60)] = "",
    day: Day = "",
) -> HTMLResponse:
    scene = await watch.scene()
    facts = {"section": "fleet", "compared": await comparison(fleet, viewer, a, b, day_of("query.day", day)), "packs": packs_shown()}
    return draw(request, watch, lang, scene, "fleet_compare.html", facts | tools(lang))


@router.get("/fleet/audit")
async def audit_page(
    request: Request,
    watch: Watched,
    fleet: TheFleet,
    viewer: Viewing,
    lang: Language,
    seed: Annotated[str, Query(max_length=120)] = "",
    k: Annotated[int, Query(ge=1, le=100)] = 5,
    among: Among = "met",
    pack: PackId = "",
    day: Day = "",
) -> HTMLResponse:
    scene = await watch.scene()
    sample = await drawn(fleet, viewer, seed or watch.plant.zone.day(scene.now), k, among, pack, day)
    takes = audits(viewer) and viewer.mines is None
    facts = {"section": "fleet_audit", "sample": sample, "commands": COMMANDS, "export_href": "/api/v1/fleet/export" if takes else ""}
    return draw(request, watch, lang, scene, "fleet_audit.html", facts | tools(lang))


COMMANDS = """davy fleet export fleet.jsonl.gz
davy fleet verify fleet.jsonl.gz
davy fleet verify fleet.jsonl.gz --anchor N:HASH:DATE --key KEY
"""


@router.get("/fleet/log/{n}")
async def log_page(request: Request, watch: Watched, fleet: TheFleet, viewer: Viewing, lang: Language, n: str) -> HTMLResponse:
    entry, scene = await entry_for(fleet, viewer, n), await watch.scene()
    facts = {
        "section": "fleet",
        "entry": entry,
        "known_kind": entry.kind in KINDS,
        "series": pinned(entry.body) if entry.kind == "pin" else [],
        "body": json.dumps(shortened(entry.body), ensure_ascii=False, indent=1),
    }
    return draw(request, watch, lang, scene, "fleet_log.html", facts | tools(lang))


def pinned(body: dict[str, Any]) -> list[tuple[str, Pinned]]:
    """The series of a pin, each a small drawing: readings as they were, or the means of 5-minute windows where there were too many."""
    found = [(name, rows, 1) for name, rows in body.get("series", {}).items()]
    found += [(name, rows, 2) for name, rows in body.get("windows", {}).items()]
    return [(name, _pinned(rows, column)) for name, rows, column in found if rows]


def _pinned(rows: list[list[Any]], column: int) -> Pinned:
    return Pinned(small_of([row[column] for row in rows]), len(rows), int(rows[0][0]), int(rows[-1][0]))


def shortened(body: dict[str, Any], most: int = 50) -> dict[str, Any]:
    """A body for a page: of a long series the first and last rows; the API has it whole."""
    return body | {kind: _ends(body[kind], most) for kind in ("series", "windows") if kind in body}


def _ends(series: dict[str, list[Any]], most: int) -> dict[str, list[Any]]:
    return {name: rows if len(rows) <= most else [*rows[: most // 2], "…", *rows[-most // 2 :]] for name, rows in series.items()}
