"""Requests to the console, counted and timed, for Prometheus."""

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
"""Any other word is counted as one: whoever calls chooses it, and each would be a series of its own."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Requests:
    """ASGI middleware: `davy_console_requests_total{method,route,status}`, and seconds to the first byte."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._count = Counter("davy_console_requests", "Requests answered", ["method", "route", "status"], registry=registry)
        self._seconds = Histogram("davy_console_request_seconds", "To the first byte", ["route"], registry=registry, buckets=SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._count.labels(method, route, message["status"]).inc()
                self._seconds.labels(route).observe(perf_counter() - began)
            await send(message)

        await self._app(scope, receive, answer)
