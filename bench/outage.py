"""Days without a link, accelerated: what they cost on the gateway's disk, that nothing of them is altered, and how fast they drain.

The real Outbox and codec with a stepped clock write what an agent writes; only the commits are of a minute together. Then every item is
read back and compared byte for byte with the same item made anew; and a real agent starts with all of it and drains it through a
real broker to a real `davy ingest`, for a bounded time.
"""

import asyncio
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from bench.backlog import Backlog
from bench.drain import Behind, Watch, drained
from bench.edge import made_up
from bench.edge_wire import EdgeWire, listen_to_edge
from bench.processes import Meter, beside
from bench.site import GATEWAY, Site, site
from contracts.clock import DAY, MINUTE, SECOND
from contracts.config import BrokerAddress
from contracts.errors import GiveUp
from contracts.payload import DATA_STREAM, Batch, Item, decode
from edge_agent.outbox import Outbox, OutboxLimits
from edge_agent.outbox.segment import Segment

OUTAGE_S = 10.0
BYTES_A_READING = 12
"""More than it takes: room on the disk that is asked for before anything is written."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds`: how long the drain is watched at most."""

    seconds: float
    days: float
    points: int
    sources: int

    @property
    def outage_s(self) -> int:
        return round(self.days * DAY / SECOND)


async def measure(plan: Plan) -> dict[str, float]:
    """All figures of `bench.figures.OUTAGE`. GiveUp where the temp folder's disk has not twice the room for it."""
    most_mb = plan.outage_s * plan.points * BYTES_A_READING // (1 << 20) + 64
    if shutil.disk_usage(gettempdir()).free < 2 * most_mb << 20:
        raise GiveUp(f"{gettempdir()} has no {2 * most_mb} MB free: fewer --days, or set TMPDIR")
    async with site(plan.points, plan.sources, most_mb) as around:
        backlog = made_up(plan.points, plan.sources, plan.outage_s, around.clock.now() - MINUTE)
        limits = OutboxLimits(most_mb << 20)
        kept, items = await asyncio.to_thread(_kept, backlog, around.outbox / "data", limits)
        return kept | await _drained(around, backlog, items, plan)


def _kept(backlog: Backlog, folder: Path, limits: OutboxLimits) -> tuple[dict[str, float], int]:
    _say(f"writing {backlog.readings:,} readings")
    began = time.monotonic()
    items, size = backlog.write(folder, limits)
    wrote = time.monotonic()
    box = Outbox(folder, DATA_STREAM, limits)
    opened = time.monotonic()
    freed, losses = box.reclaim(backlog.end), len(box.losses)
    _say(f"{size:,} bytes in {wrote - began:.0f} s; reading {items:,} items back")
    altered = backlog.altered(box)
    compared = time.monotonic()
    box.close()
    return {
        "altered": altered,
        "losses_told": losses + len(box.losses),
        "freed_bytes": freed,
        "readings": backlog.readings,
        "items": items,
        "disk_mb": size / 1e6,
        "bytes_per_reading": size / backlog.readings,
        "write_x_realtime": backlog.seconds / (wrote - began),
        "open_s": opened - wrote,
        "compare_s": compared - opened,
    }, items


async def _drained(around: Site, backlog: Backlog, items: int, plan: Plan) -> dict[str, float]:
    wire, clock = EdgeWire(), around.clock
    await around.cable.cut()
    async with beside(listen_to_edge(BrokerAddress(port=around.broker.listener.port), GATEWAY, wire, clock)) as listener:
        _say("the gateway starts behind the cut line")
        started = clock.now()
        async with around.agent("edge") as agent:
            meter = Meter(agent.pid)
            watch = Watch(around, wire, agent, listener, meter)
            await watch.run(OUTAGE_S)
            first = await asyncio.to_thread(_first_made, around.outbox / "data", backlog.epoch)
            down = await drained(watch, Behind(backlog.epoch, items, plan.outage_s, started), plan.seconds)
    return down | {"backlog_start_to_first_reading_s": (first - started) / SECOND, "points": plan.points, "sources": plan.sources}


def _first_made(folder: Path, older: str) -> int:
    """When the agent that runs now made its first batch (µs UTC), looked up while it writes on."""
    for path in folder.glob("*-000000000000.seg"):
        segment = Segment.open(path) if not path.name.startswith(older) else None
        for seq in range(segment.count if segment else 0):
            data = segment.read(seq) if segment else None
            item = decode(Item, data) if data else None
            if item and isinstance(item.body, Batch):
                return item.made
    raise GiveUp("the agent has read nothing")


def _say(what: str) -> None:
    sys.stderr.write(f"outage: {what}\n")
