"""The control room's book over the API: entries, reports to the leader on duty, handovers, deeds at the wall; all in the audit chain."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from console.duty.logbook import KINDS, kind_of, merged
from console.web import pins
from console.web.access import Role
from console.web.watch import Watch
from console.web.words import WORDS
from contracts.clock import HOUR, MINUTE, SECOND
from store.records import audit, permits
from store.records.duty import LogRow
from store.records.duty_feed import Happening
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, add_person, cheapen, client_of, session_of
from tests.console.web_pit import Pit

SHIFTS = [
    {"zh": "早班", "en": "morning", "start": "06:00"},
    {"zh": "中班", "en": "noon", "start": "14:00"},
    {"zh": "夜班", "en": "night", "start": "22:00"},
]
PIN = "402819"


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    pit.calm("south")
    return pit


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Made once: its first call costs half a second."""
    return app_of(Pit().plant)


@pytest_asyncio.fixture
async def web(app: FastAPI, pit: Pit) -> AsyncIterator[httpx.AsyncClient]:
    app.state.watch = Watch(pit.plant)
    async with client_of(app) as web:
        yield web


async def done(web: httpx.AsyncClient, path: str, status: int = 200, **body: Any) -> Any:
    answer = await web.post(f"/api/v1/{path}", json=body)
    assert (answer.status_code, answer.text if answer.status_code != status else "") == (status, "")
    return answer.json()


async def log(web: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await web.get("/api/v1/log", params={"mine": "north"} | query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def chain(pit: Pit) -> list[audit.Link]:
    with pit.records.read() as db:
        links = audit.links(db)
    audit.verify(links)
    return links


async def test_the_log_holds_what_people_wrote_and_what_the_system_saw_in_one_order(pit, web):
    pit.alarm("T00", 1.32)
    pit.clock.advance(SECOND)
    await done(web, "log", mine="north", kind="measure", words="停止作业", name="张三")
    pit.clock.advance(SECOND)
    pit.returned("T00")

    found = await log(web)

    assert [(one["kind"], one["by"]) for one in found] == [("alarm", ""), ("measure", "张三"), ("alarm", "")]
    assert "1301工作面回风隅角" in found[2]["words"]["zh"]
    assert await log(web, mine="south") == []
    assert chain(pit)[-1].kind == "duty.log"


async def test_an_entry_is_corrected_by_another_and_stays(pit, web):
    first = await done(web, "log", mine="north", words="撤至进风侧", name="张三")
    await done(web, "log", mine="north", kind="correction", corrects=first["id"], words="撤至 1302 进风巷", name="李四")

    found = await log(web)

    assert [(one["kind"], one["corrects"], one["words"]["zh"]) for one in found] == [
        ("correction", "e1", "撤至 1302 进风巷"),
        ("note", None, "撤至进风侧"),
    ]


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({"words": " "}, 422, "body.words"),
        ({"name": ""}, 422, "body.name"),
        ({"name": "  "}, 422, "body.name"),
        ({"kind": "correction"}, 422, "body.corrects"),
        ({"corrects": "e1"}, 422, "body.corrects"),
        ({"kind": "correction", "corrects": "e99"}, 404, "body.corrects"),
        ({"alarm": 99}, 404, "body.alarm"),
        ({"time": "2027-01-01T00:00:00Z"}, 422, "body.time"),
        ({"mine": "nowhere"}, 404, "path.mine"),
        ({"kind": "alarm"}, 422, "body.kind"),
        ({"pin": "000000"}, 403, "body.pin"),
    ],
)
async def test_an_entry_that_cannot_be_is_refused_and_nothing_is_written(pit, web, monkeypatch, body, status, place):
    monkeypatch.setattr(pins, "told_late", lambda _: 0.0)
    answer = await web.post("/api/v1/log", json={"mine": "north", "words": "x", "name": "张三"} | body)

    assert (answer.status_code, answer.json()["error"]["place"]) == (status, place)
    assert await log(web) == []


