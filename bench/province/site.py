"""The processes of a province: broker, centre, senders; and what each of them used."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import psutil

from bench.ports import free_port
from bench.processes import Child, ChildFailed, Meter
from bench.province.senders import Options
from ingest.broker.child import Listener
from ingest.broker.mosquitto import mosquitto

START_S = 180.0


@dataclass(frozen=True, slots=True)
class Site:
    """`pages`: the console's address; empty where there is none. `others`: further processes to be measured, by name."""

    centre: Child
    senders: Child
    broker_pid: int
    pages: str
    others: dict[str, int]

    def meters(self) -> dict[str, Meter]:
        """Of every process, started now."""
        pids = {"centre": self.centre.pid, "broker": self.broker_pid, "senders": self.senders.pid} | self.others
        return {name: Meter(pid) for name, pid in pids.items()}


@asynccontextmanager
async def embedded(folder: Path, points: int, window: int) -> AsyncIterator[Site]:
    """The product as one command runs it (`davy up`: broker, ingest, embedded store, alarms and pages), and the senders."""
    pages, port = free_port(), free_port()
    order = ["up", "--folder", str(folder), "--port", str(pages), "--broker-port", str(port)]
    async with AsyncExitStack() as stack:
        centre = await Child.start("centre", "console.cli", order, folder.parent / "centre.log")
        stack.push_async_callback(centre.end)
        address = f"http://127.0.0.1:{pages}"
        await _answers(f"{address}/healthz", centre)
        broker = next((child.pid for child in psutil.Process(centre.pid).children() if child.name() == "mosquitto"), 0)
        if not broker:
            raise ChildFailed("davy up runs no mosquitto: apt-get install mosquitto")
        yield Site(centre, await _senders(stack, port, points, window), broker, address, {})


@asynccontextmanager
async def into(folder: Path, store: str, points: int, window: int, others: dict[str, int]) -> AsyncIterator[Site]:
    """Mosquitto and `davy ingest` with a store at that address, and the senders."""
    async with AsyncExitStack() as stack:
        broker = mosquitto(folder / "broker", Listener(port=free_port()))
        await broker.start()
        stack.push_async_callback(broker.stop)
        settings = folder / "ingest.toml"
        text = f'store = "{store}"\nrecords = "sqlite:///{folder / "records.sqlite"}"\nfolder = "{folder / "ingest"}"\n'
        settings.write_text(f"{text}\n[broker]\nport = {broker.listener.port}\n", encoding="utf-8")
        centre = await Child.start("ingest", "console.cli", ["ingest", "--config", str(settings)], folder / "ingest.log")
        stack.push_async_callback(centre.end)
        assert broker.pid is not None
        yield Site(centre, await _senders(stack, broker.listener.port, points, window), broker.pid, "", others)


async def _senders(stack: AsyncExitStack, port: int, points: int, window: int) -> Child:
    options = msgspec.json.encode(Options(port, points, window)).decode()
    senders = await Child.start("senders", "bench.province.senders", [options], None)
    stack.push_async_callback(senders.end)
    return senders


async def _answers(address: str, centre: Child) -> None:
    end = time.monotonic() + START_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < end:
            centre.check()
            try:
                if (await client.get(address, timeout=5.0)).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise centre.failed(f"did not answer within {START_S:.0f} s")
