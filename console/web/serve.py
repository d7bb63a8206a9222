"""The console's server: uvicorn, which ends open streams before it waits for connections to close."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from socket import socket

import uvicorn
from fastapi import FastAPI

from console.web.guarded import Guarded
from console.web.warming import draw_province, make_ready


class Server(uvicorn.Server):
    """`await Server(app, host, port).serve()`; ends when `should_exit` is set. `port` 0 takes a free one. `listening`: from when on."""

    def __init__(self, app: FastAPI, host: str = "127.0.0.1", port: int = 8600) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            log_config=None,
            access_log=False,
            server_header=False,
            http=Guarded,
            ws="none",
            timeout_graceful_shutdown=3,
        )
        super().__init__(config)
        self._app, self.listening = app, asyncio.Event()
        self._closing: asyncio.Event = app.state.closing

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to the process that runs the server, not to the server."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listens when the pages can be drawn: who comes first waits for nothing."""
        await asyncio.to_thread(make_ready, self._app)
        await super().startup(sockets)
        self.listening.set()
        self._drawing = asyncio.ensure_future(draw_province(self._app))

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._closing.set()
        self._drawing.cancel()
        await super().shutdown(sockets)

    @property
    def bound(self) -> int:
        """The port it listens on; valid once `started`."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port
