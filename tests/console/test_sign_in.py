"""Signing in: who comes in, who does not, how long it lasts, and what is written down."""

import asyncio
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete

from console.web import hashing, stream
from console.web.access import NOBODY, OPEN, Right, Role, viewer_for
from console.web.doors import COOKIE
from console.web.entry import (
    FREE_OF_ADDRESS,
    FREE_OF_LOGIN,
)
from contracts.clock import DAY, HOUR, SECOND
from store.records import audit, people, sessions
from store.records.sessions import Failed
from tests.console.apps import app_of
from tests.console.people_pit import PASSWORD, add_person, changed, cheapen, client_of, closed_app, session_of
from tests.console.web_pit import Pit

NOBODYS = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$xxxx"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheapen(monkeypatch)


@dataclass
class House:
    """A pit with its doors; an application is slow to make, so that one of each kind serves all tests."""

    pit: Pit
    closed: FastAPI
    open: FastAPI


@pytest.fixture(scope="module")
def house() -> House:
    pit = Pit()
    return House(pit, closed_app(pit), app_of(pit.plant))


@pytest.fixture
def pit(house: House) -> Pit:
    """As new: nobody signed in, nothing written down, one dispatcher."""
    with house.pit.records.begin() as db:
        for table in (people.PEOPLE, people.PINS, people.SALTS, sessions.SESSIONS, sessions.FAILURES, audit.AUDIT):
            db.execute(delete(table))
    for app in (house.closed, house.open):
        app.state.sessions.forget()
    house.pit.clock.advance(10 * SECOND)
    for mine in ("north", "south"):
        house.pit.calm(mine)
    add_person(house.pit, "li", Role.DISPATCHER, "north", password=True)
    return house.pit


@pytest.fixture
def app(house: House) -> FastAPI:
    return house.closed


