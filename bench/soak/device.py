"""The devices that real agents read: `python -m bench.soak.device FOLDER COUNT`. A Modbus TCP server each, in one process.

Writes `FOLDER/N/points.json` and `registers.json`, serves until ended, and says `Serving`.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
import numpy as np

from bench.processes import say
from bench.soak.values import POINTS, agent_mine, agent_registry, device_values, registers, step_of
from contracts.clock import SystemClock
from contracts.points import Registry
from contracts.registers import RegisterMap
from sim_sensors.device import Reading
from sim_sensors.field.modbus import ModbusField


class Serving(msgspec.Struct, frozen=True):
    """Where the devices listen."""

    ports: list[int]


class Stepping:
    """Device `number` of the night."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.registry: Registry = agent_registry(agent_mine(number))
        self.registers: RegisterMap = registers(self.registry)

    def read(self, now: int) -> Reading:
        """The step's values, all normal."""
        return device_values(self._number, step_of(now)), np.zeros(POINTS, np.uint16)

    def silent(self, _now: int) -> bool:
        """Never."""
        return False


async def serve(folder: Path, count: int) -> None:
    """Until cancelled."""
    clock, ports, fields = SystemClock(), list[int](), list[ModbusField]()
    for number in range(count):
        device, own = Stepping(number), folder / str(number)
        own.mkdir(parents=True, exist_ok=True)
        (own / "points.json").write_bytes(device.registry.data)
        (own / "registers.json").write_bytes(msgspec.json.encode(device.registers))
        fields.append(ModbusField(device, clock))
        ports.append(await fields[-1].start())
    say(Serving(ports))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
