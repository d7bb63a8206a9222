"""The API under /api/v1, called in process."""

import math
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from contracts.clock import DAY, MINUTE, SECOND, iso
from tests.console.apps import app_of
from tests.console.web_pit import GATEWAYS, NOON, Pit


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    return pit


@pytest_asyncio.fixture
async def client(pit: Pit) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://davy.test/api/v1") as client:
        yield client


async def _points(client: httpx.AsyncClient) -> dict[str, dict]:
    return {point["id"]: point for point in (await client.get("/mines/north/points")).json()["items"]}


async def test_the_mines_are_listed_with_state_age_alarms_and_points_by_state(client):
    body = (await client.get("/mines")).json()
    mine = body["items"][0]

    assert body["next"] is None
    assert (mine["id"], mine["name"]["zh"], mine["state"], mine["age_s"]) == ("north", "北山煤矿", "normal", 0.0)
    assert mine["points"] | {"normal": 7, "no_limit": 6} == mine["points"]
    assert mine["alarms"] == {"active": 0, "unacknowledged": 0, "unverified": 0, "gateway": 0, "planned": 0, "highest": 0}
    assert mine["gateways"][0]["silent"] is False


async def test_a_point_carries_value_age_quality_state_reason_and_limits_with_their_clause(client):
    points = await _points(client)

    assert [points["T00"][key] for key in ("value", "text", "unit", "time", "state")] == [0.42, "0.42", "%CH4", iso(NOON), "normal"]
    assert points["T00"]["limits"]["alarm_ge"] == 1.0
    assert "第536条" in points["T00"]["limits"]["clause"]["zh"]
    assert (points["T13"]["state"], points["T13"]["reason"], points["T13"]["limits"]) == ("no_limit", "limit_unknown", None)


async def test_a_value_that_is_no_number_is_null_and_a_fault(pit, client):
    pit.read({"T90": math.nan}, {"T90": 512})
    point = (await client.get("/mines/north/points/T90")).json()

    assert (point["value"], point["text"], point["state"], point["quality_words"]["zh"]) == (None, "—", "fault", ["非数值"])


async def test_a_value_just_below_its_limit_is_not_shown_as_the_limit(pit, client):
    pit.read({"T00": 0.9996})

    assert (await client.get("/mines/north/points/T00")).json()["text"] == "0.9996"


async def test_after_three_silent_periods_all_points_of_a_gateway_are_unknown_and_keep_their_last_value(pit, client):
    pit.clock.advance(3 * SECOND + 1)
    points = await _points(client)

    assert {point["state"] for point in points.values()} == {"unknown"}
    assert (points["T00"]["value"], points["T00"]["age_s"]) == (0.42, 3.0)
    assert (await client.get("/mines")).json()["items"][0]["state"] == "unknown"


async def test_a_link_down_alarm_hides_its_children_and_none_of_them_clears(pit, client):
    alarm = pit.alarm("T00")
    pit.clock.advance(4 * SECOND)
    pit.link_down()
    states = {item["rule"]: (item["state"], item["active"], item["unknown"]) for item in (await client.get("/alarms")).json()["items"]}
    point = (await _points(client))["T00"]

    assert states == {"link.down": ("unacknowledged", True, False), "limit.alarm": ("suppressed", True, True)}
    assert (point["state"], point["alarm"]) == ("unknown", alarm)
    assert (await client.get("/mines")).json()["items"][0]["state"] == "alarm"


async def test_an_installation_that_left_the_registry_keeps_its_last_value_and_is_unknown(pit, client):
    pit.live.recalled["north"] = {"T77": pit.live.values("north")["T00"]}
    pit.live.heard(GATEWAYS["north"], pit.clock.now() + 1)
    point = (await client.get("/mines/north/points/T77")).json()

    assert (point["state"], point["reason"], point["value"], point["installed"]["registered"]) == ("unknown", "ended", 0.42, False)


