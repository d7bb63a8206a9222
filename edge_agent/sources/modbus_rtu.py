"""Modbus RTU: the units of one serial line, polled one after another. It cannot write.

A silent unit costs the line one timeout a try, and is tried more and more rarely (`rest_s`). RTU answers carry no number: so that a late
answer is never taken for that to another question, a unit that was silent is left alone for twice the timeout at least.
"""

import asyncio

from pymodbus.client import AsyncModbusSerialClient

from contracts.clock import SECOND
from contracts.errors import BadConfig
from contracts.payload import Poll
from contracts.points import Registry
from contracts.registers import RegisterMap
from edge_agent.sources.backoff import Patience
from edge_agent.sources.modbus_device import ModbusDevice, map_of, reads_only
from edge_agent.sources.settings import ModbusRtuSettings
from edge_agent.sources.source import Answer

LONGEST_REST_S = 60.0


def rest_s(failures: int, period_s: float, timeout_s: float) -> float:
    """Seconds a unit is left alone after so many silences in a row: two timeouts; from the second on 2, 4, 8 ... periods, up to 60 s."""
    periods = 0.0 if failures <= 1 else 2.0 ** min(failures - 1, 12)
    return max(2 * timeout_s, min(periods * period_s, LONGEST_REST_S))


class _Unit:
    def __init__(self, registers: RegisterMap, registry: Registry) -> None:
        self.device = ModbusDevice(registers, registry)
        self.failures, self.again = 0, 0.0
        """Silences in a row; the loop's time before which it is left alone."""


class ModbusRtu:
    """One serial line. Each unit has polls of its own, named `<source>/<unit>`, so the ledger tells which one was silent."""

    def __init__(self, settings: ModbusRtuSettings, maps: list[RegisterMap], registry: Registry) -> None:
        self.name, self.period = settings.name, round(settings.period_s * SECOND)
        self._period_s, self._timeout_s = settings.period_s, settings.timeout_s
        self._units = [_Unit(registers, registry) for registers in maps]
        self._client = AsyncModbusSerialClient(
            settings.device,
            baudrate=settings.baudrate,
            parity=settings.parity,
            stopbits=settings.stopbits,
            timeout=settings.timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_pdu=reads_only,
        )
        self._patience = Patience()

    def resume(self, cursor: int) -> None:
        """A device has no past."""

    async def poll(self, due: int) -> Answer:
        closed = await self._opened(due)
        answers = []
        for unit in self._units:
            unit.device.forget()
            why = closed or await self._ask(unit)
            block = unit.device.block(due)
            poll = Poll(f"{self.name}/{unit.device.unit}", self.period, due, 1, 1 if len(block) else 0)
            answers.append(Answer(block if len(block) else None, (poll,), f"unit {unit.device.unit}: {why}" if why else ""))
        return Answer.of(*answers)

    async def _opened(self, due: int) -> str:
        if self._client.connected:
            return ""
        if not self._patience.may_try(due):
            return f"serial line closed; next try {self._patience.wait_s(due):.1f} s later"
        if await self._client.connect():
            await asyncio.sleep(0)  # pymodbus attaches its reader in the next turn of the loop
            self._patience.succeeded()
            return ""
        self._patience.failed(due)
        return "serial line cannot be opened"

    async def _ask(self, unit: _Unit) -> str:
        loop = asyncio.get_running_loop()
        if (left := unit.again - loop.time()) > 0:
            return f"silent {unit.failures} times in a row, asked again in {left:.1f} s"
        why = await unit.device.ask(self._client)
        if unit.device.silent:
            unit.failures += 1
            unit.again = loop.time() + rest_s(unit.failures, self._period_s, self._timeout_s)
        else:
            unit.failures = 0
        return why

    def raw(self) -> dict[int, str]:
        """The words behind the last poll's readings, by point number."""
        return {number: words for unit in self._units for number, words in unit.device.raw().items()}

    async def close(self) -> None:
        self._client.close()


def make(settings: ModbusRtuSettings, registry: Registry) -> ModbusRtu:
    """The source, a register map for each unit read from the files the settings name."""
    maps = [map_of(path, f"registers[{at}]", registry) for at, path in enumerate(settings.registers)]
    units = [registers.unit for registers in maps]
    for at, unit in enumerate(units):
        if units.count(unit) > 1:
            raise BadConfig(f"registers[{at}].unit", unit, "a unit used once on the line")
    return ModbusRtu(settings, maps, registry)
