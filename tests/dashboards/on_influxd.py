"""A real influxd with a few minutes of the demo's first mine in the layout, and what the feed writes beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge

from alerts.health import Known, Step, health
from alerts.packs import load
from alerts.packs.pack import Pack
from contracts.clock import DAY, HOUR, MINUTE, SECOND, iso
from contracts.columns import Block
from contracts.facts import Fact
from contracts.points import Point, Registry
from contracts.quality import ALARM, CALIBRATION
from contracts.topics import Gateway
from dashboards.render import Json
from fleet.bodies import Count, Reported, Status, Suspicion, Verdict, VerdictSet
from ingest.grafana_findings import finding_line
from ingest.grafana_fleet import count_lines, fact_line, reported_line, suspicion_line, verdict_lines
from ingest.grafana_health import health_lines
from ingest.grafana_lines import gateway_lines, ledger_lines, line, point_lines, process_lines, transition_lines
from ingest.grafana_permits import permit_line
from ingest.ledger import Gap, LedgerDay, Word
from ingest.live import GatewayLive
from models.policy import WEAR
from models.signs import FIRE, GAS
from sim_sensors.demo import devices
from sim_sensors.device import Device
from store.influx import Server
from store.influx.lines import Encoder, Rows
from store.interface import WINDOW
from store.records.alarm_feed import ToldTransition
from store.records.findings import FindingRow
from store.records.permits import PermitRow

MINE, SPAN, STEP = "demo-a", 6 * MINUTE, 5 * SECOND
GAP_AGO = (2 * HOUR, 3 * HOUR)
"""No statistics of these, µs before the start."""
LONG = 7 * HOUR
"""So much further back a span is long."""
GAP = (2 * MINUTE, 4 * MINUTE)
"""No reading came between these, µs after the start."""
SCORES = Registry(MINE, "", "", tuple(Point(f"S-{area}", "score", area, f"{area} 模型分数", f"{area}, score") for area in ("face", "belt")))
DRAINED = {"DS-CH4": "pipe_methane", "DS-Q": "pipe_flow", "DS-P": "pipe_suction", "DS-TE": "pipe_temperature"}
STATION = Registry(MINE, "", "", tuple(Point(name, quantity, "drainage-station", "泵站", "station") for name, quantity in DRAINED.items()))
"""The demo has no drainage station: made here."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was written; `start` to `end`, µs UTC."""

    server: Server
    start: int
    end: int

    def flux(self, panel: Json, query: str, back: int, mine: str, area: str) -> str:
        """A panel's query as Grafana would send it."""
        given = {"v.timeRangeStart": iso(self.start - back), "v.timeRangeStop": iso(self.end), "v.windowPeriod": panel["interval"]}
        for name, value in (given | {"${mine}": mine, "${area:regex}": area}).items():
            query = query.replace(name, value)
        return self._as_then(query)

    def _as_then(self, query: str) -> str:
        """As if asked at `end`: on a slow machine minutes pass between what was written and the last question."""
        imports = [line for line in query.splitlines() if line.startswith("import ")]
        rest = [line for line in query.splitlines() if not line.startswith("import ")]
        return "\n".join([*imports, f"option now = () => {iso(self.end)}", *rest])

    def rows(self, panel: Json, at: int = 0, *, back: int = 0, mine: str = MINE, area: str = ".*") -> list[dict[str, str]]:
        """What the panel gets for a span that begins `back` before the data; `area` as `${area:regex}` gives it."""
        return list(self.server.rows(self.flux(panel, panel["targets"][at]["query"], back, mine, area)))


