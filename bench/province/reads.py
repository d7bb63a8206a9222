"""What people look at while it is written, through the pages' server: one request after the other, each kind in turn."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from bench.latency import percentile_ms
from bench.processes import ChildFailed
from bench.senders import mine_name
from contracts.clock import DAY, SECOND, SystemClock, iso

KINDS = ("mine", "day", "90_days", "last")
EVERY_S = 0.25
TIMEOUT_S = 30.0


@dataclass(slots=True)
class Reads:
    """`mines`: with a history; `points`: ids of each. Waits are µs, by kind."""

    address: str
    mines: int
    points: Sequence[str]
    waits: dict[str, list[int]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    failed: int = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(base_url=self.address, trust_env=False, timeout=TIMEOUT_S) as client:
            for kind, path in self._asked():
                began = time.monotonic_ns()
                try:
                    answer = await client.get(path)
                except httpx.TransportError:
                    self.failed += 1
                else:
                    self.failed += not answer.is_success
                    self.waits[kind].append((time.monotonic_ns() - began) // 1000)
                await asyncio.sleep(EVERY_S)

    def _asked(self) -> Iterator[tuple[str, str]]:
        clock = SystemClock()
        for at in itertools.count():
            mine, point = mine_name(at % self.mines), self.points[at * 7 % len(self.points)]
            now = clock.now() // SECOND * SECOND
            series = f"/api/v1/mines/{mine}/points/{point}/series?end={iso(now)}&start="
            yield "mine", f"/mines/{mine}"
            yield "day", series + iso(now - DAY)
            yield "90_days", series + iso(now - 90 * DAY)
            yield "last", f"/api/v1/mines/{mine}/points"

    def figures(self) -> dict[str, float]:
        """p50 and p95 of each kind."""
        if not all(self.waits.values()):
            raise ChildFailed("the pages answered nothing")
        shares = {f"read_{kind}_p{share}_ms": percentile_ms(waits, share) for kind, waits in self.waits.items() for share in (50, 95)}
        return shares | {"reads": sum(map(len, self.waits.values())), "reads_failed": self.failed}
