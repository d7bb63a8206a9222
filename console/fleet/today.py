"""A mine's day so far, gathered on the spot for who looks. It goes into no log: the day is not over."""

import asyncio

from console.fleet.gather import gather
from console.fleet.reading import USUAL_ZONE
from console.fleet.registers import profile
from console.web.plant import Plant
from contracts.clock import MINUTE
from contracts.facts import FactSet
from fleet.facts.day import date_at

HOLDS = 5 * MINUTE
"""What was gathered is shown so long: the statistics have windows of 5 minutes."""


class Today:
    """Belongs to one event loop; one mine is gathered at a time."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._kept: dict[str, tuple[int, FactSet]] = {}
        self._one = asyncio.Lock()

    async def of(self, mine: str) -> FactSet:
        """The facts of the day under way."""
        async with self._one:
            now = self._plant.clock.now()
            kept = self._kept.get(mine)
            if kept is None or not 0 <= now - kept[0] < HOLDS:
                zone = await self._plant.run(lambda: self._zone(mine))
                kept = self._kept[mine] = (now, (await gather(self._plant, mine, date_at(now, zone))).facts)
        return kept[1]

    def _zone(self, mine: str) -> int:
        with self._plant.records.read() as db:
            found = profile(db, mine)
        return found.body.zone_hours if found else USUAL_ZONE
