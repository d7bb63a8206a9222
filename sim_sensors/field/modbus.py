"""Devices as real Modbus TCP servers (pymodbus): holding registers as the register map says, nothing to be written.

The registers are brought up to date when somebody asks and time has moved, so the answer is what the device shows at that moment.
"""

import asyncio

import numpy as np
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from contracts.clock import Clock
from contracts.errors import BadConfig, Retry
from contracts.registers import WORDS
from sim_sensors.device import Device
from sim_sensors.field.words import value_words

_OLDEST = 100_000
"""µs: registers are at most so old when they are sent."""


class ModbusField:
    """One device on one TCP port, under the unit id of its register map."""

    def __init__(self, device: Device, clock: Clock) -> None:
        if {register.point for register in device.registers.registers} != set(device.registry.number):
            raise BadConfig("registers", len(device.registers.registers), "one register for each point of the registry")
        self.device, self.clock = device, clock
        self._place = [device.registry.number[register.point] for register in device.registers.registers]
        self._shown_at = -1
        self._values = np.full(len(self._place), np.inf)
        self._quality = np.full(len(self._place), -1, np.int64)
        self._server: ModbusTcpServer | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; port 0 takes a free one. The port listened on, or Retry where it cannot be had."""
        server = ModbusTcpServer(self._sim_device(), address=(host, port), trace_packet=self._passed)
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            raise Retry(f"cannot listen on {host}:{port}: {error}") from error
        self._server = server
        listener = server.transport
        assert isinstance(listener, asyncio.Server)
        bound: int = listener.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Stop listening and drop the connections."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it without a return type
            self._server = None

    def _sim_device(self) -> SimDevice:
        registers = self.device.registers.registers
        last = max(max(register.address + WORDS[register.form] - 1, register.state_address or 0) for register in registers)
        memory = SimData(0, count=last + 1, values=0, datatype=DataType.REGISTERS, readonly=True)
        return SimDevice(self.device.registers.unit, [memory], action=self._asked)

    def _passed(self, sending: bool, data: bytes) -> bytes:
        """Called by pymodbus with what came and with what goes: nothing leaves a silent device, and the asker's patience runs out."""
        return b"" if sending and self.device.silent(self.clock.now()) else data

    async def _asked(
        self, _function: int, _start: int, _address: int, _count: int, memory: list[int], _written: list[int] | list[bool] | None
    ) -> None:
        """Called by pymodbus before it answers; fills the device's memory in place."""
        now = self.clock.now()
        if not 0 <= now - self._shown_at < _OLDEST:
            self._show(now, memory)

    def _show(self, now: int, memory: list[int]) -> None:
        values, quality = self.device.read(now)
        values, quality = values[self._place], quality[self._place]
        changed = ~((values == self._values) | (np.isnan(values) & np.isnan(self._values))) | (quality != self._quality)
        for at in np.flatnonzero(changed).tolist():
            register = self.device.registers.registers[at]
            words = value_words(register, float(values[at]))
            memory[register.address : register.address + len(words)] = words
            if register.state_address is not None:
                memory[register.state_address] = int(quality[at])
        self._shown_at, self._values, self._quality = now, values, quality.astype(np.int64)