def filled(server: Server, now: int) -> Filled:
    """Six minutes up to `now`, with two minutes without a reading, and one point in alarm under calibration."""
    start = (now - SPAN) // MINUTE * MINUTE
    device, encoder, lines = devices(start)[MINE], Encoder(), list[bytes]()
    _long_ago(server, device, start)
    point = np.arange(len(device.registry.points), dtype=np.int32)
    for at in range(start, now, STEP):
        if GAP[0] <= at - start < GAP[1]:
            continue
        value, quality = device.read(at)
        flags = quality.astype(np.uint16)
        flags[0] = ALARM | CALIBRATION
        rows = Rows(0, MINE, device.registry, Block(point, np.full(len(point), at, np.int64), value, flags))
        lines += [piece.data for piece in (*encoder.quality(rows), *encoder.values(rows))]
    server.write("raw", b"".join(lines))
    server.write("raw", "".join((*_scores(start, now), *_station(start, now))).encode())
    pack = load()
    one = device.registry.points[0]
    tags = {"mine": MINE, "area": one.area, "quantity": one.quantity, "point": one.id}
    server.write("events", line("points", tags, {"gone": "a field that nobody writes any more"}, start - MINUTE).encode())
    for at in range(start, now, 10 * SECOND):
        lines_of_feed = "".join(
            [
                *_events(at, start, pack),
                *point_lines(device.registry, pack, at),
                *point_lines(SCORES, pack, at),
                *point_lines(STATION, pack, at),
            ]
        )
        server.write("events", lines_of_feed.encode())
    return Filled(server, start, now)


