"""Monitoring by hand while a sensor is out (Art. 531): /api/v1/manual. What is read stays beside the telemetry, never in it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from alerts import calibration_desk
from alerts.calibration_desk import About
from console.web.access import Right, Viewer, Viewing
from console.web.actor import actor
from console.web.api_alarms import same_site
from console.web.api_calibrations import At, when
from console.web.api_permits import Doer, Ending, Number, Value
from console.web.asked import Moment, Watched, span
from console.web.board import in_words
from console.web.permits import manual_view, task_view
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_permits import ManualView, TaskView
from console.web.watch import Watch
from contracts.clock import DAY
from store.records import calibrations as rows
from store.records.calibrations import TaskRow

router = APIRouter(tags=["permits"])


class Begun(At):
    """A person opens a task: a device has failed, or is taken away."""

    words: Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]


class Read(Doer):
    """What was read at the place, in the point's unit."""

    value: Value
    instrument: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    time: Annotated[str | None, Field(max_length=40)] = None
    words: Annotated[str, Field(max_length=300)] = ""


async def tasks_of(plant: Plant, viewer: Viewer, mine: str | None, *, open_only: bool, limit: int = 200) -> list[TaskView]:
    """Tasks of the mines a viewer sees, newest first, with what was read."""

    def read() -> list[TaskView]:
        with plant.records.read() as db:
            found = [row for row in rows.tasks(db, mine, open_only=open_only) if viewer.sees(row.mine)][:limit]
            readings = rows.readings_of(db, [row.id for row in found])
        return [task_view(plant, row, readings[row.id]) for row in found]

    return await plant.look(read)


@router.get("/manual")
async def tasks(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str | None, Query(description="only of this mine")] = None,
    standing: Annotated[bool, Query(description="only those that are open")] = False,
) -> Page[TaskView]:
    """Tasks of monitoring by hand, newest first."""
    return Page(await tasks_of(watch.plant, viewer, mine, open_only=standing))


@router.get("/mines/{mine}/points/{point}/manual")
async def readings(watch: Watched, mine: str, point: str, start: Moment = None, end: Moment = None) -> Page[ManualView]:
    """What people read at a point in [start, end), oldest first; the last day where no time is given."""
    watch.known_point(await watch.scene(), mine, point)
    since, until = span(start, end, watch.plant.clock.now() + 1, DAY, 400 * DAY)

    def read() -> list[ManualView]:
        with watch.plant.records.read() as db:
            return [manual_view(row) for row in rows.readings(db, mine=mine, point=point, start=since, end=until)]

    return Page(await watch.plant.look(read))


@router.post("/manual")
async def begin(request: Request, watch: Watched, viewer: Viewing, body: Begun) -> TaskView:
    """Open a task; 409 where one is open at the point."""
    same_site(request)
    plant = watch.plant
    watch.known_point(await watch.scene(), body.mine, body.point)
    name, now = await actor(plant, viewer, body.mine, Right.PERMIT, body.name, body.pin), plant.clock.now()

    def write() -> TaskRow | None:
        with plant.records.begin() as db:
            return calibration_desk.begin(db, About(body.mine, body.point, name, body.words.strip()), "told", now, now)

    made = await plant.run(write)
    if made is None:
        raise Refused(409, "body.point", body.point, _both("manual.taken"))
    return task_view(plant, made, [])


@router.post("/manual/{task}/readings")
async def add(request: Request, watch: Watched, viewer: Viewing, task: Number, body: Read) -> TaskView:
    """Enter what was read."""
    row, name = await _known(request, watch, viewer, task, body)
    now = watch.plant.clock.now()
    time = when(body.time, now)

    def write() -> None:
        with watch.plant.records.begin() as db:
            about = About(row.mine, row.point, name, body.words.strip())
            calibration_desk.read(db, row, about, time, body.value, body.instrument.strip(), now)

    await watch.plant.run(write)
    return await _view(watch, task)


@router.post("/manual/{task}/close")
async def close(request: Request, watch: Watched, viewer: Viewing, task: Number, body: Ending) -> TaskView:
    """The sensor serves again."""
    row, name = await _known(request, watch, viewer, task, body)

    def write() -> None:
        with watch.plant.records.begin() as db:
            calibration_desk.end(db, row, name, body.words.strip(), watch.plant.clock.now())

    await watch.plant.run(write)
    return await _view(watch, task)


def _both(key: str) -> str:
    words = in_words(key)
    return f"{words.zh} / {words.en}"


async def _known(request: Request, watch: Watch, viewer: Viewer, number: int, body: Doer) -> tuple[TaskRow, str]:
    """An open task of a mine the viewer sees, and whose name stands under the deed."""
    same_site(request)

    def read() -> TaskRow | None:
        with watch.plant.records.read() as db:
            return rows.task(db, number)

    row = await watch.plant.look(read)
    if row is None or not viewer.sees(row.mine):
        raise Refused(404, "path.task", number, "the id of a task, as /api/v1/manual lists them")
    name = await actor(watch.plant, viewer, row.mine, Right.PERMIT, body.name, body.pin)
    if row.closed:
        raise Refused(409, "path.task", number, _both("manual.over"))
    return row, name


async def _view(watch: Watch, number: int) -> TaskView:
    def read() -> TaskView:
        with watch.plant.records.read() as db:
            row = rows.task(db, number)
            assert row is not None  # no task is ever taken away
            return task_view(watch.plant, row, rows.readings_of(db, [number])[number])

    return await watch.plant.look(read)
