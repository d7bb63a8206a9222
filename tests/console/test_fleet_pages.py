"""What people see of the fleet: pages, calls and who may see what; on real facts, verdicts, counts and suspicions of simulated mines."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from console.web.access import OPEN, Role, Viewer
from console.web.fleet_seen import entry_seen, province_seen
from console.web.rooms import rooms_of
from fleet.bodies import Status
from store.records import fleet_log
from store.records.fleet_log import FLEET_LOG, New
from tests.console.apps import app_of
from tests.console.fleet_pit import LAST, fleet_of
from tests.console.people_pit import CLOSED, add_person, client_of, session_of
from tests.console.web_pit import NOON, Pit

DAY = LAST.isoformat()
OTHERS = re.compile(r"sim-\w+|south|南沟|Nangou")


@pytest.fixture(scope="module")
def pit() -> Pit:
    return fleet_of()


@pytest.fixture(scope="module")
def people(pit: Pit) -> dict[str, dict[str, str]]:
    mines = {Role.PROVINCE: (), Role.INSPECTOR: (), Role.ADMIN: (), Role.ENGINEER: ("north",)}
    return {role: session_of(pit, add_person(pit, f"fleet-{role}", role, *some)) for role, some in mines.items()}


@pytest_asyncio.fixture
async def web(pit: Pit) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app_of(pit.plant)) as client:
        yield client


def signed_in(pit: Pit, people: dict[str, dict[str, str]], role: Role) -> httpx.AsyncClient:
    return client_of(app_of(pit.plant, entry=CLOSED), people[role])


def bare(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.DOTALL)))


async def a_mine(web: httpx.AsyncClient, status: str) -> str:
    return str((await web.get(f"/api/v1/fleet/mines?status={status}&search=sim-")).json()["items"][0]["id"])


async def test_the_three_series_stand_apart_and_not_loaded_is_no_number(web: httpx.AsyncClient) -> None:
    view = (await web.get("/api/v1/fleet")).json()
    mines = view["evidence"]["mine"]
    page = bare((await web.get("/fleet?lang=en")).text)

    assert view["day"] == DAY
    assert mines["met"] + mines["not_met"] + mines["no_evidence"] == view["mines"] == 10
    assert mines["no_evidence"] >= 2, "north and south have hardly a fact"
    assert f"By evidence {mines['met']} of 10" in page
    assert f"{mines['met']} met" not in page.split("Officially assessed")[1].split("Told by the press")[0]
    assert "Told by the press 369" in page
    assert "never added" in page


async def test_without_a_notice_the_official_count_says_not_loaded(web: httpx.AsyncClient) -> None:
    alone = Pit()
    async with client_of(app_of(alone.plant)) as client:
        view = (await client.get("/api/v1/fleet")).json()
        page = bare((await client.get("/fleet?lang=en")).text)

    assert view["official"] is None
    assert view["line"]["official"] is None
    assert "Officially assessed not loaded" in page
    assert "This is not 0." in page


async def test_the_targets_say_what_2024_asked_for_from_both_baselines_and_what_is_next(web: httpx.AsyncClient) -> None:
    page = bare((await web.get("/fleet?lang=en")).text)

    assert "2024 · 150 new in the year" in page
    assert re.search(r"from 118 \(.{1,200}?\) → 268 told at the end of the year, 150 new: reached", page)
    assert re.search(r"from 107 \(.{1,200}?\) → 268 told at the end of the year, 161 new: reached", page)
    assert "none is preferred" in page
    assert re.search(r"next 2027|now 2027", page)


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_page_is_drawn_without_inline_code(web: httpx.AsyncClient, lang: str) -> None:
    mine, entry = await a_mine(web, "met"), (await web.get("/api/v1/fleet/log?kind=pin&limit=1")).json()["items"]
    paths = ["/fleet", "/fleet/mines", f"/fleet/mines/{mine}?raw=1", "/fleet/mines/north", "/fleet/audit?seed=7&k=3", "/fleet/log/1"]
    paths += ["/fleet/compare?a=shanxi-2025&b=shanxi-2023", *(f"/fleet/log/{one['n']}" for one in entry)]
    for path in paths:
        answer = await web.get(path, params={"lang": lang} | dict(httpx.URL(path).params))
        assert answer.status_code == 200, path
        assert not re.search(r"<script(?![^>]*src=)|style=|\son\w+=", answer.text), path
        assert not re.search(r"fleet\.[a-z]", bare(answer.text).replace("fleet.jsonl.gz", "")), path


async def test_a_mine_shows_each_criterion_with_clause_value_and_evidence(web: httpx.AsyncClient) -> None:
    mine = await a_mine(web, "not_met")
    view = (await web.get(f"/api/v1/fleet/mines/{mine}")).json()
    criteria = [one for system in view["systems"] for one in system["criteria"]]
    failed = [one for one in criteria if one["status"] == "not_met"]
    page = (await web.get(f"/fleet/mines/{mine}?lang=en")).text

    assert view["outcome"] == "not_met"
    assert failed
    for one in criteria:
        assert one["clause"]["en"] in unescape(page)
    fact = failed[0]["facts"][0]
    assert f'href="/fleet/log/{fact["n"]}"' in page
    assert view["next_steps"][0]["text"]["en"] in unescape(page)
    open_ones = [one for one in criteria if one["status"] == "open"]
    assert open_ones
    assert "no official number is known" in page
    entry = (await web.get(f"/api/v1/fleet/log/{fact['n']}")).json()
    assert any(one["name"] == fact["name"] and one["value"] == fact["value"] for one in entry["body"]["facts"])


async def test_facts_link_to_the_alarm_and_the_point_they_rest_on(web: httpx.AsyncClient) -> None:
    page = (await web.get("/fleet/mines/north?lang=en")).text

    assert 'href="/alarms/1"' in page
    assert 'href="/mines/north/points/T00"' in page
    assert "too little data" in page


async def test_facts_of_days_and_their_bounds(web: httpx.AsyncClient) -> None:
    days = (await web.get("/api/v1/fleet/mines/north/facts?from=2026-11-01&to=2026-11-30")).json()["items"]

    assert [one["day"] for one in days] == ["2026-11-17", "2026-11-18"]
    assert days[0]["facts"][1]["name"] == "points_online_rate"
    assert [one["facts"][1].get("value") for one in days] == [0.97, None]
    for query in ("from=2026-11-30&to=2026-11-01", "from=2020-01-01&to=2026-11-01", "from=yesterday"):
        assert (await web.get(f"/api/v1/fleet/mines/north/facts?{query}")).status_code == 422


async def test_the_list_is_filtered_and_paged(web: httpx.AsyncClient) -> None:
    first = (await web.get("/api/v1/fleet/mines?limit=3")).json()
    rest = (await web.get(f"/api/v1/fleet/mines?limit=100&after={first['next']}")).json()
    every = first["items"] + rest["items"]

    assert len({one["id"] for one in every}) == 10
    assert rest["next"] is None
    named = (await web.get("/api/v1/fleet/mines?search=北山")).json()["items"]
    assert [one["id"] for one in named] == ["north"]
    city = every[0]["city"]
    here = (await web.get("/api/v1/fleet/mines", params={"city": city})).json()["items"]
    assert {one["id"] for one in here} == {one["id"] for one in every if one["city"] == city}
    for status in ("met", "not_met", "no_evidence"):
        found = (await web.get(f"/api/v1/fleet/mines?status={status}")).json()["items"]
        assert {one["outcome"] for one in found} <= {status}
        assert f"{len(found)}" in bare((await web.get(f"/fleet/mines?status={status}")).text)


@pytest.mark.parametrize(("a", "b"), [("shanxi-2025", "shanxi-2023"), ("shanxi-2023", "shanxi-2025"), ("shanxi-2025", "henan-2024")])
async def test_two_packs_side_by_side_name_who_falls_out_and_by_which_criterion(web: httpx.AsyncClient, a: str, b: str) -> None:
    told = (await web.get(f"/api/v1/fleet/compare?a={a}&b={b}")).json()
    mines = (await web.get(f"/api/v1/fleet/mines?pack={a}")).json()["items"]
    met = {one["id"] for one in mines if one["outcome"] == "met"}

    assert told["a"]["met"] == len(met)
    assert {one["id"] for one in told["falls_out"]} <= met
    assert not met & {one["id"] for one in told["comes_in"]}
    assert (told["out_count"], told["in_count"]) == (len(told["falls_out"]), len(told["comes_in"]))
    assert told["a"]["met"] - told["out_count"] + told["in_count"] == told["b"]["met"]
    assert told["a"]["met"] + told["b"]["met"] > 0
    assert all(one["by"] for one in told["falls_out"] + told["comes_in"])
    assert (told["a"]["in_force"], told["b"]["in_force"]) == (a != "shanxi-2023", b != "shanxi-2023")
    assert (await web.get(f"/api/v1/fleet/compare?a={a}&b=nothing")).status_code == 422


async def test_a_sample_is_drawn_as_it_says_and_opens_the_verdict_itself(web: httpx.AsyncClient) -> None:
    sample = (await web.get("/api/v1/fleet/sample?seed=2026-11-30&k=4&among=all")).json()
    lots = sorted((hashlib.sha256(f"2026-11-30|{mine}".encode()).hexdigest(), mine) for mine in sample["mines"])
    verdict = (await web.get(f"/api/v1/fleet/log/{sample['drawn'][0]['verdict_n']}")).json()

    assert [(one["lot"], one["id"]) for one in sample["drawn"]] == lots[:4]
    assert sample["population"] == len(sample["mines"]) == 10
    assert (verdict["kind"], verdict["mine"], verdict["day"], verdict["sound"]) == ("verdicts", sample["drawn"][0]["id"], DAY, True)
    page = bare((await web.get("/fleet/audit?lang=en&seed=2026-11-30&k=4&among=all")).text)
    assert all(one["lot"] in page for one in sample["drawn"])
    assert sample["list_hash"] in page
    assert "davy fleet verify" in page


async def test_an_entry_says_whether_its_hash_is_that_of_its_content() -> None:
    pit = fleet_of(2, 3)
    async with client_of(app_of(pit.plant)) as web:
        assert (await web.get("/api/v1/fleet/log/3")).json()["sound"] is True
        with pit.records.begin() as db:
            db.execute(update(FLEET_LOG).where(FLEET_LOG.c.n == 3).values(body=b'{"mine":"x"}'))
        assert (await web.get("/api/v1/fleet/log/3")).json()["sound"] is False
        assert "it was changed" in bare((await web.get("/fleet/log/3?lang=en")).text)
        for n in ("0", "99999999", "x", "1e3", "9" * 30):
            assert (await web.get(f"/api/v1/fleet/log/{n}")).status_code == 404


async def test_a_corrected_entry_points_to_what_counts_and_the_page_follows_the_log() -> None:
    pit = fleet_of(2, 3)
    async with client_of(app_of(pit.plant)) as web:
        before = (await web.get("/api/v1/fleet")).json()["head"]
        with pit.records.begin() as db:
            old = next(fleet_log.current(db, "profile", mine="north"))
            body = json.loads(old.body) | {"name_en": "Beishan No. 2", "correction": "renamed"}
            [new] = fleet_log.append(db, [New("profile", "north", "", "", json.dumps(body).encode())], "p-x", NOON)
        assert (await web.get(f"/api/v1/fleet/log/{old.n}")).json()["newer_n"] == new.n
        assert "Beishan No. 2" in (await web.get("/fleet/mines?lang=en")).text
        assert (await web.get("/api/v1/fleet")).json()["head"] == [new.n, new.hash] != before


async def test_the_log_is_paged_whole_for_who_sees_all(web: httpx.AsyncClient, pit: Pit) -> None:
    seen, start = [], "1"
    while start:
        page = (await web.get(f"/api/v1/fleet/log?start={start}&limit=200")).json()
        seen += [one["n"] for one in page["items"]]
        start = page["next"]
    with pit.records.read() as db:
        last = fleet_log.head(db)

    assert last is not None
    assert seen == list(range(1, last.n + 1))


async def test_a_mines_people_see_the_totals_and_only_their_own_mine(pit: Pit, people) -> None:
    async with signed_in(pit, people, Role.ENGINEER) as web, signed_in(pit, people, Role.PROVINCE) as whole:
        mine, all_ = (await web.get("/api/v1/fleet")).json(), (await whole.get("/api/v1/fleet")).json()
        assert mine["evidence"] == all_["evidence"]
        assert [one["count"] for one in mine["cities"]] == [one["count"] for one in all_["cities"]]
        assert [tile["mine"] for city in mine["cities"] for tile in city["tiles"]] == ["north"]
        other = all_["suspects"][0]["mine"]
        paths = [
            "/api/v1/fleet",
            "/fleet",
            "/api/v1/fleet/mines",
            "/fleet/mines",
            "/api/v1/fleet/sample?seed=1&among=all",
            "/fleet/audit?among=all",
        ]
        paths += [
            "/api/v1/fleet/compare?a=shanxi-2023&b=shanxi-2025",
            "/fleet/compare",
            "/api/v1/fleet/report?format=csv",
            "/fleet/mines/north",
        ]
        for path in paths:
            answer = await web.get(path)
            assert answer.status_code == 200
            assert OTHERS.findall(answer.text) == [], path
        for path in (
            "/api/v1/fleet/mines/{}",
            "/api/v1/fleet/mines/{}/facts",
            "/api/v1/fleet/log?mine={}",
            "/api/v1/fleet/report?format=csv&mine={}",
        ):
            theirs, nobodys = await web.get(path.format(other)), await web.get(path.format("nowhere-1"))
            assert theirs.status_code == nobodys.status_code == 404
            assert theirs.text.replace(other, "nowhere-1") == nobodys.text


async def test_the_log_gives_each_only_what_is_theirs(pit: Pit, people) -> None:
    async with signed_in(pit, people, Role.ENGINEER) as web:
        items, start = [], "1"
        while start:
            page = (await web.get(f"/api/v1/fleet/log?start={start}&limit=200")).json()
            items, start = items + page["items"], page["next"]
    with pit.records.read() as db:
        every = list(fleet_log.entries(db))

    assert {one["mine"] for one in items} == {"", "north"}
    assert {one["kind"] for one in items if not one["mine"]} <= {"reported", "target", "pack", "head"}
    assert len([one for one in items if one["mine"] == "north"]) == len([one for one in every if one.mine == "north"])


async def test_suspicions_are_for_who_audits(pit: Pit, people) -> None:
    for role, sees in ((Role.PROVINCE, True), (Role.INSPECTOR, True), (Role.ADMIN, False)):
        async with signed_in(pit, people, role) as web:
            view = (await web.get("/api/v1/fleet")).json()
            assert bool(view["suspects"]) is sees
            assert any(tile["suspect"] for city in view["cities"] for tile in city["tiles"]) is sees
            assert ("Suspicions" in bare((await web.get("/fleet?lang=en")).text)) is sees
    with pit.records.read() as db:
        doubt = next(fleet_log.current(db, "suspicion"))
    own = Viewer("x", "x", Role.ENGINEER, frozenset({doubt.mine}))
    assert not entry_seen(doubt, own)
    assert entry_seen(doubt, Viewer("x", "x", Role.PROVINCE))
    with pit.records.read() as db:
        count = next(fleet_log.current(db, "count"))
    assert entry_seen(count, Viewer("x", "x", Role.PROVINCE))
    assert not entry_seen(count, Viewer("x", "x", Role.INSPECTOR, frozenset({"north"}))), "it names every mine that meets"
    async with signed_in(pit, people, Role.PROVINCE) as web:
        shown = bare((await web.get(f"/fleet/mines/{doubt.mine}?lang=en")).text)
        assert "Suspicions" in shown
        assert json.loads(doubt.body)["why_en"] in shown


def test_the_door_stands_for_province_inspector_admin_and_the_mines_engineer() -> None:
    found = {role: {room.key for room in rooms_of(Viewer("x", "x", role))} for role in Role}

    assert {role for role in Role if "fleet" in found[role]} == {Role.PROVINCE, Role.INSPECTOR, Role.ADMIN, Role.ENGINEER}


async def test_an_engineer_has_the_forms_and_the_province_its_own(pit: Pit, people) -> None:
    async with signed_in(pit, people, Role.ENGINEER) as web:
        page = (await web.get("/fleet/mines/north?lang=en")).text
        assert 'action="/api/v1/fleet/mines/north/declared"' in page
        assert 'action="/api/v1/fleet/mines/north/workplaces"' in page
        assert 'action="/api/v1/fleet/mines/north/stages"' in page
        assert 'action="/api/v1/fleet/assessments"' not in page
    async with signed_in(pit, people, Role.PROVINCE) as web:
        page = (await web.get("/fleet/mines/north?lang=en")).text
        assert 'action="/api/v1/fleet/assessments"' in page
        assert 'action="/api/v1/fleet/mines/north/declared"' not in page


async def test_the_packs_say_how_much_of_them_is_known(web: httpx.AsyncClient) -> None:
    packs = {one["id"]: one for one in (await web.get("/api/v1/fleet/packs")).json()["items"]}

    assert set(packs) == {"shanxi-2025", "shanxi-2023", "national-2021", "henan-2024"}
    assert [one["id"] for one in packs.values() if one["in_use"]] == ["shanxi-2025"]
    for one in packs.values():
        assert one["criteria"] == one["counted"] + one["open"]
    assert packs["shanxi-2025"]["open"] > 0


async def test_who_sees_all_and_audits_is_given_the_view_itself(web: httpx.AsyncClient, pit: Pit) -> None:
    view = await app_of(pit.plant).state.fleet.province("", "")

    assert province_seen(view, OPEN) is view
    assert {tile.outcome for city in view.cities for tile in city.tiles} >= {Status.MET, Status.NOT_MET, Status.NO_EVIDENCE}


@pytest.mark.parametrize("query", ["day=yesterday", "pack=none", "day=2026-13-01"])
async def test_a_day_or_pack_that_is_none_is_refused(web: httpx.AsyncClient, query: str) -> None:
    for path in ("/api/v1/fleet", "/fleet", "/api/v1/fleet/mines/north"):
        assert (await web.get(f"{path}?{query}")).status_code == 422
