"""Entering into the fleet's registers: /api/v1/fleet. Checked, appended to the log, never rewritten; a correction says why.

The province enters profiles, official assessments, totals told by the press and targets; a mine's engineer enters workplaces, declared
facts and project stages of that mine (stages also the province).
"""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from console.fleet import notices, registering, registers
from console.web.access import Right, Viewing
from console.web.actor import Typed
from console.web.asked import Watched
from console.web.entering import SEEN_MINE, content, deed_of, entering, known_mine, mine_deed, of_mine, reading, refusing, seen, within
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_fleet_register import DoubtfulRow, Entered, ListEntered, ProgrammeView, SeriesLoaded
from fleet.bodies import Assessment, Declared, Level, Object, Profile, Reported, Stage, Step, Target, Workplace
from fleet.series import official, told
from fleet.view import DeclaredView, NoticeView, ProfileView, StageView, WorkplaceView

Id = Annotated[str, Field(max_length=60)]
Short = Annotated[str, Field(max_length=300)]
Long = Annotated[str, Field(max_length=1000)]
Day = Annotated[str, Field(max_length=10)]
Number = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
MOST_DOCUMENT = 12_000_000
"""Characters of base64: some 9 MB."""

router = APIRouter(tags=["fleet"])


class Entering(BaseModel, extra="forbid"):
    """Who enters it. `correction`: why it replaces what stands there; empty for something new."""

    name: Typed = ""
    correction: Short = ""


class ProfileBody(Entering):
    """A mine, or a washery by itself. What is not known is left out."""

    mine: Id
    name_zh: Short
    name_en: Short
    city: Short = ""
    object: Object = Object.MINE
    capacity_mt: Number | None = None
    depth_m: Number | None = None
    gas_class: Id = ""
    under_construction: bool = False
    zone_hours: int = 8
    identifier: Short = ""


class WorkplaceBody(Entering):
    """A face or heading. What is not stated is left out: it is then no evidence."""

    id: Id
    kind: Id
    name_zh: Short
    name_en: Short
    gas_class: Id = ""
    length_m: Number | None = None
    series_ventilation: bool | None = None
    intelligent: bool | None = None
    valid_from: Day
    valid_to: Day = ""
    identifier: Short = ""


class DeclaredBody(Entering):
    """A fact by a person's word. `document`: SHA-256 in hex of what it rests on; or its bytes in base64, which are hashed and not kept."""

    fact: Id
    subject: Id = ""
    value: Number
    valid_from: Day
    valid_to: Day
    document: Annotated[str, Field(max_length=64)] = ""
    document_base64: Annotated[str, Field(max_length=MOST_DOCUMENT)] = ""
    document_name: Short


class StageBody(Entering):
    """A step of a project: self-assessment, application, first review, assessment, notice. `blocker`: what holds it up."""

    project: Id
    object: Object = Object.MINE
    subject: Id = ""
    step: Step
    date: Day
    authority: Short = ""
    blocker: Short = ""


class AssessmentBody(Entering):
    """An official assessment from its public notice. `id` empty: made from what the notice says. `revoked`: from this day on it is void."""

    id: Id = ""
    mine: Id
    object: Object = Object.MINE
    subject: Id = ""
    authority: Short
    level: Level
    notice_date: Day
    document: Short
    document_sha256: Annotated[str, Field(max_length=64)] = ""
    rule: Id = ""
    valid_to: Day = ""
    revoked: Day = ""


class ListBody(BaseModel, extra="forbid"):
    """A published list, CSV or XLSX. What its head says for all rows may be given here; a row's own text comes first.

    `good_only`: enter the good rows although others are doubtful. `dry`: say what would come of it, and write nothing.
    """

    name: Typed = ""
    file: Short
    content_base64: Annotated[str, Field(max_length=MOST_DOCUMENT)]
    object: Short = ""
    level: Short = ""
    authority: Short = ""
    notice_date: Short = ""
    document: Short = ""
    document_sha256: Annotated[str, Field(max_length=64)] = ""
    rule: Id = ""
    good_only: bool = False
    dry: bool = False


class ReportedBody(Entering):
    """A total told by the press. `date` as exact as it was told: 2023, 2023-04, 2024-12-31."""

    id: Id
    date: Day
    total: Annotated[int, Field(ge=0, le=1_000_000)]
    what: Id = told.TOTAL
    told_on: Day = ""
    where: Long
    confidence: Id
    baseline: Id = ""
    note: Long = ""
    note_zh: Long = ""


