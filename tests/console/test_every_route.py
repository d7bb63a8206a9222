"""Every route with every role: nobody of one mine sees or moves anything of another, and nobody does what their role may not."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import httpx
import pytest
from _pytest.mark.structures import ParameterSet
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from alerts import calibration_desk, permit_desk
from alerts.calibration_desk import About
from alerts.config import Recipient
from alerts.evidence import Seal
from alerts.permits import Opening, Work
from console.web import stream
from console.web.access import NOBODY, OPEN, RIGHTS, Role, Viewer
from console.web.watch import seen_by
from contracts.clock import DAY, MINUTE
from contracts.errors import BadConfig
from contracts.facts import Fact, FactSet, write_facts
from contracts.keys import new_key
from contracts.payload import Event, Finding
from fleet import judging
from fleet.bodies import Profile, Suspicion, write
from fleet.packs import load
from ingest.backups import BackupState
from ingest.revival import Revived
from store.backup.notes import Note
from store.records import audit, deadletters, drills, duty, evidence, findings, fleet_log, handling
from store.records.findings import FORWARDED, Remark
from store.records.fleet_log import New
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, add_person, client_of, session_of
from tests.console.route_table import STREAM, TABLE, Rule
from tests.console.web_pit import LIMIT, NORTH, SOUTH, Pit

SLOW = pytest.mark.servers
"""They start no process, but there are many of them: kept out of the quick part."""
OURS, OTHERS, NONE = "north", "south", "nowhere"
SECRETS = ("南沟", "Nangou", "2201", "secret-of-south", "south")
"""What is only said of the other mine."""
REGISTRIES = {"north": NORTH, "south": SOUTH}
IDENTIFIERS = {"north": "88.123.1/ours", "south": "88.123.1/theirs"}


@dataclass
class World:
    """Two mines with one of everything each. `ids`: path parameters by mine; of NONE those of nothing."""

    pit: Pit
    ids: dict[str, dict[str, str]]
    apps: dict[bool, FastAPI]
    cookies: dict[tuple[Role, str], dict[str, str]]


def _alarm(pit: Pit, mine: str) -> str:
    now, registry = pit.clock.now(), REGISTRIES[mine]
    event = Event("T01", "limit.alarm", "raise", now, 1.3, 1.0, 0, LIMIT, "limit_reached", now, pit.pack.name, False)
    with pit.records.begin() as db:
        pit.journal.event(db, mine, f"{mine}/gw1", event, now, registry)
        return str(pit.journal.active(db, mine)[0].id)


def _drill(pit: Pit, mine: str) -> str:
    facts = {"mine": mine, "point": "T01", "gateway": f"{mine}/gw1", "way": "gateway", "name": "x", "words": f"secret-of-{mine}"}
    with pit.records.begin() as db:
        return str(drills.add(db, facts | {"asked": pit.clock.now(), "clock_offset": 0}))


def _finding(pit: Pit, mine: str) -> str:
    now = pit.clock.now()
    finding = Finding("gas_accumulation", f"secret-of-{mine}", ["T01"], now - 5 * MINUTE, now, 0, 0.8, now, "3@abcd", {"T01": 1.4})
    with pit.records.begin() as db:
        number = findings.take(db, mine, f"{mine}/gw1", finding, now)
        findings.remark(db, number, Remark(FORWARDED, "x", f"secret-of-{mine}", now))
    return str(number)


def _letter(pit: Pit, mine: str) -> str:
    facts = {"payload": b"\xc1", "reason": "malformed", "detail": f"secret-of-{mine}", "received": pit.clock.now()}
    with pit.records.begin() as db:
        number = deadletters.put(
            db, gateway=f"{mine}/gw1", topic=f"davy/v1/{mine}/gw1/live", epoch=None, seq=None, digest=7, **facts
        )  # fmt: skip
    return str(number)


def _by_hand(pit: Pit, mine: str) -> dict[str, str]:
    """A permit, a comparison and a task of monitoring by hand."""
    about, now = About(mine, "T01", "x", f"secret-of-{mine}"), pit.clock.now()
    with pit.records.begin() as db:
        asked = permit_desk.Round(mine, Work.CALIBRATION, ["T01"], now - 1, now + DAY, "x", f"secret-of-{mine}")
        [permit] = permit_desk.plan(db, asked, now)
        permit_desk.open_permit(db, permit.id, Opening("x", "y", f"secret-of-{mine}"), now)
        comparison = calibration_desk.compared(db, about, now, (0.3, 0.6), 0.1, f"secret-of-{mine}", now)
        task = calibration_desk.begin(db, about, "told", now, now)
        assert task is not None
        calibration_desk.read(db, task, about, now, 0.3, f"secret-of-{mine}", now)
    return {"permit": str(permit.id), "comparison": str(comparison), "task": str(task.id)}


def _handover(pit: Pit, mine: str) -> str:
    texts = dict.fromkeys(("shift_zh", "shift_en", "next_zh", "next_en", "given_by", "words"), f"secret-of-{mine}")
    with pit.records.begin() as db:
        duty.write(db, mine, "note", f"secret-of-{mine}", pit.clock.now(), by="x")
        facts = {"mine": mine, "start": 0, "end": 1, "given_at": pit.clock.now(), "frozen": '{"alarms":[],"permits":[]}', "hash": "1" * 64}
        return str(duty.give(db, facts | texts).id)


def _replay(pit: Pit, letter: int) -> Revived:
    """As the centre does with a letter that still cannot be stored."""
    with pit.records.read() as db:
        if deadletters.get(db, letter) is None:
            raise BadConfig("dead letter", letter, "the id of a dead letter")
    return Revived(letter, "refused", "future")


def _in_the_fleet(pit: Pit, mine: str) -> str:
    """The mine is registered in the fleet, and has a day of facts, a verdict, a count and a suspicion: the number of its facts' entry."""
    day = pit.plant.zone.day(pit.clock.now() - DAY)
    profile = Profile(mine=mine, name_zh=f"secret-of-{mine}", name_en=f"secret-of-{mine}", city="太原", identifier=IDENTIFIERS[mine])
    fact = Fact("exceedances", 1.0, 1.0, 0, 1, "x@1", why=f"secret-of-{mine}", evidence=("point:T01",))
    doubt = Suspicion(mine=mine, day=day, kind="frozen", score=2.0, threshold=1.0, why_zh=f"secret-of-{mine}", why_en=f"secret-of-{mine}")
    new = [
        New("profile", mine, "", "", write(profile)),
        New("facts", mine, day, "", write_facts(FactSet(mine, day, (fact,)))),
        New("suspicion", mine, day, "frozen", write(doubt)),
    ]
    with pit.records.begin() as db:
        entries = fleet_log.append(db, new, "x", pit.clock.now())
        judging.record(db, load(), date.fromisoformat(day), date.fromisoformat(day), "x", pit.clock.now())
    return str(entries[1].n)