async def test_a_series_gives_readings_gaps_limits_and_alarms(pit, client):
    pit.clock.advance(MINUTE)
    pit.hear()
    pit.read({"T00": 1.4})
    alarm = pit.alarm("T00", 1.4)
    body = (await client.get(f"/mines/north/points/T00/series?start={NOON - SECOND}&end={iso(NOON + MINUTE + SECOND)}")).json()

    assert (body["width_us"], body["time_us"], body["value"]) == (0, [NOON, NOON + MINUTE], [0.42, 1.4])
    assert [(gap["start_us"], gap["words"]) for gap in body["gaps"]] == [(NOON, ["no_reading"])]
    assert body["alarms"] == [{"alarm": alarm, "rule": "limit.alarm", "start_us": NOON + MINUTE, "end_us": None}]
    assert body["limits"]["cuts"][0]["cut_ge"] == 1.5


async def test_a_long_series_comes_as_statistics(pit, client):
    pit.history(60)
    body = (await client.get("/mines/north/points/T00/series?buckets=60")).json()

    assert body["width_us"] == MINUTE
    assert len(body["time_us"]) == len(body["mean"]) == len(body["good"]) <= 61
    assert len(body["gaps"]) == 1


async def test_sparklines_are_means_of_the_last_minutes(pit, client):
    pit.history(10)
    body = (await client.get("/mines/north/sparklines?points=T00,T01&minutes=10")).json()

    assert [line["point"] for line in body["items"]] == ["T00", "T01"]
    assert len(body["items"][0]["mean"]) == 60


async def test_alarms_are_listed_filtered_and_paged(pit, client):
    for point in ("T00", "T01", "T02"):
        pit.alarm(point)
    first = (await client.get("/alarms?limit=2")).json()
    second = (await client.get(f"/alarms?limit=2&after={first['next']}")).json()

    assert [item["point"] for item in first["items"] + second["items"]] == ["T02", "T01", "T00"]
    assert second["next"] is None
    assert (await client.get("/alarms?mine=south")).json()["items"] == []
    assert (await client.get("/alarms?state=acknowledged")).json()["items"] == []


async def test_an_alarm_says_its_limit_clause_duty_and_peak(pit, client):
    alarm = pit.alarm("T00", 1.32)
    item = (await client.get("/alarms")).json()["items"][0]

    assert (item["id"], item["limit"], item["peak"], item["active"]) == (alarm, 1.0, 1.32, True)
    assert item["title"]["en"] == "Return corner, face 1301: methane at the alarm limit 1.00 % CH₄, when raised 1.32"
    assert item["clause"]["zh"].endswith("第536条表19")
    assert "停止用电作业" in item["action"]["text"]["zh"]
    pit.clock.advance(SECOND)
    pit.returned("T00")
    assert (await client.get("/alarms")).json()["items"][0]["title"]["zh"].endswith("，最高 1.32")


async def test_acknowledging_names_a_person_and_stands_in_the_timeline(pit, client):
    alarm = pit.alarm("T00")
    answer = await client.post(f"/alarms/{alarm}/acknowledge", json={"name": "王调度", "words": "已通知撤人"})
    story = (await client.get(f"/alarms/{alarm}")).json()
    mine = (await client.get("/mines")).json()["items"][0]

    assert answer.status_code == 200
    assert story["alarm"]["state"] == "acknowledged"
    assert [(step["change"], step["name"]) for step in story["timeline"]] == [("raise", ""), ("acknowledge", "王调度")]
    assert (mine["state"], mine["alarms"]["active"], mine["alarms"]["unacknowledged"]) == ("alarm", 1, 0)


async def test_acknowledging_twice_is_a_conflict_that_says_why(pit, client):
    alarm, body = pit.alarm("T00"), {"name": "王调度", "words": "已通知"}
    await client.post(f"/alarms/{alarm}/acknowledge", json=body)
    again = await client.post(f"/alarms/{alarm}/acknowledge", json=body)

    assert (again.status_code, again.json()["error"]["allowed"]) == (409, "无需确认 / nothing to acknowledge")


async def test_a_shelved_alarm_tells_until_when(pit, client):
    alarm = pit.alarm("T00")
    story = (await client.post(f"/alarms/{alarm}/shelve", json={"name": "王", "words": "检修", "minutes": 30})).json()

    assert (story["alarm"]["state"], story["alarm"]["shelved_until_us"]) == ("shelved", pit.clock.now() + 30 * MINUTE)
    assert (await client.get("/mines/north/points/T00")).json()["state"] == "alarm"


@pytest.mark.parametrize("body", [{}, {"name": " ", "words": "x"}, {"name": "a", "words": ""}, {"name": "a", "words": "b", "more": 1}])
async def test_an_acknowledgement_without_name_or_words_is_refused(pit, client, body):
    answer = await client.post(f"/alarms/{pit.alarm('T00')}/acknowledge", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]["place"].startswith("body.")


