"""Alarm health: /api/v1/alarm-health. How the alarms themselves are doing (ISA-18.2, EEMUA 191)."""

from typing import Annotated

from fastapi import APIRouter, Query

from console.web.access import Viewer, Viewing
from console.web.asked import Moment, Watched, span
from console.web.health import health_of
from console.web.shapes_health import HealthView
from console.web.watch import Watch
from contracts.clock import DAY

USUAL, LONGEST = DAY, 92 * DAY

router = APIRouter(tags=["alarm health"])


async def alarm_health_of(watch: Watch, viewer: Viewer, mine: str | None, start: str | None, end: str | None) -> HealthView:
    """The health of a mine, or of all this person may see; 404 for a mine that is not there (for them)."""
    plant, scene = watch.plant, await watch.scene()
    asked = span(start, end, scene.now, USUAL, LONGEST)
    if mine is not None:
        watch.known_mine(scene, mine)
    mines = viewer.mines if mine is None else {mine}

    def read() -> HealthView:
        with plant.records.read() as db:
            return health_of(plant, db, mine or "", mines, asked)

    return await plant.beside(read)


@router.get("/alarm-health")
async def alarm_health(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str | None, Query(description="only of this mine")] = None,
    start: Moment = None,
    end: Moment = None,
) -> HealthView:
    """Rates, peaks, standing, chattering and fleeting alarms, the ten most frequent, time to acknowledge: the last day, or [start, end)."""
    return await alarm_health_of(watch, viewer, mine, start, end)
