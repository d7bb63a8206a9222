"""The whole path of a reading at 1 Hz: a Modbus device, a real agent, broker, centre and page, each a process of its own.

All clocks are one machine's, and every wait is counted from the instant the poll was *due* (the reading's time), so the device's answer,
the agent's work and every queue on the way are in it.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.latency import percentile_ms
from bench.listeners import Waits, Wire, listen_to_page, listen_to_wire
from bench.ports import free_port
from bench.processes import Child, ChildFailed, Elsewhere, Meter, beside
from bench.sawtooth import MINE, Serving
from contracts.clock import SECOND, SystemClock
from contracts.config import BrokerAddress
from contracts.topics import Gateway

GATEWAY = Gateway(MINE, "gw")
START_S = 60.0
WARM_UP_S = 5.0
PROGRESS_S = 5.0
AFTER_S = 2.0
"""What was read last may still arrive."""


async def measure(seconds: float, points: int) -> dict[str, float]:
    """All figures of `bench.figures.PATH`."""
    ports = (free_port(), free_port())
    with TemporaryDirectory(prefix="davy-bench-") as name:
        folder = Path(name)
        async with (
            _child("device", "bench.sawtooth", [name, str(points)], None) as device,
            _child("up", "console.cli", _up(folder, *ports), folder / "up.log") as centre,
        ):
            serving = await device.heard(Serving, START_S)
            await _answers(f"http://127.0.0.1:{ports[0]}/healthz", centre)
            (folder / "edge.toml").write_text(_edge(folder, ports[1], serving.port), encoding="utf-8")
            async with _child("edge", "console.cli", ["edge", "--config", str(folder / "edge.toml")], folder / "edge.log") as agent:
                return {"points": points} | await _listened(seconds, ports, agent, centre, device)


def _up(folder: Path, port: int, broker_port: int) -> list[str]:
    return ["up", "--folder", str(folder / "centre"), "--port", str(port), "--broker-port", str(broker_port)]


def _edge(folder: Path, broker_port: int, device_port: int) -> str:
    return f"""mine = "{GATEWAY.mine}"
gateway = "{GATEWAY.name}"
folder = "{folder / "outbox"}"
points = "{folder / "points.json"}"

[broker]
port = {broker_port}

[[sources]]
name = "field"
kind = "modbus_tcp"
period_s = 1.0
port = {device_port}
registers = "{folder / "registers.json"}"
"""


@asynccontextmanager
async def _child(name: str, module: str, arguments: list[str], log: Path | None) -> AsyncIterator[Child]:
    child = await Child.start(name, module, arguments, log)
    try:
        yield child
    finally:
        await child.end()


async def _answers(address: str, centre: Child) -> None:
    """Until the page answers."""
    end = time.monotonic() + START_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < end:
            centre.check()
            try:
                if (await client.get(address)).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise centre.failed(f"did not answer within {START_S:.0f} s")


async def _listened(seconds: float, ports: tuple[int, int], agent: Child, centre: Child, device: Child) -> dict[str, float]:
    clock, wire, page = SystemClock(), Wire(), Waits()
    async with beside(listen_to_wire(BrokerAddress(port=ports[1]), GATEWAY, wire, clock)) as on_wire:
        await _first_receipt(wire, agent)
        async with beside(listen_to_page(f"http://127.0.0.1:{ports[0]}", MINE, page, clock)) as on_page:
            await asyncio.sleep(WARM_UP_S)
            watched = Watched(wire, agent, centre, device, (on_wire, on_page))
            start = clock.now()
            usage = await watched.run(seconds)
            end = clock.now()
            await asyncio.sleep(AFTER_S)
    return usage | _waits(wire, page, start, end)


async def _first_receipt(wire: Wire, agent: Child) -> None:
    sys.stderr.write("path: waiting for the first receipt\n")
    end = time.monotonic() + START_S
    while not wire.committed.of:
        agent.check()
        if time.monotonic() > end:
            raise agent.failed(f"had no receipt within {START_S:.0f} s")
        await asyncio.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Watched:
    """What runs while we measure; a failure of any of it ends the bench."""

    wire: Wire
    agent: Child
    centre: Child
    device: Child
    listeners: tuple["asyncio.Task[None]", ...]

    async def run(self, seconds: float) -> dict[str, float]:
        """The time measured, with what the two processes used in it."""
        meters = of_agent, of_centre = Meter(self.agent.pid), Meter(self.centre.pid)
        elsewhere, start = Elsewhere(), time.monotonic()
        while (left := start + seconds - time.monotonic()) > 0:
            sys.stderr.write(f"path: {left:.0f} s to go, {len(self.wire.committed.of)} polls committed\n")
            await asyncio.wait(self.listeners, timeout=min(left, PROGRESS_S), return_when=asyncio.FIRST_COMPLETED)
            for child in (self.agent, self.centre, self.device):
                child.check()
            for listener in self.listeners:
                if listener.done():
                    listener.result()
            for meter in meters:
                meter.look()
        took = time.monotonic() - start
        return {
            "agent_cpu_share": of_agent.cpu_s / took,
            "agent_rss_mb": of_agent.rss_mb,
            "centre_cpu_share": of_centre.cpu_s / took,
            "centre_rss_mb": of_centre.rss_mb,
            "elsewhere_cores": elsewhere.cores,
        }


def _waits(wire: Wire, page: Waits, start: int, end: int) -> dict[str, float]:
    decisions = [decided - time for time, decided in wire.decided if start <= time < end]
    committed, seen = wire.committed.between(start, end), page.between(start, end)
    if not (decisions and committed and seen):
        raise ChildFailed(f"{len(decisions)} decisions, {len(committed)} polls committed, {len(seen)} on the page: nothing to measure")
    return {
        "decision_p50_ms": percentile_ms(decisions, 50),
        "decision_p99_ms": percentile_ms(decisions, 99),
        "decisions": len(decisions),
        "committed_p50_ms": percentile_ms(committed, 50),
        "committed_p99_ms": percentile_ms(committed, 99),
        "polls": len(committed),
        "polls_due": -(-end // SECOND) - -(-start // SECOND),
        "page_p50_ms": percentile_ms(seen, 50),
        "page_p99_ms": percentile_ms(seen, 99),
    }
