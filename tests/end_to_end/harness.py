"""A plant of real processes on loopback that can be killed, cut and put back; and the truth to hold the centre against."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from bench.ports import free_port
from contracts.codec import unpack
from contracts.payload import Batch, Item, Poll, decode
from contracts.points import Registry
from edge_agent.diary import Facts, Status
from edge_agent.outbox.segment import Segment
from ingest.broker.child import Listener
from ingest.broker.mosquitto import NoBroker, configuration, find_mosquitto
from store.interface import Store
from tests.waiting import LIMIT_S, wait_until

ROOT = Path(__file__).parents[2]
PERIOD_S = 0.2
AS_ROOT = "user root\n" if os.getuid() == 0 else ""
"""Mosquitto started by root becomes another user, who cannot read a test's folder."""

Reading = tuple[str, int, bytes, int]
"""(point id, time, value bits, quality)."""


def broker_or_skip() -> str:
    try:
        return find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))


@dataclass
class Proc:
    """A process that can be killed with -9 and started again."""

    arguments: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self.arguments, stdout=out, stderr=out, cwd=ROOT)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def terminate(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(LIMIT_S)


class Cable:
    """A TCP proxy that can be pulled. `swallow`: what contains these bytes does not come down; `went_up`: what the clients sent."""

    def __init__(self, target: int) -> None:
        self.port, self._target = free_port(), target
        self.plugged = True
        self.swallow: bytes = b""
        self.went_up = bytearray()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(LIMIT_S), "the cable is not laid"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.plugged:
            writer.close()
            return
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        if not self.plugged:  # pulled in this very moment
            writer.transport.abort()
            there.transport.abort()
            return
        self._writers |= {writer, there}
        await asyncio.gather(self._pump(reader, there, b""), self._pump(there_reader, writer, b"down"))
        self._writers -= {writer, there}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: bytes) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if way and self.swallow and self.swallow in data:
                    continue
                if not way:
                    self.went_up += data
                writer.write(data)
                await writer.drain()
        writer.close()

    def pull(self) -> None:
        """When it returns nothing goes up or down any more."""
        self.plugged = False
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(LIMIT_S)

    async def _hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    @property
    def idle(self) -> bool:
        """Nobody is connected, and whatever went up before is there."""
        return not self._writers

    def plug(self) -> None:
        self.plugged = True

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