async def test_an_entry_may_be_of_earlier_and_says_both_times(pit, web):
    before = pit.clock.now() - HOUR
    line = await done(web, "log", mine="north", words="x", name="张三", time=str(before))

    assert (line["time_us"], line["at_us"]) == (before, pit.clock.now())


def _permits(pit: Pit, *moments: int) -> None:
    """Permits that were opened and closed at these moments."""
    with pit.records.begin() as db:
        plan = permits.add_plan(db, {"mine": "north", "kind": "calibration", "start": 0, "end": 9, "created": 0, "name": "x", "words": "x"})
        for at in moments:
            facts = {"plan": plan, "mine": "north", "point": "T01", "kind": "calibration", "state": "closed", "start": 0, "end": 9}
            facts |= {"opened": at, "closed": at, "dispatcher": "张三", "caller": "王五", "closer": "李四", "reason": "标校"}
            permits.add_permit(db, facts)


async def test_permits_stand_in_the_log_with_who_opened_and_who_closed_them(pit, web):
    _permits(pit, pit.clock.now())

    found = await log(web)

    assert [(one["kind"], one["by"]) for one in found] == [("permit", "李四"), ("permit", "张三")]
    assert "王五" in found[1]["words"]["zh"]
    assert "T01" in found[1]["words"]["en"]


async def test_the_log_is_read_page_by_page_and_every_line_once(pit, web):
    for number in range(7):
        await done(web, "log", mine="north", words=f"{number}", name="张三")
        pit.alarm(f"T0{number % 3}", 1.3 + number / 100)
        pit.clock.advance(SECOND if number % 2 else 0)
    _permits(pit, pit.clock.now(), pit.clock.now() - SECOND)
    whole, found, after = await log(web), [], ""
    while True:
        page = (await web.get("/api/v1/log", params={"mine": "north", "limit": 3, "after": after})).json()
        found += page["items"]
        if page["next"] is None:
            break
        after = page["next"]

    assert [one["id"] for one in found] == [one["id"] for one in whole]
    assert len({one["id"] for one in found}) == len(found) > 7
    assert {one["id"][0] for one in found} == {"e", "p", "t"}
    assert (await web.get("/api/v1/log", params={"mine": "north", "after": "1.x2"})).status_code == 422


def test_every_transition_has_a_kind_of_its_own_with_words():
    changes = ("raise", "report", "permit", "refer", "acknowledge", "escalate", "filed")
    rules = ("limit.alarm", "limit.cut.0", "feed.abnormal", "link.down", "sensor.stuck", "kj.setting")
    seen = {kind_of(change, "limit.alarm") for change in changes} | {kind_of("raise", rule) for rule in rules}

    assert seen == {"alarm", "report", "permit", "answer", "deed", "told", "calibration", "cut", "feed", "link", "fault"}
    assert [kind for kind in KINDS if f"log.kind.{kind}" not in WORDS] == []


def test_of_one_moment_transitions_stand_above_entries_and_later_above_earlier():
    rows = [LogRow(n, "north", 5, 5, "note", "", "", None, None) for n in (1, 2)]
    seen = [Happening(n, 1, 5, 5, "limit.alarm", "", "raise", "", "", "", "", "", "", "", "", "", "", None, False) for n in (1, 2)]

    assert [line.id for line in merged(rows, seen, [], 9)] == ["t2", "t1", "e2", "e1"]
    assert [line.id for line in merged(rows, seen, [], 3)] == ["t2", "t1", "e2"]


