"""Who am I, sign in, sign out, change the password: /api/v1/session."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from console.web.access import Right, Viewing, viewer_for
from console.web.api_alarms import same_site
from console.web.asked import Doorway, Watched
from console.web.doors import COOKIE, token_of
from console.web.entry import PASSWORD_MOST, check_password
from console.web.hashing import password_hash
from console.web.plant import Plant
from console.web.refusals import Refusal, Refused
from console.web.sessions import LOGIN_MOST, Sessions, digest_of
from contracts.errors import BadConfig
from store.records import audit, people, sessions
from store.records.people import Person

AGE_OF_BOARD = 400 * 86_400
"""Seconds: browsers keep no cookie longer."""

router = APIRouter(tags=["session"])
Login = Annotated[str, Field(min_length=1, max_length=LOGIN_MOST)]
Password = Annotated[str, Field(min_length=1, max_length=PASSWORD_MOST)]


class Entering(BaseModel, extra="forbid"):
    """`board`: a wall board, which only looks and is never signed out by time."""

    login: Login
    password: Password
    board: bool = False


class NewPassword(BaseModel, extra="forbid"):
    """A person changes their own password."""

    old: Password
    new: Password


@dataclass(frozen=True, slots=True)
class SessionView:
    """Who calls. `role` null: nobody signed in; `mines` null: all; `rights`: what they may do beside looking."""

    signed_in: bool
    login: str
    name: str
    role: str | None
    mines: list[str] | None
    board: bool
    rights: list[str]


@router.get("/session")
async def session(viewer: Viewing) -> SessionView:
    """Who calls, which mines they see and what they may do."""
    rights = [str(right) for right in Right if viewer.may(right)]
    mines = None if viewer.mines is None else sorted(viewer.mines)
    board = viewer.signed_in and viewer.only_looks
    return SessionView(viewer.signed_in, viewer.login, viewer.name, viewer.role and str(viewer.role), mines, board, rights)


@router.post("/session", responses={401: {"model": Refusal}, 429: {"model": Refusal}})
async def enter(request: Request, response: Response, door: Doorway, body: Entering) -> SessionView:
    """Sign in: the session is in the cookie of the answer. 401 for a wrong login or password, 429 while nothing is tried."""
    same_site(request)
    token, person = await door.sign_in(body.login, body.password, address_of(request), body.board)
    await leave_old(request, door)
    set_cookie(request, response, token, body.board)
    return await session(viewer_for(person, body.board))


@router.post("/session/end", status_code=204)
async def leave(request: Request, response: Response, door: Doorway) -> None:
    """Sign out; nothing where nobody is signed in."""
    same_site(request)
    await leave_old(request, door)
    response.delete_cookie(COOKIE)


@router.post("/session/password", status_code=204, responses={401: {"model": Refusal}, 429: {"model": Refusal}})
async def password(request: Request, viewer: Viewing, watch: Watched, door: Doorway, body: NewPassword) -> None:
    """Change one's own password; all other sessions of the person end."""
    same_site(request)
    await change_password(watch.plant, door, viewer.person, body.old, body.new, token_of(request))


async def change_password(plant: Plant, door: Sessions, number: int, old: str, new: str, token: str) -> None:
    """Refused where nobody is signed in, the old one is wrong, or the new one will not do."""
    if not number:
        raise Refused(401, "session", "", "somebody who signed in")
    person = await door.verified(number, old)
    try:
        check_password(person.login, new)
    except BadConfig as error:
        raise Refused(422, "body.new", "(hidden)", error.allowed) from error
    hashed = await password_hash(new)
    await plant.run(lambda: _set_password(plant, person, hashed, digest_of(token)))
    door.forget()


def _set_password(plant: Plant, person: Person, hashed: str, kept: str) -> None:
    now = plant.clock.now()
    with plant.records.begin() as db:
        people.change(db, person.id, {"password": hashed}, now)
        ended = sessions.end_all(db, person.id, but=kept)
        audit.append(db, "person.password", f"person {person.id}", {"sessions_ended": ended}, audit.pseudonym(person.name), now)


async def leave_old(request: Request, door: Sessions) -> None:
    """End the session a request came with."""
    if token := token_of(request):
        await door.sign_out(token)


def set_cookie(request: Request, response: Response, token: str, board: bool = False) -> None:
    """For this browser session only; a wall board's outlives a restart of the browser."""
    secure, age = request.url.scheme == "https", AGE_OF_BOARD if board else None
    response.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=secure)


def address_of(request: Request) -> str:
    """Where a request comes from, as far as the server knows."""
    return request.client.host if request.client else "unknown"
