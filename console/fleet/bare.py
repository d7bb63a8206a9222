"""`python -m console.fleet.bare STORE RECORDS MINE DAY TIMES`: a mine's day gathered without a centre, timed, as JSON. For bench."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from alerts.journal import Journal
from alerts.packs import load
from console.fleet.gather import gather
from console.web.plant import Plant
from contracts.clock import SystemClock
from contracts.errors import GiveUp
from ingest.books import ledger
from ingest.holdings import Holdings
from ingest.ledger import LedgerDay
from ingest.live import Live
from ingest.revival import Revived
from store.address import open_store
from store.records.engine import open_records

T = TypeVar("T")
DAYS_US = 92 * 86_400_000_000


@dataclass(slots=True)
class Timed:
    """Runs what a centre would run in the store's thread, and keeps the longest of it, s."""

    longest: float = 0.0

    async def __call__(self, work: Callable[[], T], /) -> T:
        began = time.perf_counter()
        done = work()
        self.longest = max(self.longest, time.perf_counter() - began)
        return done


def _no_revival(_letter: int) -> Revived:
    raise GiveUp("no centre")


def main(store_address: str, records_address: str, mine: str, day: str, times: int) -> dict[str, float | list[float]]:
    """Seconds of each gathering, the longest call among them, and how many facts were made."""
    store, records, run = open_store(store_address, None), open_records(records_address), Timed()
    try:
        pack = load()
        journal = Journal(pack)
        holdings = Holdings(store, records, journal, DAYS_US, None)

        def of(gateway: str, start: int, end: int) -> list[LedgerDay]:
            return ledger(holdings, gateway, start, end)

        plant = Plant(store, records, Live(), journal, of, SystemClock(), run, pack, _no_revival)
        took, facts = list[float](), 0
        for _ in range(times):
            began = time.perf_counter()
            facts = len(asyncio.run(gather(plant, mine, day)).facts.facts)
            took.append(time.perf_counter() - began)
        return {"took_s": took, "longest_call_s": run.longest, "facts": float(facts)}
    finally:
        store.close()
        records.close()


if __name__ == "__main__":
    store_at, records_at, which, when, often = sys.argv[1:]
    sys.stdout.write(json.dumps(main(store_at, records_at, which, when, int(often))) + "\n")
