"""The fleet in a real Chromium: the province's auditor and a mine's engineer, both languages, phone and desk width."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.evidence import Seal
from console.web.access import Role
from console.web.serve import Server
from contracts.keys import new_key
from store.records import fleet_log
from tests.console.fleet_pit import LAST, fleet_of
from tests.console.people_pit import add_person, closed_app, session_of
from tests.console.test_web_browser import ARGUMENTS, CHROMIUM, playwright
from tests.console.web_pit import Pit
from tests.waiting import LIMIT_S

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
SHOTS = os.environ.get("DAVY_SHOTS", "")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
LOOKED_AT = [(size, lang) for size in SIZES for lang in ("zh", "en")]


@pytest.fixture(scope="module")
def pit() -> Pit:
    pit = fleet_of(24, 40)
    pit.plant = replace(pit.plant, seal=Seal(new_key()))
    pit.calm()
    return pit


@asynccontextmanager
async def visited(pit: Pit, role: Role, *mines: str) -> AsyncIterator[tuple[Any, str, dict[str, str]]]:
    """A browser, the console's address, and the cookie of somebody who is signed in there."""
    cookies = session_of(pit, add_person(pit, f"walk-{role}-{os.urandom(3).hex()}", role, *mines))
    server = Server(closed_app(pit), port=0)
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.02)
    try:
        async with playwright.async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
            yield browser, f"http://127.0.0.1:{server.bound}", cookies
            await browser.close()
    finally:
        server.should_exit = True
        await serving


class Look:
    """One window: whatever page it leaves scrolls nowhere sideways, and the browser complained of nothing."""

    def __init__(self, page: Any, name: str) -> None:
        self.page, self.name = page, name
        self.complaints: list[str] = []
        page.set_default_timeout(LIMIT_S * 1000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def follow(self, link: str) -> None:
        async with self.page.expect_navigation(wait_until="load"):
            await self.page.locator(link).first.click()

    async def at(self, what: str) -> str:
        wide = await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (what, self.name, wide, self.complaints) == (what, self.name, 0, [])
        if SHOTS:
            await self.page.screenshot(path=Path(SHOTS) / f"fleet-{what}-{self.name}.png", full_page=True)
        return str(await self.page.inner_text("main"))


async def window(browser: Any, address: str, cookies: dict[str, str], size: str, lang: str) -> Look:
    wide, high = SIZES[size]
    context = await browser.new_context(viewport={"width": wide, "height": high}, base_url=address)
    jar = [{"name": name, "value": value, "url": address} for name, value in {**cookies, "lang": lang}.items()]
    await context.add_cookies(jar)
    return Look(await context.new_page(), f"{size}-{lang}")


async def test_the_auditor_of_the_province_follows_a_count_down_to_the_entry_it_rests_on(pit: Pit) -> None:
    async with visited(pit, Role.PROVINCE) as (browser, address, cookies):
        for size, lang in LOOKED_AT:
            look = await window(browser, address, cookies, size, lang)
            page = look.page
            await page.goto("/")
            await look.follow('header nav a[href="/fleet"]')
            told = await look.at("province")
            assert ("官方评定" if lang == "zh" else "Officially assessed") in told
            assert "2024" in told
            shown = await page.locator(".progress:visible").count()
            assert shown == 1, "the chart for this width, and only that one"
            await look.follow(".packs .ref")
            await look.at("compare")
            await page.goto("/fleet/audit?seed=2026-11-30&k=3&among=all")
            first = await page.locator(".drawn li code").first.inner_text()
            lots = [
                hashlib.sha256(f"2026-11-30|{mine}".encode()).hexdigest() for mine in (await page.locator(".ids").text_content()).split()
            ]
            assert (await page.locator(".drawn .proof code").first.inner_text()) == min(lots)
            await look.at("audit")
            await look.follow(".drawn a")
            assert first in await look.at("mine")
            await look.follow(".criterion details[open] a.ref")
            await look.at("entry")
            assert await page.locator(".sound").count() == 1
            await page.goto("/fleet/mines?status=not_met")
            await look.at("list")
            await page.context.close()


async def test_an_engineer_declares_with_a_document_and_is_told_why_something_is_refused(pit: Pit, tmp_path: Path) -> None:
    paper = tmp_path / "licence.pdf"
    paper.write_bytes(b"a licence")
    async with visited(pit, Role.ENGINEER, "north") as (browser, address, cookies):
        for at, (size, lang) in enumerate(LOOKED_AT):
            look = await window(browser, address, cookies, size, lang)
            page = look.page
            await page.goto("/fleet/mines/north")
            assert "sim-" not in await look.at("own-mine")
            form = page.locator('form[action$="/declared"]')
            await page.locator("#declare > summary").click()
            await form.locator('[name="fact"]').select_option("organisation_set_up")
            await form.locator('[name="value"]').fill("1")
            await form.locator('[name="valid_to"]').fill("2020-01-01")
            await form.locator('input[type="file"]').set_input_files(paper)
            await page.wait_for_function("() => document.querySelector('[name=document]').value.length === 64")
            assert await form.locator('[name="document"]').input_value() == hashlib.sha256(b"a licence").hexdigest()
            if at:
                await form.locator('[name="correction"]').fill("again")
            await form.locator("button[type=submit]").click()
            await form.locator(".failed:visible").wait_for()
            assert "valid_to" in await form.locator(".failed").inner_text()
            look.complaints.clear()  # Chromium says of the refused call that it was refused
            await form.locator('[name="valid_to"]').fill(f"20{27 + at}-12-31")
            async with page.expect_navigation():
                await form.locator("button[type=submit]").click()
            assert f"20{27 + at}-12-31" in await look.at("declared")
            answer = await page.goto("/fleet/mines/south")
            assert answer is not None
            assert answer.status == 404
            await page.context.close()
    with pit.records.read() as db:
        [kept] = fleet_log.current(db, "declared", mine="north")
    assert kept.key == "organisation_set_up/"


async def test_the_pages_are_read_without_scripts(pit: Pit) -> None:
    async with visited(pit, Role.PROVINCE) as (browser, address, cookies):
        context = await browser.new_context(java_script_enabled=False, base_url=address)
        await context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        page = await context.new_page()
        await page.goto(f"/fleet?lang=en&day={LAST}")
        assert "Worst gaps" in await page.inner_text("main")
