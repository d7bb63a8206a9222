"""A device that hangs up in the very moment of a request costs that poll its readings, not the gateway its agent."""

import asyncio
from typing import cast

import pytest
from pymodbus.client.base import ModbusBaseClient

from contracts.registers import Form, Register, RegisterMap
from edge_agent.sources.modbus_device import ModbusDevice
from tests.edge_agent.modbus_peer import registry_of


class HungUp:
    """As pymodbus under uvloop, whose transport is closed and has not said so yet."""

    async def read_holding_registers(self, *_: object, **__: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True reading=False>; the handler is closed")

    read_coils = read_discrete_inputs = read_input_registers = read_holding_registers


def test_it_is_a_connection_lost() -> None:
    device = ModbusDevice(RegisterMap(1, (Register("T01", 0, Form.U16, 0, None),)), registry_of("T01"))

    why = asyncio.run(device.ask(cast(ModbusBaseClient, HungUp())))

    assert "connection lost" in why
    assert "the handler is closed" in why
    assert len(device.block(1)) == 0
    assert not device.silent


def test_a_mistake_of_ours_is_not_taken_for_it() -> None:
    class Broken(HungUp):
        async def read_holding_registers(self, *_: object, **__: object) -> None:
            raise ZeroDivisionError

    device = ModbusDevice(RegisterMap(1, (Register("T01", 0, Form.U16, 0, None),)), registry_of("T01"))

    with pytest.raises(ZeroDivisionError):
        asyncio.run(device.ask(cast(ModbusBaseClient, Broken())))
