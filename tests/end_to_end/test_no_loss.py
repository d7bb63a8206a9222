"""No loss: three gateways while broker, ingest and agents are killed with -9 at random moments and the link is cut twice.

At the end the store equals every reading that the outboxes committed, and a replayed file exactly: 0 missing, 0 altered,
0 duplicate; instants nobody polled stand in the ledger as not sampled, and both ledger figures agree with the truth.
"""

import csv
import random
import time
from collections import Counter
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import DAY, SECOND, from_iso, iso
from contracts.payload import Poll
from contracts.points import Point, Registry, read_registry
from ingest.books import ledger
from ingest.holdings import Holdings
from ingest.ledger import Word
from store.address import open_store
from store.records import deadletters
from store.records.engine import open_records
from tests.end_to_end.harness import PERIOD_S, Plant, Reading, items_on_disk, readings_in_store, readings_of

MINES = ["alpha", "beta", "gamma"]
ROWS = 20_000
STEP = SECOND // 10


class Victim(Protocol):
    def kill(self) -> None: ...

    def start(self) -> None: ...


def write_rows(path: Path, points: list[str]) -> None:
    chance = np.random.default_rng(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time", *points])
        for at in range(ROWS):
            rows.writerow(
                [iso(from_iso("2014-01-01") + at * SECOND)[:-1], *(f"{value:.2f}" for value in chance.uniform(0.0, 0.4, len(points)))]
            )


def add_replayed_points(path: Path) -> Registry:
    """The registry in a file, with two points that only the replay reports."""
    known = read_registry(path.read_bytes())
    more = tuple(Point(f"R{at}", "methane", "replay", "回放", "replay") for at in (1, 2))
    registry = Registry(known.mine, known.mine_zh, known.mine_en, (*known.points, *more))
    path.write_bytes(registry.data)
    return registry


def build(folder: Path, store: str = "") -> tuple[Plant, dict[str, Registry], int]:
    plant = Plant(folder, store=store)
    ports = plant.add_sim(MINES)
    write_rows(folder / "rows.csv", ["R1", "R2"])
    start = time.time_ns() // 1000 // SECOND * SECOND
    registries = {}
    for mine in MINES:
        registries[mine] = add_replayed_points(folder / mine / "points.json")
        plant.add_agent(mine, ports[mine], folder / "rows.csv", iso(start))
    return plant, registries, start


def chaos(plant: Plant, seconds: float, seed: int, pause: tuple[float, float], more: dict[str, Victim] | None = None) -> Counter[str]:
    """Kill and cut for a while; what was done. `more`: what else is killed, as often as all others together."""
    chance, done = random.Random(seed), Counter[str]()
    victims: dict[str, Victim] = {"broker": plant.broker, "ingest": plant.ingest, **plant.agents, **(more or {})}
    began = time.monotonic()
    cuts = [began + seconds * 0.3, began + seconds * 0.7]
    while time.monotonic() < began + seconds or cuts or not done.keys() >= (more or {}).keys():
        time.sleep(chance.uniform(*pause))  # here and below: what passes between two faults is the point
        if cuts and time.monotonic() > cuts[0]:
            cuts.pop(0)
            plant.cable.pull()
            time.sleep(chance.uniform(1.0, 2.5))
            plant.cable.plug()
            done["cut"] += 1
        name = chance.choice(list(more if more and chance.random() < 0.5 else victims))
        victims[name].kill()
        time.sleep(chance.uniform(0.0, 1.0))
        victims[name].start()
        done["agent" if name in plant.agents else name] += 1
    return done


def expect_equal(plant: Plant, registries: dict[str, Registry], start: int) -> dict[str, int]:
    """Compare disks, file and store; the figures."""
    store = open_store(plant.store or str(plant.folder / "store"))
    records = open_records(f"sqlite:///{plant.folder / 'records.sqlite'}")
    holdings = Holdings(store, records, Journal(load()))
    figures: Counter[str] = Counter()
    for mine, registry in registries.items():
        kept, polls = readings_of(items_on_disk(plant.folder / mine / "outbox"), registry)
        stored = readings_in_store(store, mine, registry)
        figures["readings"] += sum(stored.values())
        figures["missing"] += sum((kept - stored).values())
        figures["altered_or_invented"] += len(stored.keys() - kept.keys())
        figures["duplicate"] += sum(count - 1 for count in stored.values())
        expect_file(stored, plant.folder / "rows.csv", start, figures)
        expect_ledger(holdings, mine, plant.folder / mine / "outbox", polls, figures)
    with records.read() as db:
        figures.update({f"dead_{reason}": count for reason, count in deadletters.count(db).items()})
    store.close()
    records.close()
    return figures


def expect_file(stored: Counter[Reading], path: Path, start: int, figures: Counter[str]) -> None:
    """Every row of the file up to the newest that came is there exactly once, bit for bit."""
    newest = max((at for point, at, _, _ in stored if point == "R1"), default=0)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    expected: Counter[Reading] = Counter()
    for at, row in enumerate(rows):
        stamp = start + at * STEP
        if stamp <= newest:
            for point, cell in zip(("R1", "R2"), row[1:], strict=True):
                expected[point, stamp, np.float64(cell).tobytes(), 0] += 1
    seen = Counter({key: count for key, count in stored.items() if key[0] in ("R1", "R2")})
    figures["file_readings"] += sum(expected.values())
    figures["file_wrong"] += sum((expected - seen).values()) + sum((seen - expected).values())


def expect_ledger(holdings: Holdings, mine: str, outbox: Path, polls: list[Poll], figures: Counter[str]) -> None:
    """Both figures of the ledger against the truth on the gateway's disk."""
    first = min(poll.first for poll in polls)
    last = max(poll.first + (poll.count - 1) * poll.period for poll in polls)  # one that catches up brings many instants
    rows = ledger(holdings, f"{mine}/gate-1", first, last + 1)
    made = sum(1 for stream in ("data", "event") for _ in items_on_disk(outbox, stream))
    instants = {poll.first + at * poll.period: poll.answered for poll in polls if poll.source == "field" for at in range(poll.count)}
    period = round(PERIOD_S * SECOND)
    grid = range(min(instants), max(instants) + 1, period)
    truth_answered = sum(1 for answered in instants.values() if answered)
    file_rows = sum(poll.count for poll in polls if poll.source == "rows")
    figures["ledger_wrong"] += abs(sum(row.made for row in rows) - made) + abs(sum(row.committed for row in rows) - made)
    figures["ledger_wrong"] += abs(sum(row.due for row in rows) - len(grid) - file_rows)
    figures["ledger_wrong"] += abs(sum(row.answered for row in rows) - truth_answered - file_rows)
    not_sampled = sum(gap.first for row in rows for gap in row.gaps if gap.word is Word.NOT_SAMPLED)
    figures["ledger_wrong"] += abs(not_sampled - (len(grid) - len(instants)))
    figures["not_sampled"] += not_sampled
    assert first // DAY >= 0


def tell(figures: dict[str, int], done: Counter[str]) -> None:
    print(f"\nno loss: {dict(figures)} after {dict(done)}")  # noqa: T201  # the closing note quotes it


@pytest.mark.servers
def test_nothing_is_lost_altered_or_doubled_while_everything_is_killed_for_a_short_while(tmp_path: Path) -> None:
    run(tmp_path, seconds=12.0, seed=1, pause=(0.5, 1.2))


@pytest.mark.long
@pytest.mark.servers
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [11, 12])
def test_nothing_is_lost_altered_or_doubled_in_a_minute_and_more_of_killing(tmp_path: Path, seed: int) -> None:
    run(tmp_path, seconds=75.0, seed=seed, pause=(0.8, 3.0))


def run(folder: Path, seconds: float, seed: int, pause: tuple[float, float]) -> None:
    plant, registries, start = build(folder)
    try:
        plant.start()
        plant.wait_for_receipts()
        done = chaos(plant, seconds, seed, pause)
        plant.wait_for_receipts()
        plant.settle()
        figures = expect_equal(plant, registries, start)
    finally:
        plant.stop()
    tell(figures, done)
    expect_nothing_lost(figures)
    assert done["cut"] == 2


def expect_nothing_lost(figures: dict[str, int]) -> None:
    assert figures["readings"] > 1000
    assert figures["file_readings"] > 100
    assert {key: figures[key] for key in ("missing", "altered_or_invented", "duplicate", "file_wrong", "ledger_wrong")} == {
        "missing": 0,
        "altered_or_invented": 0,
        "duplicate": 0,
        "file_wrong": 0,
        "ledger_wrong": 0,
    }
