"""A mine's day of gas drainage for pages and API: flows by windows of 5 minutes, volumes, and the two facts, made now from statistics.

The same functions make the day's facts in the log (`console.fleet.gather`); a day that is not over has less data, and says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from console.web.plant import Plant
from contracts.facts import Fact
from contracts.points import Point, Registry
from contracts.streams import branches, pipes, returns
from contracts.topics import Gateway
from fleet.bodies import Profile, read
from fleet.facts.day import Day, day_of
from fleet.facts.drainage import Drainage, drainage, drainage_of
from fleet.facts.grid import GatewayDay, grid_of
from store.interface import WINDOW, Windows
from store.records import fleet_log, registry
from store.records import gateways as heard

USUAL_ZONE = 8


@dataclass(frozen=True, slots=True)
class DrainageDay:
    """`facts` by name; empty where the mine has no measured pipe."""

    day: Day
    seen: Drainage
    facts: dict[str, Fact]


async def drainage_day(plant: Plant, mine: str, date: str) -> DrainageDay:
    """Of a mine and an ISO date of its own zone. BadConfig where it is no date."""
    day, found = await plant.run(lambda: _registered(plant, mine, date))
    parts = [await plant.run(lambda point=point: {point.id: _windows(plant, day, point)}) for point in _measured(day, found)]  # type: ignore[misc]
    grid = grid_of(day, found, parts)
    return DrainageDay(day, drainage_of(day, grid), {fact.name: fact for fact in drainage(day, grid)})


def _registered(plant: Plant, mine: str, date: str) -> tuple[Day, list[GatewayDay]]:
    """The day, and the mine's gateways with those of their points that measure a stream."""
    with plant.records.read() as db:
        entry = next(fleet_log.current(db, "profile", mine=mine), None)
        day = day_of(mine, date, read(entry.body, Profile).zone_hours if entry else USUAL_ZONE, plant.clock.now())
        rows = [row for row in heard.every(db) if Gateway.parse(row.gateway).mine == mine]
        used = [(row, registry.current(db, row.gateway)) for row in rows]
    return day, [GatewayDay(row.gateway, _only_streams(one), row.period, row.first_seen) for row, one in used if one is not None]


def _only_streams(whole: Registry) -> Registry:
    return Registry(whole.mine, whole.mine_zh, whole.mine_en, tuple(point for point in whole.points if point.stream), whole.note)


def _measured(day: Day, found: Iterable[GatewayDay]) -> list[Point]:
    """Every instrument of every stream, once."""
    points = [point for gateway in found for point in gateway.registry.points]
    streams = (some for kind in (pipes, branches, returns) for some in kind(points, day.start, day.end))
    return list({point.id: point for stream in streams for point in stream.points}.values())


def _windows(plant: Plant, day: Day, point: Point) -> Windows:
    got = plant.store.buckets(day.mine, point.id, day.start, day.end, WINDOW)
    return Windows(got.start, got.minimum, got.mean, got.maximum, got.last, got.count, got.count, got.good)
