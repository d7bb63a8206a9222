"""The fleet: /api/v1/fleet. Which mines meet the criteria, and what that rests on. Reads only; `api_registering` writes.

Province and inspector see the whole. A mine's people see the totals and their own mine; another mine answers as one that does not exist.
"""

import json
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection, func, select

from console.paper.press import NoFont
from console.reports.fleet_ink import FleetInk
from console.web.access import Viewer, Viewing
from console.web.asked import Language, Watched
from console.web.fleet import Fleet, day_of, listed, mine_for, no_mine, province_for
from console.web.fleet_compare import comparison
from console.web.fleet_report import MEDIA, in_a_thread, mine_file, province_file
from console.web.fleet_seen import audits, entry_seen
from console.web.refusals import Refusal, Refused
from console.web.shapes import Page
from console.web.shapes_fleet import (
    DayFacts,
    FleetComparison,
    FleetDrawn,
    FleetEntry,
    FleetMine,
    FleetPack,
    FleetSample,
)
from contracts.clock import DAY, iso
from fleet.packs import USUAL, load, names
from fleet.packs.pack import Pack
from fleet.sample import METHOD, draw_sample, list_hash
from fleet.view import MineView, ProvinceView, Words
from store.records.fleet_log import FLEET_LOG, Entry, link_hash

router = APIRouter(tags=["fleet"])
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()}},
    503: {"model": Refusal},
}
USUAL_DAYS = 30
SCANNED = 2_000
"""Entries of the log looked through for one page, so that a viewer of one mine is answered soon: `next` may follow an empty page."""
_OTHER = FLEET_LOG.alias()
_SAME = [_OTHER.c[name] == FLEET_LOG.c[name] for name in ("kind", "mine", "day", "key")]
_WITH_NEWEST = select(FLEET_LOG, select(func.max(_OTHER.c.n)).where(*_SAME).scalar_subquery())
"""Entries, each with the number of the one that counts in its place."""
Day = Annotated[str, Query(max_length=10, description="ISO date of the mines' zone; absent: the newest day with verdicts")]
PackId = Annotated[str, Query(max_length=60, description="id of a criteria pack; absent: the one in use")]
Among = Literal["met", "not_met", "no_evidence", "all"]


async def fleet_of(request: Request) -> Fleet:
    fleet: Fleet = request.app.state.fleet
    return fleet


TheFleet = Annotated[Fleet, Depends(fleet_of)]


@router.get("/fleet")
async def province(fleet: TheFleet, viewer: Viewing, pack: PackId = "", day: Day = "") -> ProvinceView:
    """The province on a day: three series apart (by evidence; officially assessed, null while no notice is loaded; told by the press),
    targets, line, forecast, cities, gaps, changes, suspects (for who audits), and the head of the log it all rests on."""
    return await province_for(fleet, viewer, pack, day)


