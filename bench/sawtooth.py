"""A simulated mine of any size, some of whose methane meters run up and over their limit every few seconds, as a Modbus TCP device.

`python -m bench.sawtooth FOLDER POINTS`: writes `points.json` and `registers.json` there, serves until ended, and says `Serving`.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
import numpy as np

from alerts.packs import load
from alerts.rules import compile_limits
from contracts.clock import SECOND, SystemClock
from contracts.points import Registry
from contracts.registers import RegisterMap
from sim_sensors.config import DeviceSettings, build
from sim_sensors.device import Device, Reading
from sim_sensors.field.modbus import ModbusField

MINE = "bench"
TEETH = 8
"""Points that run up and over."""
PERIOD = 8 * SECOND
"""Each crosses its limit once in this time; they take turns, so that something is decided every second."""
LOWEST, HIGHEST = 0.2, 1.3
"""Of the limit."""


class Serving(msgspec.Struct, frozen=True):
    """Where the device listens."""

    port: int


class Sawtooth:
    """A device in front of another one."""

    def __init__(self, base: Device) -> None:
        self._base = base
        limits = compile_limits(base.registry, load())
        methane = np.array([point.quantity == "methane" for point in base.registry.points])
        self._at = np.flatnonzero(methane & ~np.isnan(limits.alarm_ge))[:TEETH]
        self._limit = limits.alarm_ge[self._at]
        self._phase = np.arange(len(self._at)) / len(self._at)

    @property
    def registry(self) -> Registry:
        return self._base.registry

    @property
    def registers(self) -> RegisterMap:
        return self._base.registers

    def read(self, now: int) -> Reading:
        """The base's reading, with the teeth over it."""
        base_values, base_quality = self._base.read(now)
        values, quality = base_values.copy(), base_quality.copy()
        rise = (now / PERIOD + self._phase) % 1.0
        values[self._at] = self._limit * (LOWEST + (HIGHEST - LOWEST) * rise)
        quality[self._at] = 0
        return values, quality

    def silent(self, now: int) -> bool:
        """As the base."""
        return self._base.silent(now)


async def serve(folder: Path, points: int) -> None:
    """Until cancelled."""
    clock = SystemClock()
    device = Sawtooth(build(DeviceSettings(name=MINE, kind="mine", points=points), clock.now()))
    (folder / "points.json").write_bytes(device.registry.data)
    (folder / "registers.json").write_bytes(msgspec.json.encode(device.registers))
    field = ModbusField(device, clock)
    port = await field.start()
    sys.stdout.write(msgspec.json.encode(Serving(port)).decode() + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
