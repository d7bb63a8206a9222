"""What the centre does with a mine's day once it is over: facts, suspicions, verdicts, count, signature. Again where late data changed it.

One mine's failure is its own: the others go on, it is told in the log and in `troubles`, and it is tried again at the next turn.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from console.fleet import registers
from console.fleet.due import days_after, due_days
from console.fleet.gather import gather, keep
from console.fleet.late import Late
from console.fleet.reading import USUAL_ZONE
from console.web.plant import Plant
from contracts.clock import SECOND
from contracts.errors import DavyError
from contracts.topics import Gateway
from store.interface import Window
from store.records import fleet_log, gateways

log = structlog.get_logger("fleet")

EVERY_S = 60.0
UNWELL = (DavyError, OSError, SQLAlchemyError)
Changed = Mapping[str, Sequence[str]]
"""Mine to the days (ISO, ascending) whose facts are new."""
Step = Callable[[Plant, Changed], Awaitable[None]]
"""One thing that follows the facts."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What follows the facts, in this order: of each mine by itself, then of all that changed together."""

    mines: tuple[Step, ...] = ()
    province: tuple[Step, ...] = ()


@dataclass(slots=True)
class Night:
    """`run` beside a centre; `changed` is told by its statistics. Belongs to one event loop."""

    plant: Plant
    steps: Steps = field(default_factory=Steps)
    late: Late = field(default_factory=Late)
    troubles: dict[str, str] = field(default_factory=dict)
    """Mine ("" the province) to why its last turn failed."""
    _begun: bool = False
    _owed: dict[str, list[str]] = field(default_factory=dict)
    """Days whose facts are written and whose verdicts or count failed."""

    def changed(self, windows: Sequence[Window]) -> None:
        """Statistics of these windows were computed."""
        self.late.changed(windows, self.plant.clock.monotonic())

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.turn()
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> dict[str, list[str]]:
        """Everything that is due now; mine to the days whose facts were written. What cannot be read now is read at the next turn."""
        try:
            due = await self._due()
        except UNWELL as error:
            self._failed("", "due", error)
            return {}
        written = {mine: await self._facts(mine, days) for mine, days in due.items()}
        new = {mine: days for mine, days in written.items() if days}
        for mine, days in self._owed.items():
            new[mine] = sorted({*days, *new.get(mine, ())})
        self._owed = {}
        if new:
            await self._follow(new)
        return {mine: days for mine, days in written.items() if days}

    async def _due(self) -> dict[str, list[str]]:
        zones, first, newest = await self.plant.run(self._standing)
        if self.late.sort(zones, newest, USUAL_ZONE):
            await self.plant.run(self._save)
        now, ticks = self.plant.clock.now(), self.plant.clock.monotonic()
        due = {
            mine: due_days(zones.get(mine, USUAL_ZONE), heard, newest.get(mine, ""), self.late.quiet(mine, ticks), now)
            for mine, heard in first.items()
        }
        return {mine: days for mine, days in due.items() if days}

    def _standing(self) -> tuple[dict[str, int], dict[str, int], dict[str, str]]:
        """By mine: its zone, when its first gateway was heard, the newest day with facts."""
        with self.plant.records.read() as db:
            zones = {mine: one.body.zone_hours for mine, one in registers.profiles(db).items()}
            first: dict[str, int] = {}
            for row in gateways.every(db):
                mine = Gateway.parse(row.gateway).mine
                first[mine] = min(row.first_seen, first.get(mine, row.first_seen))
            newest = fleet_log.newest_days(db, "facts")
            if not self._begun:
                self._remember(db, {mine: day for mine, day in newest.items() if mine in first})
            return zones, first, newest

    def _remember(self, db: Connection, newest: Mapping[str, str]) -> None:
        """What the centre that ran before left undone: late days, and days with facts that nobody judged."""
        self.late.load(db, self.plant.clock.monotonic())
        judged = fleet_log.newest_days(db, "verdicts")
        for mine, day in newest.items():
            if days := days_after(judged.get(mine, ""), day):
                entries = fleet_log.current(db, "facts", mine=mine, days=(days[0], days[-1]))
                self._owed[mine] = [entry.day for entry in entries]
        self._begun = True

    def _save(self) -> None:
        with self.plant.records.begin() as db:
            self.late.save(db)

    async def _facts(self, mine: str, days: Sequence[str]) -> list[str]:
        """One day after the other, the oldest first; at most half of the store's time. The days whose facts were written."""
        written = list[str]()
        for day in days:
            began = self.plant.clock.monotonic()
            try:
                facts = (await gather(self.plant, mine, day)).facts
                if await keep(self.plant, facts) is not None:
                    written.append(day)
                if self.late.done(mine, day):
                    await self.plant.run(self._save)
            except UNWELL as error:
                self._failed(mine, f"facts of {day}", error)
                return written
            await asyncio.sleep((self.plant.clock.monotonic() - began) / SECOND)
        self.troubles.pop(mine, None)
        return written

    async def _follow(self, new: dict[str, list[str]]) -> None:
        """Verdicts of each mine by itself; then what is of all mines together."""
        good = {mine: days for mine, days in new.items() if await self._of_mine(mine, days)}
        try:
            for step in self.steps.province if good else ():
                await step(self.plant, good)
            self.troubles.pop("", None)
        except UNWELL as error:
            self._failed("", "count", error)
            self._owed |= good

    async def _of_mine(self, mine: str, days: list[str]) -> bool:
        try:
            for step in self.steps.mines:
                await step(self.plant, {mine: days})
        except UNWELL as error:
            self._failed(mine, "verdicts", error)
            self._owed[mine] = days
            return False
        return True

    def _failed(self, mine: str, what: str, error: BaseException) -> None:
        self.troubles[mine] = f"{what}: {type(error).__name__}: {error}"
        log.error("fleet's night", mine=mine, what=what, why=str(error))
