"""The mine answers, the inspector closes or sends back: by API, each with their own right, and on the desk it belongs to."""

from dataclasses import replace
from functools import cache

import httpx
import pytest
from fastapi import FastAPI

from alerts.alarm import Action, Deed
from alerts.evidence import Seal
from alerts.referral import Referrals, refer_now
from console.web.access import Role
from console.web.watch import Watch
from contracts.clock import MINUTE, SECOND
from contracts.keys import new_key
from store.records import alarms as table
from store.records import audit
from tests.console.apps import app_of
from tests.console.people_pit import add_person, client_of, closed_app, session_of
from tests.console.web_pit import GATEWAYS, Pit

ANSWER = {"name": "李工", "cause": "exhaust", "peak": 1.32, "words": "防爆车经过"}
WORD = {"name": "赵", "words": "请核对"}


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.plant = replace(pit.plant, seal=Seal(new_key()))
    pit.calm()
    pit.alarm()
    return pit


@cache
def one_app() -> FastAPI:
    """Made once: its first call builds all routes. Each test puts its own pit in."""
    return app_of(Pit().plant)


def client(pit: Pit) -> httpx.AsyncClient:
    one_app().state.watch = Watch(pit.plant)
    return client_of(one_app())


def refer(pit: Pit, reason: str = "unanswered", alarm: int = 1) -> None:
    with pit.records.begin() as db:
        refer_now(db, pit.journal, alarm, reason, pit.clock.now())


def follow(pit: Pit) -> None:
    with pit.records.begin() as db:
        Referrals(pit.journal, pit.plant.handling).tick(db, pit.clock.now())


async def groups(web: httpx.AsyncClient, path: str = "inbox") -> dict[str, str]:
    items = (await web.get(f"/api/v1/{path}")).json()["items"]
    return {item["alarm"]["id"]: item["group"] for item in items}


async def test_an_answer_stands_beside_the_data_and_a_correction_is_a_further_version(pit: Pit) -> None:
    async with client(pit) as web:
        first = (await web.post("/api/v1/alarms/1/answer", json=ANSWER)).json()
        second = (await web.post("/api/v1/alarms/1/answer", json=ANSWER | {"cause": "blasting", "version": 1})).json()

    assert (first["standing"], first["version"], first["referrals"]) == ("answered", 1, [])
    assert [(one["version"], one["form"]["cause"], one["by"]) for one in second["answers"]] == [
        (1, "exhaust", "李工"),
        (2, "blasting", "李工"),
    ]
    assert second["answers"][0]["facts"]["peak"] == 1.32
    with pit.records.read() as db:
        audit.verify(audit.links(db))
        assert [link.kind for link in audit.links(db)] == ["alarm.answered"] * 2
        assert [row.change for row in table.transitions(db, 1)] == ["raise", "answer", "answer"]


async def test_what_contradicts_the_data_is_shown_and_becomes_the_inspectors(pit: Pit) -> None:
    async with client(pit) as web:
        told = (await web.post("/api/v1/alarms/1/answer", json=ANSWER | {"cause": "test_gas", "peak": 0.9})).json()
        desk = (await web.get("/api/v1/referrals")).json()["items"]

    assert [one["code"] for one in told["answers"][0]["contradictions"]] == ["peak_below_stored", "no_trace_of_test_gas"]
    assert [one["reason"] for one in told["referrals"]] == ["answer_contradicted"]
    assert (desk[0]["group"], desk[0]["answer"]["cause"]["en"]) == ("waiting", "test gas (calibration)")


async def test_two_who_answer_at_once_do_not_write_over_each_other(pit: Pit) -> None:
    async with client(pit) as web:
        await web.post("/api/v1/alarms/1/answer", json=ANSWER)
        late = await web.post("/api/v1/alarms/1/answer", json=ANSWER | {"cause": "other", "words": "x"})
        assert late.status_code == 409
        assert (await web.get("/api/v1/alarms/1/handling")).json()["version"] == 1


async def test_a_form_that_makes_no_sense_is_refused_at_its_place(pit: Pit) -> None:
    wrong = [
        ({"cause": "nonsense"}, "body.cause"),
        ({"cause": "other", "words": " "}, "body.words"),
        ({"grade": "2"}, "body.grade"),
        ({"withdrawn": 3}, "body.withdrawn"),
        ({"cut": "perhaps"}, "body.cut"),
        ({"peak": "high"}, "body.peak"),
        ({"more": 1}, "body.more"),
    ]
    async with client(pit) as web:
        for body, place in wrong:
            answer = await web.post("/api/v1/alarms/1/answer", json=ANSWER | body)
            assert (answer.status_code, answer.json()["error"]["place"]) == (422, place)
        assert (await web.get("/api/v1/alarms/1/handling")).json()["answers"] == []


