"""Simulated gateways, all in one process.

`python -m bench.senders OPTIONS` (JSON): says `Ready` when the centre holds every registry, waits for a line on stdin, sends for as
long as it was told, waits for the last receipt, and says `Sent`.
"""

import asyncio
import contextlib
import sys

import msgspec
import uvloop

from alerts.packs import load
from bench.gateway import SimulatedGateway
from bench.latency import percentile_ms
from bench.processes import say
from bench.supply import READINGS, Supply
from contracts.clock import SECOND, SystemClock
from contracts.config import BrokerAddress
from wire.client import Link, LinkDown, open_link

INTRODUCTION_S = 60.0
DRAIN_S = 60.0
"""So long the last receipt may take after the last item."""
PROGRESS_S = 2.0


class Options(msgspec.Struct, frozen=True):
    """`window`: items without receipt a gateway; `rate`: readings/s of all together, 0 for as fast as receipts allow."""

    port: int
    seconds: float
    mines: int
    points: int
    window: int
    rate: float


class Ready(msgspec.Struct, frozen=True):
    """The centre holds the registries of so many gateways."""

    gateways: int


class Sent(msgspec.Struct, frozen=True):
    """What was sent. `seconds`: from the first item to the last receipt; `altered`: items under another digest than ours."""

    readings: int
    seconds: float
    altered: int
    committed_p50_ms: float
    committed_p99_ms: float


def mine_name(number: int) -> str:
    """The mine of gateway `number`, counted from 0."""
    return f"bench-{number:03d}"


async def send(options: Options) -> None:
    """The whole life of the process."""
    supply, pack, clock = Supply(mine_name(0), options.points), load().name, SystemClock()
    gateways = [SimulatedGateway(mine_name(n), supply, pack, options.window, clock) for n in range(options.mines)]
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        links = [await stack.enter_async_context(open_link(BrokerAddress(port=options.port), str(one.gateway))) for one in gateways]
        background = [group.create_task(one.listen(link)) for one, link in zip(gateways, links, strict=True)]
        async with asyncio.timeout(INTRODUCTION_S):
            await asyncio.gather(*(one.introduce(link) for one, link in zip(gateways, links, strict=True)))
        say(Ready(len(gateways)))
        if await asyncio.to_thread(sys.stdin.readline):  # nothing: whoever started us is gone
            background.append(group.create_task(_progress(gateways)))
            start = clock.monotonic()
            await _load(gateways, links, options)
            say(_sent(gateways, start))
        for task in background:
            task.cancel()


async def _load(gateways: list[SimulatedGateway], links: list[Link], options: Options) -> None:
    """Everybody sends, the first batches spread over one pause; then until the last receipt."""
    pause = options.mines * READINGS * SECOND / options.rate if options.rate else 0.0
    async with asyncio.timeout(options.seconds + DRAIN_S):
        pairs = enumerate(zip(gateways, links, strict=True))
        await asyncio.gather(*(one.load(link, options.seconds, pause, n / options.mines) for n, (one, link) in pairs))
        await asyncio.gather(*(one.all_received() for one in gateways))


async def _progress(gateways: list[SimulatedGateway]) -> None:
    before = 0
    while True:
        await asyncio.sleep(PROGRESS_S)
        received = sum(len(one.waits) for one in gateways) * READINGS
        sys.stderr.write(f"ingest: {received:,} readings receipted, {(received - before) / PROGRESS_S:,.0f}/s\n")
        before = received


def _sent(gateways: list[SimulatedGateway], start: int) -> Sent:
    waits = [wait for one in gateways for wait in one.waits]
    return Sent(
        sum(one.readings for one in gateways),
        (max(one.last_receipt for one in gateways) - start) / SECOND,
        sum(one.altered for one in gateways),
        percentile_ms(waits, 50),
        percentile_ms(waits, 99),
    )


def main() -> None:
    """The process; one line where the broker went away or no receipt came in time."""
    try:
        uvloop.run(send(msgspec.json.decode(sys.argv[1], type=Options)))
    except* (LinkDown, TimeoutError) as errors:
        sys.exit(f"senders: {', '.join(sorted({repr(error) for error in errors.exceptions}))}")


if __name__ == "__main__":
    main()
