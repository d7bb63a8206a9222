"""Bodies of requests: none is longer than its path may have, and none takes for ever to come. ASGI middleware."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

USUAL = 256 << 10
"""Bytes (project setting): many times the longest form of this console."""
DOCUMENTS = 13 << 20
"""Where a document comes along in base64 (project setting)."""
WITH_DOCUMENTS = "/api/v1/fleet/"
WHOLE_WITHIN_S = 30.0
"""A body that is not whole by then is given up (project setting); a large document over a slow link has twice the time."""


class Bodies:
    """413 for a body that is too long, before it is read where its length is told; 408 for one that does not come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        large = scope["path"].startswith(WITH_DOCUMENTS)
        reading = _Reading(receive, DOCUMENTS if large else USUAL, WHOLE_WITHIN_S * (2 if large else 1), _length_of(scope))
        await self._app(scope, reading.receive, send)


class _Reading:
    """One body as it comes. It is refused where somebody reads it: who does not ask for a body is not disturbed by one."""

    def __init__(self, receive: Receive, most: int, seconds: float, told: int) -> None:
        self._receive, self._most, self._told = receive, most, told
        self._until = asyncio.get_running_loop().time() + seconds
        self._size, self._whole = 0, False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        self._check(self._told)
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError as error:
            raise HTTPException(408, "a body that comes within half a minute") from error
        self._size += len(message.get("body", b""))
        self._check(self._size)
        self._whole = not message.get("more_body", False)
        return message

    def _check(self, size: int) -> None:
        if size > self._most:
            raise HTTPException(413, f"a body of at most {self._most} bytes")


def _length_of(scope: Scope) -> int:
    """What the request says of its length; 0 where it says nothing."""
    told: bytes = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told) if told.isdigit() and len(told) < 19 else 0
