"""One mine's facts of a day, 1,000 points at 1 Hz: a day of readings is stored, its statistics computed, then the facts are gathered.

The gathering runs in a process of its own, as it does in a centre: statistics, items, polls, ledger, records; no raw reading is read.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import numpy as np

from contracts.clock import DAY, SECOND, from_iso
from contracts.columns import Block
from contracts.payload import Birth, Extent, Poll
from contracts.points import Point, Registry
from store.embedded import EmbeddedStore
from store.interface import WINDOW, Delivery
from store.records import epochs, gateways, registry
from store.records.engine import open_records

MINE, GATE, DATE = "bench", "bench/gate-1", "2026-11-20"
START = from_iso("2026-11-19T16:00:00Z")
"""Midnight of the 20th in the mine's zone."""
TIMES = 5
_QUANTITIES = ("methane", "carbon_monoxide", "wind_speed", "temperature", "run_state", "persons", "current", "negative_pressure")
_PLACES = ("采煤工作面", "掘进工作面", "带式输送机", "主通风机", "变电所")


def measure(folder: Path, points: int, every_s: int = 1) -> dict[str, float]:
    """`facts_mine_day_s`: median of TIMES, and what stands behind it. `every_s`: seconds of readings in one item."""
    readings = fill(folder, points, every_s)
    address = f"sqlite:///{folder / 'records.sqlite'}"
    order = [sys.executable, "-m", "console.fleet.bare", str(folder / "store"), address, MINE, DATE, str(TIMES)]
    told = json.loads(subprocess.run(order, capture_output=True, check=True, text=True).stdout)
    return {
        "facts_mine_day_s": median(told["took_s"]),
        "facts_mine_day_first_s": told["took_s"][0],
        "facts_mine_day_call_s": told["longest_call_s"],
        "facts_mine_day_facts": told["facts"],
        "facts_mine_day_readings": readings,
    }


def fill(folder: Path, points: int, every_s: int) -> int:
    """A day of readings at 1 Hz in `folder`, its statistics computed; how many readings."""
    registry_ = _registry(points)
    count = DAY // (every_s * SECOND)
    records = open_records(f"sqlite:///{folder / 'records.sqlite'}")
    extent = Extent("e1", "data", count, 0, False)
    with records.begin() as db:
        registry.put(db, GATE, registry_, START - DAY)
        gateways.born(db, GATE, Birth(1, "bench", 1, START - DAY, "trusted", "", "", SECOND, "", [extent]), START - DAY)
        epochs.see(db, GATE, extent, START)
    records.close()
    store = EmbeddedStore(folder / "store")
    try:
        noise = np.random.default_rng(1)
        each = WINDOW // (every_s * SECOND)
        store.append([_before(registry_)])
        for first in range(0, count, each):
            store.append([_item(registry_, noise, seq, every_s) for seq in range(first, first + each)])
            store.recompute(store.dirty())
    finally:
        store.close()
    return points * (DAY // SECOND)


def _item(registry_: Registry, noise: np.random.Generator, seq: int, every_s: int) -> Delivery:
    points, low = len(registry_.points), START + seq * every_s * SECOND
    times = np.repeat(low + np.arange(every_s) * SECOND, points)
    block = Block.of(np.tile(np.arange(points), every_s), times, noise.random(points * every_s), 0)
    polls = (Poll("field", SECOND, low, every_s, every_s),)
    received = low + every_s * SECOND
    return Delivery(GATE, "e1", seq, seq + 1, received, received + SECOND // 5, False, registry_, block, polls)


def _before(registry_: Registry) -> Delivery:
    """The minute before the day: a mine is not new each morning."""
    polls = (Poll("field", SECOND, START - 60 * SECOND, 60, 60),)
    return Delivery(GATE, "e0", 0, 1, START, START, False, registry_, Block.of([], 0, []), polls)


def _registry(points: int) -> Registry:
    made = []
    for n in range(points):
        place, quantity = _PLACES[n % len(_PLACES)], _QUANTITIES[n % len(_QUANTITIES)]
        row = "face_low_high" if quantity == "methane" else ""
        made.append(
            Point(f"P{n:04d}", quantity, f"face-{n % 10}", f"{n} {place}", f"place {n}", limit_row=row, mapped_by="bench" if row else "")
        )
    return Registry(MINE, "矿", "mine", tuple(made))
