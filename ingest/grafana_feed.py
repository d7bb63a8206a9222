"""Copies alarms, findings, ledger, points and the process's own metrics into InfluxDB's bucket `events`, so that Grafana has one source.

A copy only: what it misses it writes at its next turn, and nothing waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError

from alerts.packs.pack import Pack
from contracts.clock import DAY, MINUTE, SECOND, Clock
from contracts.errors import DavyError
from ingest.grafana_findings import FindingCopy
from ingest.grafana_fleet import COPIED, FleetCopy
from ingest.grafana_health import HealthCopy
from ingest.grafana_lines import alarm_lines, gateway_lines, ledger_lines, point_lines, process_lines, series_of, transition_lines
from ingest.grafana_permits import PermitCopy
from ingest.holdings import Holdings
from ingest.intake import Intake
from ingest.ledger import LedgerDay
from ingest.live import Live
from ingest.metrics import IntakeMetrics
from ingest.open_day import OpenDay
from store.records import alarms, deadletters
from store.records.alarm_feed import transitions_after
from store.records.deliveries import waiting_deliveries
from store.records.engine import Records
from wire.health import process_registry

if TYPE_CHECKING:
    from store.influx.server import Server

EVERY_S = 10.0
SLOW_EVERY = 5 * MINUTE
"""Points and the ledger: what changes slowly."""
LEDGER_SHARE = 0.03
"""So much of the time the store's thread may be busy with the ledger: where that is not enough for all gateways, each comes less often."""
LOOK_BACK = 30 * DAY
"""Transitions so old are copied again after a start."""

log = structlog.get_logger("grafana")


@dataclass(slots=True)
class GrafanaFeed:
    """`write`: line protocol with µs into the bucket, durable; `ledger`: a gateway's day so far, called by `run_in_store`."""

    write: Callable[[bytes], None]
    records: Records
    live: Live
    pack: Pack
    ledger: Callable[[str, int], LedgerDay]
    run_in_store: Callable[[Callable[[], Any]], Awaitable[Any]]
    metrics: CollectorRegistry
    clock: Clock
    fleet_copied: Callable[[], int] = lambda: 0
    """How far the bucket holds the fleet's log."""
    _copied: int = field(default=0, init=False)
    _findings: FindingCopy = field(init=False)
    _health: HealthCopy = field(init=False)
    _permits: PermitCopy = field(init=False)
    _fleet: FleetCopy = field(init=False)
    _points_at: int | None = field(default=None, init=False)
    _points_of: frozenset[str] = field(default=frozenset(), init=False)
    """The registries those points were of."""
    _ledger_at: dict[str, int] = field(default_factory=dict, init=False)
    _gaps: dict[str, set[tuple[str, str]]] = field(default_factory=dict, init=False)
    _behind: set[str] = field(default_factory=set, init=False)
    """Gateways whose ledger said that something is missing: what is on its way is there a minute later."""
    _rests_until: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._findings, self._health = FindingCopy(self.records, self._send), HealthCopy(self.records, self._send)
        self._permits, self._fleet = PermitCopy(self.records, self._send), FleetCopy(self.records, self._send, self.fleet_copied)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.turn()
            except (DavyError, SQLAlchemyError) as error:
                log.warning("not copied for Grafana, next turn in 10 s", why=str(error))
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> None:
        """Everything that is due now."""
        now = self.clock.now()
        await asyncio.to_thread(self._quick, now, newest_of(self.live))
        known = frozenset(one.registry for one in self.live.gateways.values() if one.registry in self.live.registries)
        if self.live.gateways and (known - self._points_of or _due(self._points_at, self.clock.monotonic())):
            await asyncio.to_thread(self._send, self._points(now))
            await asyncio.to_thread(self._health.turn, [one.gateway.mine for one in self.live.gateways.values()], now)
            self._points_at, self._points_of = self.clock.monotonic(), known
        await self._ledgers(now)

    def _quick(self, now: int, newest: dict[str, int]) -> None:
        gateways = list(self.live.gateways.values())
        silent: dict[str, int] = {}
        for one in gateways:
            silent[one.gateway.mine] = silent.get(one.gateway.mine, 0) + one.silent(now)
        with self.records.read() as db:
            opened = alarms.alarms(db, open_only=True)
            kept = {
                "davy_records_deadletters": sum(deadletters.count(db).values()),
                "davy_records_deliveries_waiting": waiting_deliveries(db),
            }
        lines = [*alarm_lines(opened, silent, silent, now), *gateway_lines(gateways, newest, now), *process_lines(self.metrics, kept, now)]
        self._send(lines)
        self._follow(now)
        self._findings.turn(now)
        self._permits.turn(now)
        self._fleet.turn(now)

    def _follow(self, now: int) -> None:
        while True:
            with self.records.read() as db:
                rows = transitions_after(db, self._copied, now - LOOK_BACK)
            if not rows:
                return
            self._send(transition_lines(rows, self.pack))
            self._copied = rows[-1].id

    def _points(self, now: int) -> list[str]:
        registries = {one.gateway.mine + one.registry: self.live.registries.get(one.registry) for one in self.live.gateways.values()}
        return [text for registry in registries.values() if registry for text in point_lines(registry, self.pack, now)]

    async def _ledgers(self, now: int) -> None:
        """Gateway by gateway, the one copied longest ago first, within the share."""
        for name in sorted(self.live.gateways, key=lambda name: self._ledger_at.get(name, -1)):
            began = self.clock.monotonic()
            if began < self._rests_until:
                return
            if not _due(self._ledger_at.get(name), began, MINUTE if name in self._behind else SLOW_EVERY):
                continue
            day = await self.run_in_store(lambda name=name: self.ledger(name, now))  # type: ignore[misc]
            took = self.clock.monotonic() - began
            self._rests_until = max(self._rests_until, began - int(EVERY_S * SECOND)) + int(took / LEDGER_SHARE)
            lines = list(ledger_lines(day, now))
            await asyncio.to_thread(self._send, [*lines, *self._closed(name, lines)])
            self._ledger_at[name] = began
            (self._behind.add if day.missing else self._behind.discard)(name)

    def _closed(self, name: str, lines: list[str]) -> list[str]:
        """Gaps copied before that are none any more (what was missing came): they stand with 0."""
        there = {(series_of(text), text.rsplit(" ", 1)[1].strip()) for text in lines if text.startswith("gaps,")}
        gone = self._gaps.get(name, set()) - there
        self._gaps[name] = there
        return [f"{head} n=0i {time}\n" for head, time in gone]

    def _send(self, lines: Iterable[str]) -> None:
        if data := "".join(lines).encode():
            self.write(data)


