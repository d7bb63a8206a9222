"""One Modbus device (a unit on a TCP connection or on a serial line): asked request by request, by function codes 1 to 4 only."""

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from contracts.columns import Block
from contracts.errors import BadConfig
from contracts.points import Registry
from contracts.registers import RegisterMap, Table, read_register_map
from edge_agent.sources.modbus_words import Decoder, Memory, Request, plan

READS = frozenset({1, 2, 3, 4})
ILLEGAL_ADDRESS = 2
EXCEPTIONS = {
    1: "illegal function",
    ILLEGAL_ADDRESS: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not respond",
}
"""Modbus application protocol 1.1b3, 7."""


class WouldWrite(ModbusException):
    """Something tried to send what is no read."""


def reads_only(sending: bool, pdu: ModbusPDU) -> ModbusPDU:
    """Every message passes here on its way out; what is no read never leaves."""
    if sending and pdu.function_code not in READS:
        raise WouldWrite(f"function code {pdu.function_code} is no read")
    return pdu


class ModbusDevice:
    """What it showed in this poll. A request it refuses costs the points of that request only."""

    def __init__(self, registers: RegisterMap, registry: Registry) -> None:
        self.unit = registers.unit
        self.requests = plan(registers)
        self._memory = Memory(self.requests)
        self._decoder = Decoder(registers, registry, self._memory)
        self.silent = False
        """It let a request of this poll run into the timeout."""

    def forget(self) -> None:
        """A new poll."""
        self._memory.forget()

    def block(self, due: int) -> Block:
        return self._decoder.block(due)

    def raw(self) -> dict[int, str]:
        return self._decoder.raw()

    async def ask(self, client: ModbusBaseClient) -> str:
        """Ask for everything; why something is missing, empty where nothing is.

        After one request without an answer the rest is left for the next poll, which begins behind it: one timeout a poll at most,
        and a request that is never answered does not keep the others from being asked.
        """
        whys: list[str] = []
        self.silent = False
        todo = deque(self.requests)
        while todo:
            request = todo.popleft()
            try:
                why = await self._fetch(client, request)
            except ConnectionException as error:
                return "; ".join([*whys, f"connection lost: {error}"])
            except (ModbusException, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                self.silent = True
                at = self.requests.index(request) + 1
                self.requests = self.requests[at:] + self.requests[:at]
                return "; ".join([*whys, f"no answer to {request} ({type(error).__name__}: {error})"])
            if why and request not in self.requests:
                todo.extendleft(reversed(request.halves()))
            elif why:
                whys.append(why)
        return "; ".join(whys)

    async def _fetch(self, client: ModbusBaseClient, request: Request) -> str:
        ask = {
            Table.COIL: client.read_coils,
            Table.DISCRETE: client.read_discrete_inputs,
            Table.HOLDING: client.read_holding_registers,
            Table.INPUT: client.read_input_registers,
        }[request.table]
        try:
            answer = await ask(request.address, count=request.count, device_id=self.unit)
        except RuntimeError as error:  # uvloop, where the device hung up and pymodbus was not told yet
            raise ConnectionException(f"hung up under {request} ({error})") from error
        if answer.isError():
            return self._refused(request, int(answer.exception_code))
        got: Sequence[int] = answer.bits if request.table.bits else answer.registers
        whole = (request.count + 7) // 8 * 8 if request.table.bits else request.count
        if len(got) != whole:
            return f"{len(got)} {'bits' if request.table.bits else 'registers'} instead of {whole} to {request}"
        self._memory.take(request, got[: request.count])
        return ""

    def _refused(self, request: Request, code: int) -> str:
        """An address it does not have spoils the whole request: from now on the halves are asked apart."""
        if code == ILLEGAL_ADDRESS and len(request.spans) > 1:
            at = self.requests.index(request)
            self.requests[at : at + 1] = request.halves()
        return f"exception {code} ({EXCEPTIONS.get(code, 'unknown')}) to {request}"


def map_of(path: str, where: str, registry: Registry) -> RegisterMap:
    """A register map whose points are all in the registry, or BadConfig."""
    try:
        registers = read_register_map(Path(path).read_bytes())
    except OSError as error:
        raise BadConfig(where, path, f"a file that can be read ({error})") from error
    if not registers.registers:
        raise BadConfig(where, path, "a register map with at least one register")
    for at, register in enumerate(registers.registers):
        if register.point not in registry.number:
            raise BadConfig(f"{where}[{at}].point", register.point, "a point id of the registry")
    return registers
