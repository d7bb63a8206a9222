"""Every route with every role: nobody of one mine sees or moves anything of another, and nobody does what their role may not."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from _pytest.mark.structures import ParameterSet
from fastapi import FastAPI

from console.web import stream
from console.web.access import NOBODY, OPEN, RIGHTS, Role, Viewer
from console.web.watch import seen_by
from store.records import audit
from tests.console.apps import app_of
from tests.console.one_of_each import NONE, OTHERS, OURS, Ids, fill
from tests.console.people_pit import CLOSED, add_person, client_of, session_of
from tests.console.route_table import STREAM, TABLE, Rule, call_of, routes
from tests.console.web_pit import Pit

SLOW = pytest.mark.servers
"""They start no process, but there are many of them: kept out of the quick part."""
HASH = re.compile(r"\b[0-9a-f]{32,128}\b|\b\d{10} \d{5} [nf]\b")
"""And the places of a PDF's parts."""
SECRETS = ("南沟", "Nangou", "2201", "secret-of-south", "south")
"""What is only said of the other mine."""


@dataclass
class World:
    """Two mines with one of everything each, and somebody of every role."""

    pit: Pit
    ids: Ids
    apps: dict[bool, FastAPI]
    cookies: dict[tuple[Role, str], dict[str, str]]


@pytest.fixture(scope="module")
def world() -> World:
    pit = Pit()
    ids = fill(pit)
    cookies = {}
    for role in Role:
        for mines in ((OURS,), ()):
            login = f"{role}{len(mines)}"
            cookies[role, OURS if mines else ""] = session_of(pit, add_person(pit, login, role, *mines))
    return World(pit, ids, {True: app_of(pit.plant, entry=CLOSED), False: app_of(pit.plant)}, cookies)


async def ask(web: httpx.AsyncClient, key: str, rule: Rule, ids: dict[str, str], *, query: bool = True) -> httpx.Response:
    method, url, body = call_of(key, rule, ids, query=query)
    return await web.request(method, url, **body)


def links(world: World) -> int:
    with world.pit.records.read() as db:
        return len([link for link in audit.links(db) if not link.kind.startswith("sign_in")])


def may(role: Role, rule: Rule) -> bool:
    return rule.right is None or not RIGHTS[role].isdisjoint({rule.right, rule.also})


def named(key: str, rule: Rule) -> bool:
    """Whether a call of this route is about something of a mine."""
    return "{" in key or "{mine}" in rule.query or "mine" in (rule.body or {})


def cases(which: Callable[[str, Rule], bool] = lambda _, __: True) -> list[ParameterSet]:
    return [pytest.param(key, rule, id=key.replace("/api/v1", "~")) for key, rule in TABLE.items() if which(key, rule)]


def test_every_route_stands_in_the_table(world: World) -> None:
    assert set(routes(world.apps[True])) == {*TABLE, STREAM}


@SLOW
@pytest.mark.parametrize(("key", "rule"), cases())
async def test_nobody_gets_anything_where_one_has_to_sign_in(world: World, key: str, rule: Rule) -> None:
    async with client_of(world.apps[True]) as web:
        for mine in (OURS, OTHERS, NONE):
            answer = await ask(web, key, rule, world.ids[mine])
            if rule.public:
                assert answer.status_code in {*rule.statuses, 401}
            elif key.startswith("GET ") and "/api/" not in key:
                assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
            else:
                assert (answer.status_code, answer.json()["error"]["place"]) == (401, "session")
            assert secrets_in(answer, world.ids[mine]) == []


@SLOW
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("key", "rule"), cases(named))
async def test_what_is_of_another_mine_answers_as_what_does_not_exist(world: World, key: str, rule: Rule, role: Role) -> None:
    before = links(world)
    async with client_of(world.apps[True], world.cookies[role, OURS]) as web:
        others, nothing = [await ask(web, key, rule, world.ids[mine]) for mine in (OTHERS, NONE)]

    assert others.status_code == nothing.status_code
    assert bare(others, world) == bare(nothing, world)
    if "{" in key:
        assert others.status_code in ((404,) if may(role, rule) else (403, 404))
    assert links(world) == before


