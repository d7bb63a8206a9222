"""How a process is, told to whoever watches it: `/metrics`, `/healthz`, `/readyz` over HTTP, and systemd's watchdog.

Liveness means progress: a process that has work and does not get on with it is *stuck*, however well it answers. One that gets on
but cannot do what it is for (no link, a full disk) is *not ready*: that needs a person, and a restart would not help.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

from contracts.errors import BadConfig
from wire.systemd import Supervisor

log = structlog.get_logger("health")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Health:
    """Reasons, in words. `stuck`: work waits and nothing moves. `unready`: it moves, but cannot do what it is for. `notes`: what is worth
    knowing and changes neither."""

    stuck: tuple[str, ...] = ()
    unready: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        return not self.stuck

    @property
    def ready(self) -> bool:
        return not self.stuck and not self.unready

    def body(self) -> bytes:
        """As JSON."""
        notes = {"notes": self.notes} if self.notes else {}
        return msgspec.json.encode({"live": self.live, "ready": self.ready, "stuck": self.stuck, "unready": self.unready, **notes})


@dataclass(frozen=True, slots=True)
class Watched:
    """What is asked about a process. `refresh` is awaited before a scrape, for figures that take a database to tell."""

    registry: CollectorRegistry
    health: Callable[[], Health]
    refresh: Callable[[], Awaitable[None]] | None = None


def process_registry() -> CollectorRegistry:
    """A registry that has the process's own figures (CPU seconds, resident bytes, open files, collections) in it."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def check_metrics(host: str, port: int) -> None:
    """Nothing, or BadConfig for an address nobody can listen on (port 0: metrics are off)."""
    if not host:
        raise BadConfig("metrics_host", host, "an address of this machine")
    if not 0 <= port <= 65535:
        raise BadConfig("metrics_port", port, "1 to 65535, or 0 for none")


def app_of(watched: Watched) -> App:
    """`/metrics` (Prometheus text), `/healthz` (503 while stuck), `/readyz` (503 while not ready) as an ASGI application."""
    from prometheus_client import make_asgi_app  # noqa: PLC0415  # only where somebody listens

    metrics: App = make_asgi_app(watched.registry)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/metrics":
            if watched.refresh is not None:
                await watched.refresh()
            await metrics(scope, receive, send)
            return
        told = watched.health()
        fine = {"/healthz": told.live, "/readyz": told.ready}.get(path)
        status = HTTPStatus.NOT_FOUND if fine is None else HTTPStatus.OK if fine else HTTPStatus.SERVICE_UNAVAILABLE
        body = b'{"paths":["/metrics","/healthz","/readyz"]}' if fine is None else told.body()
        await send({"type": "http.response.start", "status": int(status), "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    return app


@contextlib.asynccontextmanager
async def watched_by(watched: Watched, host: str, port: int) -> AsyncIterator[None]:
    """While inside, the process can be watched: over HTTP where `port` is not 0, by systemd where it started us.

    BadConfig where the port is taken.
    """
    tasks = []
    supervisor = Supervisor.of_environment()
    server = _server(watched, host, port) if port else None
    if server is not None:
        tasks.append(asyncio.ensure_future(server))
    if supervisor is not None:
        tasks.append(asyncio.ensure_future(_report(supervisor, watched.health)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if supervisor is not None:
            supervisor.stopping()


def _server(watched: Watched, host: str, port: int) -> Awaitable[None]:
    import uvicorn  # noqa: PLC0415  # only where somebody listens

    class Quiet(uvicorn.Server):
        """Signals belong to the process."""

        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            yield

    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise BadConfig("metrics_host, metrics_port", f"{host}:{port}", f"an address nothing else listens on ({error})") from error
    config = uvicorn.Config(app_of(watched), log_config=None, access_log=False, lifespan="off", ws="none", server_header=False)
    return Quiet(config).serve(sockets=[listener])


async def _report(supervisor: Supervisor, health: Callable[[], Health]) -> None:
    """READY, then a sign of life as long as there is progress; while there is none, silence, and systemd starts us again."""
    supervisor.ready()
    while True:
        told = health()
        if told.live:
            supervisor.alive("; ".join(told.unready) or "progressing")
        else:
            log.error("stuck", why=told.stuck)
            supervisor.status(f"stuck: {'; '.join(told.stuck)}")
        await asyncio.sleep(supervisor.every_s)
