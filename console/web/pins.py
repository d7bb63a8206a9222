"""Whose PIN it is: how a dispatcher answers for an alarm at a wall board that nobody signs out of.

No lock-out: a right PIN works at once, however many wrong ones came before. A wrong one is called wrong later each time, and is written
into the audit chain. PINs are of one mine each, so that one hash finds the person.
"""

import asyncio

from console.web.access import Viewer, viewer_for
from console.web.entry import PIN_LEAST, PIN_MOST, failing, told_late
from console.web.hashing import hashed_pin
from console.web.plant import Plant
from contracts.clock import MINUTE
from store.records import audit, people, sessions
from store.records.people import Person

FORGIVEN_AFTER = 10 * MINUTE
"""Without a wrong PIN for so long, the next one is the first."""
EACH_UNTIL = 20
"""Wrong PINs in a row that are each written down; after that only every doubling, or guessing would flood the chain."""


async def holder(plant: Plant, mine: str, pin: str) -> Viewer | None:
    """The person of that mine whose PIN it is; None (after a while) where it is nobody's."""
    salt = await plant.run(lambda: _salt(plant, mine))
    typed = pin if PIN_LEAST <= len(pin) <= PIN_MOST else ""
    hashed = await hashed_pin(typed, salt)
    person = await plant.run(lambda: _holder(plant, mine, hashed)) if typed else None
    if person is not None:
        return viewer_for(person)
    wrong = await plant.run(lambda: _wrong(plant, mine))
    await asyncio.sleep(told_late(wrong - 1))
    return None


def _salt(plant: Plant, mine: str) -> str:
    with plant.records.read() as db:
        return people.salt_of(db, mine) or "00" * 16


def _holder(plant: Plant, mine: str, hashed: str) -> Person | None:
    with plant.records.read() as db:
        return people.pin_holder(db, mine, hashed)


def _wrong(plant: Plant, mine: str) -> int:
    """Count it; how many in a row."""
    now, key = plant.clock.now(), f"pin:{mine}"
    with plant.records.begin() as db:
        before = sessions.failed(db, key)
        counted = failing(before if now - before.last < FORGIVEN_AFTER else sessions.Failed(), 1 << 30, now)
        sessions.set_failed(db, key, counted)
        if counted.failures <= EACH_UNTIL or counted.failures.bit_count() == 1:
            audit.append(db, "pin.wrong", mine, {"failures": counted.failures}, "unknown", now)
    return counted.failures
