"""The gap ledger for pages: a day is counted from every item of it, in the store's thread, so it is not counted for every look."""

import asyncio

from console.web.plant import Plant
from contracts.clock import DAY, MINUTE, SECOND
from ingest.ledger import LedgerDay

TODAY_HOLDS = 30 * SECOND
PAST_HOLDS = 10 * MINUTE
"""How long a counted day is shown before it is counted again: late items still change a past day."""
MOST = 2000
"""Days kept."""


class Days:
    """Ledger days by gateway, one store call a day, so that commits come in between. Belongs to one event loop."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._kept: dict[tuple[str, int], tuple[int, list[LedgerDay]]] = {}
        self._counting = asyncio.Lock()

    async def of(self, gateway: str, start: int, end: int, fresh: bool = False) -> list[LedgerDay]:
        """The days that touch [start, end), ascending; `fresh`: counted now."""
        out: list[LedgerDay] = []
        for day in range(start - start % DAY, end, DAY):
            out += await self._day(gateway, day, fresh)
        return out

    async def _day(self, gateway: str, day: int, fresh: bool) -> list[LedgerDay]:
        key = (gateway, day)
        async with self._counting:  # several pages that ask at once are served by one count
            now = self._plant.clock.now()
            kept = self._kept.get(key)
            holds = TODAY_HOLDS if day + DAY > now else PAST_HOLDS
            if fresh or kept is None or not 0 <= now - kept[0] < holds:
                rows = await self._plant.run(lambda: self._plant.ledger(gateway, day, day + DAY))
                if len(self._kept) >= MOST:
                    self._kept.clear()
                kept = self._kept[key] = (now, rows)
        return kept[1]