def _long_ago(server: Server, device: Device, start: int) -> None:
    """Four hours of statistics before, with one hour without any, and one window in which not all is good."""
    texts = []
    for at in range(start // WINDOW * WINDOW - 4 * HOUR, start - HOUR, WINDOW):
        if GAP_AGO[0] <= start - at < GAP_AGO[1]:
            continue
        good = 20.0 if at == poor(start) else 60.0
        for stat, value in {"min": 1.0, "mean": 2.0, "max": 3.0, "last": 1.0, "count": 60.0, "numbers": 60.0, "good": good}.items():
            tags = {"mine": MINE, "stat": stat}
            texts += [line(one.quantity, tags, {one.id: value}, at) for one in (*device.registry.points, *SCORES.points, *STATION.points)]
    server.write("statistics", "".join(texts).encode())


def _scores(start: int, now: int) -> Iterator[str]:
    """A score of each area every 10 s, with the gap of the readings."""
    for at in range(start, now, 10 * SECOND):
        if not GAP[0] <= at - start < GAP[1]:
            yield line("score", {"mine": MINE}, {point.id: 0.4 + number for number, point in enumerate(SCORES.points)}, at)


def _station(start: int, now: int) -> Iterator[str]:
    """A reading of the drainage pipe every 10 s."""
    for at in range(start, now, 10 * SECOND):
        yield from (line(point.quantity, {"mine": MINE}, {point.id: 20.5 + number}, at) for number, point in enumerate(STATION.points))


def fleet(at: int) -> Iterator[str]:
    """What the log of the fleet has of a day: facts, verdicts, counts, a total of the press, a suspicion."""
    known = {"drained_pure_m3": 6321.0, "drainage_rate": 0.55}
    facts = [Fact(name, value, 0.98, 0, DAY, "x@1") for name, value in known.items()]
    links = {"network_delay_ms": 21.0, "network_loss_share": 0.01, "link_available_share": 0.999, "receipt_delay_ms": 850.0}
    facts += [Fact(name, value, 1.0, 0, DAY, "x@1", subject="gate-1", evidence=("link:5g",)) for name, value in links.items()]
    yield from (fact_line(MINE, fact, at) for fact in facts)
    verdicts = (Verdict("a", Status.MET), Verdict("b", Status.NO_EVIDENCE))
    told = VerdictSet(mine=MINE, day="", pack="shanxi-2025", pack_hash="", outcome=Status.NO_EVIDENCE, systems={}, verdicts=verdicts)
    yield from verdict_lines(told, at)
    by_evidence = {"mine": {"met": 1, "not_met": 2, "no_evidence": 3}}
    yield from count_lines(Count(day="", pack="shanxi-2025", pack_hash="", by_evidence=by_evidence, met=(MINE,)), at)
    yield reported_line(Reported(id="p", date="2024-12-31", total=268, where="press", confidence="seen_secondary"), at)
    yield suspicion_line(
        Suspicion(mine=MINE, day="", kind="frozen", score=3.0, threshold=2.0, why_zh="数值不动", why_en="does not move"), at
    )


def poor(start: int) -> int:
    """The window in which not all is good."""
    return start // WINDOW * WINDOW - 4 * HOUR + 2 * WINDOW


def _events(at: int, start: int, pack: Pack) -> Iterator[str]:
    yield line("alarm_count", {"mine": MINE}, {"active": 1, "unacknowledged": 1, "unverified": 0, "unknown": 0, "silent": 0}, at)
    yield line(
        "alarms_open",
        {"mine": MINE, "subject": "1103-T1", "rule": "limit.cut.0", "word_zh": "断电值", "word_en": "cut value"},
        {"class": 1},
        at,
    )
    yield from gateway_lines([GatewayLive(Gateway(MINE, "gate-1"), heard=at - SECOND, born=start)], {f"{MINE}/gate-1": at - 2 * SECOND}, at)
    gap = Gap(Word.NOT_SAMPLED, 24, 24, start + GAP[0], start + GAP[1], source="field", reason="nobody polled")
    yield from ledger_lines(LedgerDay(f"{MINE}/gate-1", 0, made=9, committed=9, due=9, answered=9, gaps=[gap]), at)
    told = ToldTransition(1, start, MINE, "1103-T1", "limit.alarm", "raise", "掘进面", "face", "报警", "alarm", "Art.536", 1.2, 1.0)
    yield from transition_lines(
        [told, ToldTransition(2, start, MINE, "gate-1", "link.down", "raise", "", "", "失联", "down", "", None, None)], pack
    )
    yield from (finding_line(found) for found in findings(start))
    yield permit_line(permit(start), ())
    yield from fleet(start + MINUTE)
    yield from process_lines(_metrics(at - start), {"davy_records_deadletters": 0, "davy_records_deliveries_waiting": 0}, at)
    yield from _health(at, start)


def _health(at: int, start: int) -> Iterator[str]:
    """An alarm that chatters, was acknowledged once and is active; the ten minutes of the chart are put into the span."""
    known = {1: Known(1, MINE, "1103-T1", "limit.alarm", "1103-T1", ("掘进面", "face"), 2)}
    came, went, seen = ("raise", "unacknowledged"), ("return", "returned_unacknowledged"), ("acknowledge", "normal")
    lived = [came, went, came, went, came, went, seen, came]
    steps = [Step(1, start + n * SECOND, change, "", after, "because") for n, (change, after) in enumerate(lived)]
    yield from health_lines(MINE, health(steps, known, at - DAY, max(at, start + MINUTE)), at)
    yield line("alarm_tens", {"mine": MINE}, {"n": 4}, start + MINUTE)


def permit(start: int) -> PermitRow:
    """One that was opened in the span and stands."""
    opened = start + MINUTE
    people = ("周调度", "赵检测", "标校", "", "")
    return PermitRow(
        1, 1, MINE, "1103-T1", "calibration", "open", start, start + HOUR, opened, opened + HOUR, 0, 0, 0, *people, None, None, 1
    )


def findings(start: int) -> tuple[FindingRow, ...]:
    """One that began before any span of the tests and stands, one that ended before them, one in the span."""
    gateway = f"{MINE}/gate-1"

    def found(number: int, kind: str, since: int, ended: int, points: tuple[str, ...] = ()) -> FindingRow:
        return FindingRow(number, MINE, gateway, kind, f"s{number}", since, since, ended, 0.875, points, {}, "m 1", since)

    long_ago = start - 2 * LONG
    return (
        found(1, GAS, long_ago, 0, ("1101-T1", "1101-T2")),
        found(2, FIRE, long_ago, start - LONG - MINUTE),
        found(3, WEAR, start + MINUTE, start + 2 * MINUTE),
    )


def _metrics(passed: int) -> CollectorRegistry:
    registry = CollectorRegistry()
    for name in ("readings", "messages", "failures", "refused", "duplicates"):
        Counter(f"davy_ingest_{name}", name, registry=registry).inc(passed / SECOND)
    Counter("process_cpu_seconds", "cpu", registry=registry).inc(passed / MINUTE)
    for name in (
        "davy_ingest_inbox_length",
        "davy_ingest_unprogressed_seconds",
        "davy_ingest_broker_connected",
        "process_resident_memory_bytes",
    ):
        Gauge(name, name, registry=registry).set(1)
    return registry
