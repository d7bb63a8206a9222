"""People of the pit: one of each role, signed in without waiting for a password to be hashed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from console.web import hashing
from console.web.access import Role
from console.web.doors import COOKIE
from console.web.entry import Entry
from console.web.hashing import pin_hash
from console.web.sessions import digest_of
from store.records import people, sessions
from store.records.people import Person
from store.records.sessions import Session
from tests.console.apps import app_of
from tests.console.web_pit import Pit

PASSWORD = "lamp-and-canary"
CLOSED = Entry(closed=True)


@cache
def password_hash() -> str:
    """Made once, and cheap to compare: the real cost is paid where argon2 itself is tested."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def add_person(pit: Pit, login: str, role: Role, *mines: str, password: bool = False, pin: str = "") -> Person:
    """A person with the name and the PIN; `password`: PASSWORD is theirs."""
    with pit.records.begin() as db:
        hashed = password_hash() if password else ""
        person = people.add(db, login, f"{login} name", role, pit.clock.now(), mines, password=hashed)
        for mine in mines if pin else ():
            people.set_pin(db, mine, person.id, pin_hash(pin, people.make_salt(db, mine)))
    return person


def session_of(pit: Pit, person: Person, token: str = "", *, board: bool = False) -> dict[str, str]:
    """The cookie of a session that is just open."""
    token, now = token or f"token of {person.login}", pit.clock.now()
    with pit.records.begin() as db:
        sessions.open_session(db, Session(digest_of(token), person.id, now, now, 1 << 60, board, "password", "test"))
    return {COOKIE: token}


def closed_app(pit: Pit) -> FastAPI:
    return app_of(pit.plant, entry=CLOSED)


def client_of(app: FastAPI, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A browser that was given these cookies."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://davy.test", cookies=cookies)


def cheapen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing; `test_pins.py` and `test_hashing_costs` look at the real ones."""
    hashing._nobodys.cache_clear()
    monkeypatch.setattr(hashing, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(hashing, "PIN_TIME", 1)
    monkeypatch.setattr(hashing, "PIN_MEMORY_KIB", 8)


@contextmanager
def changed(pit: Pit) -> Iterator[None]:
    """What is done to people while the console runs: it believes what it read for a moment."""
    yield
    pit.clock.advance(3_000_000)