@router.get("/fleet/mines")
async def mines(
    fleet: TheFleet,
    viewer: Viewing,
    pack: PackId = "",
    day: Day = "",
    city: Annotated[str, Query(max_length=20, description="only of this city; `-`: of none known")] = "",
    status: Annotated[Literal["", "met", "not_met", "no_evidence"], Query(description="only with this outcome by evidence")] = "",
    search: Annotated[str, Query(max_length=60, description="part of an id or a name")] = "",
    after: Annotated[int, Query(ge=0, le=1 << 30, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Page[FleetMine]:
    """The registered mines that the viewer sees, by city and id."""
    found = listed(await province_for(fleet, viewer, pack, day), city, status, search)
    items = [FleetMine(one.tile.mine, one.tile.name, one.city, one.tile.outcome, one.tile.official, one.tile.suspect) for one in found]
    return Page(items[after : after + limit], str(after + limit) if len(items) > after + limit else None)


@router.get("/fleet/mines/{mine}")
async def mine(fleet: TheFleet, viewer: Viewing, mine: str, pack: PackId = "", day: Day = "") -> MineView:
    """A mine on a day: profile, criteria by system with value, threshold, clause and the facts behind, next steps, stages, notices,
    workplaces, declarations."""
    return await mine_for(fleet, viewer, mine, pack, day)


@router.get("/fleet/mines/{mine}/facts")
async def facts(
    fleet: TheFleet,
    watch: Watched,
    viewer: Viewing,
    mine: str,
    first: Annotated[str, Query(alias="from", max_length=10, description="ISO date; absent: 30 days before `to`")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="ISO date; absent: today")] = "",
) -> Page[DayFacts]:
    """The facts of a mine's days, as they stand in the log."""
    if not viewer.sees(mine):
        raise no_mine(mine)
    now, zone = watch.plant.clock.now(), watch.plant.zone
    until = day_of("query.to", last) or zone.day(now)
    since = day_of("query.from", first) or zone.day(now - (USUAL_DAYS - 1) * DAY)
    entries = await fleet.facts(mine, since, until)
    return Page([DayFacts(one.day, one.n, one.hash, json.loads(one.body)["facts"]) for one in entries])


@router.get("/fleet/packs")
async def packs() -> Page[FleetPack]:
    """The criteria packs of the product."""
    return Page([_pack(load(name)) for name in names()])


def _pack(pack: Pack) -> FleetPack:
    counted = sum(one.counted for one in pack.criteria)
    return FleetPack(
        id=pack.id,
        hash=pack.hash,
        title=Words(pack.title.zh, pack.title.en),
        scope=Words(pack.scope.zh, pack.scope.en),
        role=pack.role,
        valid_from=pack.valid_from,
        valid_to=pack.valid_to,
        criteria=len(pack.criteria),
        counted=counted,
        open=len(pack.criteria) - counted,
        in_use=pack.id == USUAL,
    )


@router.get("/fleet/compare")
async def compare(
    fleet: TheFleet,
    viewer: Viewing,
    a: Annotated[str, Query(max_length=60, description="id of a pack")],
    b: Annotated[str, Query(max_length=60, description="id of the pack it is compared with")],
    day: Day = "",
) -> FleetComparison:
    """Two packs on one day: which mines fall out, which come in, and by which criteria."""
    return await comparison(fleet, viewer, a, b, day_of("query.day", day))


@router.get("/fleet/sample")
async def sample(
    fleet: TheFleet,
    viewer: Viewing,
    seed: Annotated[str, Query(min_length=1, max_length=120, description="public: a date, a lottery's number")],
    k: Annotated[int, Query(ge=1, le=100, description="how many mines")] = 5,
    among: Annotated[Among, Query(description="of which mines, by evidence")] = "met",
    pack: PackId = "",
    day: Day = "",
) -> FleetSample:
    """A sample of mines that anybody can draw again: the `k` smallest SHA-256 of `seed|mine` among `mines`."""
    return await drawn(fleet, viewer, seed, k, among, pack, day)


async def drawn(fleet: Fleet, viewer: Viewer, seed: str, k: int, among: str, pack: str, day: str) -> FleetSample:
    """The sample, drawn from what somebody sees."""
    view = await province_for(fleet, viewer, pack, day)
    known = {one.tile.mine: one for one in listed(view, "", "" if among == "all" else among, "")}
    lots = draw_sample(seed, k, known)
    at = await fleet.verdicts_at([one.mine for one in lots], view.pack, view.day)
    found = [
        FleetDrawn(one.mine, known[one.mine].tile.name, known[one.mine].city, known[one.mine].tile.outcome, one.lot, at.get(one.mine, 0))
        for one in lots
    ]
    names_ = sorted(known)
    return FleetSample(
        METHOD, seed, k, among, view.day, view.pack, view.pack_hash, len(names_), list_hash(names_), names_, found, view.head
    )


@router.get("/fleet/report", response_class=Response, responses=FILES)
async def report(
    fleet: TheFleet,
    watch: Watched,
    viewer: Viewing,
    lang: Language,
    form: Annotated[Literal["pdf", "xlsx", "csv"], Query(alias="format")] = "pdf",
    mine: Annotated[str, Query(max_length=40, description="of this mine; absent: of the province")] = "",
    pack: PackId = "",
    day: Day = "",
) -> Response:
    """The report of the province or of a mine as a file: PDF and XLSX with the figures drawn, or CSV (UTF-8 with BOM)."""
    ink, now, audited = FleetInk(lang, watch.plant.zone), watch.plant.clock.now(), audits(viewer)
    province = await province_for(fleet, viewer, pack, day)
    if mine:
        view, loaded = await mine_for(fleet, viewer, mine, pack, day), province.official is not None
        work = partial(mine_file, view, ink, form, now, audited=audited, loaded=loaded)
    else:
        work = partial(province_file, province, ink, form, now, audited=audited)
    try:
        data, name = await in_a_thread(work)
    except NoFont as error:
        raise Refused(503, "query.format", form, str(error)) from error
    return Response(data, media_type=MEDIA[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/fleet/log")
async def log(
    fleet: TheFleet,
    viewer: Viewing,
    mine: Annotated[str, Query(max_length=40, description="only of this mine")] = "",
    kind: Annotated[str, Query(max_length=30, description="only of this kind")] = "",
    start: Annotated[int, Query(ge=1, le=1 << 60, description="from this number on, ascending; `next` of the page before")] = 1,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[FleetEntry]:
    """Entries of the log that the viewer may read, ascending by number, with their hashes. `next` may follow an empty page."""
    if mine and not viewer.sees(mine):
        raise no_mine(mine)

    def read(db: Connection) -> Page[FleetEntry]:
        asked = _WITH_NEWEST.where(FLEET_LOG.c.n >= start).order_by(FLEET_LOG.c.n).limit(SCANNED)
        for column, value in ((FLEET_LOG.c.mine, mine), (FLEET_LOG.c.kind, kind)):
            asked = asked.where(column == value) if value else asked
        items: list[FleetEntry] = []
        scanned = 0
        for *row, newest in db.execute(asked):
            entry, scanned = Entry(*row), scanned + 1
            if entry_seen(entry, viewer):
                items.append(entry_view(entry, newest))
            if len(items) == limit or scanned == SCANNED:
                return Page(items, str(entry.n + 1))
        return Page(items)

    return await fleet.read(read)


@router.get("/fleet/log/{n}")
async def log_entry(fleet: TheFleet, viewer: Viewing, n: str) -> FleetEntry:
    """One entry of the log with its hashes."""
    return await entry_for(fleet, viewer, n)


async def entry_for(fleet: Fleet, viewer: Viewer, n: str) -> FleetEntry:
    """An entry that somebody may read; Refused 404."""

    def read(db: Connection) -> FleetEntry | None:
        row = db.execute(_WITH_NEWEST.where(FLEET_LOG.c.n == int(n))).first()
        entry = Entry(*row[:-1]) if row else None
        return entry_view(entry, row[-1]) if row and entry and entry_seen(entry, viewer) else None

    if not (n.isascii() and n.isdigit() and len(n) < 18):
        raise _no_entry(n)
    entry = await fleet.read(read)
    if entry is None:
        raise _no_entry(n)
    return entry


def _no_entry(n: str) -> Refused:
    return Refused(404, "path.n", n[:20], "the number of an entry, as /api/v1/fleet/log lists them")


def entry_view(entry: Entry, newest: int) -> FleetEntry:
    """An entry as the API gives it; `newest`: the number of the entry that counts in its place."""
    body: Any = json.loads(entry.body)
    return FleetEntry(
        n=entry.n,
        m=entry.m,
        at=iso(entry.at),
        at_us=entry.at,
        kind=entry.kind,
        mine=entry.mine,
        day=entry.day,
        key=entry.key,
        actor=entry.actor,
        previous=entry.previous,
        mine_previous=entry.mine_previous,
        hash=entry.hash,
        sound=link_hash(entry) == entry.hash,
        newer_n=newest if newest > entry.n else 0,
        body_sha256=sha256(entry.body).hexdigest(),
        body=body,
    )