def _due(done: int | None, now: int, every: int = SLOW_EVERY) -> bool:
    return done is None or now - done >= every


def newest_of(live: Live) -> dict[str, int]:
    """`mine/gateway` to the stamp of its newest reading, µs UTC."""
    found: dict[str, int] = {}
    for mine in live.mines:
        values = live.values(mine)
        for point, gateway in live.owners(mine).items():
            found[gateway] = max(found.get(gateway, 0), values[point].time)
    return found


def feed_into(address: str, intake: Intake, holdings: Holdings, pack: Pack, clock: Clock) -> GrafanaFeed | None:
    """The feed where the store at `address` is InfluxDB; None elsewhere."""
    if not address.startswith("influx+"):
        return None
    from store.influx.server import InfluxAddress, Server, token_of  # noqa: PLC0415  # InfluxDB's client only where there is one

    server = Server(InfluxAddress.parse(address), token_of())
    metrics = process_registry()
    metrics.register(IntakeMetrics(intake, holdings.records, clock))
    days: dict[str, OpenDay] = {}
    return GrafanaFeed(
        write=lambda lines: server.write("events", lines),
        records=holdings.records,
        live=intake.live,
        pack=pack,
        ledger=lambda gateway, now: days.setdefault(gateway, OpenDay(gateway)).at(holdings, now),
        run_in_store=intake.run_in_store,
        metrics=metrics,
        clock=clock,
        fleet_copied=lambda: copied_of(server),
    )


def copied_of(server: "Server") -> int:
    """The number behind which the fleet's log is not in the bucket yet; 0 where it holds nothing of it."""
    bucket, all_time = server.address.bucket("events"), "range(start: 1970-01-01T00:00:00Z)"
    asked = f'from(bucket: "{bucket}") |> {all_time} |> filter(fn: (r) => r._measurement == "{COPIED}") |> last()'
    return max((int(row["_value"]) for row in server.rows(asked)), default=0)
