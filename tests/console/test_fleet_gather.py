"""A mine's day out of an embedded store with real gaps: gathered, kept once, kept again when late data change it; then its verdicts."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from alerts.calibration_desk import About, calibrated
from alerts.journal import Journal
from alerts.packs import load
from console.fleet import registers
from console.fleet.gather import areas_of, current, gather, keep
from console.fleet.night import Night, Steps
from console.fleet.steps import STEPS
from console.web.plant import Plant
from contracts.clock import DAY, HOUR, MINUTE, SECOND, ManualClock, from_iso
from contracts.columns import Block
from contracts.errors import Retry
from contracts.facts import Fact
from contracts.payload import Birth, Extent, Poll
from contracts.points import Registry
from fleet.bodies import Declared, Profile, Status, VerdictSet, Workplace, read, write
from ingest.books import ledger
from ingest.holdings import Holdings
from ingest.ledger import LedgerDay
from ingest.live import Live
from sim_sensors.config import DeviceSettings, build
from store.embedded import EmbeddedStore
from store.interface import Delivery
from store.records import epochs, fleet_log, gateways, registry
from store.records.engine import open_records
from store.records.fleet_log import New

pytestmark = pytest.mark.slow

T = TypeVar("T")
PERIOD = 60 * SECOND
START = from_iso("2026-11-28T16:00:00Z")
"""Midnight of the 29th in the mine's zone."""
TODAY, END = "2026-11-29", START + DAY
MINE, GATE = "demo-b", "demo-b/gate-1"
EACH = 5 * MINUTE
"""Readings of one item."""


