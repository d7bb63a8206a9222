"""The fleet as the pages and the API read it: views made from the log, kept until the log grows."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar, cast

from sqlalchemy import Connection

from console.fleet import registers, views
from console.web.access import Viewer
from console.web.fleet_seen import mine_seen, province_seen
from console.web.plant import Plant
from console.web.refusals import Refused
from fleet.packs import USUAL, names
from fleet.view import MineView, ProvinceView, TileView
from store.records import fleet_log
from store.records.fleet_log import Entry

T = TypeVar("T")
KEPT = 12
"""Views kept: some days by some packs; the oldest goes."""
LONGEST_DAYS = 92


@dataclass(frozen=True, slots=True)
class Listed:
    """A mine of the list: its tile and its city."""

    tile: TileView
    city: str


class Fleet:
    """The fleet of one plant. One event loop; the log is read beside the plant's thread where the database allows it: a view of 900 mines
    takes longer than a commit should wait."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._kept: dict[tuple[str | int, ...], object] = {}
        self._making = defaultdict[str, asyncio.Lock](asyncio.Lock)

    async def province(self, pack: str, day: str) -> ProvinceView:
        """The province by a pack on a day (empty: the newest with verdicts); Refused where there is no such pack or day."""
        pack, day, today = pack_of(pack), day_of("query.day", day), self._today()
        return await self.kept(("province", pack, day, today), lambda db: views.province(db, pack, day, today))

    async def kept(self, what: tuple[str, ...], make: Callable[[Connection], T]) -> T:
        """What `make` reads of the log, made anew only where the log has grown."""
        async with self._making[what[0]]:
            last = await self.read(fleet_log.head)
            key: tuple[str | int, ...] = (*what, last.n if last else 0)
            if key not in self._kept:
                self._kept[key] = await self.read(make)
                while len(self._kept) > KEPT:
                    self._kept.pop(next(iter(self._kept)))
            return cast("T", self._kept[key])

    async def mine(self, mine: str, pack: str, day: str) -> MineView:
        """A mine by a pack on a day; Refused 404 where nobody registered it."""
        pack, day = pack_of(pack), day_of("query.day", day)
        found = await self.read(lambda db: views.mine(db, mine, pack, day, self._today()))
        if found is None:
            raise no_mine(mine)
        return found

    async def facts(self, mine: str, first: str, last: str) -> list[Entry]:
        """Entries of the fact sets of a mine's days, ascending; days nobody made facts of are missing. Refused where they are too many."""
        if await self.read(lambda db: registers.profile(db, mine)) is None:
            raise no_mine(mine)
        if not first <= last or date.fromisoformat(last) - date.fromisoformat(first) >= timedelta(LONGEST_DAYS):
            raise Refused(422, "query.from", first, f"a day before query.to, within {LONGEST_DAYS} days")
        return await self.read(lambda db: list(fleet_log.current(db, "facts", mine=mine, days=(first, last))))

    async def verdicts_at(self, mines: list[str], pack: str, day: str) -> dict[str, int]:
        """The number of the entry with each mine's verdicts."""
        return await self.read(
            lambda db: {one.mine: one.n for one in fleet_log.current(db, "verdicts", mines=mines, days=(day, day), key=pack)}
        )

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds in the records."""

        def within() -> T:
            with self._plant.records.read() as db:
                return work(db)

        return await self._plant.beside(within)

    def _today(self) -> str:
        return self._plant.zone.day(self._plant.clock.now())


def pack_of(pack: str) -> str:
    """The id of a pack; the one in force where none is asked for."""
    if pack and pack not in names():
        raise Refused(422, "query.pack", pack[:60], ", ".join(names()))
    return pack or USUAL


def day_of(place: str, day: str) -> str:
    """An ISO date; empty stays empty."""
    try:
        return date.fromisoformat(day).isoformat() if day else ""
    except ValueError as error:
        raise Refused(422, place, day[:20], "a day such as 2026-11-30") from error


def no_mine(mine: str) -> Refused:
    """What is answered for a mine nobody registered, and for one that the viewer does not see."""
    return Refused(404, "path.mine", mine[:40], "a mine registered in the fleet, as /api/v1/fleet/mines lists them")


async def province_for(fleet: Fleet, viewer: Viewer, pack: str, day: str) -> ProvinceView:
    """The province as somebody may see it."""
    return province_seen(await fleet.province(pack, day), viewer)


async def mine_for(fleet: Fleet, viewer: Viewer, mine: str, pack: str, day: str) -> MineView:
    """A mine as somebody may see it; Refused 404 where they do not."""
    if not viewer.sees(mine):
        raise no_mine(mine)
    return mine_seen(await fleet.mine(mine, pack, day), viewer)


def listed(view: ProvinceView, city: str, status: str, search: str) -> list[Listed]:
    """The mines of a (seen) view, filtered, by city and id. `city` "-": the register does not say."""
    asked = search.strip().casefold()
    return [
        Listed(tile, one.city)
        for one in view.cities
        if city in ("", one.city or "-")
        for tile in sorted(one.tiles, key=lambda tile: tile.mine)
        if status in ("", tile.outcome) and any(asked in text.casefold() for text in (tile.mine, tile.name.zh, tile.name.en))
    ]
