"""The pages in a real Chromium: every page in both languages and widths, live changes, silence, a broken stream."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from console.web.serve import Server
from contracts.clock import SystemClock
from tests.console.apps import app_of
from tests.console.web_pit import CALM, Pit
from tests.waiting import LIMIT_S

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
SHOTS = os.environ.get("DAVY_SHOTS", "")
"""A folder to leave screenshots in, for people to look at."""
PAGES = {
    "overview": "/",
    "mine": "/mines/north",
    "point": "/mines/north/points/T00",
    "alarms": "/alarms",
    "alarm": "/alarms/1",
    "receipts": "/receipts",
    "lock tests": "/locktests",
    "findings": "/findings",
    "recipients": "/recipients",
}


class Served:
    """A pit behind a real server, fed once a second until told to be silent."""

    def __init__(self) -> None:
        self.pit = Pit(SystemClock())
        self.server = Server(app_of(self.pit.plant), port=0)
        self.values, self.fed = dict(CALM), asyncio.Event()
        self.fed.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.bound}"

    async def feed(self) -> None:
        while not self.server.should_exit:
            if self.fed.is_set():
                self.pit.hear()
                self.pit.read(self.values)
                self.pit.calm("south")
            await asyncio.sleep(0.5)


@asynccontextmanager
async def _serving(served: Served) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(served.server.serve()), asyncio.create_task(served.feed())]
    while not served.server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        served.server.should_exit = True
        await asyncio.gather(*tasks)


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    served.pit.history(60)
    served.pit.gaps()
    served.pit.dead_letter()
    async with _serving(served):
        yield served


@pytest_asyncio.fixture
async def browser() -> AsyncIterator["playwright.Browser"]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield browser
        await browser.close()


async def _open(browser, served: Served, path: str, width: int = 1280, lang: str = "zh"):
    page = await browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(LIMIT_S * 1000)
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    await page.goto(f"{served.address}{path}?lang={lang}")
    return page


def _shown(point: str, state: str) -> str:
    return f'article[data-point="{point}"][data-shown="{state}"]'


@pytest.mark.parametrize(
    ("width", "lang"),
    [(1280, "zh"), *(pytest.param(width, lang, marks=pytest.mark.long) for width, lang in ((1280, "en"), (390, "zh"), (390, "en")))],
)
async def test_every_page_opens_without_complaint_in_both_languages_and_widths(browser, served, width, lang):
    """Loaded at that width, and live. test_every_page_browser.py loads each page at a phone's width in both languages and widens it; so
    one of the four is enough beside it, and the other three are in the long part."""
    served.values["T00"] = 1.32
    served.pit.alarm("T00", 1.32)
    for name, path in PAGES.items():
        page = await _open(browser, served, path, width, lang)
        await page.wait_for_selector('#link[data-link="live"]')
        if name == "point":
            await page.wait_for_selector("#plot canvas")
        if SHOTS:
            await page.wait_for_timeout(1500)
            await page.screenshot(path=Path(SHOTS) / f"{name}-{lang}-{width}.png", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")

        assert (name, lang, width, page.complaints, max(wide, 0)) == (name, lang, width, [], 0)
        await page.close()


async def test_a_new_value_and_a_new_alarm_arrive_without_a_reload(browser, served):
    page = await _open(browser, served, "/mines/north")
    await page.wait_for_selector(_shown("T00", "normal"))
    await page.evaluate("window.kept = true")
    served.values["T00"] = 1.21
    served.pit.alarm("T00", 1.21)
    await page.wait_for_selector(_shown("T00", "alarm"))
    await page.wait_for_selector("#active-alarms .alarm-item")

    assert await page.inner_text('article[data-point="T00"] output') == "1.21"
    assert "第536条" in await page.inner_text("#active-alarms")
    assert await page.evaluate("window.kept") is True
    assert page.complaints == []


@pytest.mark.alone
async def test_a_silent_gateway_turns_its_points_to_unknown_on_the_page(browser, served):
    page = await _open(browser, served, "/mines/north")
    await page.wait_for_selector(_shown("T01", "normal"))
    served.fed.clear()
    await page.wait_for_selector(_shown("T01", "unknown"), timeout=6000)

    assert await page.locator('.points article[data-shown="normal"]').count() == 0
    assert "未知" in await page.inner_text('article[data-point="T01"] .chip')
    assert await page.inner_text('article[data-point="T01"] output') == "0.31"


@pytest.mark.alone
async def test_when_the_server_is_gone_the_page_itself_turns_everything_to_unknown(browser):
    served = Served()
    served.pit.calm()
    async with _serving(served):
        page = await _open(browser, served, "/mines/north", lang="en")
        await page.wait_for_selector(_shown("T01", "normal"))
    await page.wait_for_selector("#banner:not([hidden])", timeout=10_000)

    assert "every value on this page is unknown" in await page.inner_text("#banner")
    assert await page.locator('[data-shown]:not([data-shown="unknown"])').count() == 0
    assert await page.inner_text('[data-gateway="north/gw1"] [data-f="gateway"]') == "unknown"


async def test_a_person_acknowledges_an_alarm_with_the_keyboard(browser, served):
    alarm = served.pit.alarm("T00", 1.32)
    page = await _open(browser, served, "/mines/north")
    await page.wait_for_selector('#link[data-link="live"]')
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.focus(f"#act-{alarm} summary")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("王调度")
    await page.keyboard.press("Tab")
    await page.keyboard.type("已通知撤人")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(f"#alarm-{alarm}.acknowledged")

    assert await page.locator(f"#act-{alarm}").count() == 0
    assert page.complaints == []


async def test_the_chart_shows_every_range_and_lists_its_gaps(browser, served):
    page = await _open(browser, served, "/mines/north/points/T00", lang="en")
    await page.wait_for_selector("#plot canvas")
    for seconds in (3600, 28_800, 86_400, 604_800, 600):
        await page.click(f'[data-range="{seconds}"]')
        await page.wait_for_selector(f'[data-range="{seconds}"][aria-pressed="true"]')
        await page.wait_for_function("() => document.getElementById('chart-count').textContent.includes('readings')")
    await page.click('[data-range="3600"]')
    await page.wait_for_selector("#gaps:not([hidden])")

    assert "not sampled" in await page.text_content("#gap-list")
    assert await page.locator("#readings tbody tr").count() > 5
    assert page.complaints == []


async def test_only_points_out_of_the_normal_can_be_shown(browser, served):
    served.values["T00"] = 1.32
    page = await _open(browser, served, "/mines/north")
    await page.wait_for_selector(_shown("T00", "alarm"))
    await page.click('[data-filter="notable"]')

    assert await page.locator(".points article:visible").count() == 1