async def test_one_tap_reports_to_the_leader_on_duty_and_fills_the_log(pit, web):
    alarm = pit.alarm("T00", 1.32)

    line = await done(web, f"wall/{alarm}/report", name="张三", leader="王矿长")

    story = (await web.get(f"/api/v1/alarms/{alarm}")).json()
    assert story["timeline"][-1]["change"] == "report"
    assert story["alarm"]["state"] == "unacknowledged"
    assert (await log(web))[0] == line
    assert line["kind"] == "report"
    assert "王矿长" in line["words"]["zh"]
    last = chain(pit)[-1]
    assert (last.kind, last.subject) == ("duty.report", f"alarm {alarm}")
    assert "王矿长" not in last.payload.decode()


async def test_the_wall_acknowledges_once_and_says_why_not_again(pit, web):
    alarm = pit.alarm("T00", 1.32)

    assert (await done(web, f"wall/{alarm}/acknowledge", name="张三")) == {"alarm": alarm, "deed": "acknowledge", "by": "张三"}
    again = await done(web, f"wall/{alarm}/acknowledge", 409, name="张三")
    await done(web, "wall/999/acknowledge", 404, name="张三")
    await done(web, "wall/x/report", 404, name="张三")

    assert "nothing to acknowledge" in again["error"]["allowed"]


async def test_at_a_board_a_pin_says_who_it_was_and_no_wrong_one_locks_it_out(pit, monkeypatch):
    slow: list[int] = []
    cheapen(monkeypatch)
    monkeypatch.setattr(pins, "told_late", lambda failures: slow.append(failures) or 0.0)
    alarm, other = pit.alarm("T00", 1.32), pit.alarm("T01", 1.32)
    board = session_of(pit, add_person(pit, "board", Role.DISPATCHER, "north"), board=True)
    add_person(pit, "zhang", Role.DISPATCHER, "north", pin=PIN)
    add_person(pit, "watcher", Role.ADMIN, "north", pin="771204")
    async with client_of(app_of(pit.plant, entry=CLOSED), board) as web:
        assert (await done(web, f"wall/{alarm}/acknowledge", 403))["error"]["place"] == "session.role"
        assert (await done(web, f"wall/{alarm}/acknowledge", 403, name="zhang name"))["error"]["place"] == "session.role"
        for _ in range(30):
            assert (await done(web, f"wall/{alarm}/acknowledge", 403, pin="000000"))["error"]["place"] == "body.pin"
        assert (await done(web, f"wall/{alarm}/acknowledge", 403, pin="771204"))["error"]["place"] == "session.role"
        assert (await done(web, f"wall/{alarm}/acknowledge", pin=PIN))["by"] == "zhang name"
        assert (await done(web, f"wall/{other}/report", pin=PIN))["by"] == "zhang name"
        assert (await web.get("/wall")).status_code == 200
    assert len(slow) == 30


async def test_a_shift_is_handed_over_with_every_open_alarm_and_taken_by_another_in_sight_of_the_same(pit, web):
    alarm, shelved = pit.alarm("T00", 1.32), pit.alarm("T12", 1.2)
    await done(web, f"alarms/{shelved}/shelve", name="李工", words="标校", minutes=60)
    await done(web, f"wall/{alarm}/report", name="张三", leader="王矿长")
    await done(web, "mines/north/shifts", name="李工", shifts=SHIFTS)

    given = await done(web, "mines/north/handovers", name="张三", words="注意 T12")
    late = pit.alarm("T01", 1.4)
    taken = await done(web, f"handovers/{given['id']}/take", name="李四", hash=given["hash"], words="已看")

    named = {one["id"]: one for one in taken["frozen"]["alarms"]}
    assert set(named) == {int(alarm), int(shelved)}
    assert int(late) not in named
    assert (named[int(shelved)]["state"], named[int(alarm)]["reported"]["by"]) == ("shelved", "张三")
    assert (taken["frozen"], taken["hash"]) == (given["frozen"], given["hash"])
    assert (taken["given_by"], taken["taken_by"], taken["waits"]) == ("张三", "李四", False)
    kinds = [(link.kind, link.payload.decode()) for link in chain(pit) if link.kind.startswith("duty.handover")]
    assert [kind for kind, _ in kinds] == ["duty.handover.given", "duty.handover.taken"]
    assert all(given["hash"] in payload for _, payload in kinds)
    assert [one["kind"] for one in await log(web)].count("handover") == 2


