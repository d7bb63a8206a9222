"""Wires the centre: store, records, alarms, intake. One process owns them all."""

import asyncio
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from msgspec.structs import replace as replaced

from alerts.addresses import addressed
from alerts.channels import CHANNELS
from alerts.config import AlertsSection
from alerts.deliver import Deliver
from alerts.escalation import Escalation
from alerts.evidence import Seal
from alerts.journal import Journal
from alerts.packs import load
from alerts.packs.handling import Handling, load_handling
from alerts.packs.pack import Pack
from alerts.planned import Planned
from alerts.referral import Referrals
from alerts.rota import Rota
from alerts.telling import Routed
from alerts.trouble import Trouble
from contracts.clock import DAY, SECOND, Clock
from contracts.errors import Retry
from ingest.backups import BackupMetrics, Backups
from ingest.batchfiles import Filing
from ingest.books import ledger
from ingest.commit import Recorder
from ingest.config import IngestSettings, check
from ingest.filedrop import FileDrop
from ingest.grafana_feed import GrafanaFeed, feed_into
from ingest.holdings import Holdings
from ingest.intake import Intake
from ingest.judge import Judge
from ingest.ledger import LedgerDay
from ingest.live import Live
from ingest.metrics import watched
from ingest.planned import PlannedWatch
from ingest.revival import Revival, Revived
from ingest.seal import seal_in
from ingest.surroundings import LiveSurroundings
from ingest.suspects import Suspects
from ingest.worker import Worker
from store.address import open_store
from store.backup import Made
from store.interface import Store
from store.lease import Lease
from store.records.engine import Records, open_records
from store.records.owners import NotOwner
from wire.health import Watched, watched_by
from wire.together import together

log = structlog.get_logger("ingest")

SWITCH_S = 0.0005
"""How long a thread keeps the interpreter from others: at Python's 5 ms the loop and the store's thread wait at every turn."""
SEAL_EVERY_S = 3600.0
LOOK_EVERY_S = 0.2
IN_MEMORY = ("sqlite://", "sqlite:///:memory:")


@dataclass(frozen=True, slots=True)
class Centre:
    """Everything one ingest process owns. `lease`: None where the records are in memory and nobody else can have them."""

    store: Store
    records: Records
    lease: Lease | None
    journal: Journal
    live: Live
    intake: Intake
    worker: Worker
    deliver: Deliver
    pack: Pack
    clock: Clock
    revival: Revival
    backups: Backups
    feed: GrafanaFeed | None
    filing: Filing
    drop: FileDrop | None
    handling: Handling
    referrals: Referrals
    seal: Seal
    planned: PlannedWatch
    escalation: Escalation
    rota: tuple[Rota, ...] = ()
    alerts: AlertsSection = field(default_factory=AlertsSection)

    def backup(self) -> Made:
        """A backup of store and records, in a thread of its own."""
        return self.backups.make("console")

    def replay(self, letter_id: int) -> Revived:
        """Try a dead letter again (in the store's thread)."""
        return self.revival.replay(letter_id, self.clock.now())

    def watched(self) -> Watched:
        """The centre as it is watched."""
        told = watched(self.intake, self.records, self.clock, self.lease)
        told.registry.register(BackupMetrics(self.backups, self.clock))
        return replace(told, health=lambda: replace(told.health(), notes=self.backups.notes(self.clock.now())))

    def ledger(self, gateway: str, start: int, end: int) -> list[LedgerDay]:
        """The gap ledger of a gateway, one row a day (in the store's thread)."""
        return ledger(self.worker.holdings, gateway, start, end)

    async def run(self) -> None:
        """Until cancelled."""
        sys.setswitchinterval(SWITCH_S)
        more = [part.run() for part in (self.feed, self.drop) if part is not None]
        await together(
            self._owned(),
            self.intake.run(),
            self.deliver.run(),
            self._tick(),
            self._seal(),
            self.backups.run(),
            self.intake.statistics.run(),
            *more,
        )

    async def _owned(self) -> None:
        """NotOwner once another centre took over: this process ends."""
        while self.lease is not None:
            if self.lease.lost:
                raise NotOwner(self.lease.lost)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tick(self) -> None:
        """What time alone does to alarms."""

        def tick() -> bool:
            now = self.clock.now()
            planned = self.planned.tick(now)
            with self.records.begin() as db:
                return bool([*planned, *self.journal.tick(db, now), *self.referrals.tick(db, now), *self.escalation.tick(db, now)])

        while True:
            await asyncio.sleep(1.0)
            if await self.intake.attempt(tick):
                self.deliver.wake()

    async def _seal(self) -> None:
        """Closed days are rewritten for fast reading, in a thread of their own."""
        while True:
            await asyncio.sleep(SEAL_EVERY_S)
            try:
                await asyncio.to_thread(self.store.seal)
            except Retry as error:
                log.warning("closed days not rewritten", why=str(error))

    def close(self) -> None:
        self.store.close()
        if self.lease is not None:
            self.lease.release()
        self.records.close()


