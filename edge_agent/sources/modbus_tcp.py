"""Modbus TCP: polls one device, coalesced into few requests. It cannot write."""

from pymodbus.client import AsyncModbusTcpClient

from contracts.clock import SECOND
from contracts.payload import Poll
from contracts.points import Registry
from contracts.registers import RegisterMap
from edge_agent.sources.backoff import Patience
from edge_agent.sources.modbus_device import ModbusDevice, map_of, reads_only
from edge_agent.sources.modbus_words import MOST_WORDS, plan
from edge_agent.sources.settings import ModbusTcpSettings
from edge_agent.sources.source import Answer


class ModbusTcp:
    """One device. A dead one costs its own poll the timeout and nobody else anything."""

    def __init__(self, settings: ModbusTcpSettings, registers: RegisterMap, registry: Registry) -> None:
        self.name, self.period = settings.name, round(settings.period_s * SECOND)
        self.device = ModbusDevice(registers, registry)
        self._client = AsyncModbusTcpClient(
            settings.host, port=settings.port, timeout=settings.timeout_s, retries=0, reconnect_delay=0, trace_pdu=reads_only
        )
        self._patience = Patience()

    def resume(self, cursor: int) -> None:
        """A device has no past."""

    async def poll(self, due: int) -> Answer:
        self.device.forget()
        why = await self._connected(due) or await self.device.ask(self._client)
        block = self.device.block(due)
        poll = Poll(self.name, self.period, due, 1, 1 if len(block) else 0)
        return Answer(block if len(block) else None, (poll,), why)

    async def _connected(self, due: int) -> str:
        if self._client.connected:
            return ""
        if not self._patience.may_try(due):
            return f"not connected; next try {self._patience.wait_s(due):.1f} s later"
        if await self._client.connect():
            self._patience.succeeded()
            return ""
        self._patience.failed(due)
        return "no connection"

    def raw(self) -> dict[int, str]:
        """The words behind the last poll's readings, by point number."""
        return self.device.raw()

    async def close(self) -> None:
        self._client.close()


def make(settings: ModbusTcpSettings, registry: Registry) -> ModbusTcp:
    """The source, its register map read from the file the settings name."""
    return ModbusTcp(settings, map_of(settings.registers, "registers", registry), registry)


__all__ = ["MOST_WORDS", "ModbusTcp", "make", "plan"]
