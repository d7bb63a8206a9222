"""Reports: /api/v1/reports (running log, daily monitoring report, data of the ventilation report, shift report), as JSON and as files."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from console.paper.press import NoFont
from console.reports.make import about
from console.web import reports as desk
from console.web.access import Right, Viewing
from console.web.actor import Pin, Typed, actor
from console.web.api_alarms import same_site
from console.web.asked import Language, Watched
from console.web.refusals import Refusal, Refused
from console.web.shapes import Page
from console.web.shapes_reports import DayReports, ReportView

router = APIRouter(tags=["reports"], responses={409: {"model": Refusal}})
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media, _ in desk.FORMATS.values()}},
    503: {"model": Refusal},
}
Turn = Annotated[int | None, Query(ge=0, lt=10, description="of a shift report: which shift of the day, 0 the first")]
Version = Annotated[
    int | None, Query(ge=0, lt=1 << 31, description="0: a draft as the data are now; none: the newest version, else a draft")
]
MOST_DAYS = 92


class Freezing(BaseModel, extra="forbid"):
    """A version is frozen for review. `reason`: why it is corrected, where there is one already."""

    name: Typed = ""
    pin: Pin = ""
    reason: Annotated[str, Field(max_length=300)] = ""


class Reviewing(BaseModel, extra="forbid"):
    """A version is reviewed in an office, in sight of it: `hash` as the version has it. No PIN: a review is signed in for."""

    version: Annotated[int, Field(ge=1, lt=1 << 31)]
    hash: Annotated[str, Field(min_length=64, max_length=64)]
    office: Literal["chief_engineer", "mine_manager"]
    name: Typed = ""
    words: Annotated[str, Field(max_length=300)] = ""


@router.get("/reports")
async def days(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str, Query(max_length=40)],
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 14,
) -> Page[DayReports]:
    """The last days of a mine, and of each how far its reviewed reports are."""
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    return Page(await desk.days_of(watch.plant, viewer, mine, scene.now, days))


@router.get("/reports/{kind}/{mine}/{day}")
async def one(
    watch: Watched, viewer: Viewing, lang: Language, kind: str, mine: str, day: str, turn: Turn = None, version: Version = None
) -> ReportView:
    """A report: the newest version, another one, or a draft. What is not known says so; it is never 0 and never normal."""
    scene = await watch.scene()
    what, known, papers, shown = await desk.found(watch, viewer, scene, kind, mine, day, turn, version)
    return desk.report_view(what, known, papers[lang], shown)


@router.get("/reports/{kind}/{mine}/{day}/file", response_class=Response, responses=FILES)
async def file(
    watch: Watched,
    viewer: Viewing,
    lang: Language,
    kind: str,
    mine: str,
    day: str,
    format: Annotated[Literal["pdf", "xlsx", "csv"], Query()] = "pdf",
    turn: Turn = None,
    version: Version = None,
) -> Response:
    """The same as a file: PDF, XLSX, or CSV (UTF-8 with BOM)."""
    scene = await watch.scene()
    what, _, papers, shown = await desk.found(watch, viewer, scene, kind, mine, day, turn, version)
    try:
        data, media, name = await desk.in_a_thread(what, papers[lang], format, shown)
    except NoFont as error:
        raise Refused(503, "query.format", format, str(error)) from error
    return Response(data, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/reports/{kind}/{mine}/{day}/versions")
async def freeze(
    request: Request, watch: Watched, viewer: Viewing, lang: Language, kind: str, mine: str, day: str, body: Freezing, turn: Turn = None
) -> ReportView:
    """Freeze the report as the data are now, for review; a correction is a further version, and says why."""
    same_site(request)
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    what = await about(watch.plant, desk.kind_of(kind), mine, day, turn, scene.now)
    by = await actor(watch.plant, viewer, mine, Right.LOG, body.name, body.pin)
    await desk.freeze(watch, scene, what, by, body.reason.strip())
    return await one(watch, viewer, lang, kind, mine, day, turn)


@router.post("/reports/{kind}/{mine}/{day}/reviews")
async def review(
    request: Request, watch: Watched, viewer: Viewing, lang: Language, kind: str, mine: str, day: str, body: Reviewing, turn: Turn = None
) -> ReportView:
    """Review the newest version (Art. 533: chief engineer and mine manager)."""
    same_site(request)
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    what = await about(watch.plant, desk.kind_of(kind), mine, day, turn, scene.now)
    by = await actor(watch.plant, viewer, mine, Right.REVIEW, body.name)
    if body.office not in desk.offices_of(viewer, what.kind):
        raise Refused(403, "body.office", body.office, ", ".join(desk.offices_of(viewer, what.kind)))
    await desk.review(watch.plant, what, body.version, body.office, by, body.words.strip(), body.hash)
    return await one(watch, viewer, lang, kind, mine, day, turn)