def make_centre(settings: IngestSettings, clock: Clock) -> Centre:
    """The centre a configuration describes. Held where another one owns the records."""
    settings = check(replaced(settings, alerts=addressed(settings.alerts, os.environ)))
    Path(settings.folder).mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        records = open_records(settings.records)
        opened.callback(records.close)
        lease = None if settings.records in IN_MEMORY else Lease(records, clock, settings.lease_s * SECOND)
        if lease is not None:
            opened.callback(lease.release)
        store = open_store(settings.store, lease)
        opened.callback(store.close)
        centre = _assembled(settings, clock, store, records, lease)
        opened.pop_all()
    return centre


def _assembled(settings: IngestSettings, clock: Clock, store: Store, records: Records, lease: Lease | None) -> Centre:
    pack, recipients = load(), settings.alerts.recipients
    cover, live = Planned(), Live()
    routed = Routed(settings.alerts)
    journal = cover.asked_by(Journal(pack, recipients, routed, cover, LiveSurroundings(live, settings.alerts.duty_phones)))
    suspects = Suspects(Path(settings.folder) / "suspects")
    retention = settings.retention_days * DAY
    holdings = Holdings(store, records, journal, retention, lease.confirm if lease is not None else None)
    recorder = Recorder(holdings, journal)
    worker = Worker(holdings, recorder, suspects, retention)
    judge = Judge(records, journal, pack, live)
    intake = Intake(worker, judge, live, settings.broker, settings.name, settings.credit_kb << 10, clock)
    intake.planned = PlannedWatch(records, journal, store, live)
    channels = {name: kind() for name, kind in CHANNELS.items()}
    trouble, paces = Trouble(pack.documents, recipients), settings.alerts.channel_per_minute
    deliver = Deliver(records, recipients, channels, clock, settings.alerts.retry_at_most_s, trouble=trouble, channel_per_minute=paces)
    intake.on_alarms = lambda _mines: deliver.wake()
    revival, feed = Revival(holdings, recorder, retention), feed_into(settings.store, intake, holdings, pack, clock)
    backups = Backups(store, records, settings.backups, settings.backup, clock, alarm=journal.backup)
    filing = Filing(worker, settings.files.keys, clock)
    drop = FileDrop(Path(settings.files.folder), filing, intake, clock) if settings.files.folder else None
    handling = load_handling(settings.alerts.handling)
    return Centre(
        *(store, records, lease, journal, live, intake, worker, deliver, pack, clock, revival, backups, feed, filing, drop),
        handling=handling,
        referrals=Referrals(journal, handling),
        seal=seal_in(Path(settings.folder), records, clock.now()),
        planned=intake.planned,
        escalation=Escalation(journal, routed),
        rota=settings.alerts.rota,
        alerts=settings.alerts,
    )


async def run_ingest(settings: IngestSettings, clock: Clock) -> None:
    """`davy ingest`: the centre without pages."""
    centre = make_centre(settings, clock)
    try:
        async with watched_by(centre.watched(), settings.metrics_host, settings.metrics_port):
            await centre.run()
    finally:
        centre.close()