@dataclass
class Plant:
    """Broker, ingest, simulator and agents in one folder."""

    folder: Path
    broker_port: int = field(default_factory=free_port)
    http: int = 0
    store: str = ""
    """Address of the telemetry store; empty: the embedded one in the plant's folder."""

    def __post_init__(self) -> None:
        program = broker_or_skip()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "mosquitto.conf").write_text(configuration(Listener(port=self.broker_port)) + AS_ROOT, encoding="ascii")
        self.cable = Cable(self.broker_port)
        self.broker = Proc([program, "-c", str(self.folder / "mosquitto.conf")], self.folder / "broker.log")
        (self.folder / "ingest.toml").write_text(
            f"""store = "{self.store or self.folder / "store"}"
records = "sqlite:///{self.folder / "records.sqlite"}"
folder = "{self.folder / "ingest"}"
[broker]
port = {self.broker_port}
""",
            encoding="utf-8",
        )
        self.ingest = Proc(davy("ingest", "--config", str(self.folder / "ingest.toml")), self.folder / "ingest.log")
        self.agents: dict[str, Proc] = {}
        self.sim: Proc | None = None

    def add_sim(self, mines: list[str]) -> dict[str, int]:
        """One simulated Modbus device per mine; the ports."""
        ports = {mine: free_port() for mine in mines}
        rows = "".join(
            f'[[devices]]\nname = "{mine}"\nkind = "mine"\nseed = {at + 1}\nport = {ports[mine]}\n' for at, mine in enumerate(mines)
        )
        (self.folder / "sim.toml").write_text(rows, encoding="utf-8")
        subprocess.run(
            davy("sim", "--config", str(self.folder / "sim.toml"), "--write", str(self.folder)),
            check=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        self.sim = Proc(davy("sim", "--config", str(self.folder / "sim.toml")), self.folder / "sim.log")
        return ports

    def add_agent(self, mine: str, device_port: int, replay: Path | None = None, start: str = "") -> Proc:
        """An agent of that mine, over the cable."""
        home = self.folder / mine
        text = f"""mine = "{mine}"
gateway = "gate-1"
folder = "{home / "outbox"}"
points = "{home / "points.json"}"
[broker]
port = {self.cable.port}
keepalive_s = 5
[[sources]]
name = "field"
kind = "modbus_tcp"
period_s = {PERIOD_S}
port = {device_port}
timeout_s = 0.15
registers = "{home / "registers.json"}"
"""
        if replay:
            text += (
                f'[[sources]]\nname = "rows"\nkind = "replay"\nperiod_s = {PERIOD_S}\nfile = "{replay}"\nstart = "{start}"\nspeed = 10\n'
            )
        (home / "edge.toml").write_text(text, encoding="utf-8")
        self.agents[mine] = Proc(davy("edge", "--config", str(home / "edge.toml")), home / "edge.log")
        return self.agents[mine]

    def start(self) -> None:
        for proc in self.everything():
            proc.start()

    def everything(self) -> list[Proc]:
        return [proc for proc in (self.sim, self.broker, self.ingest, *self.agents.values()) if proc]

    def stop(self) -> None:
        for proc in self.everything():
            proc.kill()
        self.cable.close()

    def status(self, mine: str) -> Status | None:
        """What the agent last said of itself; None where it has not said anything yet."""
        return status_in(self.folder / mine / "outbox")

    def waiting(self, mine: str) -> int:
        """Items the agent says it still has to bring; -1 where it has not said anything yet."""
        status = self.status(mine)
        return -1 if status is None else status.waiting_items

    def wait_for_receipts(self, *mines: str) -> None:
        """Until these agents (all, where none is named), as they run now, read their devices and have heard of the centre what it holds."""
        since = time.time_ns() // 1000

        def received(mine: str) -> bool:
            assert self.ingest.process is not None
            assert self.ingest.process.poll() is None, f"ingest ended: {self.ingest.log.read_text()[-300:]}"
            status = self.status(mine)
            return status is not None and status.at > since and status.connected and status.receipts > 0 and status.polled > 0

        for mine in mines or self.agents:
            wait_until(lambda mine=mine: received(mine), told=lambda mine=mine: self.status(mine))

    def wait_for_more_receipts(self, mine: str) -> None:
        """Until the centre, as it runs now, has told the agent what it holds."""
        since = time.time_ns() // 1000
        wait_until(lambda: (now := self.status(mine)) is not None and now.at > since, told=lambda: self.status(mine))
        before = receipts.receipts if (receipts := self.status(mine)) else 0  # those of the centre before are among them
        wait_until(lambda: (now := self.status(mine)) is not None and now.receipts > before + 1, told=lambda: self.status(mine))

    def items(self, mine: str) -> int:
        """Data items on the agent's disk."""
        return sum(1 for _ in items_on_disk(self.folder / mine / "outbox"))

    def rules(self) -> set[str]:
        """Rules of the alarms raised so far, read beside the running centre."""
        with sqlite3.connect(f"file:{self.folder / 'records.sqlite'}?mode=ro", uri=True) as db:
            return {row[0] for row in db.execute("select rule from alarms")}

    def settle(self, limit_s: float = LIMIT_S) -> None:
        """End the polling, let everything arrive, then end the rest: the disks and the store are the truth from here on."""
        for proc in self.agents.values():
            proc.terminate()
        drains = []
        for mine in self.agents:
            drain = Proc(
                [sys.executable, "-m", "bench.soak.launch", "drain", str(self.folder / mine / "edge.toml"), str(self.folder / "no-clock")],
                self.folder / mine / "drain.log",
            )
            drain.start()
            drains.append(drain)
        try:
            wait_until(lambda: all(drain.ended for drain in drains), limit_s, lambda: "outboxes are not empty")
        finally:
            for drain in drains:
                drain.kill()
            self.ingest.terminate()


def status_in(outbox: Path) -> Status | None:
    """What an agent said of itself in its outbox's folder; None before it said anything."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((outbox / "agent.json").read_bytes(), type=Facts).status
    return None


def davy(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "console.cli", *arguments]


def items_on_disk(outbox: Path, stream: str = "data") -> Iterator[tuple[str, int, bytes]]:
    """Every item of an outbox folder, read segment by segment."""
    for path in sorted((outbox / stream).glob("*.seg")):
        segment = Segment.open(path)
        if segment is None:
            continue
        for seq in range(segment.first, segment.last + 1):
            data = segment.read(seq)
            if data is not None:
                yield segment.epoch, seq, data


def readings_of(items: Iterator[tuple[str, int, bytes]], registry: Registry) -> tuple[Counter[Reading], list[Poll]]:
    """The readings and polls in the data items."""
    readings: Counter[Reading] = Counter()
    polls: list[Poll] = []
    for _, _, data in items:
        body = decode(Item, data).body
        if isinstance(body, Batch):
            block = unpack(body)
            polls += body.polls
            for point, at, value, bits in zip(block.point.tolist(), block.time.tolist(), block.value, block.quality.tolist(), strict=True):
                readings[registry.points[point].id, at, value.tobytes(), bits] += 1
    return readings, polls


def readings_in_store(store: Store, mine: str, registry: Registry) -> Counter[Reading]:
    """Everything the store has of a mine."""
    readings: Counter[Reading] = Counter()
    for point in registry.points:
        series = store.series(mine, point.id, 0, 1 << 62)
        for at, value, bits in zip(series.time.tolist(), series.value, series.quality.tolist(), strict=True):
            readings[point.id, at, value.tobytes(), bits] += 1
    return readings
