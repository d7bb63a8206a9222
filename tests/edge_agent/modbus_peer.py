"""Modbus devices that the tests read: real pymodbus servers over TCP and over a pair of pseudo terminals, and lines with ears."""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from contracts.points import Point, Registry
from contracts.registers import RegisterMap


def registry_of(*points: str) -> Registry:
    return Registry("m", "矿", "m", tuple(Point(name, "methane", "a", "处", "place") for name in points))


def written(folder: Path, registers: RegisterMap, name: str = "registers.json") -> str:
    (folder / name).write_bytes(msgspec.json.encode(registers))
    return str(folder / name)


def words(address: int, *values: int) -> SimData:
    return SimData(address, values=list(values), datatype=DataType.REGISTERS)


def bits(address: int, *values: bool) -> SimData:
    return SimData(address, values=list(values), datatype=DataType.BITS)


def unit(number: int, holding: list[SimData], rest: tuple[list[SimData], list[SimData], list[SimData]] | None = None) -> SimDevice:
    """A unit; `rest`: its coils, discrete inputs and input registers."""
    coils, discrete, inputs = rest or ([bits(0, False)], [bits(0, False)], [words(0, 0)])
    return SimDevice(number, (coils, discrete, holding, inputs))


@contextlib.asynccontextmanager
async def tcp(*units: SimDevice, port: int = 0) -> AsyncIterator[int]:
    server = ModbusTcpServer(list(units), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    assert isinstance(server.transport, asyncio.Server)
    try:
        yield server.transport.sockets[0].getsockname()[1]
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


class Tap:
    """A TCP proxy that writes down what the client sends."""

    def __init__(self, target: int) -> None:
        self.target, self.sent = target, b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)

        async def back() -> None:
            while data := await there_reader.read(65536):
                writer.write(data)

        task = asyncio.ensure_future(back())
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                self.sent += data
                there.write(data)
        task.cancel()
        there.close()
        writer.close()


class Line:
    """A serial line: a pseudo terminal for each end, and a pump between. `heard`: the frames the client sent; `dead`: units cut off."""

    def __init__(self) -> None:
        (self._client, client), (self._device, device) = os.openpty(), os.openpty()
        for end in (client, device, self._client, self._device):
            tty.setraw(end)
        self.client_end, self.device_end = os.ttyname(client), os.ttyname(device)
        self._ends = (client, device, self._client, self._device)
        self.heard: list[bytes] = []
        self.dead: set[int] = set()
        self.late_s: dict[int, float] = {}
        """Unit to how late its answers come."""

    def __enter__(self) -> "Line":
        loop = asyncio.get_running_loop()
        loop.add_reader(self._client, self._down)
        loop.add_reader(self._device, self._up)
        return self

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._client)
        loop.remove_reader(self._device)
        for end in self._ends:
            os.close(end)

    def _down(self) -> None:
        data = os.read(self._client, 1024)
        self.heard.append(data)
        if data[0] not in self.dead:
            os.write(self._device, data)

    def _up(self) -> None:
        data = os.read(self._device, 1024)
        asyncio.get_running_loop().call_later(self.late_s.get(data[0], 0.0), os.write, self._client, data)


@contextlib.asynccontextmanager
async def serial(*units: SimDevice) -> AsyncIterator[Line]:
    """A line with these units on it. Requests to others find nobody."""
    with Line() as line:
        server = ModbusSerialServer(list(units), port=line.device_end, baudrate=115200, ignore_missing_devices=True)
        await server.serve_forever(background=True)
        await asyncio.sleep(0.05)
        try:
            yield line
        finally:
            await server.shutdown()  # type: ignore[no-untyped-call]
