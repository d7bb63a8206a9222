"""Strikes: does what the plan says when it says it, and undoes it."""

import asyncio
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.soak import browsers, vandal
from bench.soak.plan import Fault, Kind
from bench.soak.plant import FULL, Plant


class Strikes:
    """What was done; two faults of one kind and target never overlap."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self._plant, self._chance = plant, random.Random(seed)  # no secret
        self.done = Counter[Kind]()
        self._locks: dict[tuple[Kind, int], asyncio.Lock] = {}

    async def run(self, faults: Sequence[Fault], start: float) -> None:
        """All of them, each at its time after `start` (monotonic s); returns when everything is undone."""
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                await asyncio.sleep(max(0.0, start + fault.at_s - time.monotonic()))
                sys.stderr.write(f"soak: {fault}\n")
                group.create_task(self._strike(fault))

    async def _strike(self, fault: Fault) -> None:
        async with self._locks.setdefault(_place(fault), asyncio.Lock()):
            await self._do(fault)
            self.done[fault.kind] += 1

    async def _do(self, fault: Fault) -> None:
        plant = self._plant
        match fault.kind:
            case Kind.KILL_AGENT:
                plant.agents[fault.target].kill()
            case Kind.KILL_BROKER:
                plant.broker.kill()
            case Kind.KILL_CENTRE:
                plant.centre.kill()
            case Kind.KILL_STORE:
                assert plant.store is not None
                plant.store.kill()
            case Kind.STOP_BROKER:
                await plant.broker.stop(signal.SIGTERM)
                await asyncio.sleep(fault.lasts_s)
                await plant.broker.start()
            case Kind.STOP_STORE:
                await self._stop_store(fault.lasts_s)
            case Kind.FILL_AGENT_DISK | Kind.FILL_CENTRE_DISK:
                await self._fill(fault)
            case Kind.STEP_CLOCK:
                plant.clock_file.write_text(str(fault.step_s), encoding="ascii")
                await asyncio.sleep(fault.lasts_s)
                plant.clock_file.write_text("0", encoding="ascii")
            case Kind.CUT_LINK:
                await plant.cables[fault.target].cut()
                await asyncio.sleep(fault.lasts_s)
                await plant.cables[fault.target].mend()
            case Kind.BAD_PAYLOADS:
                await vandal.strike(plant.broker_port, self._chance)
            case Kind.SLOW_BROWSERS:
                async with browsers.slow(plant.pages, plant.token, browsers.MORE):
                    await asyncio.sleep(fault.lasts_s)

    async def _stop_store(self, lasts_s: float) -> None:
        """InfluxDB is stopped; of the embedded shape the records are, by a stranger who stands in a transaction of theirs."""
        if self._plant.store is not None:
            await self._plant.store.stop(signal.SIGTERM)
            await asyncio.sleep(lasts_s)
            await self._plant.store.start()
        else:
            await asyncio.to_thread(_stand_in, self._plant.home / "records.sqlite", lasts_s)

    async def _fill(self, fault: Fault) -> None:
        disk = self._plant.agent_disk if fault.kind is Kind.FILL_AGENT_DISK else self._plant.centre_disk
        assert disk is not None
        stash = self._plant.stashes[FULL]
        await asyncio.to_thread(stash.take)
        try:
            await asyncio.to_thread(disk.fill)
            end = time.monotonic() + fault.lasts_s
            while time.monotonic() < end:
                await asyncio.to_thread(stash.take)
                await asyncio.sleep(min(1.0, fault.lasts_s))
        finally:
            await asyncio.to_thread(disk.clear)


def _place(fault: Fault) -> tuple[Kind, int]:
    """What two faults must not do at once: a database is stopped and killed in one place, so is a broker."""
    one = {Kind.KILL_BROKER: Kind.STOP_BROKER, Kind.KILL_STORE: Kind.STOP_STORE}
    return one.get(fault.kind, fault.kind), fault.target


def _stand_in(path: Path, seconds: float) -> None:
    db = sqlite3.connect(path, timeout=30.0, isolation_level=None)
    try:
        db.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        db.execute("ROLLBACK")
    finally:
        db.close()
