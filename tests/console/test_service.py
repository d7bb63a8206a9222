"""Out of service and back, unshelving, and what stands first: by API and page."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from console.web.access import Role, Viewer
from contracts.clock import MINUTE, SECOND
from store.records import alarms as table
from store.records import audit
from tests.console.apps import app_of
from tests.console.web_pit import Pit

PATH = "/api/v1/mines/north/points/T00/service"
OUT = {"rule": "limit.alarm", "out": True, "name": "王工", "words": "传感器送检"}
BACK = OUT | {"out": False, "words": "装回"}


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    return pit


@pytest_asyncio.fixture
async def client(pit: Pit) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://davy.test") as client:
        yield client


async def test_a_points_rules_are_listed_all_in_service(client):
    items = (await client.get(PATH)).json()["items"]

    assert [item["rule"] for item in items] == [
        "limit.alarm",
        "limit.cut.0",
        "device.alarm",
        "gas.rise",
        "fan.gas",
        "sensor.stuck",
        "kj.setting",
    ]
    assert [item["rule_words"]["zh"] for item in items[:3]] == ["报警值", "断电值（第 1 级）", "设备报警"]
    assert not any(item["out"] for item in items)


async def test_an_alarm_that_is_not_open_is_taken_out_of_service_and_nobody_is_told_of_its_raise(pit, client):
    answer = await client.post(PATH, json=OUT)
    told = answer.json()

    assert answer.status_code == 200
    assert (told["out"], told["name"], told["words"], told["at_us"]) == (True, "王工", "传感器送检", pit.clock.now())
    pit.alarm("T00")
    pit.clock.advance(SECOND)
    item = (await client.get("/api/v1/alarms?state=out_of_service")).json()["items"][0]
    assert (item["state"], item["active"], item["may"]) == ("out_of_service", True, ["return_to_service"])
    with pit.records.read() as db:
        assert [row.change for row in table.transitions(db, int(item["id"]))] == ["remove_from_service", "raise"]
    assert (await client.get("/api/v1/mines/north/points/T00")).json()["state"] == "alarm", "what is out of service is not hidden"


async def test_brought_back_it_must_be_acknowledged(pit, client):
    await client.post(PATH, json=OUT)
    alarm = pit.alarm("T00")
    back = (await client.post(PATH, json=BACK)).json()
    story = (await client.get(f"/api/v1/alarms/{alarm}")).json()

    assert (back["out"], back["alarm"]) == (False, alarm)
    assert story["alarm"]["state"] == "unacknowledged"
    assert [(step["change"], step["name"]) for step in story["timeline"]][-1] == ("return_to_service", "王工")


async def test_every_deed_is_in_the_audit_chain_under_a_pseudonym(pit, client):
    await client.post(PATH, json=OUT)
    await client.post(PATH, json=BACK)

    with pit.records.read() as db:
        links = [link for link in audit.links(db) if link.kind == "alarm.action"]
    assert [json.loads(link.payload)["deed"] for link in links] == ["remove_from_service", "return_to_service"]
    assert {link.actor for link in links} == {audit.pseudonym("王工")}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (PATH, BACK, 409),
        (PATH, OUT | {"rule": "doors.open"}, 422),
        (PATH, OUT | {"rule": "*"}, 422),
        (PATH, OUT | {"words": " "}, 422),
        (PATH.replace("T00", "T99"), OUT, 404),
        (PATH.replace("north", "nowhere"), OUT, 404),
    ],
)
async def test_what_is_refused_says_why(client, path, body, status):
    answer = await client.post(path, json=body)

    assert answer.status_code == status
    assert answer.json()["error"]["allowed"]


async def test_twice_out_is_a_conflict_and_changes_nothing(pit, client):
    await client.post(PATH, json=OUT)
    again = await client.post(PATH, json=OUT | {"words": "又一次"})

    assert (again.status_code, again.json()["error"]["allowed"]) == (
        409,
        "已停用，请先恢复使用 / it is out of service: bring it back first",
    )
    assert (await client.get(PATH)).json()["items"][0]["words"] == "传感器送检"


async def test_a_page_of_another_site_takes_nothing_out_of_service(client):
    assert (await client.post(PATH, json=OUT, headers={"Origin": "http://elsewhere.example"})).status_code == 403


@pytest.mark.parametrize(
    ("role", "mines", "status"), [(Role.DISPATCHER, {"north"}, 403), (Role.ENGINEER, {"south"}, 404), (Role.ENGINEER, {"north"}, 200)]
)
async def test_only_who_may_takes_an_alarm_of_their_mine_out_of_service(pit, monkeypatch, role, mines, status):
    app, viewer = app_of(pit.plant), Viewer("w", "王工程师", role, frozenset(mines), 1)

    async def known(*_args, **_named) -> object:
        return object()

    monkeypatch.setattr(app.state.doors, "known", known)
    monkeypatch.setattr(app.state.doors, "viewer", lambda *_: viewer)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://davy.test") as client:
        answer = await client.post(PATH, json=OUT)

    assert answer.status_code == status
    if status == 200:
        assert answer.json()["name"] == "王工程师", "the name under a deed is the signed-in person's"


async def test_a_shelved_alarm_is_brought_back_by_a_person(pit, client):
    alarm = pit.alarm("T00")
    shelved = (await client.post(f"/api/v1/alarms/{alarm}/shelve", json={"name": "王", "words": "检修", "minutes": 30})).json()
    back = (await client.post(f"/api/v1/alarms/{alarm}/unshelve", json={"name": "王", "words": "修好"})).json()

    assert shelved["alarm"]["may"] == ["unshelve"]
    assert (back["alarm"]["state"], back["timeline"][-1]["change"]) == ("unacknowledged", "unshelve")
    assert (await client.post(f"/api/v1/alarms/{alarm}/unshelve", json={"name": "王", "words": "修好"})).status_code == 409


async def test_current_alarms_stand_by_priority_and_a_mine_tells_its_highest(pit, client):
    pit.alarm("T01")
    pit.alarm("T00", 1.6, 1.5, rule="limit.cut.0")
    pit.clock.advance(SECOND)
    pit.alarm("T02", 0.8)
    pit.alarm("T11")
    items = (await client.get("/api/v1/alarms/current")).json()["items"]

    assert [(item["point"], item["priority"]) for item in items] == [("T02", 1), ("T00", 1), ("T11", 2), ("T01", 2)]
    assert items[0]["priority_words"] == {"zh": "优先级 1（最高）", "en": "priority 1 (highest)"}
    assert items[0]["priority_why"]["zh"] == "此处报警值即断电值，没有余量"
    assert (await client.get("/api/v1/mines")).json()["items"][0]["alarms"]["highest"] == 1
    assert (await client.get("/api/v1/alarms/current?mine=south")).json()["items"] == []


async def test_an_alarm_raised_again_tells_both_times(pit, client):
    pit.alarm("T00")
    first = pit.clock.now()
    pit.clock.advance(MINUTE)
    pit.returned("T00")
    pit.clock.advance(MINUTE)
    pit.alarm("T00", 1.5)
    item = (await client.get("/api/v1/alarms/current")).json()["items"][0]

    assert (item["raised_us"], item["again_us"], item["value"]) == (first, first + 2 * MINUTE, 1.5)
    assert "first at" in (await client.get("/alarms?lang=en")).text


async def test_the_points_page_says_who_took_it_out_and_offers_the_way_back(client):
    await client.post(PATH, json=OUT)
    zh = (await client.get("/mines/north/points/T00?lang=zh")).text
    en = (await client.get("/mines/north/points/T00?lang=en")).text

    assert "王工：传感器送检" in zh
    assert f'action="{PATH}"' in zh
    assert "Out of service has no time limit" in en
