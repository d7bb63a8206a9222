"""What every entry into the fleet's registers shares: who does it, of which mine, and how a refusal is told."""

import base64
import binascii
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request
from sqlalchemy import Connection

from console.fleet import registers
from console.fleet.registering import Deed, NotEntered
from console.web.access import Right, Viewer
from console.web.api_alarms import same_site
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes_fleet_register import Entered
from store.records import fleet_log

T = TypeVar("T")
SEEN_MINE = "a mine registered in the fleet, as /api/v1/fleet/mines lists them"


def deed_of(request: Request, plant: Plant, viewer: Viewer, right: Right, typed: str) -> Deed:
    """Whose deed it is, and when; Refused 403 for who may not, 422 where there is no name."""
    same_site(request)
    viewer.need(right)
    name = viewer.by(typed)
    if not name:
        raise Refused(422, "body.name", typed, "a name")
    return Deed(name, plant.clock.now())


async def mine_deed(request: Request, plant: Plant, viewer: Viewer, mine: str, typed: str, right: Right = Right.DECLARE) -> Deed:
    """As `deed_of`, at a registered mine that the viewer sees."""
    by = deed_of(request, plant, viewer, right, typed)
    await known_mine(plant, viewer, mine)
    return by


def seen(viewer: Viewer, mine: str, place: str = "path.mine") -> None:
    """Nothing, or Refused 404: what is not theirs answers as what does not exist."""
    if not viewer.sees(mine):
        raise Refused(404, place, mine[:40], SEEN_MINE)


async def known_mine(plant: Plant, viewer: Viewer, mine: str, place: str = "path.mine") -> None:
    """As `seen`, and registered."""
    seen(viewer, mine, place)
    if await reading(plant, lambda db: registers.profile(db, mine)) is None:
        raise Refused(404, place, mine[:40], SEEN_MINE)


async def of_mine(plant: Plant, viewer: Viewer, mine: str, work: Callable[[Connection], T]) -> T:
    """What `work` reads of a registered mine that the viewer sees."""
    await known_mine(plant, viewer, mine)
    return await reading(plant, work)


async def reading(plant: Plant, work: Callable[[Connection], T]) -> T:
    """What `work` finds in the records."""
    return await plant.run(lambda: within(plant, work))


def within(plant: Plant, work: Callable[[Connection], T]) -> T:
    """In the plant's thread: one reading."""
    with plant.records.read() as db:
        return work(db)


async def entering(plant: Plant, work: Callable[[Connection], int]) -> Entered:
    """`work` in one transaction; the entry it made."""

    def write() -> Entered:
        with plant.records.begin() as db:
            entry = next(fleet_log.entries(db, work(db)))
            return Entered(entry.n, entry.hash, entry.kind, entry.mine, entry.key)

    return await refusing(plant, write)


async def refusing(plant: Plant, work: Callable[[], T], place: str = "body") -> T:
    """`work` in the plant's thread; what it refuses is answered 422, or 409 where it does not fit what stands."""
    try:
        return await plant.run(work)
    except NotEntered as refused:
        raise Refused(409 if refused.clash else 422, f"{place}.{refused.field}", refused.value, refused.allowed) from refused


def content(place: str, text: str) -> bytes:
    """The bytes of base64, or Refused."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Refused(422, place, text[:20], "base64") from error
