"""What stands around a gateway under test, each a process of its own: devices, broker, centre, and the line that can be cut."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.cable import laid
from bench.ports import free_port
from bench.processes import Child
from bench.sawtooth import MINE, TEETH, Sawtooth, Serving, sawtooth
from contracts.clock import END_OF_TIME, SECOND, Clock, SystemClock
from contracts.points import Registry, read_registry
from contracts.registers import RegisterMap
from contracts.topics import Gateway
from ingest.broker.child import BrokerProcess, Listener
from ingest.broker.mosquitto import mosquitto
from sim_sensors.field.line import Line
from store.address import open_store

GATEWAY = Gateway(MINE, "gw")
START_S = 180.0
TOOTH_S = 8.13
"""In which each tooth crosses its limit once: no multiple of a poll's period, so that crossings fall everywhere between two polls."""


@dataclass(frozen=True, slots=True)
class Site:
    """`outbox`: the agent's folder. The registry's points are shared out in order among the devices."""

    folder: Path
    devices: tuple[Child, ...]
    broker: BrokerProcess
    centre: Child
    cable: Line
    registry: Registry
    clock: Clock
    device: Sawtooth
    """What every one of the devices shows."""

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    def crossings(self, start: int, end: int) -> list[tuple[str, int]]:
        """(point, µs UTC) of every instant in [start, end) at which a register reaches its limit."""
        return self.device.crossings(start, end)

    def check(self) -> None:
        """ChildFailed where one of them has ended."""
        for child in (*self.devices, self.centre):
            child.check()

    @asynccontextmanager
    async def agent(self, name: str) -> AsyncIterator[Child]:
        """The agent as a gateway runs it, ended by SIGTERM."""
        child = await Child.start(name, "console.cli", ["edge", "--config", str(self.folder / "edge.toml")], self.folder / "edge.log")
        try:
            yield child
        finally:
            await child.end()

    async def stored(self, start: int = 0, end: int = END_OF_TIME) -> NDArray[np.int64]:
        """Readings by point number in the store's files, with time in [start, end), the centre ended."""
        await self.centre.end()
        store = open_store(str(self.folder / "store"))
        try:
            counted = store.count(MINE, start, end)
        finally:
            store.close()
        return np.array([counted.get(point.id, 0) for point in self.registry.points], np.int64)


@asynccontextmanager
async def site(points: int, devices: int, outbox_mb: int) -> AsyncIterator[Site]:
    """All of it, in a temp folder that is removed in the end."""
    with TemporaryDirectory(prefix="davy-bench-") as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            broker = mosquitto(folder / "broker", Listener(port=free_port()))
            await broker.start()
            stack.push_async_callback(broker.stop)
            centre = await _child(stack, "ingest", "console.cli", ["ingest", "--config", _ingest(folder, broker.listener.port)], folder)
            fields = [await _child(stack, f"device{at}", "bench.sawtooth", _own(folder, at, points), None) for at in range(devices)]
            ports = [(await field.heard(Serving, START_S)).port for field in fields]
            cable = await stack.enter_async_context(laid(broker.listener.port))
            registry = _edge(folder, cable.port, ports, outbox_mb)
            clock = SystemClock()
            device = sawtooth(points, clock.now(), TEETH, round(TOOTH_S * SECOND))
            yield Site(folder, tuple(fields), broker, centre, cable, registry, clock, device)


async def _child(stack: AsyncExitStack, name: str, module: str, arguments: list[str], log: Path | None) -> Child:
    child = await Child.start(name, module, arguments, log / f"{name}.log" if log else None)
    stack.push_async_callback(child.end)
    return child


def _own(folder: Path, at: int, points: int) -> list[str]:
    own = folder / f"device{at}"
    own.mkdir()
    return [str(own), str(points), str(TEETH), str(TOOTH_S), "0"]


def _ingest(folder: Path, port: int) -> str:
    path = folder / "ingest.toml"
    text = f'store = "{folder / "store"}"\nrecords = "sqlite:///{folder / "records.sqlite"}"\nfolder = "{folder / "ingest"}"\n'
    path.write_text(f"{text}\n[broker]\nport = {port}\n", encoding="utf-8")
    return str(path)


def _edge(folder: Path, port: int, ports: list[int], outbox_mb: int) -> Registry:
    """The agent's configuration: each device is asked for its share of the points."""
    registry = read_registry((folder / "device0" / "points.json").read_bytes())
    whole = msgspec.json.decode((folder / "device0" / "registers.json").read_bytes(), type=RegisterMap)
    rows = sorted(whole.registers, key=lambda row: registry.number[row.point])
    text = [
        f'mine = "{MINE}"\ngateway = "{GATEWAY.name}"\nfolder = "{folder / "outbox"}"\npoints = "{folder / "device0" / "points.json"}"\n'
    ]
    text += [f"[broker]\nport = {port}\n\n[outbox]\nmax_mb = {outbox_mb}\n"]
    for at, (device_port, share) in enumerate(zip(ports, np.array_split(np.arange(len(rows)), len(ports)), strict=True)):
        registers = folder / f"registers{at}.json"
        registers.write_bytes(msgspec.json.encode(msgspec.structs.replace(whole, registers=tuple(rows[row] for row in share))))
        text += [f'[[sources]]\nname = "field{at}"\nkind = "modbus_tcp"\nperiod_s = 1.0\nport = {device_port}\nregisters = "{registers}"\n']
    (folder / "edge.toml").write_text("\n".join(text), encoding="utf-8")
    return registry
