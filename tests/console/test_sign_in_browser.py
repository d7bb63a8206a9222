"""Signing in, in a real Chromium: the form works from a page with our headers, at phone and desk width, in both languages."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from console.web.access import Role
from console.web.serve import Server
from contracts.clock import SystemClock
from store.records import people, sessions
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, PASSWORD, add_person, cheapen
from tests.console.web_pit import Pit
from tests.waiting import LIMIT_S

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
SHOTS = os.environ.get("DAVY_SHOTS", "")


@asynccontextmanager
async def _house() -> AsyncIterator[tuple[Pit, str]]:
    """A closed console on a real port, fed, with one dispatcher."""
    pit = Pit(SystemClock())
    pit.calm()
    pit.calm("south")
    pit.alarm()
    add_person(pit, "li", Role.DISPATCHER, "north", password=True)
    server = Server(app_of(pit.plant, entry=CLOSED), port=0)

    async def feed() -> None:
        while not server.should_exit:
            pit.calm()
            await asyncio.sleep(0.5)

    tasks = [asyncio.create_task(server.serve()), asyncio.create_task(feed())]
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.02)
    try:
        yield pit, f"http://127.0.0.1:{server.bound}"
    finally:
        server.should_exit = True
        await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("width", "lang"),
    [(390, "zh"), (1280, "en"), *(pytest.param(width, lang, marks=pytest.mark.long) for width, lang in ((1280, "zh"), (390, "en")))],
)
async def test_a_dispatcher_signs_in_sees_their_mine_and_is_sent_to_the_door_when_the_session_ends(monkeypatch, width, lang):
    """Two of the four meet both widths and both languages; test_every_page_browser.py looks at the two pages in all four."""
    cheapen(monkeypatch)
    async with _house() as (pit, address), playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(viewport={"width": width, "height": 800})
        page = await context.new_page()
        page.set_default_timeout(LIMIT_S * 1000)
        await page.goto(f"{address}/alarms?lang={lang}")
        await page.goto(f"{page.url}&lang={lang}")
        await _shot(page, f"sign-in-{lang}-{width}")
        await page.fill("input[name=login]", "li")
        await page.fill("input[name=password]", "not this one")
        await page.click("button[type=submit]")
        assert await page.locator(".told.bad").is_visible()
        await page.fill("input[name=password]", PASSWORD)
        await page.click("button[type=submit]")
        await page.wait_for_url("**/alarms?lang=*")
        assert await page.locator(".top a[href='/me']").inner_text() != ""
        assert "南沟" not in await page.content()
        await page.goto(f"{address}/me?lang={lang}")
        await _shot(page, f"me-{lang}-{width}")
        await page.locator('#link[data-link="live"]').wait_for()
        with pit.records.begin() as db:
            person = people.by_login(db, "li")
            assert person is not None
            sessions.end_all(db, person.id)
        await page.wait_for_url("**/sign-in?next=*")
        await browser.close()


async def _shot(page, name):  # type: ignore[no-untyped-def]
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
