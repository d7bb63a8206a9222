"""An inspector's webhook: a real HTTP receiver that notes when each message was there, and accepts all of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from msgspec import json

from alerts.message import Message
from bench.ports import free_port
from contracts.clock import Clock

_ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(slots=True)
class Hook:
    """`heard`: (µs UTC when the last byte was there, message), in the order of arrival."""

    address: str = ""
    heard: list[tuple[int, Message]] = field(default_factory=list)


@asynccontextmanager
async def listening(clock: Clock) -> AsyncIterator[Hook]:
    """Serve on a free port of the loopback, until the block ends."""
    hook = Hook()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower().splitlines()
                length = next(int(row.removeprefix(_LENGTH)) for row in head if row.startswith(_LENGTH))
                body = await reader.readexactly(length)
                arrived = clock.now()
                hook.heard.append((arrived, json.decode(body, type=Message)))
                writer.write(_ACCEPTED)
                await writer.drain()
        writer.close()

    port = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    hook.address = f"http://127.0.0.1:{port}/hook"
    try:
        yield hook
    finally:
        server.close()
