"""The calendar of calibrations (Art. 531) and the daily comparisons (Art. 532): /api/v1/calibrations, /api/v1/comparisons."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from alerts import calibration, calibration_desk
from alerts.calibration_desk import About
from console.web.access import Right, Viewer, Viewing
from console.web.actor import actor
from console.web.api_alarms import same_site
from console.web.api_permits import Doer, Ending, Mine, Number, PointId, Value
from console.web.asked import Watched, moment
from console.web.board import mines_of
from console.web.permits import calibration_view, comparison_view, registries_of
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_permits import CalibrationView, ComparisonView
from console.web.watch import Watch
from contracts.clock import DAY, MINUTE
from store.records import calibrations as rows

router = APIRouter(tags=["permits"])
Said = Annotated[str, Field(max_length=300)]
FRESH_S = 60.0
"""A sensor's own value older than this is not compared with (a project setting, as for readings)."""


class At(Doer):
    """A point of a mine."""

    mine: Mine
    point: PointId


class Calibrated(At):
    """A calibration on somebody's word: the centre saw no test gas. `time`: when it was done, if not now."""

    time: Annotated[str | None, Field(max_length=40)] = None
    gas: Value | None = None
    reading: Value | None = None
    words: Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]


class Period(At):
    """What kind of sensor it is. For another kind: its period, and the standard that names it."""

    kind: Literal["catalytic", "laser", "other"]
    every_days: Annotated[int | None, Field(ge=1, le=3660)] = None
    standard: Annotated[str, Field(max_length=200)] = ""


class Comparing(At):
    """Sensor against portable detector. `sensor` absent: what it reads now. `allowed`: the error the mine allows, if it is known."""

    portable: Value
    sensor: Value | None = None
    allowed: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    instrument: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    time: Annotated[str | None, Field(max_length=40)] = None
    words: Said = ""


async def calendar_of(plant: Plant, mines: list[str]) -> list[CalibrationView]:
    """Every analogue sensor of these mines, the worst first within a mine."""

    def read(mine: str) -> list[CalibrationView]:
        with plant.records.read() as db:
            done, said = rows.newest_calibrations(db, mine), rows.newest_periods(db, mine)
        now = plant.clock.now()
        found = [due for one in registries_of(plant, mine) for due in calibration.calendar(one, plant.limits, done, said, now)]
        return [calibration_view(plant, mine, due) for due in found]

    return [view for mine in mines for view in await plant.run(lambda mine=mine: read(mine))]  # type: ignore[misc]


async def comparisons_of(plant: Plant, mines: list[str]) -> list[ComparisonView]:
    """Every methane sensor of a working face or its return air, the worst first within a mine."""

    def read(mine: str) -> list[ComparisonView]:
        with plant.records.read() as db:
            done = rows.newest_comparisons(db, mine)
        now, zone = plant.clock.now(), plant.zone.micros
        found = [one for each in registries_of(plant, mine) for one in calibration.comparisons(each, plant.limits, done, now, zone)]
        return [comparison_view(plant, mine, one) for one in found]

    return [view for mine in mines for view in await plant.run(lambda mine=mine: read(mine))]  # type: ignore[misc]


async def wanted(watch: Watch, mine: str | None) -> list[str]:
    """The mines asked for, of those that are seen."""
    scene = await watch.scene()
    if mine is not None:
        watch.known_mine(scene, mine)
    return [mine] if mine is not None else mines_of(scene.live)


@router.get("/calibrations")
async def calibrations(
    watch: Watched,
    mine: Annotated[str | None, Query(description="only of this mine")] = None,
    standing: Annotated[calibration.Standing | None, Query(description="only these")] = None,
) -> Page[CalibrationView]:
    """Each sensor with its last calibration and when the next is due; a period nobody knows is unknown."""
    found = await calendar_of(watch.plant, await wanted(watch, mine))
    return Page([view for view in found if standing in (None, view.standing)])


@router.post("/calibrations")
async def calibrated(request: Request, watch: Watched, viewer: Viewing, body: Calibrated) -> CalibrationView:
    """Enter a calibration that was done without an alarm the centre could see."""
    name, now = await _name(request, watch, viewer, body), watch.plant.clock.now()
    time = when(body.time, now)

    def write() -> None:
        with watch.plant.records.begin() as db:
            about = About(body.mine, body.point, name, body.words.strip())
            calibration_desk.calibrated(db, about, time, body.gas, body.reading, now)

    await watch.plant.run(write)
    return await _due(watch, body)


