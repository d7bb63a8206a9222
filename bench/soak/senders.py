"""The load in a process of its own: `python -m bench.soak.senders OPTIONS` (JSON).

Says `Ready` when every gateway's registry is held, waits for a line, sends each second, and at the next line stops, waits for the last
receipt, writes what was offered to a file and says `Sent`.
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import structlog
import uvloop
from structlog import make_filtering_bound_logger

from alerts.packs import load
from bench.processes import say
from bench.soak.gateway import KeepingGateway
from bench.soak.values import POINTS
from contracts.clock import SECOND, SystemClock
from contracts.config import BrokerAddress
from wire.together import together

READY_S, DRAIN_S, PROGRESS_S = 120.0, 900.0, 10.0
"""Patience: the drain takes what is left at the machine's own rate, and a busy one is slow."""


class Options(msgspec.Struct, frozen=True):
    """`ports`: the gateways are shared out among these lines to the broker; `file`: where the truth goes (npz)."""

    ports: list[int]
    mines: int
    file: str


class Ready(msgspec.Struct, frozen=True):
    """The centre holds the registries of so many gateways."""

    gateways: int


class Sent(msgspec.Struct, frozen=True):
    """`waiting`: items still without receipt; `altered`: receipts with another digest than ours; `dead`: items dead-lettered."""

    readings: int
    waiting: int
    altered: int
    dead: int


async def send(options: Options) -> None:
    """The whole life of the process."""
    clock, pack = SystemClock(), load().name
    gateways = [KeepingGateway(number, pack, clock) for number in range(options.mines)]
    links = [one.run(BrokerAddress(port=options.ports[one.number % len(options.ports)])) for one in gateways]
    running = asyncio.ensure_future(together(*links))
    try:
        await _until_received(gateways, READY_S)
        say(Ready(len(gateways)))
        if not await asyncio.to_thread(sys.stdin.readline):
            return  # whoever started us is gone
        ended = asyncio.ensure_future(asyncio.to_thread(sys.stdin.readline))
        await _load(gateways, clock, ended)
        waiting = await _until_received(gateways, DRAIN_S)
        _write(Path(options.file), gateways)
        readings = sum(len(one.times) for one in gateways) * POINTS
        say(Sent(readings, waiting, sum(one.altered for one in gateways), sum(one.dead for one in gateways)))
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _load(gateways: Sequence[KeepingGateway], clock: SystemClock, ended: "asyncio.Future[str]") -> None:
    """Every gateway once a second, a little after one another; a second in which we were late is made up for."""
    due, said = clock.now() // SECOND * SECOND + SECOND, clock.monotonic()
    while not ended.done():
        await asyncio.sleep(max(0, due - clock.now()) / SECOND)
        for at, one in enumerate(gateways):
            one.make(due)
            if at % 16 == 15:
                await asyncio.sleep(0.02)
        due += SECOND
        if clock.monotonic() - said > PROGRESS_S * SECOND:
            said = clock.monotonic()
            waiting, made = sum(one.waiting for one in gateways), sum(len(one.times) for one in gateways)
            sys.stderr.write(f"soak: {made * POINTS:,} readings offered by the load, {waiting:,} items without receipt\n")


async def _until_received(gateways: Sequence[KeepingGateway], most_s: float) -> int:
    """Until nothing is without receipt, or so long; how many items still are."""
    end = asyncio.get_running_loop().time() + most_s
    while (waiting := sum(one.waiting for one in gateways)) and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  # 146 of them
        await asyncio.sleep(0.1)
    return waiting


def _write(path: Path, gateways: Sequence[KeepingGateway]) -> None:
    """`times_NNN`: when each item of a mine was due; `due`, `waits`: of the items receipted."""
    arrays = {f"times_{one.number:03d}": np.frombuffer(one.times, np.int64) for one in gateways if len(one.times)}
    joined = {name: np.concatenate([np.frombuffer(getattr(one, name), np.int64) for one in gateways]) for name in ("due", "waits")}
    fresh = path.with_suffix(".new.npz")
    np.savez(fresh, **(arrays | joined))
    fresh.rename(path)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=make_filtering_bound_logger(logging.WARNING))
    uvloop.run(send(msgspec.json.decode(sys.argv[1], type=Options)))