@SLOW
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("key", "rule"), cases(lambda key, _: key.startswith("GET ")))
async def test_nothing_of_another_mine_is_said_in_any_answer(world: World, key: str, rule: Rule, role: Role) -> None:
    async with client_of(world.apps[True], world.cookies[role, OURS]) as web:
        for query in (True, False):
            answer = await ask(web, key, rule, world.ids[OURS], query=query)
            assert secrets_in(answer, {}) == []
            assert answer.status_code in {*rule.statuses, *(() if query else (422,))}


@SLOW
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("key", "rule"), cases(lambda _, rule: rule.right is not None))
async def test_a_deed_is_done_by_whose_role_may_and_refused_to_all_others(world: World, key: str, rule: Rule, role: Role) -> None:
    before = links(world)
    async with client_of(world.apps[True], world.cookies[role, OURS]) as web:
        if may(role, rule):
            answer = await ask(web, key, rule, world.ids[OURS])
            assert answer.status_code in rule.statuses | ({404} if "recipients" in key or "backup" in key else set())
            return
        answer = await ask(web, key, rule, world.ids[OURS])
        assert (answer.status_code, answer.json()["error"]["place"]) == (403, "session.role")
    assert links(world) == before


@SLOW
@pytest.mark.parametrize(("key", "rule"), cases())
async def test_where_nobody_has_to_sign_in_nothing_is_refused_for_want_of_a_role(world: World, key: str, rule: Rule) -> None:
    async with client_of(world.apps[False]) as web:
        for mine in (OURS, OTHERS):
            answer = await ask(web, key, rule, world.ids[mine])
            assert answer.status_code in rule.statuses | ({404} if "recipients" in key else set())


@pytest.mark.parametrize("role", [Role.PROVINCE, Role.INSPECTOR, Role.ADMIN])
async def test_who_is_of_no_mine_sees_all_of_them(world: World, role: Role) -> None:
    async with client_of(world.apps[True], world.cookies[role, ""]) as web:
        assert [mine["id"] for mine in (await web.get("/api/v1/mines")).json()["items"]] == [OURS, OTHERS]
        assert (await web.get("/healthz")).json()["gateways"] == 2


async def test_a_stream_tells_of_ones_own_mines_only_and_ends_with_the_session(world: World) -> None:
    app, cookies = world.apps[True], world.cookies[Role.DISPATCHER, OURS]
    async with client_of(app) as web:
        assert (await web.get("/api/v1/stream")).status_code == 401
    async with client_of(app, cookies) as web:
        others, nothing = [await web.get(f"/api/v1/stream?mine={mine}") for mine in (OTHERS, NONE)]
        assert (others.status_code, nothing.status_code) == (404, 404)
        assert bare(others, world) == bare(nothing, world)
    viewer = Viewer(role=Role.DISPATCHER, mines=frozenset({OURS}))
    for seen, mines in ((viewer, [OURS]), (NOBODY, []), (OPEN, [OURS, OTHERS])):
        turns = iter((True, False))

        async def same(turns: Iterator[bool] = turns) -> bool:
            return next(turns)

        events = [event async for event in stream._events(seen_by(app.state.watch, seen), "zh", None, None, same)]
        assert [mine["id"] for mine in json.loads(events[1].removeprefix("data: "))["mines"]] == mines
        assert len(events) == 2


def secrets_in(answer: httpx.Response, asked: dict[str, str]) -> list[str]:
    """What an answer says of the other mine beyond the caller's own words."""
    text = answer.text + answer.headers.get("location", "") + answer.headers.get("content-disposition", "")
    for word in asked.values():
        text = text.replace(word, "")
    text = HASH.sub("·", text)  # four digits are somewhere in some of many
    return [secret for secret in SECRETS if secret in text]


def bare(answer: httpx.Response, world: World) -> str:
    """An answer without the ids that were asked for."""
    words = sorted({word for mine in (OTHERS, NONE) for word in world.ids[mine].values()}, key=len, reverse=True)
    return re.sub("|".join(rf"\b{re.escape(word)}\b" for word in words), "·", answer.text)
