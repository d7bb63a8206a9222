"""One mine's day to its set of facts, and into the fleet's log. Written again only when it says something else (late data, an answer).

Everything measured comes from 5-minute statistics, the gap ledger and the records; `fleet.facts` and `alerts.fleet_facts` make it a fact.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from alerts import fleet_facts
from alerts.packs.pack import Pack
from console.fleet import reading
from console.fleet.honest import honest
from console.fleet.reading import Known
from console.web.plant import Plant
from contracts.facts import Fact, FactSet, read_facts, write_facts
from fleet.bodies import Workplace
from fleet.facts.alarms import exceedances
from fleet.facts.day import ordered
from fleet.facts.declared import declared
from fleet.facts.drainage import drainage
from fleet.facts.grid import GatewayDay, Grid
from fleet.facts.links import LinkDay, links
from fleet.facts.persons import persons
from fleet.facts.presence import presence, running
from fleet.facts.upload import upload
from fleet.facts.work import work
from store.records import fleet_log
from store.records.fleet_log import Entry, New

ACTOR = "centre"
OF_FACE = ("face_auto_hours", "face_producing_hours", "persons_at_face")
"""Facts whose subject is an area, or the workplace there."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A day's facts, and the statistics they were made from."""

    facts: FactSet
    grid: Grid


async def gather(plant: Plant, mine: str, date: str) -> Gathered:
    """The facts of a mine's day (ISO date of its own zone), as far as it is over: what has not happened yet is data that lacks."""
    found = await reading.known(plant, mine, date, plant.clock.now())
    gateways, paths = list[GatewayDay](), list[LinkDay]()
    for name, used, since in found.gateways:
        if used is not None and since < found.day.end:
            done, path = await reading.gateway_day(plant, found.day, name, used, since)
            gateways.append(done)
            paths.append(path)
    grid = await reading.grid(plant, found.day, gateways)
    facts = await asyncio.to_thread(_made, found, plant.limits, grid, gateways, paths)
    facts += await honest(plant, found, grid, paths)
    return Gathered(FactSet(mine, found.day.day, ordered(_of_workplace(fact, found.workplaces) for fact in facts)), grid)


def _made(found: Known, pack: Pack, grid: Grid, gateways: Sequence[GatewayDay], paths: Sequence[LinkDay]) -> list[Fact]:
    """Of every maker that reads nothing itself."""
    span, points = found.span, found.points
    return [
        *presence(grid),
        *running(grid),
        *upload(grid, gateways),
        *work(grid),
        *persons(grid),
        *exceedances(grid, found.exceedances, found.limited),
        *links(found.day, paths),
        *drainage(found.day, grid),
        fleet_facts.settings_wider(span, points, pack, found.loose, found.compared),
        *fleet_facts.must_have(span, points, [_place(one, found.gas_class) for one in found.workplaces]),
        fleet_facts.calibrations(span, found.due),
        fleet_facts.permits_overrun(span, found.permits),
        *declared(found.day, found.declared),
    ]


def areas_of(one: Workplace) -> frozenset[str]:
    """What a workplace's points may be filed under: its id, or its kind and id (`face-1101`)."""
    return frozenset((one.id, f"{one.kind}-{one.id}"))


def _place(one: Workplace, gas_class: str) -> fleet_facts.Workplace:
    """As the regulation's checks ask for it; the mine's gas class where the workplace states none."""
    return fleet_facts.Workplace(one.id, one.kind, areas_of(one), one.gas_class or gas_class, one.length_m, one.series_ventilation)


def _of_workplace(fact: Fact, workplaces: Sequence[Workplace]) -> Fact:
    """A fact of an area is one of the workplace that is registered there."""
    if fact.name not in OF_FACE:
        return fact
    found = next((one.id for one in workplaces if fact.subject in areas_of(one)), fact.subject)
    return fact if found == fact.subject else msgspec.structs.replace(fact, subject=found)


async def keep(plant: Plant, facts: FactSet) -> Entry | None:
    """The entry that was written; None where the log says the same already."""
    return await plant.run(lambda: _keep(plant, facts))


def _keep(plant: Plant, facts: FactSet) -> Entry | None:
    body = write_facts(facts)
    with plant.records.begin() as db:
        if current(db, facts.mine, facts.day) == facts:
            return None
        return fleet_log.append(db, [New("facts", facts.mine, facts.day, "", body)], ACTOR, plant.clock.now())[0]


def current(db: Connection, mine: str, day: str) -> FactSet | None:
    """The facts of a day as the log has them."""
    entry = next(fleet_log.current(db, "facts", mine=mine, days=(day, day)), None)
    return None if entry is None else read_facts(entry.body)
