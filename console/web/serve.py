"""The console's server: uvicorn, which ends open streams before it waits for connections to close."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from socket import socket

import uvicorn
from fastapi import FastAPI

from console.web.render import prepare


class Server(uvicorn.Server):
    """`await Server(app, host, port).serve()`; ends when `should_exit` is set. `port` 0 takes a free one."""

    def __init__(self, app: FastAPI, host: str = "127.0.0.1", port: int = 8600) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        super().__init__(config)
        self._closing: asyncio.Event = app.state.closing

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to the process that runs the server, not to the server."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._preparing = asyncio.ensure_future(asyncio.to_thread(prepare))

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)

    @property
    def bound(self) -> int:
        """The port it listens on; valid once `started`."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port
