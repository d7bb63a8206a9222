"""The pages of the door: signing in, signing out, and who I am. Plain forms: they work without scripts."""

import secrets
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs, urlencode

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from console.web.access import RIGHTS, Right, Role, Viewing
from console.web.api_alarms import same_site
from console.web.api_session import address_of, change_password, leave_old, set_cookie
from console.web.asked import Doorway, Language, Watched
from console.web.doors import COOKIE, token_of
from console.web.entry import PASSWORD_LEAST, PASSWORD_MOST, Entry, way_back
from console.web.oidc import LASTS, NotVouched, Oidc
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.render import COOKIE_AGE, draw
from console.web.watch import Watch
from console.web.words import COOKIE as LANG
from console.web.words import LANGUAGES
from contracts.clock import SECOND
from store.records import audit, people

MOST = 20_000
"""Bytes of a form."""
STATE = "davy_oidc"
"""The cookie that ties a sign-in at the provider to the browser that began it."""

log = structlog.get_logger("console")

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Back = Annotated[str | None, Query(alias="next")]


@router.get("/sign-in")
async def sign_in_page(request: Request, door: Doorway, viewer: Viewing, lang: Language, back: Back = None) -> HTMLResponse:
    return await _sign_in(request, lang, way_back(back), await door.anybody(), "already" if viewer.signed_in else "")


@router.post("/sign-in")
async def sign_in(request: Request, door: Doorway, lang: Language, back: Back = None) -> Response:
    same_site(request)
    form, to = await form_of(request), way_back(back)
    login, password, board = form.get("login", ""), form.get("password", ""), form.get("board") == "yes"
    try:
        token, person = await door.sign_in(login[:200], password[:PASSWORD_MOST], address_of(request), board)
    except Refused as refused:
        key = "wait" if refused.status == HTTPStatus.TOO_MANY_REQUESTS else "wrong"
        return await _sign_in(request, lang, to, True, key, refused, login)
    await leave_old(request, door)
    answer = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    set_cookie(request, answer, token, board)
    if LANG not in request.cookies and person.lang in LANGUAGES:
        answer.set_cookie(LANG, person.lang, max_age=COOKIE_AGE, httponly=True, samesite="lax")
    return answer