async def test_the_inspector_sends_back_the_mine_answers_again_and_they_close(pit: Pit) -> None:
    refer(pit)
    async with client(pit) as web:
        assert (await web.post("/api/v1/alarms/1/close", json=WORD | {"version": 0})).status_code == 409
        await web.post("/api/v1/alarms/1/answer", json=ANSWER)
        back = (await web.post("/api/v1/alarms/1/return", json=WORD | {"version": 1})).json()
        assert (back["standing"], await groups(web), await groups(web, "referrals")) == ("returned", {"1": "returned"}, {"1": "with_mine"})
        pit.clock.advance(SECOND)
        await web.post("/api/v1/alarms/1/answer", json=ANSWER | {"version": 1})
        assert (await web.post("/api/v1/alarms/1/close", json=WORD | {"version": 1})).status_code == 409
        done = (await web.post("/api/v1/alarms/1/close", json=WORD | {"version": 2})).json()
        assert (await web.post("/api/v1/alarms/1/answer", json=ANSWER | {"version": 2})).status_code == 409
        assert (await groups(web, "referrals"), await groups(web, "referrals?closed=true")) == ({}, {"1": "closed"})

    assert (done["standing"], [one["verdict"] for one in done["verdicts"]]) == ("closed", ["returned", "closed"])
    with pit.records.read() as db:
        assert [row.change for row in table.transitions(db, 1)] == ["raise", "refer", "answer", "returned", "answer", "close"]
        assert [link.kind for link in audit.links(db)][-1] == "alarm.closed"


async def test_the_inbox_knows_whose_turn_it_is(pit: Pit) -> None:
    pit.alarm("T11", 1.2)
    pit.alarm("T12", 1.3)
    async with client(pit) as web:
        await web.post("/api/v1/alarms/2/shelve", json={"name": "王", "words": "更换", "minutes": 60})
        await web.post("/api/v1/alarms/3/acknowledge", json={"name": "王", "words": "看过"})
        pit.link_down()
        assert await groups(web) == {"1": "new", "2": "shelved", "3": "due"}
        pit.clock.advance(30 * MINUTE)
        assert await groups(web) == {"1": "overdue", "2": "overdue", "3": "overdue"}
        await web.post("/api/v1/alarms/3/answer", json=ANSWER)
        follow(pit)
        assert await groups(web) == {"1": "overdue", "2": "overdue"}
        assert await groups(web, "referrals") == {"2": "waiting", "1": "waiting"}


async def test_an_ended_alarm_still_waits_for_its_answer(pit: Pit) -> None:
    pit.clock.advance(MINUTE)
    pit.returned()
    async with client(pit) as web:
        await web.post("/api/v1/alarms/1/acknowledge", json={"name": "王", "words": "看过"})
        assert (await web.get("/api/v1/alarms/1")).json()["alarm"]["open"] is False
        assert await groups(web) == {"1": "due"}
        await web.post("/api/v1/alarms/1/answer", json=ANSWER)
        assert await groups(web) == {}


async def test_a_cut_is_answered_with_its_exceedance(pit: Pit) -> None:
    pit.alarm(value=1.6, limit=1.5, rule="limit.cut.0")
    async with client(pit) as web:
        cut = (await web.get("/api/v1/alarms/2/handling")).json()
        assert (cut["head"], cut["owed"], cut["may"]) == ("1", False, ["evidence"])
        assert (await web.post("/api/v1/alarms/2/answer", json=ANSWER)).status_code == 409
        assert (await web.get("/api/v1/alarms/1/handling")).json()["facts"]["cut_reached"] is True


async def test_grades_nobody_knows_stay_null_and_the_page_says_so(pit: Pit) -> None:
    async with client(pit) as web:
        assert (await web.get("/api/v1/alarms/1/handling")).json()["grades"] is None
        assert "无已知的官方取值" in (await web.get("/alarms/1?lang=zh")).text
        assert "no official value known" in (await web.get("/inbox?lang=en")).text


async def test_every_page_is_drawn_in_both_languages(pit: Pit) -> None:
    refer(pit, "flag_without_permit")
    why = {"zh": "标校标志没有对应的许可", "en": "calibration flag without a permit"}
    async with client(pit) as web:
        await web.post("/api/v1/alarms/1/answer", json=ANSWER | {"peak": 0.5})
        await web.post("/api/v1/alarms/1/return", json=WORD | {"version": 1})
        for path in ("/inbox", "/inspect", "/inspect?closed=true", "/alarms/1"):
            for lang, words in why.items():
                page = await web.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
                assert page.status_code == 200
                assert words in page.text