async def test_a_handover_is_refused_to_oneself_twice_of_another_list_and_when_replaced(pit, web):
    refused = await done(web, "mines/north/handovers", 409, name="张三")
    assert "shifts" in refused["error"]["allowed"]
    await done(web, "mines/north/shifts", name="李工", shifts=SHIFTS)
    old = await done(web, "mines/north/handovers", name="张三")
    pit.clock.advance(MINUTE)
    pit.alarm("T00", 1.32)
    new = await done(web, "mines/north/handovers", name="张三")

    for handover, body, place in (
        (new, {"name": "张 三"}, "body.name"),
        (new, {"hash": old["hash"]}, "body.hash"),
        (old, {"hash": old["hash"]}, "path.handover"),
    ):
        facts = {"name": "李四", "hash": new["hash"]} | body
        assert (await done(web, f"handovers/{handover['id']}/take", 409, **facts))["error"]["place"] == place
    await done(web, f"handovers/{new['id']}/take", name="李四", hash=new["hash"])
    await done(web, f"handovers/{new['id']}/take", 409, name="王五", hash=new["hash"])
    await done(web, "handovers/99/take", 404, name="王五", hash=new["hash"])

    listed = (await web.get("/api/v1/handovers?mine=north")).json()["items"]
    assert [(one["id"], one["taken_by"], one["waits"]) for one in listed] == [(new["id"], "李四", False), (old["id"], "", False)]


async def test_both_people_of_a_handover_may_stand_at_one_screen(pit, monkeypatch):
    cheapen(monkeypatch)
    zhang = session_of(pit, add_person(pit, "zhang", Role.DISPATCHER, "north"))
    add_person(pit, "li", Role.DISPATCHER, "north", pin=PIN)
    boss = session_of(pit, add_person(pit, "boss", Role.ENGINEER, "north"))
    app = app_of(pit.plant, entry=CLOSED)
    async with client_of(app, boss) as web:
        await done(web, "mines/north/shifts", shifts=SHIFTS)
    async with client_of(app, zhang) as web:
        assert (await done(web, "mines/north/shifts", 403, shifts=SHIFTS))["error"]["place"] == "session.role"
        given = await done(web, "mines/north/handovers", name="somebody else")
        await done(web, f"handovers/{given['id']}/take", 409, hash=given["hash"])
        taken = await done(web, f"handovers/{given['id']}/take", hash=given["hash"], pin=PIN)

    assert (taken["given_by"], taken["taken_by"]) == ("zhang name", "li name")


async def test_shifts_are_the_mine_s_own_and_what_is_none_is_refused(pit, web):
    assert (await web.get("/api/v1/mines/north/shifts")).json() == {"mine": "north", "shifts": [], "now": None}
    await done(web, "mines/north/shifts", 422, name="李工", shifts=[SHIFTS[0], SHIFTS[2], SHIFTS[1]])
    assert (await done(web, "mines/north/shifts", name="李工", shifts=SHIFTS))["now"] == 1
    assert (await web.get("/api/v1/mines/south/shifts")).json()["shifts"] == []


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.PROVINCE])
async def test_what_the_mine_keeps_to_itself_does_not_exist_for_who_is_not_of_it(pit, role):
    cookies = session_of(pit, add_person(pit, role, role))
    async with client_of(app_of(pit.plant, entry=CLOSED), cookies) as web:
        for path in ("/api/v1/log?mine=north", "/api/v1/handovers?mine=north", "/log", "/handover", "/reports/daily/north/2026-11-18"):
            assert (path, (await web.get(path)).status_code) == (path, 404)
        page = (await web.get("/reports?lang=en")).text
    assert "Beishan" in page
    assert "/reports/log/" not in page
