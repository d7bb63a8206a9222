"""The facts of honesty out of a store and records: flags without gas, a standing sensor, permits, and a link that was down."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pytest

from alerts.journal import Journal
from alerts.packs import load
from console.fleet.gather import gather, keep
from console.web.plant import Plant
from contracts import quality as q
from contracts.clock import DAY, HOUR, MINUTE, SECOND, ManualClock, from_iso
from contracts.columns import Block
from contracts.facts import Fact
from contracts.payload import Birth, Extent, Poll
from contracts.points import Point, Registry
from ingest.books import ledger
from ingest.holdings import Holdings
from ingest.ledger import LedgerDay
from ingest.live import Live
from store.interface import WINDOW, Delivery
from store.memory import MemoryStore
from store.records import epochs, gateways, permits, registry
from store.records.engine import open_records

pytestmark = pytest.mark.slow

T = TypeVar("T")
START = from_iso("2026-11-27T16:00:00Z")
"""Midnight of the 28th in the mine's zone: two days of readings."""
MINE, GATE, DAYS = "demo-b", "demo-b/gate-1", 2
EACH = 6 * HOUR
"""Readings of one item, one each window."""
POINTS = tuple(Point(f"T0{at}", "methane", "face-1101", "1101采煤工作面", "face 1101") for at in range(1, 6))
FLAGGED = slice(DAY // WINDOW + 120, DAY // WINDOW + 126)
"""Half an hour from ten o'clock of the second day."""


class Site:
    """Five moving methane points for two days; `change` does something to their values and flags (points, windows)."""

    def __init__(self, change: Callable[[Any, Any], None]) -> None:
        self.clock = ManualClock(START + DAYS * DAY + 3 * HOUR)
        self.store, self.records = MemoryStore(), open_records("sqlite://")
        pack = load()
        self.journal = Journal(pack)
        self.holdings = Holdings(self.store, self.records, self.journal, 92 * DAY, None)
        self.plant = Plant(self.store, self.records, Live(), self.journal, self._ledger, self.clock, self._run, pack, lambda _: None)  # type: ignore[arg-type,return-value]
        self.registry = Registry(MINE, "矿", "mine", POINTS)
        with self.records.begin() as db:
            registry.put(db, GATE, self.registry, START - HOUR)
            extent = Extent("e1", "data", DAYS * DAY // EACH, 0, False)
            gateways.born(db, GATE, Birth(1, "0.1.0", 1, START - DAY, "trusted", "", "", WINDOW, "", [extent]), START - DAY)
            epochs.see(db, GATE, extent, START)
        count = DAYS * DAY // WINDOW
        self.values = 0.3 + 0.01 * ((np.arange(count)[None, :] + np.arange(5)[:, None]) % 5)
        self.flags = np.zeros((5, count), np.uint16)
        change(self.values, self.flags)

    async def _run(self, work: Callable[[], T]) -> T:
        return work()

    def _ledger(self, gateway: str, start: int, end: int) -> list[LedgerDay]:
        return ledger(self.holdings, gateway, start, end)

    def take(self, late: Sequence[int] = ()) -> None:
        """All items; those numbered `late` came two hours after they were made."""
        items = []
        per = EACH // WINDOW
        for seq in range(DAYS * DAY // EACH):
            time = START + seq * EACH + np.arange(per) * WINDOW
            there = slice(seq * per, (seq + 1) * per)
            block = Block.of(np.repeat(np.arange(5), per), np.tile(time, 5), self.values[:, there].ravel(), self.flags[:, there].ravel())
            made = START + (seq + 1) * EACH - SECOND
            came = made + (2 * HOUR if seq in late else SECOND)
            polls = (Poll("field", WINDOW, int(time[0]), per, per),)
            items.append(Delivery(GATE, "e1", seq, seq + 1, made, came, False, self.registry, block, polls))
        self.store.append(items)
        self.store.recompute(self.store.dirty())

    def facts(self, day: str = "2026-11-29") -> dict[str, Fact]:
        found = asyncio.run(gather(self.plant, MINE, day)).facts
        return {fact.name: fact for fact in found.facts}

    def permit(self, kind: str) -> None:
        start = START + FLAGGED.start * WINDOW
        with self.records.begin() as db:
            plan = permits.add_plan(
                db, {"mine": MINE, "kind": kind, "start": start, "end": start + HOUR, "created": start, "name": "n", "words": "w"}
            )
            times = {"start": start, "end": start + HOUR, "opened": start, "ends": start + HOUR, "extended": 0, "overrun": 0, "closed": 0}
            words = dict.fromkeys(("dispatcher", "caller", "reason", "closer", "words"), "x")
            told = {"plan": plan, "mine": MINE, "point": "T01", "kind": kind, "state": "open", "version": 1, "gas": None}
            permits.add_permit(db, {**times, **words, **told, "lock_test": None})


def _flag_three(values: Any, flags: Any) -> None:
    flags[:3, FLAGGED] = q.CALIBRATION


def _gas_on_one(values: Any, flags: Any) -> None:
    flags[:3, FLAGGED] = q.CALIBRATION
    values[0, FLAGGED] = 2.0


def _one_stands(values: Any, flags: Any) -> None:
    values[2, -120:] = 0.31


def _nothing(values: Any, flags: Any) -> None:
    pass


def test_three_flags_at_once_without_gas_are_told_with_their_points() -> None:
    site = Site(_flag_three)
    site.take()
    facts = site.facts()
    assert (facts["calibrations_at_once"].value, facts["calibration_without_gas"].value) == (3.0, 3.0)
    assert facts["calibration_without_gas"].evidence == ("point:T01", "point:T02", "point:T03")
    assert facts["points_frozen"].value == 0.0


def test_test_gas_is_seen() -> None:
    site = Site(_gas_on_one)
    site.take()
    facts = site.facts()
    assert facts["calibration_without_gas"].evidence == ("point:T02", "point:T03")


@pytest.mark.parametrize(("kind", "without"), [("maintenance", 2.0), ("calibration", 3.0)])
def test_under_a_maintenance_permit_no_gas_is_due(kind: str, without: float) -> None:
    site = Site(_flag_three)
    site.permit(kind)
    site.take()
    assert site.facts()["calibration_without_gas"].value == without


def test_a_point_that_stands_for_ten_hours_is_told() -> None:
    site = Site(_one_stands)
    site.take()
    frozen = site.facts()["points_frozen"]
    assert (frozen.value, frozen.evidence) == (1.0, ("point:T03",))


def test_without_limits_no_peak_can_be_cut() -> None:
    site = Site(_nothing)
    site.take()
    cut = site.facts()["peaks_cut"]
    assert (cut.value, cut.why) == (None, "no_limits")


def test_late_over_a_link_that_was_up_and_late_because_it_was_down() -> None:
    site = Site(_nothing)
    site.take(late=(6,))
    assert site.facts()["late_undeclared_share"].value == 0.25
    made = START + 7 * EACH - SECOND
    with site.records.begin() as db:
        site.journal.link_down(db, GATE, made - 10 * MINUTE, made - 9 * MINUTE, site.registry)
        site.journal.link_up(db, GATE, made + HOUR, site.registry)
    explained = site.facts()["late_undeclared_share"]
    assert explained.value == 0.0
    assert explained.evidence[0].startswith("alarm:")


def test_yesterdays_fact_is_read_from_the_log() -> None:
    site = Site(_one_stands)
    site.take()
    first = asyncio.run(gather(site.plant, MINE, "2026-11-28"))
    assert asyncio.run(keep(site.plant, first.facts)) is not None
    assert site.facts()["points_frozen"].value == 1.0