async def test_another_sites_page_cannot_acknowledge(pit, client):
    alarm, headers = pit.alarm("T00"), {"Origin": "http://elsewhere.example"}
    answer = await client.post(f"/alarms/{alarm}/acknowledge", json={"name": "a", "words": "b"}, headers=headers)

    assert (answer.status_code, answer.json()["error"]["place"]) == (403, "header.origin")


async def test_a_ledger_day_gives_both_figures_and_every_gap_by_name(pit, client):
    pit.gaps()
    days = (await client.get("/gaps?mine=north")).json()["items"]

    assert [day["day"] for day in days] == [iso(NOON - NOON % DAY), iso(NOON - NOON % DAY - DAY)]
    assert (days[1]["expected"], days[1]["received"], days[1]["lost"]) == (86_400, 86_388, 12)
    assert days[1]["completeness"] == pytest.approx(86_388 / 86_400)
    assert days[1]["coverage"] == pytest.approx(86_390 / 86_400)
    assert (days[1]["gaps"][0]["word"], days[1]["gaps"][0]["reason"]) == ("lost", "outbox full")


async def test_dead_letters_are_listed_with_their_reason_in_words(pit, client):
    pit.dead_letter()
    item = (await client.get("/deadletters?gateway=north/gw1")).json()["items"][0]

    assert (item["reason"], item["reason_words"]["zh"], item["epoch"], item["size"]) == ("malformed", "不是本协议的报文", None, 1)
    assert (await client.get("/deadletters?gateway=south/gw1")).json() == {"items": [], "next": None}


REFUSED = (
    ("/mines/nowhere/points", 404, "path.mine"),
    ("/mines/north/points/T99", 404, "path.point"),
    ("/mines/north/points/T00/series?start=yesterday", 422, "query.start"),
    ("/mines/north/points/T00/series?start=99&end=9", 422, "query.start"),
    ("/mines/north/points/T00/series?start=0", 422, "query.start"),
    ("/mines/north/points/T00/series?buckets=1", 422, "query.buckets"),
    ("/mines/north/sparklines?points=T99", 422, "query.points"),
    ("/alarms?limit=9999", 422, "query.limit"),
    ("/alarms?state=loud", 422, "query.state"),
    ("/alarms/x", 404, "path.alarm"),
    ("/alarms/4711", 404, "path.alarm"),
    ("/gaps?gateway=north/gw9", 404, "query.gateway"),
    ("/stream?mine=nowhere", 404, "path.mine"),
    ("/stream?point=T00", 422, "query.point"),
    ("/nothing", 404, "path"),
)


async def test_bad_input_is_refused_with_place_value_and_what_is_allowed(client):
    for path, status, place in REFUSED:
        answer = await client.get(path)
        error = answer.json()["error"]

        assert (path, answer.status_code, error["place"]) == (path, status, place)
        assert error["allowed"]


async def test_nothing_is_normal_and_health_is_503_when_the_journal_cannot_be_read(pit, client):
    pit.alarm("T00")
    with pit.records.begin() as db:
        db.exec_driver_sql("DROP TABLE deliveries")
        db.exec_driver_sql("DROP TABLE alarm_transitions")
        db.exec_driver_sql("DROP TABLE alarms")
    health = await client.get("http://davy.test/healthz")
    mine = (await client.get("/mines")).json()["items"][0]

    assert (health.status_code, health.json()["ok"]) == (503, False)
    assert (mine["state"], mine["alarms"], mine["points"]["normal"]) == ("unknown", None, 0)


async def test_health_says_how_many_gateways_are_silent(pit, client):
    assert (await client.get("http://davy.test/healthz")).json()["silent"] == 0
    pit.clock.advance(10 * SECOND)

    assert (await client.get("http://davy.test/healthz")).json()["silent"] == 1


async def test_openapi_names_every_call(client):
    paths = (await client.get("/openapi.json")).json()["paths"]
    wanted = {"mines", "mines/{mine}/points", "mines/{mine}/points/{point}/series", "alarms", "gaps", "deadletters", "stream"}

    assert {f"/api/v1/{path}" for path in wanted} | {"/healthz"} <= set(paths)
