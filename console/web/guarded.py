"""Connections to the pages: not more than the process has room for, and none that is held open without asking for anything.

The pages share a process with the intake: connections that use up its file handles would end the storing of readings.
"""

import asyncio
import resource

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 1_000
"""Connections (project setting); fewer where the process may open fewer than twice as many files."""
ASKS_WITHIN_S = 20.0
"""From connecting, or from the answer before, to the end of the next request's head (project setting)."""


def room_of(handles: int) -> int:
    """Connections there is room for in a process that may open so many files."""
    return max(20, min(MOST, handles // 2))


class Guarded(H11Protocol):
    """HTTP/1.1 that hangs up on whoever is one too many (of all, or one address with half of all) or does not get round to asking."""

    ROOM = room_of(resource.getrlimit(resource.RLIMIT_NOFILE)[0])

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        self._looks: asyncio.TimerHandle | None = None
        host = self.client[0] if self.client else ""
        of_host = sum(getattr(one, "client", None) is not None and one.client[0] == host for one in self.connections)  # type: ignore[union-attr, index]
        if len(self.connections) > self.ROOM or of_host > self.ROOM // 2:
            transport.abort()
            return
        self._looks = self.loop.call_later(ASKS_WITHIN_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looks is not None:
            self._looks.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        asking = self.cycle is not None and not self.cycle.response_complete
        rest = ASKS_WITHIN_S if asking else self._idle_since + ASKS_WITHIN_S - self.loop.time()
        if rest <= 0:
            self.transport.abort()
        elif not self.transport.is_closing():
            self._looks = self.loop.call_later(rest, self._look)
