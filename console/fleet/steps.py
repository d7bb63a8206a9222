"""What follows a night's facts: suspicions, verdicts, the count. Each step by itself, in short calls of the store's thread.

Permits, pins and the day's signature are `console.fleet.signing.ChainUpkeep`'s: it follows the log by number, after all of this.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from console.fleet import registers
from console.fleet.gather import ACTOR
from console.fleet.night import Changed, Steps
from console.web.plant import Plant
from fleet import judging, suspecting
from fleet.packs import Pack, load, names
from store.records import fleet_log
from store.records.fleet_log import New

ROLES = ("in_force", "predecessor")
"""Packs whose verdicts are written each night: the one that counts, and the one before it for comparison (project)."""


def packs_in_use() -> list[Pack]:
    """Of the product's packs those of ROLES."""
    return [pack for pack in map(load, names()) if pack.role in ROLES]


async def suspicions(plant: Plant, changed: Changed) -> None:
    """The mines that changed, weighed against all. A day that was told before may be told otherwise: then as a correction."""
    first, last = _span(changed)
    new = await plant.beside(lambda: _weighed(plant, first, last, sorted(changed)))
    if new:
        await plant.run(lambda: _written(plant, new))


def _weighed(plant: Plant, first: date, last: date, mines: list[str]) -> list[New]:
    with plant.records.read() as db:
        return suspecting.weighed(db, first, last, mines)


def _written(plant: Plant, new: list[New]) -> None:
    with plant.records.begin() as db:
        fleet_log.append(db, new, ACTOR, plant.clock.now())


async def verdicts(plant: Plant, changed: Changed) -> None:
    """Of each mine the days that rest on what changed, by each pack in use."""
    for mine, days in changed.items():
        for pack in packs_in_use():
            await plant.run(lambda mine=mine, days=days, pack=pack: _verdicts(plant, pack, mine, list(days)))  # type: ignore[misc]


def _verdicts(plant: Plant, pack: Pack, mine: str, days: list[str]) -> None:
    with plant.records.begin() as db:
        first, last = judging.touched(pack, days, registers.newest_day(db, "facts", mine))
        judging.record_verdicts(db, pack, first, last, ACTOR, plant.clock.now(), [mine])


async def count(plant: Plant, changed: Changed) -> None:
    """The count of each day whose verdicts may be others, one call a day."""
    for pack in packs_in_use():
        newest = await plant.run(lambda: _newest(plant))
        first, last = judging.touched(pack, sorted({day for days in changed.values() for day in days}), newest)
        for day in _days(first, last):
            await plant.run(lambda pack=pack, day=day: _count(plant, pack, day))  # type: ignore[misc]


def _count(plant: Plant, pack: Pack, day: date) -> None:
    with plant.records.begin() as db:
        judging.record_counts(db, pack, day, day, ACTOR, plant.clock.now())


def _newest(plant: Plant) -> str:
    with plant.records.read() as db:
        return registers.newest_day(db, "verdicts")


def _span(changed: Changed) -> tuple[date, date]:
    days = [date.fromisoformat(day) for some in changed.values() for day in some]
    return min(days), max(days)


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)


STEPS = Steps(mines=(verdicts,), province=(suspicions, count))
"""In their order: a suspicion changes no verdict, and stands beside the count."""
