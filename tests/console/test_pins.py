"""PINs at a wall board: a right one always works at once, a wrong one is slow and written down, and nobody is locked out."""

import asyncio

import pytest

from console.web import pins
from console.web.access import Right, Role
from console.web.hashing import pin_hash
from console.web.pins import holder
from store.records import audit, people
from tests.console.people_pit import add_person
from tests.console.web_pit import Pit
from tests.waiting import LIMIT_S

PIN, OTHER, WRONG = "402819", "773105", "991827"


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    add_person(pit, "li", Role.DISPATCHER, "north", pin=PIN)
    add_person(pit, "wang", Role.DISPATCHER, "south", pin=OTHER)
    return pit


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a wrong PIN would have had to wait."""
    seen: list[float] = []

    async def sleep(seconds: float) -> None:
        seen.append(seconds)

    monkeypatch.setattr(pins.asyncio, "sleep", sleep)
    return seen


def _wrong(pit: Pit) -> list[str]:
    with pit.records.read() as db:
        return [link.subject for link in audit.links(db) if link.kind == "pin.wrong"]


async def test_a_pin_says_who_of_the_mine_it_is_with_their_rights(pit, waits):
    found = await holder(pit.plant, "north", PIN)

    assert found is not None
    assert (found.login, found.role, found.mines, found.only_looks) == ("li", Role.DISPATCHER, frozenset({"north"}), False)
    assert found.may(Right.ACKNOWLEDGE)
    assert (waits, _wrong(pit)) == ([], [])


@pytest.mark.parametrize("typed", [OTHER, WRONG, "", PIN[:5], PIN + "0", "1" * 5_000, "四〇二八一九"])
async def test_the_pin_of_another_mine_and_what_is_none_are_wrong_slow_and_written_down(pit, waits, typed):
    assert await holder(pit.plant, "north", typed) is None
    assert (waits, _wrong(pit)) == ([0.5], ["north"])


async def test_wrong_ones_become_slower_and_a_right_one_is_at_once_however_many_came_before(pit, waits):
    for _ in range(8):
        await holder(pit.plant, "north", WRONG)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
    assert await holder(pit.plant, "north", PIN) is not None
    assert len(waits) == 8
    pit.clock.advance(pins.FORGIVEN_AFTER)
    await holder(pit.plant, "north", WRONG)
    assert waits[-1] == 0.5


async def test_a_right_one_passes_those_that_wait(pit, monkeypatch):
    done = asyncio.Event()

    async def sleep(_: float) -> None:
        await done.wait()

    monkeypatch.setattr(pins.asyncio, "sleep", sleep)
    waiting = [asyncio.ensure_future(holder(pit.plant, "north", WRONG)) for _ in range(5)]
    async with asyncio.timeout(LIMIT_S):
        assert await holder(pit.plant, "north", PIN) is not None
    assert not any(task.done() for task in waiting)
    done.set()
    assert await asyncio.gather(*waiting) == [None] * 5


async def test_guessing_does_not_flood_the_audit_chain(pit, waits, monkeypatch):
    async def hashed(_pin: str, _salt: str) -> str:
        return "0" * 64

    monkeypatch.setattr(pins, "hashed_pin", hashed)
    for _ in range(300):
        await holder(pit.plant, "north", WRONG)
    assert len(_wrong(pit)) == pins.EACH_UNTIL + len((32, 64, 128, 256))


def test_a_pin_hash_is_the_mines_and_none_is_readable():
    first, second = "00" * 16, "11" * 16

    assert pin_hash(PIN, first) == pin_hash(PIN, first) != pin_hash(PIN, second)
    assert pin_hash(PIN, first) != pin_hash(OTHER, first)
    assert PIN not in pin_hash(PIN, first)


async def test_a_pin_is_worth_nothing_when_its_person_is_gone(pit, waits):
    with pit.records.begin() as db:
        person = people.by_login(db, "li")
        assert person is not None
        people.change(db, person.id, {"active": False}, 1)
    assert await holder(pit.plant, "north", PIN) is None