class TargetBody(Entering):
    """A target: `increment` (new in the year, from each of `baselines`), `total`, or `scope` (no number)."""

    id: Id
    year: int
    kind: Id
    value: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    baselines: dict[str, int] = {}
    note_zh: Long = ""
    note_en: Long = ""
    source: Long
    confidence: Id


class LoadBody(Entering):
    """Load the programme that comes with the product. `correction`: why what stands otherwise is replaced; empty: it is left."""


@router.get("/fleet/profiles")
async def profiles(
    watch: Watched,
    viewer: Viewing,
    after: Annotated[str, Query(max_length=40, description="the cursor of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Page[ProfileView]:
    """The registered mines and washeries that the viewer sees, by id."""

    def read(db: Connection) -> list[ProfileView]:
        found = registers.profiles(db)
        return [registers.profile_view(found[id_]) for id_ in sorted(found) if viewer.sees(id_) and id_ > after]

    views = await reading(watch.plant, read)
    return Page(views[:limit], views[limit - 1].id if len(views) > limit else None)


@router.post("/fleet/profiles")
async def profile(request: Request, watch: Watched, viewer: Viewing, body: ProfileBody) -> Entered:
    """Register a mine, or a washery by itself."""
    by = deed_of(request, watch.plant, viewer, Right.ASSESS, body.name)
    seen(viewer, body.mine, "body.mine")
    fields = body.model_dump(exclude={"name"})
    return await entering(watch.plant, lambda db: registering.enter_profile(db, Profile(**fields), by))


@router.get("/fleet/mines/{mine}/workplaces")
async def workplaces(watch: Watched, viewer: Viewing, mine: str) -> Page[WorkplaceView]:
    """Faces and headings as registered."""
    return Page(
        await of_mine(watch.plant, viewer, mine, lambda db: [registers.workplace_view(one) for one in registers.workplaces(db, mine)])
    )


@router.post("/fleet/mines/{mine}/workplaces")
async def workplace(request: Request, watch: Watched, viewer: Viewing, mine: str, body: WorkplaceBody) -> Entered:
    """Register a face or heading."""
    by = await mine_deed(request, watch.plant, viewer, mine, body.name)
    fields = body.model_dump(exclude={"name"})
    return await entering(watch.plant, lambda db: registering.enter_workplace(db, Workplace(mine=mine, **fields), by))


@router.get("/fleet/mines/{mine}/declared")
async def declared(watch: Watched, viewer: Viewing, mine: str) -> Page[DeclaredView]:
    """Facts by a person's word. `holds`: today."""
    day = watch.plant.zone.day(watch.plant.clock.now())
    return Page(
        await of_mine(watch.plant, viewer, mine, lambda db: [registers.declared_view(one, day) for one in registers.declared(db, mine)])
    )


@router.post("/fleet/mines/{mine}/declared")
async def declare(request: Request, watch: Watched, viewer: Viewing, mine: str, body: DeclaredBody) -> Entered:
    """Declare a fact, with the document it rests on."""
    by = await mine_deed(request, watch.plant, viewer, mine, body.name)
    fields = body.model_dump(exclude={"name", "fact", "document", "document_base64"})
    document = sha256(content("body.document_base64", body.document_base64)).hexdigest() if body.document_base64 else body.document
    made = Declared(mine=mine, name=body.fact, document=document, by="", **fields)
    return await entering(watch.plant, lambda db: registering.enter_declared(db, made, by))


@router.get("/fleet/mines/{mine}/stages")
async def stages(watch: Watched, viewer: Viewing, mine: str) -> Page[StageView]:
    """Where the mine's projects stand."""
    return Page(await of_mine(watch.plant, viewer, mine, lambda db: [registers.stage_view(one) for one in registers.stages(db, mine)]))


@router.post("/fleet/mines/{mine}/stages")
async def stage(request: Request, watch: Watched, viewer: Viewing, mine: str, body: StageBody) -> Entered:
    """Enter a step of a project."""
    right = Right.ASSESS if viewer.may(Right.ASSESS) else Right.DECLARE
    by = await mine_deed(request, watch.plant, viewer, mine, body.name, right)
    fields = body.model_dump(exclude={"name"})
    return await entering(watch.plant, lambda db: registering.enter_stage(db, Stage(mine=mine, **fields), by))


@router.get("/fleet/assessments")
async def assessments(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str, Query(max_length=40, description="only of this mine")] = "",
    after: Annotated[int, Query(ge=0, le=1 << 60, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Page[NoticeView]:
    """Official assessments, as their notices were entered, in the order of entry; valid or not."""
    if mine:
        seen(viewer, mine, "query.mine")

    def read(db: Connection) -> list[NoticeView] | None:
        known = registers.profiles(db)
        if mine and mine not in known:
            return None
        found = sorted(registers.assessments(db, mine or None), key=lambda one: one.n)
        return [
            registers.notice_view(one, registers.name_of(known.get(one.body.mine), one.body.mine))
            for one in found
            if one.n > after and viewer.sees(one.body.mine)
        ]

    views = await reading(watch.plant, read)
    if views is None:
        raise Refused(404, "query.mine", mine, SEEN_MINE)
    return Page(views[:limit], str(views[limit - 1].n) if len(views) > limit else None)


@router.post("/fleet/assessments")
async def assess(request: Request, watch: Watched, viewer: Viewing, body: AssessmentBody) -> Entered:
    """Enter an official assessment from its public notice."""
    by = deed_of(request, watch.plant, viewer, Right.ASSESS, body.name)
    await known_mine(watch.plant, viewer, body.mine, "body.mine")
    fields = body.model_dump(exclude={"name"})
    return await entering(watch.plant, lambda db: registering.enter_assessment(db, Assessment(**fields), by))


@router.post("/fleet/assessments/list")
async def assess_list(request: Request, watch: Watched, viewer: Viewing, body: ListBody) -> ListEntered:
    """Enter a published list; every doubtful row is named, and without `good_only` one of them holds up the whole list."""
    by = deed_of(request, watch.plant, viewer, Right.ASSESS, body.name)
    data = content("body.content_base64", body.content_base64)
    given = {name: text for name, text in body.model_dump(exclude={"name", "file", "content_base64", "good_only", "dry"}).items() if text}

    def write() -> notices.Outcome:
        listed = notices.read_list(body.file, data)
        with watch.plant.records.begin() as db:
            return notices.enter_list(db, listed, given, by, viewer.mines, good_only=body.good_only, dry=body.dry)

    outcome = await refusing(watch.plant, write)
    doubtful = [DoubtfulRow(one.row, one.field, one.value, one.allowed) for one in outcome.doubtful]
    return ListEntered(outcome.rows, outcome.good, outcome.already, outcome.written, doubtful, outcome.ignored)


@router.get("/fleet/series")
async def series(watch: Watched, day: Annotated[str, Query(max_length=10, description="ISO date; absent: today")] = "") -> ProgrammeView:
    """The programme: what each year asked for, what the press told (both baselines of 2024), what was officially assessed."""
    asked = day or watch.plant.zone.day(watch.plant.clock.now())

    def read(db: Connection) -> ProgrammeView:
        registering.day_of("day", asked)
        found, reported = registers.bodies(registers.assessments(db)), registers.bodies(registers.reported(db))
        counts = official.officially(found, asked)
        targets = told.target_views(registers.bodies(registers.targets(db)), reported, found, asked)
        mines = None if counts is None else sum(counts.counts.get(Object.MINE, {}).values())
        return ProgrammeView(asked, mines, list(targets), list(told.reported_views(reported)))

    return await refusing(watch.plant, lambda: within(watch.plant, read), "query")


@router.post("/fleet/series/load")
async def load(request: Request, watch: Watched, viewer: Viewing, body: LoadBody) -> SeriesLoaded:
    """Load the programme that comes with the product: targets and totals told by the press, with sources. Twice changes nothing."""
    by = deed_of(request, watch.plant, viewer, Right.ASSESS, body.name)

    def write() -> registering.Loaded:
        with watch.plant.records.begin() as db:
            return registering.load_series(db, by, body.correction)

    loaded = await refusing(watch.plant, write)
    return SeriesLoaded(list(loaded.entered), list(loaded.already), list(loaded.differs))


@router.post("/fleet/series/reported")
async def report(request: Request, watch: Watched, viewer: Viewing, body: ReportedBody) -> Entered:
    """Enter a total told by the press: no assessment, and of no mine."""
    by = deed_of(request, watch.plant, viewer, Right.ASSESS, body.name)
    fields = body.model_dump(exclude={"name"})
    return await entering(watch.plant, lambda db: registering.enter_reported(db, Reported(**fields), by))


@router.post("/fleet/series/targets")
async def target(request: Request, watch: Watched, viewer: Viewing, body: TargetBody) -> Entered:
    """Enter a target of the programme."""
    by = deed_of(request, watch.plant, viewer, Right.ASSESS, body.name)
    fields = body.model_dump(exclude={"name"})
    return await entering(watch.plant, lambda db: registering.enter_target(db, Target(**fields), by))