@pytest.fixture(scope="module")
def world() -> World:
    pit = Pit()
    for mine in (OURS, OTHERS):
        pit.calm(mine)
    recipients = [Recipient(name=f"secret-of-{mine}", address="http://127.0.0.1:9/", mines=(mine,)) for mine in (OURS, OTHERS)]
    pit.plant = replace(pit.plant, recipients=recipients, replay=partial(_replay, pit), seal=Seal(new_key()))
    recipients.append(Recipient(name="secret-of-south and all others", address="http://127.0.0.1:9/"))
    state = BackupState(True, Note("/b", "d", pit.clock.now()), due=0, failed="secret-of-south")
    pit.plant = replace(pit.plant, backups=lambda: state)
    ids = {
        mine: {
            "mine": mine,
            "point": "T01",
            "alarm": _alarm(pit, mine),
            "drill": _drill(pit, mine),
            "finding": _finding(pit, mine),
            "letter": _letter(pit, mine),
            "handover": _handover(pit, mine),
            **_by_hand(pit, mine),
            "n": _in_the_fleet(pit, mine),
            "identifier": IDENTIFIERS[mine],
            "kind": "daily",
            "day": pit.plant.zone.day(pit.clock.now() - DAY),
            "name": f"secret-of-{mine}",
        }
        for mine in (OURS, OTHERS)
    }
    ids[NONE] = dict.fromkeys(ids[OURS], "999") | {"mine": NONE, "name": f"secret-of-{NONE}", "identifier": "88.123.1/nothing"}
    for mine in (OURS, OTHERS):
        _refer(pit, ids[mine]["alarm"], mine)
        ids[mine]["number"] = _evidence(pit, ids[mine]["alarm"], mine)
    ids[NONE]["number"] = "999"
    cookies = {}
    for role in Role:
        for mines in ((OURS,), ()):
            login = f"{role}{len(mines)}"
            cookies[role, OURS if mines else ""] = session_of(pit, add_person(pit, login, role, *mines))
    return World(pit, ids, {True: app_of(pit.plant, entry=CLOSED), False: app_of(pit.plant)}, cookies)


def _evidence(pit: Pit, alarm: str, mine: str) -> str:
    facts = {"alarm_id": int(alarm), "mine": mine, "at": pit.clock.now(), "by": f"secret-of-{mine}", "digest": "0" * 64, "key": "0" * 12}
    with pit.records.begin() as db:
        answer = {"alarm_id": int(alarm), "mine": mine, "version": 1, "at": pit.clock.now(), "by": f"secret-of-{mine}", "pack": "x"}
        handling.add_answer(db, answer | {"form": {"cause": "real"}, "facts": {}, "contradictions": []})
        return str(evidence.add(db, facts | {"file": f"secret-of-{mine}".encode()}).id)


def _refer(pit: Pit, alarm: str, mine: str) -> None:
    """The alarm becomes the inspector's."""
    with pit.records.begin() as db:
        facts = {"alarm_id": int(alarm), "mine": mine, "reason": "unanswered", "round": 0, "at": pit.clock.now(), "detail": ""}
        handling.add_referral(db, facts)


def routes(app: FastAPI) -> dict[str, APIRoute | None]:
    """Every route by method and path."""
    found = {}
    for context in iter_route_contexts(app.routes):
        for method in sorted((context.methods or set()) - {"HEAD"}):
            found[f"{method} {context.path}"] = context
    return found


def call_of(key: str, rule: Rule, ids: dict[str, str], *, query: bool = True) -> tuple[str, str, dict[str, Any]]:
    method, path = key.split(" ", 1)
    url = re.sub(r"\{(\w+)(?::path)?\}", lambda found: ids[found[1]], path)
    if rule.query and query:
        url += "?" + rule.query.format(**ids)
    body = rule.body if rule.body is None or "mine" not in rule.body else rule.body | {"mine": ids["mine"]}
    return method, url, {"json": body} if body is not None else {"data": rule.form} if rule.form is not None else {}


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
    return [secret for secret in SECRETS if secret in text]


def bare(answer: httpx.Response, world: World) -> str:
    """An answer without the ids that were asked for."""
    words = sorted({word for mine in (OTHERS, NONE) for word in world.ids[mine].values()}, key=len, reverse=True)
    return re.sub("|".join(rf"\b{re.escape(word)}\b" for word in words), "·", answer.text)
