"""The console as an ASGI application: API, pages, stream, static files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
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

from console.fleet.today import Today
from console.web import (
    api_alarms,
    api_calibrations,
    api_delivery,
    api_drills,
    api_duty,
    api_evidence,
    api_findings,
    api_fleet,
    api_fleet_chain,
    api_fleet_facts,
    api_fleet_register,
    api_handling,
    api_health,
    api_locks,
    api_manual,
    api_permits,
    api_points,
    api_programme,
    api_recipients,
    api_reports,
    api_service,
    api_session,
    api_store,
    api_wall,
    pages,
    pages_duty,
    pages_fleet,
    pages_handling,
    pages_health,
    pages_permits,
    pages_programme,
    pages_recipients,
    pages_session,
    pages_story,
    stream,
)
from console.web.access import Viewing
from console.web.asked import language_of
from console.web.bodies import Bodies
from console.web.doors import Door, Doors
from console.web.entry import Entry
from console.web.fleet import Fleet
from console.web.headers import SecurityHeaders
from console.web.kept import KeptFiles
from console.web.metrics import Requests
from console.web.oidc import Oidc
from console.web.plant import Plant
from console.web.refusals import Refusal, Refused, body_of, from_validation
from console.web.render import draw
from console.web.sessions import Sessions
from console.web.turns import BESIDE, Turns
from console.web.watch import Watch

API = "/api/v1"
REFUSALS = (400, 401, 403, 404, 408, 409, 413, 422, 429, 503)
REFUSAL = "#/components/schemas/Refusal"
"""Told once as a model, and named everywhere else: a model for each route and status is most of what a start costs."""
PAGES = (
    *(pages, pages_health, pages_duty, pages_fleet, pages_handling, pages_permits, pages_programme, pages_recipients, pages_session),
    pages_story,
)
"""Before the interface: whoever opens the first page of a fresh server does not wait for routes that programs call."""
INTERFACE = (
    *(api_alarms, api_delivery, api_drills, api_duty, api_evidence, api_findings, api_handling, api_health, api_locks, api_points),
    *(api_calibrations, api_fleet, api_fleet_chain, api_fleet_facts, api_fleet_register),
    *(api_manual, api_permits, api_programme),
    *(api_recipients, api_reports, api_service, api_session, api_store, api_wall, stream),
)


def create_app(
    plant: Plant, hosts: Sequence[str] = ("*",), registry: CollectorRegistry | None = None, entry: Entry | None = None
) -> FastAPI:
    """The console of a plant. `hosts`: names it answers to (`*.mine.example`); anything else gets 400.
    `registry`: where requests are counted. `entry`: whether one has to sign in; none: nobody has to.

    `app.state.closing` (asyncio.Event) ends the open streams; `console.web.serve.Server` sets it when the server stops.
    """
    plant = replace(plant, run=Turns(plant.run), aside=Turns(plant.aside, BESIDE))
    app = FastAPI(title="Davylamp", version="1", docs_url=None, redoc_url=None, openapi_url=f"{API}/openapi.json")
    app.state.watch = Watch(plant)
    app.state.closing = app.state.watch.closing
    app.state.fleet = Fleet(plant)
    app.state.fleet_today = Today(plant)
    app.state.listening = Counter[int]()
    app.state.story = None  # of a demo only: its process puts it there
    app.state.entry = entry or Entry()
    app.state.sessions = Sessions(plant, app.state.entry.settings)
    app.state.oidc = Oidc(app.state.entry.settings.oidc) if app.state.entry.settings.oidc.issuer else None
    app.state.doors = Doors(app.state.entry, app.state.sessions)
    app.add_middleware(Bodies)
    app.add_middleware(Door, doors=app.state.doors)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(SecurityHeaders)
    if registry is not None:
        app.add_middleware(Requests, registry=registry)
    for module in PAGES:
        app.include_router(module.router)
    for module in INTERFACE:
        said = {"model": Refusal} if module is INTERFACE[0] else {"content": {"application/json": {"schema": {"$ref": REFUSAL}}}}
        app.include_router(module.router, prefix=API, responses=dict.fromkeys(REFUSALS, said))
    app.mount("/static", KeptFiles(Path(__file__).parent / "static"), name="static")
    app.add_api_route("/healthz", healthz, tags=["health"])
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SQLAlchemyError, _unreadable)
    return app


async def healthz(request: Request, viewer: Viewing, response: Response) -> dict[str, Any]:
    """200 while the alarm journal and the store can be read, 503 with the reason while not. Gateways are counted for who sees all."""
    watch: Watch = request.app.state.watch
    scene = await watch.scene()
    if not scene.active.known:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    told = {
        "ok": scene.active.known,
        "alarms": "read" if scene.active.known else "cannot be read",
        "store_generation": watch.plant.store.generation,
    }
    if viewer.mines is not None:
        return told
    gateways = scene.live.gateways.values()
    return told | {"gateways": len(gateways), "silent": sum(gateway.silent(scene.now) for gateway in gateways)}


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