@router.get("/sign-in/oidc")
async def oidc_begin(request: Request, lang: Language, back: Back = None) -> Response:
    oidc: Oidc | None = request.app.state.oidc
    if oidc is None:
        raise Refused(404, "path", request.url.path, "a console with OIDC configured")
    watch: Watch = request.app.state.watch
    try:
        place, state = await oidc.begin(way_back(back), str(request.url_for("oidc_back")), watch.plant.clock.now())
    except NotVouched as error:
        log.warning("provider not usable", why=str(error))
        return await _sign_in(request, lang, "/", True, "oidc")
    answer = RedirectResponse(place, HTTPStatus.SEE_OTHER)
    secure = request.url.scheme == "https"
    answer.set_cookie(STATE, state, max_age=LASTS // SECOND, httponly=True, samesite="lax", secure=secure, path="/sign-in")
    return answer


@router.get("/sign-in/oidc/back", name="oidc_back")
async def oidc_back(request: Request, door: Doorway, lang: Language, state: str = "", code: str = "") -> Response:
    """The provider sends the browser here. Only the browser that began may finish: nobody is signed in by another's link."""
    oidc: Oidc | None = request.app.state.oidc
    if oidc is None:
        raise Refused(404, "path", request.url.path, "a console with OIDC configured")
    watch: Watch = request.app.state.watch
    try:
        _same_browser(request, state)
        claim, to = await oidc.finish(state, code, watch.plant.clock.now())
        person = await door.claimed(claim, address_of(request))
    except NotVouched as error:
        log.warning("not signed in by the provider", why=str(error))
        return await _sign_in(request, lang, "/", True, "oidc", Refused(401, "query.state", "", "a registered person"))
    await leave_old(request, door)
    answer = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    set_cookie(request, answer, await door.enter(person, "oidc", address_of(request)))
    answer.delete_cookie(STATE, path="/sign-in")
    return answer


def _same_browser(request: Request, state: str) -> None:
    if not secrets.compare_digest(request.cookies.get(STATE, "").encode(), state.encode()):
        raise NotVouched("another browser began this")


@router.post("/sign-out")
async def sign_out(request: Request, door: Doorway) -> RedirectResponse:
    same_site(request)
    await leave_old(request, door)
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/me")
async def me(request: Request, watch: Watched, viewer: Viewing, lang: Language) -> HTMLResponse:
    return await _me(request, watch, viewer.role, lang, "")


@router.post("/me/password")
async def my_password(request: Request, watch: Watched, door: Doorway, viewer: Viewing, lang: Language) -> HTMLResponse:
    same_site(request)
    form = await form_of(request)
    try:
        if form.get("new", "") != form.get("again", ""):
            return await _me(request, watch, viewer.role, lang, "again", 422)
        old, new = form.get("old", "")[:PASSWORD_MOST], form.get("new", "")[: PASSWORD_MOST + 1]
        await change_password(watch.plant, door, viewer.person, old, new, token_of(request))
    except Refused as refused:
        keys = {HTTPStatus.UNAUTHORIZED: "old", HTTPStatus.TOO_MANY_REQUESTS: "wait"}
        return await _me(request, watch, viewer.role, lang, keys.get(HTTPStatus(refused.status), "rules"), refused.status)
    return await _me(request, watch, viewer.role, lang, "done")


@router.post("/me/language")
async def my_language(request: Request, watch: Watched, door: Doorway, viewer: Viewing) -> RedirectResponse:
    same_site(request)
    chosen = (await form_of(request)).get("lang", "")
    if chosen not in LANGUAGES:
        raise Refused(422, "body.lang", chosen[:10], ", ".join(LANGUAGES))
    if viewer.person and not viewer.only_looks:
        await watch.plant.run(lambda: _set_language(watch.plant, viewer.person, viewer.name, chosen))
        door.forget()
    answer = RedirectResponse("/me", HTTPStatus.SEE_OTHER)
    answer.set_cookie(LANG, chosen, max_age=COOKIE_AGE, httponly=True, samesite="lax")
    return answer


def _set_language(plant: Plant, person: int, name: str, lang: str) -> None:
    now = plant.clock.now()
    with plant.records.begin() as db:
        people.change(db, person, {"lang": lang}, now)
        audit.append(db, "person.changed", f"person {person}", {"lang": lang}, audit.pseudonym(name), now)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small form; Refused where it is larger, or no form."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST:
            raise Refused(413, "body", len(data), f"a form of at most {MOST} bytes")
    try:
        fields = parse_qs(data.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise Refused(422, "body", str(error), "a form") from error
    return {name: values[0] for name, values in fields.items()}


async def _sign_in(
    request: Request, lang: str, to: str, anybody: bool, told: str, refused: Refused | None = None, login: str = ""
) -> HTMLResponse:
    watch: Watch = request.app.state.watch
    entry: Entry = request.app.state.entry
    facts = {
        "to": "/sign-in?" + urlencode({"next": to}),
        "told": told,
        "waits": refused.allowed if refused else "",
        "login": login[:60],
        "anybody": anybody,
        "open": not entry.closed,
        "shown": entry.shown,
        "oidc": entry.settings.oidc if entry.settings.oidc.issuer else None,
        "oidc_to": "/sign-in/oidc?" + urlencode({"next": to}),
    }
    status = refused.status if refused else HTTPStatus.OK
    return draw(request, watch, lang, await watch.scene(), "sign_in.html", facts, status)


async def _me(request: Request, watch: Watch, role: Role | None, lang: str, told: str, status: int = 200) -> HTMLResponse:
    facts = {
        "section": "me",
        "told": told,
        "rights": [right for right in Right if role is not None and right in RIGHTS[role]],
        "least": PASSWORD_LEAST,
        "most": PASSWORD_MOST,
    }
    return draw(request, watch, lang, await watch.scene(), "me.html", facts, status)