@router.post("/calibrations/periods")
async def period(request: Request, watch: Watched, viewer: Viewing, body: Period) -> CalibrationView:
    """State a sensor's kind; for other kinds the period with the standard it stands in."""
    if body.kind == "other" and (body.every_days is None) is not (body.standard.strip() == ""):
        raise Refused(422, "body.standard", body.standard, "every_days and the standard that names it, or neither")
    if body.kind != "other" and body.every_days is not None:
        raise Refused(422, "body.every_days", body.every_days, "nothing: the regulation names the period of this kind")
    name, now = await _name(request, watch, viewer, body), watch.plant.clock.now()

    def write() -> None:
        with watch.plant.records.begin() as db:
            about = About(body.mine, body.point, name)
            calibration_desk.period(db, about, body.kind, body.every_days, body.standard.strip(), now)

    await watch.plant.run(write)
    return await _due(watch, body)


@router.get("/comparisons")
async def comparisons(watch: Watched, mine: Annotated[str | None, Query(description="only of this mine")] = None) -> Page[ComparisonView]:
    """Each methane sensor of a face or return with its last comparison and its difference."""
    return Page(await comparisons_of(watch.plant, await wanted(watch, mine)))


@router.post("/comparisons")
async def compared(request: Request, watch: Watched, viewer: Viewing, body: Comparing) -> ComparisonView:
    """Enter a comparison with a portable detector."""
    name, now = await _name(request, watch, viewer, body), watch.plant.clock.now()
    _, view = watch.known_point(await watch.scene(), body.mine, body.point)
    sensor = body.sensor
    if sensor is None:
        if view.value is None or view.age_s is None or view.age_s > FRESH_S:
            raise Refused(422, "body.sensor", "", "the sensor's reading as shown: it has none of the last minute here")
        sensor = view.value
    values, time = (sensor, body.portable), when(body.time, now)

    def write() -> None:
        with watch.plant.records.begin() as db:
            about = About(body.mine, body.point, name, body.words.strip())
            calibration_desk.compared(db, about, time, values, body.allowed, body.instrument.strip(), now)

    await watch.plant.run(write)
    found = [one for one in await comparisons_of(watch.plant, [body.mine]) if one.point == body.point]
    if not found:
        raise Refused(422, "body.point", body.point, "a methane sensor of a working face or its return air (or not mapped yet)")
    return found[0]


@router.post("/comparisons/{comparison}/mended")
async def mended(request: Request, watch: Watched, viewer: Viewing, comparison: Number, body: Ending) -> ComparisonView:
    """Both devices were calibrated after a difference beyond the allowed error."""
    same_site(request)
    plant = watch.plant

    def read() -> rows.ComparisonRow | None:
        with plant.records.read() as db:
            return rows.comparison(db, comparison)

    row = await plant.run(read)
    if row is None or not viewer.sees(row.mine):
        raise Refused(404, "path.comparison", comparison, "the id of a comparison, as /api/v1/comparisons lists them")
    name = await actor(plant, viewer, row.mine, Right.PERMIT, body.name, body.pin)

    def write() -> None:
        with plant.records.begin() as db:
            calibration_desk.mended(db, comparison, name, body.words.strip(), plant.clock.now())

    await plant.run(write)
    return next(one for one in await comparisons_of(plant, [row.mine]) if one.point == row.point)


async def _name(request: Request, watch: Watch, viewer: Viewer, body: At) -> str:
    """Whose name stands under it, after mine and point were found to be there."""
    same_site(request)
    watch.known_point(await watch.scene(), body.mine, body.point)
    return await actor(watch.plant, viewer, body.mine, Right.PERMIT, body.name, body.pin)


def when(given: str | None, now: int) -> int:
    time = moment("body.time", given, now)
    if not now - 366 * DAY <= time <= now + MINUTE:
        raise Refused(422, "body.time", given or "", "a time within the last year")
    return time


async def _due(watch: Watch, body: At) -> CalibrationView:
    found = [one for one in await calendar_of(watch.plant, [body.mine]) if one.point == body.point]
    if not found:
        raise Refused(422, "body.point", body.point, "an analogue sensor of this mine")
    return found[0]
