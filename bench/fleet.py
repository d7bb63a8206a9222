"""The fleet view on a province of 900 mines: how long verdicts take that are judged anew from the log.

A log is filled with a fact set a mine and day (`bench.fleet_supply`), in SQLite; then every verdict is made from it as an auditor would:
read, judged, with its trace, and each day counted. Nothing is kept from one to the other but the database.
"""

import os
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench import fleet_day, fleet_page, fleet_supply
from bench.processes import Elsewhere
from contracts.clock import SECOND, SystemClock
from fleet import judging
from fleet.bodies import write
from fleet.packs import Pack, load
from fleet.recheck import recheck
from store.records.engine import Records, open_records

FIRST = date(2026, 3, 1)
"""Before the pack's criteria of 2026 count no more of them are left out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A province, and how many days of it are judged; the days of the window before them stand in the log too."""

    mines: int
    days: int
    pack: str = "shanxi-2025"
    points: int = 1000
    """Of the one mine whose facts of a day are gathered; 0: that is not measured."""
    page: bool = True
    """Whether the province's page is drawn in a browser."""


def measure(plan: Plan) -> dict[str, float]:
    """All figures of `bench.figures.FLEET`."""
    pack = load(plan.pack)
    lead = pack.window - 1
    with TemporaryDirectory(prefix="davy-bench-") as folder:
        address = f"sqlite:///{Path(folder) / 'records.sqlite'}"
        records = open_records(address)
        try:
            _say(f"filling a log: {plan.mines} mines, {plan.days + lead} days")
            sets, size = fleet_supply.fill(records, plan.mines, plan.days + lead, FIRST - timedelta(days=lead))
            elsewhere = Elsewhere()
            figures = _verdicts(records, address, pack, plan) | _recorded(records, pack, plan)
            figures |= _of_the_page(records, pack, plan)
        finally:
            records.close()
    return {
        **figures,
        **_of_a_day(plan),
        "rss_mb": psutil.Process().memory_info().rss / 1e6,
        "mines": plan.mines,
        "days": plan.days,
        "fact_sets": sets,
        "fact_set_bytes": size / sets,
        "elsewhere_cores": elsewhere.cores,
    }


def _of_the_page(records: Records, pack: Pack, plan: Plan) -> dict[str, float]:
    if not plan.page:
        return {}
    _say("first paint of the province's page")
    return fleet_page.measure(records, pack, FIRST, FIRST + timedelta(days=plan.days - 1))


def _of_a_day(plan: Plan) -> dict[str, float]:
    if not plan.points:
        return {}
    _say(f"storing a day of one mine: {plan.points} points at 1 Hz")
    with TemporaryDirectory(prefix="davy-bench-") as folder:
        return fleet_day.measure(Path(folder), plan.points)


def _verdicts(records: Records, address: str, pack: Pack, plan: Plan) -> dict[str, float]:
    last, cores = FIRST + timedelta(days=plan.days - 1), os.cpu_count() or 1
    _say(f"verdicts from the log, {cores} processes")
    began = time.perf_counter()
    done = recheck(records, address, pack, FIRST, last, cores)
    took = time.perf_counter() - began
    _say(f"last day: {done.days[last.isoformat()]}")
    with records.read() as db:
        part = next(judging.parts(db, pack, last, last))
    size = len(write(part.verdicts(part.judged.mines[0], last)))
    return {"verdicts_s": took, "verdict_sets": done.sets, "verdict_set_bytes": size, "verdict_processes": cores}


def _recorded(records: Records, pack: Pack, plan: Plan) -> dict[str, float]:
    """A night: the last day judged and written with its count; then again, when nothing is new."""
    last = FIRST + timedelta(days=plan.days - 1)
    took = []
    for _ in range(2):
        began = time.perf_counter()
        with records.begin() as db:
            judging.record(db, pack, last, last, fleet_supply.ACTOR, SystemClock().now() // SECOND * SECOND)
        took.append(time.perf_counter() - began)
    return {"night_s": took[0], "night_again_s": took[1]}


def _say(text: str) -> None:
    sys.stderr.write(f"fleet: {text}\n")
