"""A head of the log signed: asked for, or once a day by itself. Before it is signed, what was written since the last one is looked at."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import structlog

from console.fleet import chain
from console.fleet.chain import BrokenLog, Checked
from console.fleet.permit_links import copy_permits
from console.fleet.pinning import pin_some
from contracts.clock import HOUR, SECOND, Clock
from contracts.errors import Retry
from fleet.bodies import Head, read
from store.interface import Store
from store.records.engine import Records
from store.records.fleet_log import Entry

log = structlog.get_logger("fleet")

SIGN_HOUR = 6
"""By the province's clock (project setting): the night's facts, verdicts and counts are in the log by then."""
EVERY_S = 60.0
TRIES = 5
T = TypeVar("T")


class Run(Protocol):
    """Runs `work` in the store's thread."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


class Attempt(Protocol):
    """The same for what comes round again: None where the databases cannot just now."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T | None]: ...


async def signed_now(run: Run, records: Records, secret: bytes, now: int) -> tuple[int, Head] | None:
    """The head as it was signed, with its own number; None while the log is empty. BrokenLog where it does not hold."""
    done = await run(lambda: _start(records))
    for _ in range(TRIES):
        more = True
        while more:
            done, more = await run(lambda so_far=done: _checked(records, so_far))  # type: ignore[misc]
        if done.n == 0:
            return None
        made: list[Entry] = await run(lambda so_far=done: _sign(records, secret, so_far, now))  # type: ignore[misc]
        for entry in made:
            return entry.n, read(entry.body, Head)
    raise BrokenLog("the log is being written to without a pause")


def _start(records: Records) -> Checked:
    with records.read() as db:
        return chain.start_of_check(db)


def _checked(records: Records, done: Checked) -> tuple[Checked, bool]:
    with records.read() as db:
        return chain.checked_on(db, done)


def _sign(records: Records, secret: bytes, done: Checked, now: int) -> list[Entry]:
    with records.begin() as db:
        entry = chain.sign(db, secret, done, now)
    return [] if entry is None else [entry]


class ChainUpkeep:
    """What the centre does for the chain by itself: copies permits, pins raw evidence, signs a head a day."""

    def __init__(self, records: Records, store: Store, secret: bytes, clock: Clock, attempt: Attempt) -> None:
        self._records, self._store, self._secret, self._clock, self._attempt = records, store, secret, clock, attempt

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.round()

    async def round(self) -> None:
        """Once, until nothing is left to do."""
        while await self._attempt(self._copy):
            pass
        began = self._clock.monotonic()
        while await self._attempt(lambda: pin_some(self._records, self._store, self._clock.now())):
            await asyncio.sleep((self._clock.monotonic() - began) / SECOND)  # at most half of the store's time
            began = self._clock.monotonic()
        if await self._attempt(self._due):
            try:
                await signed_now(self._run, self._records, self._secret, self._clock.now())
            except (BrokenLog, Retry) as error:
                log.error("fleet log not signed", why=str(error))  # noqa: TRY400

    async def _run(self, work: Callable[[], T]) -> T:
        made = await self._attempt(work)
        if made is None:
            raise Retry("the records did not answer")
        return made

    def _copy(self) -> bool:
        with self._records.begin() as db:
            return copy_permits(db, self._clock.now())

    def _due(self) -> bool:
        """Whether today's head is not signed yet, and it is time."""
        now = self._clock.now()
        with self._records.read() as db:
            newest = chain.heads(db, 1)
        return (not newest or newest[0][1].day < chain.day_at(now)) and chain.day_at(now - SIGN_HOUR * HOUR) == chain.day_at(now)