class Site:
    """A simulated mine's readings, in a store and records as an intake leaves them."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(END + 3 * HOUR)
        self.store, self.records, self.live = EmbeddedStore(folder / "store"), open_records("sqlite://"), Live()
        journal, pack = Journal(load()), load()
        self.holdings = Holdings(self.store, self.records, journal, 92 * DAY, None)
        self.plant = Plant(self.store, self.records, self.live, journal, self._ledger, self.clock, self._run, pack, lambda _: None)  # type: ignore[arg-type,return-value]
        device = build(DeviceSettings(name=MINE, kind="mine", port=0, mine_zh="矿", mine_en="mine", preset="low", seed=5), START)
        self.registry: Registry = device.registry
        self.read = device.read
        self.made = 0
        extent = Extent("e1", "data", (END - START) // EACH, 0, False)
        with self.records.begin() as db:
            registry.put(db, GATE, self.registry, START - HOUR)
            gateways.born(db, GATE, Birth(1, "0.1.0", 1, START - DAY, "trusted", "", "", PERIOD, "", [extent]), START - DAY)
            epochs.see(db, GATE, extent, START)
            body = Profile(mine=MINE, name_zh="矿", name_en="mine", gas_class="low")
            fleet_log.append(db, [New("profile", MINE, "", "", write(body))], "p", START)

    async def _run(self, work: Callable[[], T]) -> T:
        return work()

    def _ledger(self, gateway: str, start: int, end: int) -> list[LedgerDay]:
        return ledger(self.holdings, gateway, start, end)

    def items(self) -> dict[int, Delivery]:
        """Of a whole day, by number: an hour of the simulated mine, time and again."""
        hour = [self.read(time) for time in range(START, START + HOUR, PERIOD)]
        shown = [(time, *hour[(time - START) % HOUR // PERIOD]) for time in range(START, END, PERIOD)]
        out: dict[int, Delivery] = {}
        for seq in range((END - START) // EACH):
            low = START + seq * EACH
            part = [one for one in shown if low <= one[0] < low + EACH]
            points = np.arange(len(self.registry.points))
            block = Block.of(
                np.tile(points, len(part)),
                np.repeat([one[0] for one in part], len(points)),
                np.concatenate([one[1] for one in part]),
                np.concatenate([one[2] for one in part]),
            )
            polls = (Poll("field", PERIOD, low, len(part), len(part)),)
            out[seq] = Delivery(GATE, "e1", seq, seq + 1, low + EACH, low + EACH + SECOND, False, self.registry, block, polls)
        return out

    def take(self, items: list[Delivery]) -> None:
        self.store.append(items)
        self.store.recompute(self.store.dirty())

    def facts(self) -> dict[tuple[str, str], Fact]:
        found = asyncio.run(gather(self.plant, MINE, TODAY)).facts
        return {(fact.name, fact.subject): fact for fact in found.facts}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Delivery]:
    return Site(tmp_path_factory.mktemp("sim")).items()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()
    made.records.close()


def test_a_day_without_a_gap(site: Site, whole: dict[int, Delivery]) -> None:
    site.take(list(whole.values()))
    facts = site.facts()

    assert facts["points_online_rate", ""].value == pytest.approx(1.0, abs=0.02)
    assert facts["points_online_rate", ""].numbers["points"] == len(site.registry.points)
    assert facts["upload_gap_minutes", "gate-1"].value == 0.0
    assert (facts["upload_delay_s", "gate-1"].value, facts["late_share", "gate-1"].value) == (1.0, 0.0)
    assert {subject for name, subject in facts if name == "systems_running_share"} >= {
        "safety_monitoring",
        "main_haulage",
        "ventilation_air",
    }
    assert facts["face_producing_hours", "face-1101"].value == pytest.approx(12, abs=10)
    assert facts["face_auto_hours", "face-1101"].why == facts["max_persons_per_shift", ""].why == "no_points"
    assert facts["settings_wider_than_table19", ""].why == "settings_not_compared"
    assert facts["must_methane_points_missing", ""].why == "no_workplaces"
    assert facts["upgrade_done", ""].why == "not_declared"
    assert facts["permits_open_overrun", ""].why == "no_permits"
    assert facts["exceedances", ""].value == 0.0


def test_a_real_gap_is_told_by_every_fact_it_touches(site: Site, whole: dict[int, Delivery]) -> None:
    gone = range(100, 124)
    site.take([item for seq, item in whole.items() if seq not in gone])
    facts = site.facts()

    gap = facts["upload_gap_minutes", "gate-1"]
    assert (gap.value, gap.numbers["items_missing"]) == (120.0, 24.0)
    assert any(ref.startswith(f"gap:{GATE}/") for ref in gap.evidence)
    online = facts["points_online_rate", ""]
    assert online.value == pytest.approx(264 / 288, abs=0.02)
    assert online.completeness == pytest.approx(264 / 288, abs=1e-3)
    assert (facts["upload_delay_s", "gate-1"].value, facts["upload_delay_s", "gate-1"].why) == (None, "items_missing")
    assert facts["late_share", "gate-1"].numbers["not_come"] == 24.0


def test_half_a_day_is_no_evidence(site: Site, whole: dict[int, Delivery]) -> None:
    site.take([item for seq, item in whole.items() if seq < 144])
    facts = site.facts()
    for name in ("points_online_rate", "points_good_rate", "exceedances"):
        assert (facts[name, ""].value, facts[name, ""].why) == (None, "too_little_data")
    assert facts["upload_gap_minutes", "gate-1"].value == 720.0


def test_register_and_declarations_are_in_the_day(site: Site, whole: dict[int, Delivery]) -> None:
    place = Workplace(
        mine=MINE,
        id="1101",
        kind="face",
        name_zh="面",
        name_en="face",
        length_m=800.0,
        series_ventilation=False,
        valid_from="2026-01-01",
        by="p",
    )
    said = Declared(
        mine=MINE,
        name="max_persons_per_shift",
        value=42.0,
        valid_from="2026-11-01",
        valid_to="2026-11-30",
        document="ab" * 32,
        document_name="x.pdf",
        by="p",
    )
    over = Declared(
        mine=MINE,
        name="upgrade_done",
        value=1.0,
        valid_from="2026-01-01",
        valid_to="2026-11-28",
        document="ab" * 32,
        document_name="y.pdf",
        by="p",
    )
    with site.records.begin() as db:
        new = [
            New("workplace", MINE, "", "1101", write(place)),
            New("declared", MINE, "", "a", write(said)),
            New("declared", MINE, "", "b", write(over)),
        ]
        fleet_log.append(db, new, "p", START)
        desk = About(MINE, "1101-T0", "somebody")
        calibrated(db, desk, END + HOUR, 2.0, 2.0, END + HOUR)
    site.take(list(whole.values()))
    facts = site.facts()
    calibration = facts["calibration_on_time_rate", ""]
    assert calibration.value == 0.0, "what was done after the day is not of the day"
    with site.records.begin() as db:
        calibrated(db, desk, END - HOUR, 2.0, 2.0, END + HOUR)
    later = site.facts()["calibration_on_time_rate", ""].numbers
    assert (calibration.numbers["late"], later["late"]) == (later["late"] + 1, calibration.numbers["late"] - 1)
    assert areas_of(place) == {"1101", "face-1101"}
    assert facts["must_methane_points_missing", "1101"].value == 0.0
    assert ("face_producing_hours", "1101") in facts
    assert (facts["max_persons_per_shift", ""].value, facts["max_persons_per_shift", ""].way) == (42.0, "declared")
    assert facts["upgrade_done", ""].why == "declaration_expired"


def test_facts_are_kept_once_and_again_only_when_late_data_change_them(site: Site, whole: dict[int, Delivery]) -> None:
    site.take([item for seq, item in whole.items() if seq != 200])
    first = asyncio.run(gather(site.plant, MINE, TODAY)).facts
    assert asyncio.run(keep(site.plant, first)) is not None
    assert asyncio.run(keep(site.plant, asyncio.run(gather(site.plant, MINE, TODAY)).facts)) is None

    site.take([whole[200]])
    later = asyncio.run(gather(site.plant, MINE, TODAY)).facts
    entry = asyncio.run(keep(site.plant, later))
    assert entry is not None
    with site.records.read() as db:
        kept = list(fleet_log.current(db, "facts", mine=MINE))
        assert [one.n for one in kept] == [entry.n]
        assert current(db, MINE, TODAY) == later


def test_a_night_writes_facts_verdicts_and_count_and_late_data_write_them_anew(site: Site, whole: dict[int, Delivery]) -> None:
    async def story() -> None:
        night = Night(site.plant, STEPS)
        site.take([item for seq, item in whole.items() if seq not in range(90, 110)])
        assert await night.turn() == {MINE: ["2026-11-28", TODAY]}
        assert await night.turn() == {}

        site.take([whole[seq] for seq in range(90, 110)])
        night.changed([(MINE, START + seq * EACH) for seq in range(90, 110)])
        assert await night.turn() == {}
        site.clock.advance(20 * MINUTE)
        assert await night.turn() == {MINE: [TODAY]}
        assert night.troubles == {}

    asyncio.run(story())
    with site.records.read() as db:
        kinds = {kind for kind in ("facts", "verdicts", "count", "pack") if registers.newest_day(db, kind) or kind == "pack"}
        assert kinds == {"facts", "verdicts", "count", "pack"}
        sets = [read(one.body, VerdictSet) for one in fleet_log.current(db, "verdicts", mine=MINE, days=(TODAY, TODAY), key="shanxi-2025")]
        [told] = sets
        assert told.outcome is not Status.MET
        assert told.correction == "facts_changed"
        assert len(told.facts) >= 1


def test_a_centre_that_ended_between_facts_and_verdicts_judges_them_after_its_start(site: Site, whole: dict[int, Delivery]) -> None:
    async def story() -> None:
        site.take(list(whole.values()))
        await Night(site.plant, Steps()).turn()
        assert await Night(site.plant, STEPS).turn() == {}

    asyncio.run(story())
    with site.records.read() as db:
        assert [one.day for one in fleet_log.current(db, "verdicts", mine=MINE, key="shanxi-2025")] == ["2026-11-28", TODAY]
        assert [one.day for one in fleet_log.current(db, "count", key="shanxi-2025")] == ["2026-11-28", TODAY]


def test_one_mines_failure_is_its_own_and_is_told(site: Site, whole: dict[int, Delivery], monkeypatch: pytest.MonkeyPatch) -> None:
    with site.records.begin() as db:
        gateways.heard(db, "aaa/gate-1", START - DAY)
    site.take(list(whole.values()))
    broken = True

    def windows(mine: str, start: int, end: int, *points: object) -> dict:  # type: ignore[type-arg]
        if mine == "aaa" and broken:
            raise Retry("cannot just now")
        return real(mine, start, end, *points)

    real = site.store.windows
    monkeypatch.setattr(site.store, "windows", windows)

    async def story() -> None:
        nonlocal broken
        night = Night(site.plant, Steps())
        assert set(await night.turn()) == {MINE}
        assert "cannot just now" in night.troubles["aaa"]
        broken = False
        assert set(await night.turn()) == {"aaa"}
        assert night.troubles == {}

    asyncio.run(story())


def test_verdicts_that_failed_are_owed(site: Site, whole: dict[int, Delivery]) -> None:
    told: list[dict[str, list[str]]] = []

    async def verdicts(_plant: Plant, changed: object) -> None:
        told.append(dict(changed))  # type: ignore[call-overload]
        if len(told) == 1:
            raise Retry("not now")

    async def story() -> None:
        site.take(list(whole.values()))
        night = Night(site.plant, Steps(mines=(verdicts,)))
        await night.turn()
        assert "not now" in night.troubles[MINE]
        await night.turn()
        await night.turn()

    asyncio.run(story())
    assert told == [{MINE: ["2026-11-28", TODAY]}] * 2
