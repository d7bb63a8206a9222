"""The line between a gateway and its broker, on loopback, that can be cut: a TCP relay."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.ports import free_port

_CHUNK = 1 << 16


class Cable:
    """Relays to the far port. Cut, it hangs up on everybody and listens no more."""

    def __init__(self, far: int) -> None:
        self.port = free_port()
        self._far = far
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """The line stands."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Both ends notice at once; nobody can connect."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
            self._ends |= {writer, far_writer}
            await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
            self._ends -= {writer, far_writer}

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # cut
        finally:
            writer.close()


@asynccontextmanager
async def laid(far: int) -> AsyncIterator[Cable]:
    """A cable that stands, cut at the end."""
    cable = Cable(far)
    await cable.mend()
    try:
        yield cable
    finally:
        await cable.cut()
