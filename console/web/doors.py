"""The door of the console: finds out who calls before anything is drawn, and lets nobody in where one has to sign in."""

from http import HTTPStatus
from time import monotonic
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from console.web.access import NOBODY, OPEN, Viewer
from console.web.entry import Entry
from console.web.refusals import body_of
from console.web.sessions import Known, Sessions
from console.web.strangers import Strangers

COOKIE = "davy_session"
QUIET = "davy-quiet"
"""A header of what a page fetches by itself: no sign that somebody is there."""
PUBLIC = ("/sign-in", "/static/", "/healthz", "/api/v1/session")
"""Paths anybody may call: they say nothing of any mine."""


class Doors:
    """Who may come in."""

    def __init__(self, entry: Entry, sessions: Sessions) -> None:
        self.entry, self._sessions = entry, sessions
        self._strangers = Strangers()

    def busy(self, request: HTTPConnection) -> Response | None:
        """The answer to who is not known to be signed in and asks more than a door can bear; the records are not asked for it."""
        if not self.entry.closed or request.url.path.startswith("/static/") or self._sessions.remembers(token_of(request)):
            return None
        address = request.client.host if request.client else "unknown"
        if self._strangers.may(address, monotonic()):
            return None
        body = body_of("session", address, "fewer requests a second from who is not signed in")
        return JSONResponse(body, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "1"})

    async def known(self, request: HTTPConnection, *, touch: bool = True) -> Known | None:
        """Whose session a request brings; None where it brings none, or one that is over."""
        token = token_of(request)
        return await self._sessions.known(token, touch=touch) if token else None

    def viewer(self, known: Known | None) -> Viewer:
        """Whose eyes a request has."""
        return known.viewer if known is not None else NOBODY if self.entry.closed else OPEN

    async def turned_away(self, scope: Scope) -> Response:
        """The answer to who has to sign in first."""
        if scope["method"] in ("GET", "HEAD") and not scope["path"].startswith("/api/"):
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            return RedirectResponse("/sign-in?" + urlencode({"next": scope["path"] + query}), HTTPStatus.SEE_OTHER)
        how = (
            "sign in: /sign-in, or POST /api/v1/session; davy itself: DAVY_TOKEN (davy people token)"
            if await self._sessions.anybody()
            else "nobody is registered: davy people add"
        )
        return JSONResponse(body_of("session", "", how), HTTPStatus.UNAUTHORIZED)


class Door:
    """Puts `viewer` and `known` (None where nobody signed in) into the state of every request. ASGI middleware."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app, self._doors = app, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            request = HTTPConnection(scope)
            if (busy := self._doors.busy(request)) is not None:
                await busy(scope, receive, send)
                return
            known = await self._doors.known(request, touch=QUIET not in request.headers)
            closed = known is None and self._doors.entry.closed and not _public(scope["path"])
            answer = await self._doors.turned_away(scope) if closed else self._app
        except SQLAlchemyError as error:
            body = body_of("records", type(error).__name__, "a database that answers")
            answer = JSONResponse(body, HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            scope.setdefault("state", {}).update(viewer=self._doors.viewer(known), known=known)
        await answer(scope, receive, send)


def token_of(request: HTTPConnection) -> str:
    """The token of a request: a program's `Authorization: Bearer`, else a browser's cookie; empty where there is none."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer.strip() if kind.lower() == "bearer" else request.cookies.get(COOKIE, "")


def _public(path: str) -> bool:
    return any(path == one or path.startswith(one if one.endswith("/") else f"{one}/") for one in PUBLIC)
