"""Reads what a report is made of: statistics, ledger, alarms. One call of the store's thread a point, so that commits come in between."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from alerts.alarm import Deed
from console.reports.facts import AlarmFacts, GatewayFacts, PointFacts, SpanFacts, gateway_facts, windows_in, with_statistics
from console.web.board import Place, Scene, gateways_of, places_of, row_of
from console.web.plant import Plant
from console.web.watch import Watch
from contracts.clock import DAY
from contracts.units import OWN_WORD, QUANTITIES
from ingest.books import runs_of
from store.interface import WINDOW
from store.records import duty, duty_feed, permits

HANDOVERS = 50


async def gather(watch: Watch, scene: Scene, mine: str, start: int, end: int) -> SpanFacts:
    """All that is known of a mine in [start, end), as of the scene's `now`; the 5-minute window under way is not in it yet."""
    plant, now = watch.plant, scene.now
    places = places_of(scene.live, mine)
    view = watch.picture(scene, mine)[0]
    until = max(start, min(end, now // WINDOW * WINDOW))
    points = [await _point(plant, mine, place, start, until) for place in places.values() if place.point.quantity not in OWN_WORD]
    gateways = [await _gateway(watch, str(one.gateway), start, until) for one in gateways_of(scene.live, mine)]
    facts = SpanFacts(mine, (view.name.zh, view.name.en), start, end, now, tuple(points), tuple(gateways))
    return await plant.run(lambda: _told(plant, facts))


async def _point(plant: Plant, mine: str, place: Place, start: int, end: int) -> PointFacts:
    point, row = place.point, row_of(place.point, plant.limits)
    blank = PointFacts(point.id, (point.place_zh, point.place_en), point.quantity, row.alarm_ge if row else None)

    def read() -> PointFacts:
        found = plant.store.buckets(mine, point.id, start, end, WINDOW)
        return _peak(plant, mine, with_statistics(blank, found, windows_in(start, end)))

    return await plant.run(read)


def _peak(plant: Plant, mine: str, facts: PointFacts) -> PointFacts:
    """The moment of the highest reading and its flags, where the raw readings are still there."""
    if facts.peak_at is None or facts.maximum is None:
        return facts
    quantity = QUANTITIES.get(facts.quantity)
    if quantity is not None and quantity.kind != "analogue":
        return facts
    series = plant.store.series(mine, facts.id, facts.peak_at, facts.peak_at + WINDOW)
    at = np.flatnonzero(series.value == facts.maximum)
    if not len(at):
        return facts
    return replace(facts, peak_at=int(series.time[at[0]]), exact=True, peak_flags=int(series.quality[at[0]]))


async def _gateway(watch: Watch, name: str, start: int, end: int) -> GatewayFacts:
    days = await watch.days.of(name, start, end) if end > start else []
    runs = await watch.plant.run(lambda: runs_of(watch.plant.store, name, start, end)) if end > start else []
    touched = [day for day in days if day.day < end and day.day + DAY > start]
    return gateway_facts(name, runs, touched, start, end)


def _told(plant: Plant, facts: SpanFacts) -> SpanFacts:
    with plant.records.read() as db:
        rows = duty_feed.touching(db, facts.mine, facts.start, facts.end)
        steps = duty_feed.steps_of(db, [row.id for row in rows], (Deed.ACKNOWLEDGE, duty_feed.REPORT))
        handed = duty.handovers(db, facts.mine, HANDOVERS, start=facts.start, end=facts.end)
        opened = [row for row in permits.listing(db, mine=facts.mine, start=facts.start, end=facts.end) if row.opened]
    alarms = [
        AlarmFacts(row, _first(steps.get(row.id, ()), Deed.ACKNOWLEDGE), _first(steps.get(row.id, ()), duty_feed.REPORT)) for row in rows
    ]
    return replace(facts, alarms=tuple(alarms), permits=tuple(reversed(opened)), handovers=tuple(reversed(handed)))


def _first(steps: Sequence[duty_feed.Happening], change: str) -> duty_feed.Happening | None:
    return next((step for step in steps if step.change == change), None)
