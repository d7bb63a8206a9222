"""What the pages ask of the store's one thread, in which everything received is committed: as little as can be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
import pytest_asyncio

from alerts.journal import Journal
from console.web.days import AT_ONCE, Days
from console.web.history import history
from console.web.plant import Plant
from console.web.turns import Turns
from console.web.watch import Watch
from contracts.clock import DAY, MINUTE, SECOND
from store.embedded import EmbeddedStore
from store.records.engine import open_records
from tests.console.apps import app_of
from tests.console.web_pit import NOON, Pit

T = TypeVar("T")
SERIES = f"/api/v1/mines/north/points/T00/series?start={NOON - DAY}&end={NOON + SECOND}"


class Filed(Pit):
    """A pit with its records and readings in files, and its turns in the store's thread counted."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.turns, self.beside = 0, 0
        self.store, self.records = EmbeddedStore(folder / "store"), open_records(f"sqlite:///{folder / 'records.sqlite'}")
        self.journal = Journal(self.pack)
        self.plant = replace(self.plant, store=self.store, records=self.records, journal=self.journal, run=self._turn, aside=self._aside)

    async def _turn(self, work: Callable[[], T]) -> T:
        self.turns += 1
        return work()

    async def _aside(self, work: Callable[[], T]) -> T:
        self.beside += 1
        return await asyncio.to_thread(work)


@pytest.fixture
def pit(tmp_path: Path) -> Filed:
    pit = Filed(tmp_path)
    pit.calm()
    pit.alarm("T00")
    return pit


@pytest_asyncio.fixture
async def client(pit: Filed) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://test") as client:
        yield client
    pit.store.close()
    pit.records.close()


async def test_a_chart_takes_one_turn_for_the_ledger_and_the_next_chart_none(pit: Filed, client: httpx.AsyncClient) -> None:
    first = await client.get(SERIES)
    turns = pit.turns
    pit.clock.advance(2 * SECOND)
    second = await client.get(SERIES)

    assert turns == 1
    assert pit.turns == 1
    assert first.json()["alarms"] == second.json()["alarms"] != []


@pytest.mark.parametrize(
    "path", ["/", "/mines/north", "/mines/north/points/T00", "/alarms", "/wall", "/findings", "/permits", "/log?mine=north", "/inbox"]
)
async def test_pages_that_only_look_wait_for_no_commit(pit: Filed, client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert (pit.turns, pit.beside > 0) == (0, True)


def test_what_has_one_connection_only_is_read_in_turn(pit: Filed) -> None:
    def turns(plant: Plant, *, store: bool) -> int:
        before = pit.turns
        asyncio.run(plant.look(lambda: None, store=store))
        return pit.turns - before

    in_memory = Pit()

    assert [turns(pit.plant, store=store) for store in (False, True)] == [0, 0]
    assert [turns(replace(pit.plant, store=in_memory.store), store=store) for store in (False, True)] == [0, 1]
    assert [turns(replace(pit.plant, records=in_memory.records), store=store) for store in (False, True)] == [1, 1]
    pit.store.close()


async def test_a_store_that_refuses_ends_the_count_of_the_ledger_too(pit: Filed, monkeypatch: pytest.MonkeyPatch) -> None:

    async def waits(*_: object) -> list[object]:
        await asyncio.Event().wait()
        return []

    def refuse(*_: object) -> None:
        raise LookupError

    watch = Watch(pit.plant)
    view, found = watch.known_point(await watch.scene(), "north", "T00")
    monkeypatch.setattr(pit.store, "buckets", refuse)
    monkeypatch.setattr(watch.days, "of", waits)
    with pytest.raises(LookupError):
        await history(pit.plant, watch.days, view, found, (NOON - DAY, NOON), 600)
    await asyncio.sleep(0)

    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    pit.store.close()


async def test_days_are_counted_some_in_a_turn_and_one_gateway_does_not_wait_for_another() -> None:
    pit, counted, gate = Pit(), list[tuple[str, int]](), asyncio.Event()

    async def run(work: Callable[[], T]) -> T:
        before = len(counted)
        done = work()
        if counted[before][0] == "slow/gw":
            await gate.wait()
        turns.append(len(counted) - before)
        return done

    turns: list[int] = []
    ledger = lambda gateway, start, _end: counted.append((gateway, start)) or []  # noqa: E731
    days = Days(replace(pit.plant, ledger=ledger, run=run))
    slow = asyncio.ensure_future(days.of("slow/gw", NOON, NOON + MINUTE))
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await days.of("north/gw", NOON - 9 * DAY, NOON)

    assert turns == [AT_ONCE, AT_ONCE, 10 - 2 * AT_ONCE]
    assert not slow.done()
    gate.set()
    await slow


async def test_so_many_looks_at_a_time_and_no_more() -> None:
    inside, most = 0, 0

    async def run(work: Callable[[], T]) -> T:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return work()

    turns = Turns(run, 2)
    assert await asyncio.gather(*(turns(lambda n=n: n) for n in range(7))) == list(range(7))  # type: ignore[misc]
    assert most == 2
