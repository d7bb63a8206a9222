"""The facts of a mine's day under way: /api/v1/fleet/mines/{mine}/facts/today. What is in the log is read by `api_fleet`."""

import json

from fastapi import APIRouter, Request

from console.fleet.today import Today
from console.web.access import Viewing
from console.web.asked import Watched
from console.web.board import mines_of
from console.web.fleet import no_mine
from console.web.shapes import Page
from console.web.shapes_fleet import DayFacts
from contracts.facts import write_facts

router = APIRouter(tags=["fleet"])


@router.get("/fleet/mines/{mine}/facts/today")
async def today(request: Request, watch: Watched, viewer: Viewing, mine: str) -> Page[DayFacts]:
    """The day so far, of a mine that reports: what has not happened yet is data that lacks, so most facts have no evidence before
    evening. It stands in no log: `n` 0, no hash. At most 5 minutes old."""
    if not viewer.sees(mine) or mine not in mines_of(watch.plant.live):
        raise no_mine(mine)
    kept: Today = request.app.state.fleet_today
    found = await kept.of(mine)
    return Page([DayFacts(found.day, 0, "", json.loads(write_facts(found))["facts"])])
