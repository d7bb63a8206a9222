"""A line to a broker that can be cut and mended, as a cable can: a TCP relay on loopback."""

import asyncio
import contextlib

CHUNK = 1 << 16


class Line:
    """Relays a port of this machine to the far port. Cut, it hangs up on everybody and listens no more; its port stays its own."""

    def __init__(self, far: int, host: str = "127.0.0.1") -> None:
        self.port = 0
        self._far, self._host = far, host
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def stands(self) -> bool:
        """Whether anybody gets through."""
        return self._server is not None

    async def mend(self) -> None:
        """The line stands. OSError where its port was taken meanwhile."""
        if self._server is None:
            self._server = await asyncio.start_server(self._relay, self._host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Both ends notice at once; nobody can connect."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._far)
        except OSError:
            writer.transport.abort()  # no broker: as if there were no line
            return
        self._ends |= {writer, far_writer}
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            self._ends -= {writer, far_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # cut
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
