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
AT_ONCE = 4
"""Days counted in one call (some 20 ms each); commits come in between."""


class Days:
    """Ledger days by gateway. Belongs to one event loop."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._kept: dict[tuple[str, int], tuple[int, list[LedgerDay]]] = {}
        self._counting: dict[str, asyncio.Lock] = {}

    async def of(self, gateway: str, start: int, end: int, fresh: bool = False) -> list[LedgerDay]:
        """The days that touch [start, end), ascending; `fresh`: counted now."""
        days = range(start - start % DAY, end, DAY)
        async with self._counting.setdefault(gateway, asyncio.Lock()):  # several pages that ask at once are served by one count
            now = self._plant.clock.now()
            found = {day: None if fresh else self._known(gateway, day, now) for day in days}
            due = [day for day in days if found[day] is None]
            for at in range(0, len(due), AT_ONCE):
                found |= await self._count(gateway, due[at : at + AT_ONCE], now)
        return [row for day in days for row in found[day] or ()]

    def _known(self, gateway: str, day: int, now: int) -> list[LedgerDay] | None:
        """As it was counted, where that is not too long ago."""
        kept = self._kept.get((gateway, day))
        holds = TODAY_HOLDS if day + DAY > now else PAST_HOLDS
        return kept[1] if kept is not None and 0 <= now - kept[0] < holds else None

    async def _count(self, gateway: str, days: list[int], now: int) -> dict[int, list[LedgerDay]]:
        ledger = self._plant.ledger
        rows = await self._plant.run(lambda: {day: ledger(gateway, day, day + DAY) for day in days})
        if len(self._kept) + len(rows) > MOST:
            self._kept.clear()
        self._kept |= {(gateway, day): (now, of_day) for day, of_day in rows.items()}
        return rows
