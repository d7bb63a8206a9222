"""Reads the store in full after the night and holds it against the truth: the load's, and each agent's."""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alerts.journal import Journal
from alerts.packs import load
from bench.soak.everything import of_mine
from bench.soak.plan import STEPS_S
from bench.soak.truth import Made, instants, rows_of
from bench.soak.values import agent_mine, device_values, load_mine, load_series, step_of
from bench.soak.verdict import Readings, compare, same_series
from contracts.clock import SECOND
from contracts.payload import DATA_STREAM
from contracts.quality import CLOCK_SUSPECT
from ingest.books import ledger
from ingest.holdings import Holdings
from ingest.ledger import Word
from store.interface import Store
from store.records import losses
from store.records.engine import Records

DOUBT_S = 2 * max(STEPS_S)
SHOWN_S = 3
"""Steps after the instant it was due within which a device's answer was given: no poll waits longer."""
FIRST_TOLD = 5


@dataclass(slots=True)
class Told:
    """Differences for people: the first few of them."""

    left: int = FIRST_TOLD

    def say(self, what: str) -> None:
        if self.left > 0:
            self.left -= 1
            sys.stderr.write(f"soak: DIFFERENCE {what}\n")


def load_verdict(store: Store, offered: dict[str, NDArray[np.int64]], mines: int, told: Told) -> Readings:
    """Of the load's mines: value by value against the formula."""
    out = Readings()
    for number in range(mines):
        times = offered.get(f"times_{number:03d}", np.empty(0, np.int64))
        for point, found in enumerate(of_mine(store, load_mine(number))):
            values = load_series(number, point, len(times))
            if same_series((times, values), (found.time, found.value)) and not found.quality.any() and not found.fold.any():
                out += Readings(len(times))
                continue
            one = compare(rows_of(point, times, values, 0), rows_of(point, found.time, found.value, found.quality))
            told.say(f"{load_mine(number)} P{point:03d}: {one}")
            out += one
        if number % 25 == 24:
            sys.stderr.write(f"soak: {number + 1} mines of the load compared\n")
    return out


def agent_verdict(store: Store, records: Records, number: int, truth: Made, told: Told) -> Readings:
    """Of one agent: the store against all that its outbox kept, bit for bit."""
    mine, out = agent_mine(number), Readings()
    with records.read() as db:
        lost = [row for row in losses.of(db, f"{mine}/gw") if row.stream == DATA_STREAM]
    told_lost = [any(row.epoch == epoch and row.first <= seq <= row.last for row in lost) for epoch, seq in truth.items]
    declared_items = np.array(told_lost, bool)
    for point, found in enumerate(of_mine(store, mine)):
        own = truth.rows["point"] == point
        rows = rows_of(point, found.time, found.value, found.quality)
        one = compare(truth.rows[own], rows, declared_items[truth.item[own]] if len(truth.items) else None)
        if one.lost or one.altered or one.duplicate:
            told.say(f"{mine} P{point:03d}: {one}")
        out += one
    return out


def shown_verdict(truth: Made, number: int, *, stepped: bool, told: Told) -> int:
    """Readings of an agent that its device never showed at about that time: what the agent itself altered."""
    wrong, values = 0, np.ascontiguousarray(truth.rows["value"]).view(np.float64)
    offsets = (0, *STEPS_S) if stepped else (0,)
    order = np.argsort(truth.rows["time"], kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(truth.rows["time"][order])) + 1) if len(order) else ():
        at, points, seen = int(truth.rows["time"][own[0]]), truth.rows["point"][own], values[own]
        steps = {step_of(at) - offset + later for offset in offsets for later in range(SHOWN_S + 1)}
        if (truth.rows["quality"][own] & CLOCK_SUSPECT).any():  # it went on from its newest stamp: anywhere between two steps
            steps = set(range(step_of(at) - DOUBT_S, step_of(at) + DOUBT_S))
        fine = np.zeros(len(seen), bool)
        for step in steps:
            fine |= device_values(number, step)[points] == seen
        if not fine.all():
            told.say(f"{agent_mine(number)}: {np.count_nonzero(~fine)} readings at {at} that no device showed")
            wrong += int(np.count_nonzero(~fine))
    return wrong


def ledger_verdict(store: Store, records: Records, number: int, truth: Made, told: Told) -> Counter[str]:
    """`not_sampled` instants, and `wrong` ones: neither stored, nor told as not sampled, unanswered or lost."""
    asked = dict(instants(truth.polls, "field"))
    figures = Counter[str]()
    if not asked:
        return figures
    first, last = min(asked), max(asked)
    rows = ledger(Holdings(store, records, Journal(load())), f"{agent_mine(number)}/gw", first, last + 1)
    grid = (last - first) // SECOND + 1
    not_sampled = sum(gap.first for row in rows for gap in row.gaps if gap.word is Word.NOT_SAMPLED)
    due, answered = sum(row.due for row in rows), sum(row.answered for row in rows)
    lost = sum(row.lost for row in rows)
    figures["not_sampled"] = not_sampled
    figures["wrong"] = abs(due - grid) + (0 if lost else abs(answered - sum(asked.values())) + abs(not_sampled - (grid - len(asked))))
    if figures["wrong"]:
        ours = f"{due} due, {answered} answered, {not_sampled} not sampled"
        told.say(f"{agent_mine(number)}: the ledger says {ours}; it was {grid}, {sum(asked.values())}, {grid - len(asked)}")
    return figures


def newest(path: Path) -> dict[str, NDArray[np.int64]]:
    """What the load says it offered."""
    with np.load(path) as found:
        return {name: found[name] for name in found.files}
