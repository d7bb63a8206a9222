"""The control room's book: /api/v1/log, /api/v1/mines/{mine}/shifts, /api/v1/handovers (CMSR 2025 Art. 533)."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from console.duty.logbook import WRITTEN, Line
from console.duty.shifts import MOST, Pattern, Shift
from console.web import duty as book
from console.web.access import Right, Viewing
from console.web.actor import Pin, Typed, actor, inside
from console.web.api_alarms import same_site
from console.web.asked import Moment, Watched, moment, span
from console.web.board import in_words, mines_of
from console.web.plant import Plant
from console.web.refusals import Refusal, Refused
from console.web.shapes import Page, Words
from console.web.shapes_duty import HandoverView, LineView, ShiftsView, ShiftView
from contracts.clock import DAY, iso
from contracts.errors import BadConfig
from store.records import duty
from store.records.duty import HandoverRow

LONGEST = 92 * DAY
Said = Annotated[str, Field(max_length=1000)]
Number = Annotated[int, Path(ge=0, lt=1 << 31)]

router = APIRouter(tags=["duty"], responses={409: {"model": Refusal}})


class Doer(BaseModel, extra="forbid"):
    """Who does it: the signed-in person, else the holder of a PIN, else (sign-in off) the name as typed."""

    name: Typed = ""
    pin: Pin = ""


class Writing(Doer):
    """An entry of the running log. `time`: when it happened, if not now. `corrects`: the entry (`e12`) it puts right, which stays."""

    mine: Annotated[str, Field(max_length=40)]
    kind: Literal["note", "measure", "withdrawal", "report", "correction"] = "note"
    words: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
    time: Annotated[str | None, Field(max_length=40, description="µs since 1970 UTC, or ISO-8601")] = None
    alarm: Annotated[int | None, Field(ge=1, lt=1 << 31)] = None
    corrects: Annotated[str | None, Field(pattern=r"^e[0-9]{1,9}$")] = None


class OneShift(BaseModel, extra="forbid"):
    """A shift's name in both languages and when it begins (HH:MM, the mine's zone, whole 5 minutes)."""

    zh: Annotated[str, Field(min_length=1, max_length=20)]
    en: Annotated[str, Field(min_length=1, max_length=20)]
    start: Annotated[str, Field(pattern=r"^[0-9]{2}:[0-9]{2}$")]


class Shifts(Doer):
    """A mine's shifts in the order of its day, which begins with the first."""

    shifts: Annotated[list[OneShift], Field(min_length=1, max_length=MOST)]


class Giving(Doer):
    """The shift is handed over; `words`: what the relief has to know."""

    words: Said = ""


class Taking(Doer):
    """The shift is taken over, in sight of what was open: `hash` as the handover has it."""

    hash: Annotated[str, Field(min_length=64, max_length=64)]
    words: Said = ""


def line_view(line: Line) -> LineView:
    """A line of the log as the API gives it."""
    return LineView(
        id=line.id,
        at=iso(line.at),
        at_us=line.at,
        time_us=line.time,
        kind=line.kind,
        kind_words=in_words(f"log.kind.{line.kind}"),
        words=Words(*line.words),
        by=line.by,
        alarm=None if line.alarm_id is None else str(line.alarm_id),
        corrects=None if line.corrects is None else f"e{line.corrects}",
    )


def handover_view(row: HandoverRow, newest: int) -> HandoverView:
    """A handover as the API gives it; `newest`: the id of its mine's last."""
    return HandoverView(
        id=str(row.id),
        mine=row.mine,
        shift=Words(row.shift_zh, row.shift_en),
        following=Words(row.next_zh, row.next_en),
        start_us=row.start,
        end_us=row.end,
        given=iso(row.given_at),
        given_us=row.given_at,
        given_by=row.given_by,
        words=row.words,
        taken=iso(row.taken_at) if row.taken_at else None,
        taken_us=row.taken_at or None,
        taken_by=row.taken_by,
        taken_words=row.taken_words,
        hash=row.hash,
        frozen=json.loads(row.frozen),
        waits=row.id == newest and not row.taken_at,
    )


async def handed(plant: Plant, mine: str, after: int, limit: int) -> tuple[list[HandoverView], str | None]:
    """Handovers of a mine, the newest first, and the cursor of what follows."""

    def read() -> tuple[list[HandoverRow], list[HandoverRow]]:
        with plant.records.read() as db:
            return duty.handovers(db, mine, limit + 1, before_id=after), duty.handovers(db, mine, 1)

    rows, last = await plant.look(read)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    return [handover_view(row, last[0].id if last else 0) for row in rows[:limit]], more


