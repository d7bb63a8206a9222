"""Everything the pages are drawn from, handed in by the process that owns it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sqlalchemy.pool import StaticPool

from alerts.config import AlertsSection, Recipient
from alerts.evidence import Seal
from alerts.journal import Journal
from alerts.packs.handling import Handling, load_handling
from alerts.packs.pack import Pack
from alerts.rota import Rota
from alerts.trial import Trial
from console.web.times import BEIJING, Zone
from contracts.clock import Clock
from ingest.backups import BackupState
from ingest.ledger import LedgerDay
from ingest.live import Live
from ingest.revival import Revived
from store.backup import Made
from store.interface import Store
from store.records.engine import Records

T = TypeVar("T")


class Run(Protocol):
    """Runs `work` in the one thread that may touch the store and the records, and hands back its result."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Plant:
    """The centre as the console sees it. Only `journal.act` and `replay` change anything (and a `backup` is noted).

    `ledger(gateway, start, end)` gives one LedgerDay per UTC day touched, ascending; it is called through `run`, like the store.
    """

    store: Store
    records: Records
    live: Live
    journal: Journal
    ledger: Callable[[str, int, int], list[LedgerDay]]
    clock: Clock
    run: Run
    limits: Pack
    replay: Callable[[int], Revived]
    """Tries a dead letter again, by id; called through `run`."""
    zone: Zone = BEIJING
    backup: Callable[[], Made] | None = None
    """Makes a backup of store and records; in a thread of its own, beside the store's."""
    backups: Callable[[], BackupState] | None = None
    """What is known of the backups."""
    recipients: Sequence[Recipient] = ()
    trial: Callable[[Recipient], Awaitable[Trial]] | None = None
    """Sends a recipient a message that is marked as a test."""
    alerts: AlertsSection = field(default_factory=AlertsSection)
    """How people are called; whom a viewer may see of them stands in `recipients`."""
    rota: Sequence[Rota] = ()
    """Who is on duty when, as the recipients' rota says."""
    handling: Handling = field(default_factory=load_handling)
    """By which alarms are answered for."""
    seal: Seal | None = None
    """Signs evidence; None: nobody gave it a key."""

    aside: Run = asyncio.to_thread
    """Runs a short look in a thread of its own."""

    async def look(self, work: Callable[[], T], *, store: bool = False) -> T:
        """A short reading of the records, or (`store`) of the history of points too: beside the store's thread, so that it waits for no
        commit; in turn where the database or the store has only the one."""
        alone = isinstance(self.records.engine.pool, StaticPool) or (store and not self.store.read_beside)
        return await (self.run(work) if alone else self.aside(work))

    async def beside(self, work: Callable[[], T]) -> T:
        """Long reading of the records: in a thread of its own, but for records in memory, which have one connection."""
        alone = isinstance(self.records.engine.pool, StaticPool)
        return await (self.run(work) if alone else asyncio.to_thread(work))