async def test_who_may_answer_may_not_close_and_who_closes_may_not_answer(pit: Pit) -> None:
    refer(pit)
    people = {
        name: add_person(pit, name, Role(name), "north") for name in ("dispatcher", "engineer", "manager", "inspector", "province", "admin")
    }
    answers, closes, makes = set(), set(), set()
    app = closed_app(pit)
    for name, person in people.items():
        async with client_of(app, session_of(pit, person)) as web:
            version = (await web.get("/api/v1/alarms/1/handling")).json()["version"]
            answered = await web.post("/api/v1/alarms/1/answer", json=ANSWER | {"version": version})
            answers |= {name} if answered.status_code == 200 else set()
            version = (await web.get("/api/v1/alarms/1/handling")).json()["version"]
            closes |= {name} if (await web.post("/api/v1/alarms/1/return", json=WORD | {"version": version})).status_code == 200 else set()
            makes |= {name} if "evidence" in (await web.get("/api/v1/alarms/1/handling")).json()["may"] else set()
    assert (answers, closes) == ({"engineer", "manager"}, {"inspector"})
    assert makes == {"engineer", "manager", "inspector"}


async def test_another_mines_alarm_is_not_there_at_all(pit: Pit) -> None:
    refer(pit)
    stranger, own = add_person(pit, "eve", Role.ENGINEER, "south"), add_person(pit, "ada", Role.ENGINEER, "north")
    calls = [
        ("GET", "handling", None),
        ("POST", "answer", ANSWER),
        ("POST", "evidence", {"name": "x"}),
        ("GET", "evidence", None),
        ("GET", "evidence/1", None),
    ]
    app = closed_app(pit)
    async with client_of(app, session_of(pit, own)) as web:
        assert (await web.post("/api/v1/alarms/1/evidence", json={"name": "x"})).status_code == 200
    async with client_of(app, session_of(pit, stranger)) as web:
        for method, path, body in calls:
            theirs = await web.request(method, f"/api/v1/alarms/1/{path}", json=body)
            nowhere = await web.request(method, f"/api/v1/alarms/99/{path}", json=body)
            assert (theirs.status_code, nowhere.status_code) == (404, 404), path
            assert theirs.json()["error"]["allowed"] == nowhere.json()["error"]["allowed"]
        assert await groups(web) == {}
        assert await groups(web, "inbox?mine=north") == {}
        assert await groups(web, "referrals") == {}


async def test_an_inspector_opens_what_was_referred_and_nothing_else(pit: Pit) -> None:
    pit.alarm("T11", 1.2)
    refer(pit, alarm=2)
    pit.clock.advance(MINUTE)
    pit.returned()
    with pit.records.begin() as db:  # over, acknowledged, not answered: the mine's to do, and nobody else's to see
        pit.journal.act(db, 1, Action(Deed.ACKNOWLEDGE, "王", "看过"), pit.clock.now())
    inspector = add_person(pit, "ida", Role.INSPECTOR)
    async with client_of(closed_app(pit), session_of(pit, inspector)) as web:
        assert [(await web.get(f"/alarms/{number}")).status_code for number in (1, 2)] == [404, 200]
        assert (await web.get("/api/v1/alarms/1/handling")).status_code == 404
        assert (await groups(web, "referrals"), await groups(web)) == ({"2": "waiting"}, {"2": "overdue"})
        word = WORD | {"version": 0}
        assert (await web.post("/api/v1/alarms/1/return", json=word)).status_code == 404
        assert (await web.post("/api/v1/alarms/2/return", json=word)).json()["verdicts"][0]["by"] == "ida name"


async def test_another_sites_page_does_nothing(pit: Pit) -> None:
    refer(pit)
    async with client(pit) as web:
        for path, body in (
            ("answer", ANSWER),
            ("close", WORD | {"version": 0}),
            ("return", WORD | {"version": 0}),
            ("evidence", {"name": "x"}),
        ):
            answer = await web.post(f"/api/v1/alarms/1/{path}", json=body, headers={"Origin": "http://evil.test"})
            assert answer.status_code == 403, path


async def test_the_timeline_says_who_was_told_when_and_by_whose_clock(pit: Pit) -> None:
    with pit.records.begin() as db:
        step = table.transitions(db, 1)[0]
        values = {"alarm_id": 1, "transition_id": step.id, "recipient": "值班室", "channel": "webhook", "state": "done", "attempts": 1}
        values |= {"next_try": 0, "last_error": "", "settled": step.received + 250_000}
        db.execute(table.DELIVERIES.insert().values(**values))
    pit.live.change(GATEWAYS["north"], clock_offset=40_000)
    async with client(pit) as web:
        story = (await web.get("/api/v1/alarms/1")).json()
        page = (await web.get("/alarms/1?lang=en")).text
    (notice,) = story["timeline"][0]["notices"]
    assert (notice["recipient"], notice["state"], notice["after_s"]) == ("值班室", "done", 0.25)
    assert story["clock_offset_s"] == 0.04
    assert "told 值班室 (webhook)" in page
    assert "+0.040 s" in page
