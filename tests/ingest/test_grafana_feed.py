"""The copy for Grafana: what is written, when, and that a failure costs nothing but its turn."""

from pathlib import Path

from prometheus_client import CollectorRegistry

from alerts.packs import load
from contracts.clock import MINUTE, SECOND, ManualClock
from contracts.errors import Retry
from contracts.payload import Finding
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.grafana_feed import LEDGER_SHARE, SLOW_EVERY, GrafanaFeed
from ingest.ledger import Gap, LedgerDay, Word
from ingest.live import Live
from store.records import findings
from store.records.engine import open_records

PIT = Registry("pit", "矿", "pit", (Point("T0", "methane", "face-1", "地点", "place"),))


class Desk:
    """A feed that writes into a list, and may be told that InfluxDB is away."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.live, self.lines, self.away = ManualClock(), Live(registries={PIT.name: PIT}), list[str](), False
        self.records = open_records(f"sqlite:///{folder / 'records.db'}")
        self.live.change(Gateway("pit", "g1"), registry=PIT.name, heard=self.clock.now())
        self.feed = GrafanaFeed(
            self.write,
            self.records,
            self.live,
            load(),
            LedgerDay,
            self.run,
            CollectorRegistry(),
            self.clock,
        )

    def write(self, lines: bytes) -> None:
        if self.away:
            raise Retry("away")
        self.lines += lines.decode().splitlines()

    async def run(self, work: object) -> object:
        return work()  # type: ignore[operator]

    def measurements(self) -> set[str]:
        seen, self.lines = {line.split(",")[0] for line in self.lines}, []
        return seen


async def test_points_and_ledger_are_copied_seldom_the_rest_every_turn(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    quick = {"alarm_count", "gateways", "davy_process"}

    await desk.feed.turn()
    assert desk.measurements() == quick | {"points", "ledger", "alarm_health"}
    desk.clock.advance(MINUTE)
    await desk.feed.turn()
    assert desk.measurements() == quick
    desk.clock.advance(SLOW_EVERY)
    await desk.feed.turn()
    assert desk.measurements() == quick | {"points", "ledger", "alarm_health"}
    desk.records.close()


async def test_points_are_copied_as_soon_as_their_registry_came(tmp_path: Path) -> None:
    """A fresh centre hears of a gateway before it has its registry: without this a board lacked limits and points for 5 minutes."""
    desk = Desk(tmp_path)
    desk.live.registries.clear()
    await desk.feed.turn()
    assert "points" not in desk.measurements()
    desk.live.registries[PIT.name] = PIT
    desk.clock.advance(10 * SECOND)
    await desk.feed.turn()
    assert "points" in desk.measurements()
    desk.clock.advance(10 * SECOND)
    await desk.feed.turn()
    assert "points" not in desk.measurements()
    desk.records.close()


async def test_a_ledger_with_something_missing_is_copied_again_after_a_minute(tmp_path: Path) -> None:
    desk, missing = Desk(tmp_path), 5
    desk.feed.ledger = lambda name, now: LedgerDay(name, now, made=5, missing=missing)
    await desk.feed.turn()
    for behind in (0, 0):
        desk.measurements()
        desk.clock.advance(MINUTE)
        await desk.feed.turn()
        assert "ledger" in desk.measurements()
        missing = behind
    desk.clock.advance(MINUTE)
    await desk.feed.turn()
    assert "ledger" not in desk.measurements()
    desk.records.close()


async def test_what_an_absent_influxdb_missed_is_copied_at_the_next_turn(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.away = True
    try:
        await desk.feed.turn()
    except Retry:
        desk.away = False
    await desk.feed.turn()

    assert {"points", "ledger"} <= desk.measurements()
    desk.records.close()


async def test_findings_are_copied_with_the_alarms(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    now = desk.clock.now()
    with desk.records.begin() as db:
        findings.take(db, "pit", "pit/g1", Finding("gas_accumulation", "face", [], now - SECOND, now, 0, 0.5, now, "m", {}), now)
    await desk.feed.turn()
    await desk.feed.turn()

    assert [line.rsplit(" ", 1)[1] for line in desk.lines if line.startswith("findings,")] == [str(now - SECOND)]
    desk.records.close()


async def test_a_gap_that_was_filled_is_copied_as_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    gaps = [Gap(Word.MISSING, 3, 4, 7, 7, epoch="e", reason="not received yet")]
    desk.feed.ledger = lambda name, now: LedgerDay(name, now, gaps=gaps)
    await desk.feed.turn()
    gaps.clear()
    desk.clock.advance(SLOW_EVERY)
    await desk.feed.turn()

    told = [line for line in desk.lines if line.startswith("gaps,")]
    assert [" n=0i 7" in line for line in told] == [False, True]
    assert len({line.split(" ")[0] for line in told}) == 1
    desk.records.close()


async def test_the_ledger_takes_no_more_than_its_share_of_the_time(tmp_path: Path) -> None:
    """Ten gateways whose ledgers take two seconds each: one every 2 s / 0.03."""
    desk, asked = Desk(tmp_path), list[str]()
    for number in range(10):
        desk.live.change(Gateway("pit", f"g{number}"), registry=PIT.name, heard=desk.clock.now())

    def slow(name: str, now: int) -> LedgerDay:
        asked.append(name)
        desk.clock.advance(2 * SECOND)
        return LedgerDay(name, now)

    desk.feed.ledger = slow
    for _ in range(60):
        await desk.feed.turn()
        desk.clock.advance(10 * SECOND)

    assert 60 * 10 * LEDGER_SHARE / 2 - 1 <= len(asked) <= 60 * 12 * LEDGER_SHARE / 2 + 1
    assert len(set(asked)) == len(asked)
    desk.records.close()