async def shifts_view(plant: Plant, mine: str, now: int) -> ShiftsView:
    """A mine's shifts."""
    pattern, turn = await book.now_on(plant, mine, now)
    return ShiftsView(mine, [ShiftView(one.zh, one.en, one.start) for one in _shifts(pattern)], turn)


def _shifts(pattern: Pattern | None) -> tuple[Shift, ...]:
    return pattern.shifts if pattern else ()


@router.get("/log")
async def running_log(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str, Query(max_length=40)],
    start: Moment = None,
    end: Moment = None,
    after: Annotated[str, Query(max_length=60, description="the cursor of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[LineView]:
    """The running log: what people wrote and what the system saw, the newest first; the last day where no span is asked for."""
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    inside(viewer, mine)
    reach = span(start, end, scene.now + 1, DAY, LONGEST)
    lines, more = await book.lines_of(watch.plant, mine, *reach, limit, after)
    return Page([line_view(line) for line in lines], more)


@router.post("/log")
async def write(request: Request, watch: Watched, viewer: Viewing, body: Writing) -> LineView:
    """Write an entry. Nothing in the log is ever changed: a `correction` names the entry it puts right."""
    same_site(request)
    watch.known_mine(await watch.scene(), body.mine)
    if (body.kind == "correction") is (body.corrects is None):
        raise Refused(422, "body.corrects", str(body.corrects), "the entry (e12) that a correction puts right, and of a correction only")
    assert body.kind in WRITTEN
    time = moment("body.time", body.time, 0) if body.time is not None else None
    by = await actor(watch.plant, viewer, body.mine, Right.LOG, body.name, body.pin)
    corrects = int(body.corrects[1:]) if body.corrects else None
    entry = book.Entry(body.kind, body.words.strip(), by, time, body.alarm, corrects)
    return line_view(await book.write(watch.plant, body.mine, entry))


@router.get("/mines/{mine}/shifts")
async def shifts(watch: Watched, viewer: Viewing, mine: str) -> ShiftsView:
    """The mine's own shifts; none where it set none."""
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    inside(viewer, mine)
    return await shifts_view(watch.plant, mine, scene.now)


@router.post("/mines/{mine}/shifts")
async def set_shifts(request: Request, watch: Watched, viewer: Viewing, mine: str, body: Shifts) -> ShiftsView:
    """Set the mine's shifts from now on (engineer, manager)."""
    same_site(request)
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    by = await actor(watch.plant, viewer, mine, Right.REVIEW, body.name, body.pin)
    try:
        await book.set_shifts(watch.plant, mine, [Shift(one.zh.strip(), one.en.strip(), one.start) for one in body.shifts], by)
    except BadConfig as error:
        raise Refused(422, f"body.{error.key}", str(error.value), error.allowed) from error
    return await shifts_view(watch.plant, mine, watch.plant.clock.now())


@router.get("/handovers")
async def handovers(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str, Query(max_length=40)],
    after: Annotated[int, Query(ge=0, lt=1 << 31)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Page[HandoverView]:
    """A mine's handovers with what was open in each, the newest first."""
    watch.known_mine(await watch.scene(), mine)
    inside(viewer, mine)
    return Page(*await handed(watch.plant, mine, after, limit))


@router.post("/mines/{mine}/handovers")
async def give(request: Request, watch: Watched, viewer: Viewing, mine: str, body: Giving) -> HandoverView:
    """Hand the shift over: every open alarm is named and frozen. It stands until somebody else takes over, or it is given anew."""
    same_site(request)
    watch.known_mine(await watch.scene(), mine)
    by = await actor(watch.plant, viewer, mine, Right.LOG, body.name, body.pin)
    row = await book.give(watch.plant, mine, by, body.words.strip())
    return handover_view(row, row.id)


@router.post("/handovers/{handover}/take")
async def take(request: Request, watch: Watched, viewer: Viewing, handover: Number, body: Taking) -> HandoverView:
    """Take the shift over: another person, in sight of the same list (`hash`)."""
    same_site(request)
    plant, scene = watch.plant, await watch.scene()

    def read() -> HandoverRow | None:
        with plant.records.read() as db:
            return duty.handover(db, handover)

    found = await plant.look(read)
    if found is None or found.mine not in mines_of(scene.live):
        raise Refused(404, "path.handover", str(handover), "the id of a handover, as /api/v1/handovers lists them")
    by = await actor(plant, viewer, found.mine, Right.LOG, body.name, body.pin)
    row = await book.take(plant, handover, by, body.hash, body.words.strip())
    return handover_view(row, row.id)
