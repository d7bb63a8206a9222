"""The line that can be cut: what goes through it, and what does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from sim_sensors.field.line import Line


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data.upper())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_what_is_said_goes_through_until_it_is_cut_and_again_when_it_is_mended_at_the_same_port() -> None:
    async with echo() as far:
        line = Line(far)
        await line.mend()
        port = line.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"lamp")
        assert await reader.read(10) == b"LAMP"

        await line.cut()
        assert not line.stands
        with suppress(ConnectionResetError):
            assert await reader.read(10) == b"", "hung up"
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        writer.close()

        await line.mend()
        await line.mend()
        assert line.port == port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"again")
        assert await reader.read(10) == b"AGAIN"
        writer.close()
        await line.cut()


async def test_where_there_is_no_broker_it_hangs_up_as_if_there_were_no_line() -> None:
    async with echo() as far:
        pass
    line = Line(far)
    await line.mend()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    with suppress(ConnectionResetError):
        assert await reader.read(10) == b""
    writer.close()
    await line.cut()
