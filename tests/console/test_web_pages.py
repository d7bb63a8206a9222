"""The pages as HTML: two languages, no inline script, nothing from elsewhere, honest about silence."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from console.web import app as app_module
from contracts.clock import DAY, SECOND
from contracts.points import Registry
from ingest.backups import BackupState
from store.backup.notes import Note
from tests.console import web_pit
from tests.console.apps import app_of
from tests.console.web_pit import GATEWAYS, NORTH, Pit

STATIC = Path(app_module.__file__).parent / "static"
PATHS = ["/", "/mines/north", "/mines/north/points/T00", "/mines/north/points/T13", "/receipts", "/alarms", "/alarms/1", "/mines/nowhere"]
PATHS += ["/locktests"]
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
FOREIGN = {
    "Davylamp",
    "KJ",
    "CH",
    "ppm",
    "UTC",
    "Pa",
    "gw",
    "GJC",
    "modbus",
    "north",
    "south",
    "nowhere",
    "face_return_corner",
    "English",
    "CMSR",
    *("PDF", "PNG", "JSON", "CSV", "Ed"),  # of evidence: forms of files, and Ed25519
    "disk",
    "full",
}


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.gaps()
    pit.dead_letter()
    pit.calm()
    pit.calm("south")
    pit.alarm("T00")
    pit.alarm("T12", unverified=True)
    return pit


@pytest_asyncio.fixture
async def client(pit: Pit) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://davy.test") as client:
        yield client


def _text(html: str) -> str:
    body = re.sub(r"<(script|style|code)\b.*?</\1>|<svg.*?</svg>|<a class=\"lang\".*?</a>", " ", html, flags=re.DOTALL)
    labels = " ".join(re.findall(r'(?:aria-label|data-word|data-reason)="([^"]*)"', body))
    return re.sub(r"<[^>]*>|&\w+;", " ", body) + labels


async def test_a_page_in_english_holds_no_chinese_and_one_in_chinese_no_english(client):
    for path in PATHS:
        english = _text((await client.get(f"{path}?lang=en")).text)
        chinese = _text((await client.get(f"{path}?lang=zh")).text)

        assert (path, CHINESE.findall(english.replace("李工", ""))) == (path, [])
        assert (path, set(re.findall(r"[A-Za-z_]{2,}", chinese)) - FOREIGN) == (path, set())


async def test_chinese_is_the_default_and_a_chosen_language_is_remembered_in_the_only_cookie(client):
    assert 'lang="zh-CN"' in (await client.get("/")).text
    chosen = await client.get("/?lang=en")

    assert list(chosen.cookies) == ["lang"]
    assert '<html lang="en">' in (await client.get("/")).text


async def test_no_script_or_style_is_inline_and_nothing_comes_from_elsewhere(client):
    for path in PATHS:
        answer = await client.get(path)
        links = re.findall(r'(?:src|href|action)="([^"]*)"', answer.text)

        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text) == []
        assert [link for link in links if not re.match(r"/(?!/)|[?#]", link)] == []
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


async def test_scripts_and_styles_name_no_other_host():
    own = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css") and "vendor" not in path.parts]

    assert own
    assert [path.name for path in own if re.search(r"https?://|@import|url\(", path.read_text(encoding="utf-8"))] == []


async def test_all_that_a_page_loads_is_small(client):
    async def size(path: str) -> int:
        html = (await client.get(path)).text
        files = [*re.findall(r'(?:src|href)="(/static/[^"]*)"', html), "/static/chart.js"]
        return len(html.encode()) + sum([len((await client.get(file)).content) for file in dict.fromkeys(files)])

    assert await size("/mines/north") < 80_000
    assert await size("/mines/north/points/T00") < 130_000


async def test_every_page_says_what_the_system_is_not_and_can_be_skipped_into(client):
    for path in PATHS:
        html = (await client.get(path)).text

        assert "本系统没有报警，不代表安全" in html
        assert '<a class="skip" href="#content">' in html
        assert '<main id="content"' in html


async def test_an_unknown_point_is_labelled_and_keeps_its_value(pit, client):
    pit.clock.advance(10 * SECOND)
    card = re.search(r'<article class="point" data-point="T01".*?</article>', (await client.get("/mines/north")).text, re.DOTALL)

    assert card
    assert 'data-state="unknown"' in card[0]
    assert "未知" in card[0]
    assert ">0.31<" in card[0]


async def test_a_page_says_so_when_the_alarms_cannot_be_read(pit, client):
    with pit.records.begin() as db:
        for table in ("deliveries", "alarm_transitions", "alarms"):
            db.exec_driver_sql(f"DROP TABLE {table}")
    html = (await client.get("/mines/north")).text

    assert "报警记录自 — 起无法读取" in html
    assert 'data-state="normal"' not in html
    assert (await client.get("/alarms")).status_code == 503


async def test_names_from_a_registry_cannot_bring_markup_into_a_page(pit, client):
    evil = Registry("north", "<script>alert(1)</script>", "x", NORTH.points, note="\"><img src=x onerror='alert(1)'>")
    pit.live.registries[evil.name] = evil
    pit.live.change(GATEWAYS["north"], registry=evil.name)
    html = (await client.get("/mines/north")).text

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html


async def test_a_note_in_two_languages_is_told_apart(pit, client):
    noted = Registry("north", "北", "N", NORTH.points, note="模拟矿井,并不存在 / a simulated mine")
    pit.live.registries[noted.name] = noted
    pit.live.change(GATEWAYS["north"], registry=noted.name)

    assert '<p class="note">模拟矿井,并不存在</p>' in (await client.get("/")).text
    assert '<p class="note">a simulated mine</p>' in (await client.get("/?lang=en")).text


async def test_a_plant_without_mines_says_so():
    plant = web_pit.Pit().plant
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(plant)), base_url="http://davy.test") as client:
        assert "还没有矿井上报" in (await client.get("/")).text
        assert "还没有网关上报" in (await client.get("/receipts")).text


async def test_only_the_names_it_was_given_are_answered_to(pit):
    app = app_of(pit.plant, hosts=["davy.test"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rebound.example") as client:
        assert (await client.get("/")).status_code == 400


async def test_backups_are_shown_and_what_is_wrong_with_them_on_the_first_page_too():
    pit = web_pit.Pit()
    now = pit.clock.now()
    state = BackupState(True, Note("/b", "d", now - 95 * DAY), due=now - 5 * DAY, failed="no room")
    app = app_of(replace(pit.plant, backups=lambda: state))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://davy.test") as client:
        for path in ("/", "/receipts"):
            page = (await client.get(path)).text
            assert "备份失败，正在重试：no room" in page
            assert "第526条" in page
        page = (await client.get("/receipts?lang=en")).text
        assert "95 days ago" in page
        state = BackupState(True, Note("/b", "d", now), due=now + 90 * DAY)
        assert "备份失败" not in (await client.get("/?lang=zh")).text


async def test_the_centres_own_alarm_stands_among_the_others_and_leads_to_no_mine(pit: Pit, client: httpx.AsyncClient) -> None:
    with pit.records.begin() as db:
        pit.journal.backup(db, "overdue", "2026-11-20", pit.clock.now())
    page = (await client.get("/alarms?lang=en")).text

    assert "The centre's backups need somebody" in page.replace("&#39;", "'")
    assert "centre · backups" in page
    assert 'href="/mines/"' not in page
    assert (await client.get("/?lang=en")).status_code == 200