@pytest.fixture
def unlocked(house: House) -> FastAPI:
    """Nobody has to sign in."""
    return house.open


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Passwords compared without argon2, for tests of many attempts; the hashes they were compared with."""
    seen: list[str] = []

    async def fits(hashed: str, password: str) -> bool:
        seen.append(hashed)
        return bool(hashed) and password == PASSWORD

    monkeypatch.setattr("console.web.sessions.password_fits", fits)
    return seen


async def _enter(web: httpx.AsyncClient, login: str = "li", password: str = PASSWORD, board: bool = False) -> httpx.Response:
    return await web.post("/api/v1/session", json={"login": login, "password": password, "board": board})


def _kinds(pit: Pit) -> list[str]:
    with pit.records.read() as db:
        return [link.kind for link in audit.links(db)]


async def test_a_closed_console_sends_people_to_the_door_and_tells_programs_so(app):
    async with client_of(app) as web:
        page, call = await web.get("/mines/north?x=1"), await web.get("/api/v1/mines")

        assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fmines%2Fnorth%3Fx%3D1")
        assert (call.status_code, call.json()["error"]["place"]) == (401, "session")
        assert (await web.post("/alarms")).status_code == 401
        assert (await web.get("/api/v1/openapi.json")).status_code == 401
        assert (await web.get("/sign-in")).status_code == 200
        assert (await web.get("/static/base.css")).status_code == 200


async def test_health_is_told_to_anybody_and_says_less(app, pit, unlocked):
    async with client_of(app) as web:
        assert (await web.get("/healthz")).json().keys() == {"ok", "alarms", "store_generation"}
    async with client_of(unlocked) as web:
        assert (await web.get("/healthz")).json()["gateways"] == 2


async def test_a_console_without_people_says_how_to_add_the_first(app, pit):
    with pit.records.begin() as db:
        db.execute(delete(people.PEOPLE))
    async with client_of(app) as web:
        assert "davy people add" in (await web.get("/api/v1/mines")).json()["error"]["allowed"]
        assert "davy people add" in (await web.get("/sign-in")).text


async def test_whoever_signs_in_has_a_cookie_no_script_reads_and_sees_their_mine(app, pit):
    async with client_of(app) as web:
        answer = await _enter(web)
        cookie = answer.headers["set-cookie"]

        assert answer.json() | {"login": "li", "role": "dispatcher", "mines": ["north"], "board": False} == answer.json()
        assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/"))
        assert "Secure" not in cookie
        assert [mine["id"] for mine in (await web.get("/api/v1/mines")).json()["items"]] == ["north"]
        assert "sign_in.in" in _kinds(pit)


async def test_over_https_the_cookie_is_for_https_only(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://davy.test") as web:
        assert "Secure" in (await _enter(web)).headers["set-cookie"]


async def test_the_form_goes_back_to_where_one_was_and_tells_no_other_site(app):
    async with client_of(app) as web:
        form = {"login": "li", "password": PASSWORD}
        answer = await web.post("/sign-in?next=/alarms%3Fmine%3Dnorth", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/alarms?mine=north")
        assert (await web.post("/sign-in?next=//evil.example", data=form)).headers["location"] == "/"
        refused = await web.post("/sign-in", data=form, headers={"origin": "https://evil.example"})
        assert refused.status_code == 403
        assert (await web.post("/sign-in", data=form, headers={"origin": "null"})).status_code == 403


async def test_wrong_password_and_unknown_login_get_the_same_answer_and_are_written_down(app, pit):
    async with client_of(app) as web:
        wrong, unknown = await _enter(web, password="not that one"), await _enter(web, login="nobody", password="not that one")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json()["error"]["allowed"] == unknown.json()["error"]["allowed"]
    assert COOKIE not in wrong.cookies
    assert _kinds(pit) == ["sign_in.refused"] * 2


async def test_an_unknown_login_is_compared_as_long_as_a_known_one(monkeypatch):
    """Counted, not timed: argon2 is run once for either."""
    compared: list[str] = []

    class Hasher:
        def hash(self, password: str) -> str:
            return NOBODYS

        def verify(self, hashed: str, password: str) -> bool:
            compared.append(hashed)
            return True

    hashing._nobodys.cache_clear()
    monkeypatch.setattr(hashing, "_hasher", Hasher())
    assert not hashing.fits("", "x")
    assert hashing.fits("$a", "x")
    assert compared == [NOBODYS, "$a"]
    hashing._nobodys.cache_clear()


async def test_failures_in_a_row_are_made_to_wait_longer_each_time_and_even_the_right_password_waits(app, pit, quick):
    async with client_of(app) as web:
        for _ in range(FREE_OF_LOGIN):
            assert (await _enter(web, password="wrong")).status_code == 401
        told = await _enter(web)
        assert (told.status_code, told.json()["error"]["allowed"]) == (429, "1 s")
        assert len(quick) == FREE_OF_LOGIN
        pit.clock.advance(SECOND)
        assert (await _enter(web, password="wrong")).status_code == 401
        assert (await _enter(web)).json()["error"]["allowed"] == "2 s"
        pit.clock.advance(2 * SECOND)
        assert (await _enter(web)).status_code == 200
        assert (await _enter(web, password="wrong")).status_code == 401


async def test_many_at_once_are_no_way_round_the_wait(app, pit, quick):
    async with client_of(app) as web:
        answers = await asyncio.gather(*(_enter(web, password=f"guess {n}") for n in range(30)))

    assert sum(answer.status_code == 401 for answer in answers) == FREE_OF_LOGIN
    assert len(quick) == FREE_OF_LOGIN


async def test_an_address_that_tries_many_logins_is_made_to_wait_and_one_known_password_does_not_clear_it(app, pit, quick):
    async with client_of(app) as web:
        for at in range(FREE_OF_ADDRESS):
            assert (await _enter(web, login=f"guess{at}")).status_code == 401
            if at == FREE_OF_ADDRESS // 2:
                assert (await _enter(web)).status_code == 200
        assert (await _enter(web, login="another")).status_code == 429


async def test_a_typed_login_is_not_kept_where_a_password_may_have_been_typed(app, pit):
    async with client_of(app) as web:
        await _enter(web, login="my-secret-password")
    with pit.records.read() as db:
        kept = str(db.exec_driver_sql("SELECT * FROM sign_in_failures").all()) + str(list(audit.links(db)))

    assert "my-secret-password" not in kept


async def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(app, pit):
    async with client_of(app) as web:
        await _enter(web)
        token = web.cookies[COOKIE]
        assert (await web.post("/sign-out")).headers["location"] == "/sign-in"
        assert COOKIE not in web.cookies
    async with client_of(app, {COOKIE: token}) as thief:
        assert (await thief.get("/api/v1/mines")).status_code == 401
    assert "sign_in.out" in _kinds(pit)


async def test_signing_in_again_ends_the_session_before(app):
    async with client_of(app) as web:
        await _enter(web)
        before = web.cookies[COOKIE]
        await _enter(web)
        assert web.cookies[COOKIE] != before
    async with client_of(app, {COOKIE: before}) as old:
        assert (await old.get("/api/v1/mines")).status_code == 401


async def test_a_session_ends_when_idle_and_in_any_case_and_a_boards_by_neither(app, pit):
    person = add_person(pit, "wang", Role.DISPATCHER, "north")
    async with client_of(app, session_of(pit, person)) as web, client_of(app, session_of(pit, person, "board", board=True)) as board:
        for _ in range(3):
            pit.clock.advance(11 * HOUR)
            assert (await web.get("/api/v1/mines")).status_code == 200
        pit.clock.advance(12 * HOUR)
        assert (await web.get("/api/v1/mines")).status_code == 401
        pit.clock.advance(60 * DAY)
        assert (await board.get("/api/v1/mines")).status_code == 200
    async with client_of(app) as web:
        await _enter(web)
        for _ in range(16):
            pit.clock.advance(10 * HOUR)
            assert (await web.get("/api/v1/mines")).status_code == 200
        pit.clock.advance(10 * HOUR)
        assert (await web.get("/api/v1/mines")).status_code == 401


async def test_an_open_page_does_not_keep_a_session_from_going_idle(app, pit):
    """Neither its stream nor what its script fetches by itself."""
    person = add_person(pit, "wang", Role.DISPATCHER, "north")
    async with client_of(app, session_of(pit, person)) as web:
        for _ in range(13):
            await app.state.sessions.known("token of wang", touch=False)
            await web.get("/receipts", headers={"Davy-Quiet": "1"})
            pit.clock.advance(HOUR)
        assert (await web.get("/api/v1/mines")).status_code == 401


async def test_a_stream_ends_when_its_session_does(app, pit, monkeypatch):
    told = asyncio.Event()
    event_of = stream.event_of
    monkeypatch.setattr(stream, "EVERY_S", 0.02)
    monkeypatch.setattr(stream, "event_of", lambda *facts: (told.set(), event_of(*facts))[1])
    person = add_person(pit, "wang", Role.DISPATCHER, "north")
    cookies = session_of(pit, person)
    async with client_of(app, cookies) as web, client_of(app, cookies) as elsewhere, asyncio.timeout(60):
        listening = asyncio.ensure_future(web.get("/api/v1/stream"))
        await told.wait()
        assert not listening.done()
        await elsewhere.post("/sign-out")
        answer = await listening
    assert (answer.status_code, '"north"' in answer.text, '"south"' in answer.text) == (200, True, False)


async def test_a_wall_board_looks_and_does_nothing(app, pit):
    alarm = pit.alarm()
    person = add_person(pit, "wang", Role.DISPATCHER, "north")
    async with client_of(app, session_of(pit, person, board=True)) as web:
        assert (await web.get(f"/alarms/{alarm}")).status_code == 200
        refused = await web.post(f"/api/v1/alarms/{alarm}/acknowledge", json={"name": "x", "words": "y"})
        assert (refused.status_code, (await web.get("/api/v1/session")).json()["board"]) == (403, True)


async def test_whoever_is_shut_out_or_moved_notices_within_seconds(app, pit):
    person = add_person(pit, "wang", Role.DISPATCHER, "north")
    async with client_of(app, session_of(pit, person)) as web:
        assert [mine["id"] for mine in (await web.get("/api/v1/mines")).json()["items"]] == ["north"]
        with changed(pit), pit.records.begin() as db:
            people.change(db, person.id, {"mines": ["south"]}, pit.clock.now())
        assert [mine["id"] for mine in (await web.get("/api/v1/mines")).json()["items"]] == ["south"]
        with changed(pit), pit.records.begin() as db:
            people.change(db, person.id, {"active": False}, pit.clock.now())
        assert (await web.get("/api/v1/mines")).status_code == 401


async def test_a_new_password_needs_the_old_one_ends_the_others_and_stays_signed_in(app, pit):
    async with client_of(app) as web, client_of(app) as elsewhere:
        await _enter(web)
        await _enter(elsewhere)
        change = {"old": PASSWORD, "new": "another-canary"}
        assert (await web.post("/api/v1/session/password", json=change | {"old": "wrong"})).status_code == 401
        assert (await web.post("/api/v1/session/password", json=change | {"new": "short"})).status_code == 422
        assert (await web.post("/api/v1/session/password", json=change)).status_code == 204
        assert (await web.get("/api/v1/mines")).status_code == 200
        assert (await elsewhere.get("/api/v1/mines")).status_code == 401
        assert (await _enter(elsewhere, password="another-canary")).status_code == 200
    assert "person.password" in _kinds(pit)


async def test_nobody_changes_a_password_without_being_signed_in(app, pit, unlocked):
    for one in (app, unlocked):
        async with client_of(one) as web:
            assert (await web.post("/api/v1/session/password", json={"old": "x", "new": "yyyyyyyyyyyy"})).status_code == 401


async def test_the_page_of_the_account_says_who_one_is_and_changes_password_and_language(app, pit):
    async with client_of(app) as web:
        await _enter(web)
        page = (await web.get("/me")).text
        assert all(text in page for text in ("li name", "调度员", "确认报警", "north"))
        assert "核销或退回" not in page
        again = await web.post("/me/password", data={"old": PASSWORD, "new": "another-canary", "again": "other-canary"})
        assert "两次输入的新密码不同" in again.text
        done = await web.post("/me/password", data={"old": PASSWORD, "new": "another-canary", "again": "another-canary"})
        assert "密码已修改" in done.text
        await web.post("/me/language", data={"lang": "en"})
        assert "My account" in (await web.get("/me")).text
    with pit.records.read() as db:
        found = people.by_login(db, "li")
        assert found is not None
        assert found.lang == "en"


async def test_a_program_brings_its_token_in_a_header(app, pit):
    person = add_person(pit, "wang", Role.DISPATCHER, "north")
    token = session_of(pit, person)[COOKIE]
    async with client_of(app) as web:
        assert (await web.get("/api/v1/mines", headers={"Authorization": f"Bearer {token}"})).status_code == 200
        assert (await web.get("/api/v1/mines", headers={"Authorization": "Bearer other"})).status_code == 401


async def test_where_nobody_has_to_sign_in_one_may_and_then_sees_with_a_roles_eyes(pit, unlocked):
    async with client_of(unlocked) as web:
        assert [mine["id"] for mine in (await web.get("/api/v1/mines")).json()["items"]] == ["north", "south"]
        await _enter(web)
        assert [mine["id"] for mine in (await web.get("/api/v1/mines")).json()["items"]] == ["north"]
        await web.post("/api/v1/session/end")
        assert len((await web.get("/api/v1/mines")).json()["items"]) == 2


async def test_records_that_do_not_answer_open_no_door(app, pit):
    async with client_of(app) as web:
        await _enter(web)
        pit.clock.advance(5 * SECOND)
        with pit.records.begin() as db:
            db.exec_driver_sql("ALTER TABLE sessions RENAME TO elsewhere")
        assert (await web.get("/api/v1/mines")).status_code == 503
        assert (await web.get("/api/v1/session")).status_code == 503
        with pit.records.begin() as db:
            db.exec_driver_sql("ALTER TABLE elsewhere RENAME TO sessions")


def test_a_role_nobody_knows_sees_nothing_and_a_mines_role_without_mines_neither(pit):
    with pit.records.begin() as db:
        odd = people.add(db, "odd", "x", "emperor", 1, [])
        poor = people.add(db, "poor", "x", "engineer", 1, [])
        province = people.add(db, "prov", "x", "province", 1, [])
    assert viewer_for(odd) == NOBODY
    assert not viewer_for(poor).sees("north")
    assert viewer_for(province).sees("north")
    assert not any(NOBODY.may(right) for right in Right)
    assert all(OPEN.may(right) for right in Right)


async def test_sweeping_happens_at_every_sign_in(app, pit):
    with pit.records.begin() as db:
        sessions.set_failed(db, "login:old", Failed(1, pit.clock.now() - 2 * DAY, 0))
    async with client_of(app) as web:
        await _enter(web)
    with pit.records.read() as db:
        assert sessions.failed(db, "login:old") == Failed()
