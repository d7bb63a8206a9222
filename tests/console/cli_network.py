"""The console's own application in place of the network, for commands that ask it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import httpx

from console.web.plant import Plant
from tests.console.apps import app_of


class InProcess(httpx.BaseTransport):
    """Answers a synchronous client from an application, all requests in one event loop."""

    def __init__(self, plant: Plant) -> None:
        self._asgi = httpx.ASGITransport(app_of(plant))
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        answer = await self._asgi.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        return httpx.Response(answer.status_code, headers=answer.headers, content=b"".join([part async for part in answer.stream]))

    def __exit__(
        self, kind: type[BaseException] | None = None, error: BaseException | None = None, at: TracebackType | None = None
    ) -> None:
        """A command's client closes its transport; the loop goes on for the next command."""


@contextmanager
def network_of(plant: Plant) -> Iterator[InProcess]:
    """The network while a test asks."""
    transport = InProcess(plant)
    try:
        yield transport
    finally:
        transport._runner.close()
