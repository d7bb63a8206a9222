"""The centre's figures for Prometheus, and whether it progresses. Read off the intake when asked; nothing is counted twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from contracts.clock import SECOND, Clock
from store.lease import Lease
from store.records import deadletters
from store.records.deliveries import waiting_deliveries
from store.records.engine import Records
from wire.expiry import CertificateDays
from wire.health import Health, Watched, process_registry

if TYPE_CHECKING:
    from ingest.intake import Intake

log = structlog.get_logger("ingest")

STUCK_AFTER = 60 * SECOND
"""Messages wait and no group was committed for so long."""
PATIENCE_S = 2.0
"""A scrape waits so long for the records database; then what only it knows has no sample."""
GROUP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the databases were asked for."""

    deliveries: int
    letters: dict[str, int]
    cached: int


class IntakeMetrics(Collector):
    """`davy_ingest_...`, `davy_records_...`, `davy_store_...`; seconds, messages, bytes. What is not known just now has no sample."""

    def __init__(self, intake: "Intake", records: Records, clock: Clock) -> None:
        self._intake, self._records, self._clock = intake, records, clock
        self._asking: asyncio.Task[_Known] | None = None
        self._known: _Known | None = None

    def collect(self) -> Iterator[Metric]:
        intake, told, now = self._intake, self._intake.counters, self._clock.monotonic()
        counts = (
            ("messages", "Messages from the broker", told.messages),
            ("foreign", "Messages on topics that are none of ours", told.foreign),
            ("crowded", "Messages of gateways that had too much waiting already; they come again", told.crowded),
            ("items", "Items of readings stored", told.items),
            ("readings", "Readings stored", told.readings),
            ("duplicates", "Items that were held already", told.duplicates),
            ("folds", "Readings stored beside another value of the same time", told.folds),
            ("groups", "Groups committed", told.groups),
            ("failures", "Groups not committed (nothing was receipted, all comes again)", told.failures),
        )
        for name, text, value in counts:
            yield CounterMetricFamily(f"davy_ingest_{name}", text, value=value)
        refused = CounterMetricFamily("davy_ingest_refused", "What was refused, by reason", labels=["reason"])
        for reason, number in sorted(told.reasons.items()):
            refused.add_metric([reason], number)
        yield refused
        gateways, wall = list(intake.live.gateways.values()), self._clock.now()
        gauges = (
            ("inbox_length", "Messages taken in and not committed", intake.waiting),
            ("unprogressed_seconds", "Seconds for which work waits without a commit", intake.overdue(now) / SECOND),
            ("broker_connected", "1 while connected to the broker", intake.connected),
            ("failing", "1 while the last group was not committed", bool(intake.error)),
            ("gateways", "Gateways known", len(gateways)),
            ("gateways_silent", "Gateways that told nothing for three of their periods", sum(one.silent(wall) for one in gateways)),
        )
        for name, text, gauge in gauges:
            yield GaugeMetricFamily(f"davy_ingest_{name}", text, value=float(gauge))
        yield from intake.statistics.metrics(now)
        yield from self._kept()

    def _kept(self) -> Iterator[Metric]:
        deliveries = GaugeMetricFamily("davy_records_deliveries_waiting", "Messages to people not yet accepted by a channel")
        letters = GaugeMetricFamily("davy_records_deadletters", "Unresolved dead letters, by reason", labels=["reason"])
        cached = GaugeMetricFamily(
            "davy_store_cached_bytes", "Memory in which the store keeps pages of its files, up to a bound of its own"
        )
        if self._known is not None:
            deliveries.add_metric([], self._known.deliveries)
            cached.add_metric([], self._known.cached)
            for reason, number in sorted(self._known.letters.items()):
                letters.add_metric([reason], number)
        yield from (deliveries, letters, cached)

    async def refresh(self) -> None:
        """Ask the records, one question at a time, however slow they are."""
        self._known = None
        if self._asking is None:
            self._asking = asyncio.ensure_future(asyncio.to_thread(self._read))
        await asyncio.wait({self._asking}, timeout=PATIENCE_S)
        if not self._asking.done():
            return
        asked, self._asking = self._asking, None
        try:
            self._known = asked.result()
        except SQLAlchemyError as error:
            log.warning("records cannot be read", why=str(error))

    def _read(self) -> "_Known":
        with self._records.read() as db:
            return _Known(waiting_deliveries(db), deadletters.count(db), self._intake.worker.holdings.store.cached_bytes())


def health_of(intake: "Intake", now: int, lease: Lease | None = None) -> Health:
    """Stuck: work waits, no group is committed. Not ready: not the owner for sure, no broker, the last group failed, statistics far
    behind. `now`: monotonic µs."""
    stuck = []
    if (overdue := intake.overdue(now)) > STUCK_AFTER:
        why = f" ({intake.error})" if intake.error else ""
        stuck.append(f"inbox: {intake.waiting} messages wait, no group committed for {overdue // SECOND} s{why}")
    unready = [] if intake.connected else [f"broker: {intake.why}"]
    if intake.error:
        unready.append(f"store: {intake.error}")
    unready += intake.statistics.behind(now)
    unready += lease.unready() if lease is not None else []
    return Health(tuple(stuck), tuple(unready))


def watched(intake: "Intake", records: Records, clock: Clock, lease: Lease | None = None) -> Watched:
    """The centre as it is watched; also times its groups from now on."""
    registry = process_registry()
    metrics = IntakeMetrics(intake, records, clock)
    registry.register(metrics)
    registry.register(CertificateDays(intake.broker, clock))
    seconds = Histogram("davy_ingest_group_seconds", "Time to commit a group", registry=registry, buckets=GROUP_SECONDS)
    intake.on_group = seconds.observe
    return Watched(registry, lambda: health_of(intake, clock.monotonic(), lease), metrics.refresh)
