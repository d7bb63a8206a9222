"""Permits, calendar and monitoring by hand for people: the API, the pages in both languages, and `davy permits`."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from click.testing import CliRunner, Result

from console.cli.permits import command
from contracts.clock import DAY, HOUR, MINUTE, iso
from store.records import audit, permits
from tests.console.apps import app_of
from tests.console.cli_network import network_of
from tests.console.web_pit import NOON, Pit

HAN = re.compile("[\u4e00-\u9fff]")
PLAN = {"mine": "north", "points": ["T00", "T11"], "words": "半月标校", "name": "李主任"}
CALL = {"caller": "赵检测", "reason": "标校", "gas": 2.0, "name": "周调度"}


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    return pit


@pytest.fixture
async def web(pit: Pit) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://davy.test") as client:
        yield client


async def post(web: httpx.AsyncClient, path: str, status: int = 200, **body: object) -> dict:
    answer = await web.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def planned(web: httpx.AsyncClient, **more: object) -> list[str]:
    return [item["id"] for item in (await post(web, "permits", **PLAN | more))["items"]]


async def get(web: httpx.AsyncClient, path: str, **query: object) -> dict:
    answer = await web.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_round_is_planned_and_each_permit_is_opened_extended_and_closed_alone(pit: Pit, web: httpx.AsyncClient) -> None:
    one, other = await planned(web)
    opened = await post(web, f"permits/{one}/open", **CALL)
    assert (opened["state"], opened["dispatcher"], opened["caller"], opened["ends"]) == (
        "open",
        "周调度",
        "赵检测",
        iso(NOON + 30 * MINUTE),
    )
    assert (opened["may"], opened["gas"], opened["place"]["en"]) == (["extend", "close"], 2.0, "Return corner, face 1301")
    longer = await post(web, f"permits/{one}/extend", minutes=10, words="换瓶", name="周调度")
    assert (longer["may"], longer["ends"]) == (["close"], iso(NOON + 40 * MINUTE))
    closed = await post(web, f"permits/{one}/close", words="完成", name="周调度")
    assert (closed["state"], closed["words"]) == ("closed", "换瓶 · 完成")
    cancelled = await post(web, f"permits/{other}/cancel", words="改日", name="周调度")
    assert cancelled["state"] == "cancelled"
    listed = await get(web, "permits", mine="north", state="closed")
    assert [item["id"] for item in listed["items"]] == [one]
    with pit.records.read() as db:
        links = audit.links(db)
    audit.verify(links)
    kinds = ["planned", "opened", "extended", "closed", "cancelled"]
    assert [link.kind for link in links] == [f"permit.{kind}" for kind in kinds]


async def test_what_the_rules_refuse_is_409_with_the_reason_in_both_languages(web: httpx.AsyncClient) -> None:
    one, other = await planned(web)
    told = await post(web, f"permits/{one}/open", 409, **CALL | {"caller": " 周调度 "})
    assert told["error"]["allowed"] == "调度员和井下来电人须为两人 / the dispatcher and the caller must be two people"
    await post(web, f"permits/{one}/open", **CALL)
    assert "one call, one permit" in (await post(web, f"permits/{other}/open", 409, **CALL))["error"]["allowed"]


NO_SENSE = [
    ("permits", PLAN | {"points": ["T99"]}, 422),
    ("permits", PLAN | {"mine": "nowhere"}, 404),
    ("permits", PLAN | {"words": " "}, 422),
    ("permits", PLAN | {"end": iso(NOON - HOUR)}, 422),
    ("permits", PLAN | {"name": ""}, 422),
    ("permits/7/open", CALL, 404),
    ("permits/1/open", CALL | {"minutes": 31}, 422),
    ("comparisons/9/mended", {"words": "好", "name": "周"}, 404),
    ("manual/9/close", {"words": "好", "name": "周"}, 404),
    ("calibrations", {"mine": "north", "point": "T99", "words": "x", "name": "周"}, 404),
    ("calibrations/periods", {"mine": "north", "point": "CO1", "kind": "other", "every_days": 30, "name": "周"}, 422),
    ("calibrations/periods", {"mine": "north", "point": "T00", "kind": "laser", "every_days": 30, "name": "周"}, 422),
]


async def test_what_makes_no_sense_is_refused_and_says_what_is_allowed(web: httpx.AsyncClient) -> None:
    for path, body, status in NO_SENSE:
        assert "allowed" in (await post(web, path, status, **body))["error"]


async def test_a_page_of_another_site_opens_nothing(web: httpx.AsyncClient) -> None:
    [one, _] = await planned(web)
    answer = await web.post(f"/api/v1/permits/{one}/open", json=CALL, headers={"origin": "http://elsewhere.test"})
    assert answer.status_code == 403


async def test_a_permit_at_a_neighbour_is_said_before_it_is_opened(web: httpx.AsyncClient) -> None:
    one, _ = await planned(web, points=["T00", "T01"])
    await post(web, f"permits/{one}/open", **CALL)
    by_point = {item["point"]: item["overlaps"] for item in (await get(web, "permits"))["items"]}
    assert by_point == {"T00": [], "T01": ["T00"]}


async def test_the_calendar_knows_what_the_clause_says_and_what_a_person_said(web: httpx.AsyncClient) -> None:
    first = {item["point"]: item for item in (await get(web, "calibrations", mine="north"))["items"]}
    assert (first["T00"]["standing"], first["T00"]["reason"], first["T00"]["every_days"]) == ("unknown", "sensor_unknown", None)
    said = await post(web, "calibrations/periods", mine="north", point="T00", kind="catalytic", name="李工")
    assert (said["standing"], said["every_days"], said["clause"]["zh"]) == ("never", 15, "《煤矿安全规程》（2025）第531条")
    ago = iso(NOON - 16 * DAY)
    done = await post(web, "calibrations", mine="north", point="T00", time=ago, gas=2.0, reading=1.96, words="更换后标校", name="赵")
    assert (done["standing"], done["last"]["seen"], done["last"]["reading"]) == ("overdue", False, 1.96)
    assert [item["point"] for item in (await get(web, "calibrations", standing="overdue"))["items"]] == ["T00"]
    other = await post(web, "calibrations/periods", mine="north", point="CO1", kind="other", every_days=30, standard="Q/12", name="李工")
    assert (other["standing"], other["every_days"], other["standard"]) == ("never", 30, "Q/12")


async def test_a_comparison_takes_what_the_sensor_reads_and_is_judged_by_the_error_that_was_told(pit: Pit, web: httpx.AsyncClient) -> None:
    told = {"mine": "north", "point": "T00", "portable": 0.6, "instrument": "CJG10 17号", "name": "钱"}
    found = await post(web, "comparisons", **told)
    assert (found["last"]["sensor"], found["beyond"], found["standing"]) == (0.42, None, "done")
    beyond = await post(web, "comparisons", **told | {"allowed": 0.1})
    assert (beyond["beyond"], beyond["counts"], beyond["fix_by"]) == (True, 0.6, iso(NOON + 8 * HOUR))
    mended = await post(web, f"comparisons/{beyond['last']['id']}/mended", words="均已调校", name="钱")
    assert (mended["fix_by"], mended["last"]["mended"]) == (None, iso(NOON))
    pit.clock.advance(2 * MINUTE)
    await post(web, "comparisons", 422, **told)
    assert (await post(web, "comparisons", **told | {"sensor": 0.55}))["difference"] == pytest.approx(-0.05)


async def test_what_is_read_by_hand_stands_beside_the_trace_and_never_in_it(pit: Pit, web: httpx.AsyncClient) -> None:
    task = await post(web, "manual", mine="north", point="T00", words="传感器移走", name="周调度")
    await post(web, "manual", 409, mine="north", point="T00", words="再次", name="周调度")
    read = await post(web, f"manual/{task['id']}/readings", value=0.46, instrument="CJG10", name="钱")
    assert [one["value"] for one in read["readings"]] == [0.46]
    marks = (await get(web, "mines/north/points/T00/manual"))["items"]
    assert [(one["value"], one["name"]) for one in marks] == [(0.46, "钱")]
    assert 0.46 not in pit.store.series("north", "T00", 0, 1 << 62).value
    closed = await post(web, f"manual/{task['id']}/close", words="装回", name="周调度")
    assert closed["closed"] == iso(NOON)
    await post(web, f"manual/{task['id']}/readings", 409, value=0.4, instrument="CJG10", name="钱")
    assert (await get(web, "manual", standing=True))["items"] == []


async def test_the_pages_show_it_in_both_languages(pit: Pit, web: httpx.AsyncClient) -> None:
    one, _ = await planned(web)
    await post(web, f"permits/{one}/open", **CALL | {"caller": "Zhao", "name": "Zhou", "reason": "calibration"})
    await post(web, "manual", mine="north", point="T02", words="fault", name="Zhou")
    for path, says in (
        ("/permits", ("标校、检修和测试许可", "Permits for calibration")),
        ("/calibration", ("传感器调校台账", "Calibration of")),
    ):
        for lang, words in zip(("zh", "en"), says, strict=True):
            answer = await web.get(path, params={"lang": lang, "mine": "north"})
            assert answer.status_code == 200
            assert words in answer.text
    en = (await web.get("/permits", params={"lang": "en"})).text
    assert f'id="permit-{one}" data-state="open"' in en
    assert not HAN.search(re.sub(r"<[^>]*>|data-words='.*'", " ", en).replace("中文", "").replace("半月标校", ""))
    assert (await web.get("/permits", params={"mine": "nowhere"})).status_code == 404


async def test_the_alarm_page_shows_the_permit_that_speaks_for_it(pit: Pit, web: httpx.AsyncClient) -> None:
    [one, _] = await planned(web)
    await post(web, f"permits/{one}/open", **CALL)
    alarm = pit.alarm()
    assert 'id="permit"' not in (await web.get(f"/alarms/{alarm}")).text
    with pit.records.begin() as db:
        permits.speak(db, int(alarm), int(one), NOON, NOON)
    page = (await web.get(f"/alarms/{alarm}")).text
    assert f'href="/permits?mine=north#permit-{one}"' in page
    assert (await get(web, "permits/count", mine="north")) | {"start": "", "end": ""} == {
        "start": "", "end": "", "fits": 0, "misfit": 0, "pending": 1,
    }  # fmt: skip


@pytest.fixture
def ask(pit: Pit) -> Iterator[Callable[..., Result]]:
    with network_of(pit.plant) as network:
        yield lambda *arguments: CliRunner().invoke(command, arguments, obj=network, env={"DAVY_URL": None})


def test_davy_permits_plans_opens_lists_and_closes(ask: Callable[..., Result]) -> None:
    assert "没有许可 / no permits" in ask("list").output
    assert ask("plan", "north", "T00", "T01", "--words", "半月标校", "--name", "李主任").exit_code == 0
    assert "已开启 open" in ask("open", "1", "--caller", "赵检测", "--reason", "标校", "--gas", "2", "--name", "周调度").output
    assert "#2 T01: 同区域也有未关闭的许可 / a permit also stands in the same area: T00" in ask("list", "north").output
    refused = ask("open", "2", "--caller", "赵检测", "--reason", "标校", "--name", "周调度")
    assert "one call, one permit" in str(refused.exception)
    assert "已关闭 closed" in ask("close", "1", "--words", "完成", "--name", "周调度").output
    assert [item["id"] for item in json.loads(ask("list", "--state", "planned", "--json").output)["items"]] == ["2"]
