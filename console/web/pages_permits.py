"""The pages of permits and of calibration, for the dispatcher's desk and for a phone."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from alerts.calibration import Sensor
from alerts.permits import LONGEST_MIN, Standing, Work
from alerts.planned import EXCEEDANCES
from console.web.access import Right, Viewer, Viewing
from console.web.api_calibrations import calendar_of, comparisons_of
from console.web.api_manual import tasks_of
from console.web.api_permits import listing
from console.web.asked import Language, Watched
from console.web.board import Scene, names_of
from console.web.render import draw
from console.web.shapes import PointView, Words
from console.web.watch import Watch
from contracts.clock import DAY
from contracts.units import QUANTITIES, Kind
from store.records import permits

LATE = ("overdue", "never")

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/permits")
async def permits_page(request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: str = "") -> HTMLResponse:
    scene = await watch.scene()
    chosen, names = _chosen(watch, scene, mine)
    plant, now = watch.plant, scene.now
    day = (now + plant.zone.micros) // DAY * DAY - plant.zone.micros
    found, _ = await listing(plant, viewer, (day, day + DAY), 0, 0, mine=chosen or None, point=None, state=None)
    standing = [one for one in found if one.state in (Standing.OPEN, Standing.OVERRUN)]
    waiting = [one for one in reversed(found) if one.state == Standing.PLANNED]
    over = [one for one in found if one.state in (Standing.CLOSED, Standing.CANCELLED)]
    facts: dict[str, object] = {"section": "permits", "mine": chosen, "mines": names}
    facts |= {
        "standing": standing,
        "waiting": waiting,
        "over": over,
        "count": await _counted(watch, viewer, chosen, now),
        "points": _points(watch, scene, chosen),
        "longest": LONGEST_MIN,
    }
    facts |= {"works": list(Work), "may": viewer.may(Right.PERMIT)}
    return draw(request, watch, lang, scene, "permits.html", facts)


@router.get("/calibration")
async def calibration_page(request: Request, watch: Watched, viewer: Viewing, lang: Language, mine: str = "") -> HTMLResponse:
    scene = await watch.scene()
    chosen, names = _chosen(watch, scene, mine)
    mines = [chosen] if chosen else []
    calendar, comparisons = await calendar_of(watch.plant, mines), await comparisons_of(watch.plant, mines)
    facts: dict[str, object] = {"section": "calibration", "mine": chosen, "mines": names, "calendar": calendar, "comparisons": comparisons}
    facts |= {"tasks": await tasks_of(watch.plant, viewer, chosen, open_only=True) if chosen else []}
    facts |= {"late": sum(one.standing in LATE for one in calendar), "unknown": sum(one.standing == "unknown" for one in calendar)}
    facts |= {"sensors": [one for one in Sensor if one is not Sensor.UNKNOWN], "may": viewer.may(Right.PERMIT)}
    return draw(request, watch, lang, scene, "calibration.html", facts)


def _chosen(watch: Watch, scene: Scene, mine: str) -> tuple[str, list[tuple[str, Words]]]:
    """The mine that is shown (the first, where none is asked for), and all that can be; Refused where it is not there."""
    if mine:
        watch.known_mine(scene, mine)
    names = names_of(scene.live)
    return mine or (names[0][0] if names else ""), names


def _points(watch: Watch, scene: Scene, mine: str) -> Sequence[PointView]:
    """What can be calibrated there."""
    if not mine:
        return []
    return [one for one in watch.picture(scene, mine)[1] if one.quantity in QUANTITIES and QUANTITIES[one.quantity].kind is Kind.ANALOGUE]


async def _counted(watch: Watch, viewer: Viewer, mine: str, now: int) -> dict[str, int]:
    blank = {"fits": 0, "misfit": 0, "pending": 0}
    if not mine or not viewer.sees(mine):
        return blank

    def read() -> dict[str, int]:
        with watch.plant.records.read() as db:
            return permits.tally(db, mine, now - DAY, now + 1, EXCEEDANCES)

    return blank | await watch.plant.look(read)
