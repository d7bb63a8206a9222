"""People who look meanwhile: pages asked for once in a while, and browsers that open the stream and never read."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from bench.soak.values import agent_mine, load_mine

PAGES = ("/", f"/mines/{agent_mine(0)}", "/alarms", f"/mines/{load_mine(0)}", "/api/v1/alarms", f"/api/v1/mines/{agent_mine(1)}/points")
EVERY_S, PATIENCE_S = 2.0, 20.0
ALWAYS, MORE = 4, 40
"""Browsers that do not read: all night, and beside them while that is the fault."""


@dataclass(slots=True)
class Looks:
    """`took`: (when, s) of every page that came; `failed`: of those that did not."""

    took: list[tuple[float, float]] = field(default_factory=list)
    failed: list[tuple[float, str]] = field(default_factory=list)

    async def run(self, pages: str, token: str) -> None:
        """One page after another, until cancelled."""
        headers, at = {"Authorization": f"Bearer {token}"}, 0
        async with httpx.AsyncClient(base_url=pages, headers=headers, timeout=PATIENCE_S, trust_env=False) as client:
            while True:
                began = time.monotonic()
                try:
                    answer = await client.get(PAGES[at % len(PAGES)])
                    if answer.is_success:
                        self.took.append((began, time.monotonic() - began))
                    else:
                        self.failed.append((began, f"{PAGES[at % len(PAGES)]}: {answer.status_code}"))
                except httpx.HTTPError as error:
                    self.failed.append((began, f"{PAGES[at % len(PAGES)]}: {type(error).__name__}"))
                at += 1
                await asyncio.sleep(EVERY_S)


@asynccontextmanager
async def slow(pages: str, token: str, count: int) -> AsyncIterator[None]:
    """So many browsers that ask for a stream and leave it standing in the socket."""
    opened = list[socket.socket]()
    try:
        for at in range(count):
            if (one := await asyncio.to_thread(_opened, pages, token, agent_mine(at % 2))) is not None:
                opened.append(one)
        yield
    finally:
        for one in opened:
            one.close()


def _opened(pages: str, token: str, mine: str) -> socket.socket | None:
    """None where nobody listens just now."""
    place = urlsplit(pages)
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    one.settimeout(PATIENCE_S)
    with contextlib.suppress(OSError):
        one.connect((place.hostname or "", place.port or 80))
        head = f"GET /api/v1/stream?mine={mine} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
        one.sendall(head.encode("ascii"))
        return one
    one.close()
    return None


async def always(pages: str, token: str) -> None:
    """A few of them all night, each for half a minute, until cancelled."""
    while True:
        async with slow(pages, token, ALWAYS):
            await asyncio.sleep(30.0)
