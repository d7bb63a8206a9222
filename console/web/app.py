"""The console as an ASGI application: API, pages, stream, static files."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from console.web import api_alarms, api_delivery, api_findings, api_locks, api_points, api_recipients, api_store, pages, stream
from console.web.asked import Watched, language_of
from console.web.headers import SecurityHeaders
from console.web.metrics import Requests
from console.web.plant import Plant
from console.web.refusals import Refusal, Refused, body_of, from_validation
from console.web.render import draw
from console.web.watch import Watch

API = "/api/v1"


def create_app(plant: Plant, hosts: Sequence[str] = ("*",), registry: CollectorRegistry | None = None) -> FastAPI:
    """The console of a plant. `hosts`: names it answers to (`*.mine.example`); anything else gets 400.
    `registry`: where requests are counted.

    `app.state.closing` (asyncio.Event) ends the open streams; `console.web.serve.Server` sets it when the server stops.
    """
    app = FastAPI(title="Davylamp", version="1", docs_url=None, redoc_url=None, openapi_url=f"{API}/openapi.json")
    app.state.watch = Watch(plant)
    app.state.closing = app.state.watch.closing
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(SecurityHeaders)
    if registry is not None:
        app.add_middleware(Requests, registry=registry)
    for module in (api_points, api_alarms, api_delivery, api_findings, api_locks, api_recipients, api_store, stream):
        app.include_router(module.router, prefix=API, responses={404: {"model": Refusal}, 422: {"model": Refusal}})
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_api_route("/healthz", healthz, tags=["health"])
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SQLAlchemyError, _unreadable)
    return app


async def healthz(watch: Watched, response: Response) -> dict[str, Any]:
    """200 while the alarm journal and the store can be read, 503 with the reason while not."""
    scene = await watch.scene()
    if not scene.active.known:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    gateways = scene.live.gateways.values()
    return {
        "ok": scene.active.known,
        "alarms": "read" if scene.active.known else "cannot be read",
        "store_generation": watch.plant.store.generation,
        "gateways": len(scene.live.gateways),
        "silent": sum(gateway.silent(scene.now) for gateway in gateways),
    }


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return await _answer(request, error.status, body_of(error.place, error.value, error.allowed))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, from_validation(error.errors()))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await _answer(request, error.status_code, body_of("path", request.url.path, error.detail))


async def _unreadable(request: Request, error: Exception) -> Response:
    return await _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, body_of("records", type(error).__name__, "a database that answers"))


async def _answer(request: Request, status: int, body: dict[str, Any]) -> Response:
    """JSON for programs, a page for people."""
    if request.url.path.startswith((API, "/healthz", "/static")):
        return JSONResponse(body, status)
    watch: Watch = request.app.state.watch
    scene = await watch.scene()
    facts = {"status": int(status), "value": body["error"]["value"]}
    return draw(request, watch, await language_of(request), scene, "error.html", facts, status)
