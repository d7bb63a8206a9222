"""Mines, points and series: /api/v1/mines/..."""

from typing import Annotated

from fastapi import APIRouter, Query

from console.web.asked import Moment, Watched, span
from console.web.board import mines_of
from console.web.history import history, sparkline
from console.web.refusals import Refused
from console.web.shapes import MineView, Page, PointView, SeriesView, SparkView
from contracts.clock import DAY, HOUR, MINUTE

LONGEST = 366 * DAY
SPARKS = 60
"""Sparklines in one call: each is a read of the store."""

router = APIRouter(tags=["mines"])


@router.get("/mines")
async def mines(watch: Watched) -> Page[MineView]:
    """Every mine: state with its reason, age of data, active alarms, points by state, gateways."""
    scene = await watch.scene()
    return Page(await watch.views(scene, mines_of(scene.live)))


@router.get("/mines/{mine}/points")
async def points(watch: Watched, mine: str) -> Page[PointView]:
    """Every point of a mine now: value, time, age, quality, state with its reason, limits with their clause."""
    return Page(watch.known_mine(await watch.scene(), mine)[1])


@router.get("/mines/{mine}/points/{point}")
async def one_point(watch: Watched, mine: str, point: str) -> PointView:
    """One point of a mine now."""
    return watch.known_point(await watch.scene(), mine, point)[1]


@router.get("/mines/{mine}/points/{point}/series")
async def point_series(
    watch: Watched,
    mine: str,
    point: str,
    start: Moment = None,
    end: Moment = None,
    buckets: Annotated[int, Query(ge=10, le=5000, description="at most this many; raw readings where not many more would come")] = 600,
) -> SeriesView:
    """A point's history: raw readings where they are few, else min, mean, max, last, count, good per bucket; gaps, limits, alarms."""
    scene = await watch.scene()
    view, found = watch.known_point(scene, mine, point)
    return await history(watch.plant, watch.days, view, found, span(start, end, scene.now, HOUR, LONGEST), buckets)


@router.get("/mines/{mine}/sparklines")
async def sparklines(
    watch: Watched,
    mine: str,
    points: Annotated[str, Query(description=f"point ids, separated by commas; at most {SPARKS}")],
    minutes: Annotated[int, Query(ge=1, le=1440)] = 10,
) -> Page[SparkView]:
    """Small lines for a page: means of the last minutes."""
    scene = await watch.scene()
    known = {view.id for view in watch.known_mine(scene, mine)[1]}
    asked = [point for point in points.split(",") if point]
    if len(asked) > SPARKS or not known.issuperset(asked):
        raise Refused(422, "query.points", points[:200], f"at most {SPARKS} ids of points of this mine, separated by commas")
    reach = (scene.now - minutes * MINUTE, scene.now)
    return Page([await sparkline(watch.plant, mine, point, reach) for point in asked])
