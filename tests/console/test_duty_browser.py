"""The control room in a real Chromium: the wall is loud, says when it is blind, and takes deeds; log, handover and reports by hand."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from console.web.access import Role
from console.web.serve import Server
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, add_person, session_of
from tests.console.test_duty import SHIFTS
from tests.console.test_web_browser import ARGUMENTS, CHROMIUM, SHOTS, Served, _serving
from tests.waiting import LIMIT_S

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    served.pit.history(20)
    async with _serving(served):
        yield served


@pytest_asyncio.fixture
async def browser() -> AsyncIterator["playwright.Browser"]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield browser
        await browser.close()


async def _open(browser, served: Served, path: str, width: int = 1280, height: int = 900):
    page = await browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(LIMIT_S * 1000)
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    await page.goto(f"{served.address}{path}")
    return page


@pytest.mark.parametrize(
    ("width", "lang"),
    [(1280, "zh"), (390, "en"), *(pytest.param(width, lang, marks=pytest.mark.long) for width, lang in ((1280, "en"), (390, "zh")))],
)
async def test_every_page_opens_without_complaint_in_both_languages_and_widths(browser, served, lang, width):
    """Two of the four meet both widths and both languages; test_every_page_browser.py looks at each page in all four."""
    served.values["T00"] = 1.32
    served.pit.alarm("T00", 1.32)
    day = date.fromisoformat(served.pit.plant.zone.day(served.pit.clock.now()))
    async with httpx.AsyncClient(base_url=served.address) as web:
        await web.post("/api/v1/mines/north/shifts", json={"name": "x", "shifts": SHIFTS})
        await web.post("/api/v1/mines/north/handovers", json={"name": "张三"})
    pages = {"wall": "/wall", "wall of a mine": "/wall?mine=north", "log": "/log?mine=north", "handover": "/handover?mine=north"}
    pages |= {"reports": "/reports?mine=north", "daily": f"/reports/daily/north/{day - timedelta(days=1)}"}
    for name, path in pages.items():
        page = await _open(browser, served, f"{path}{'&' if '?' in path else '?'}lang={lang}", width)
        await page.wait_for_selector('#link[data-link="live"]')
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"{name}-{lang}-{width}.png", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")

        assert (name, page.complaints, max(wide, 0)) == (name, [], 0)
        await page.close()


async def test_the_wall_says_that_its_sound_is_off_and_sounds_by_priority_once_tapped(browser, served):
    page = await _open(browser, served, "/wall?lang=en", 1920, 1080)
    await page.wait_for_selector('#link[data-link="live"]')
    assert await page.inner_text("#sound") == "SOUND IS OFF: tap to switch it on"
    assert "Silence is not safety" in await page.inner_text("#cards")

    served.values["T11"] = 1.6
    alarm = served.pit.alarm("T11", 1.6, 1.5, rule="limit.cut.0")
    await page.wait_for_selector(f"#card-{alarm}.loud")
    assert await page.evaluate("document.body.dataset.sounded ?? ''") == ""
    await page.click("#sound")
    await page.wait_for_function("() => document.body.dataset.sounded === document.getElementById('cards').dataset.loudest")
    assert await page.inner_text("#sound") == "Sound is on"
    assert page.complaints == []


async def test_the_wall_acknowledges_and_reports_with_one_tap_where_it_knows_who(browser, served):
    alarm = served.pit.alarm("T00", 1.32)
    page = await _open(browser, served, "/wall?lang=en")
    await page.click(f"#card-{alarm} [data-deed=acknowledge]")
    await page.fill("#pad-name", "张三")
    await page.click("#pad .ok")
    await page.wait_for_selector(f"#card-{alarm}:not(.loud)")
    await page.click(f"#card-{alarm} [data-deed=report]")  # one tap: the name is known now
    await page.wait_for_selector(f"#card-{alarm} .done")

    assert "张三" in await page.inner_text(f"#card-{alarm} .done")
    await page.goto(f"{served.address}/log?mine=north&lang=en")
    assert await page.locator(".log .kind-report").count() == 1


async def test_a_board_takes_a_pin_and_a_wrong_one_does_not_lock_it(browser):
    served = Served()
    served.server = Server(app_of(served.pit.plant, entry=CLOSED), port=0)
    alarm = served.pit.alarm("T00", 1.32)
    add_person(served.pit, "zhang", Role.DISPATCHER, "north", pin="402819")
    [(name, token)] = session_of(served.pit, add_person(served.pit, "board", Role.DISPATCHER, "north"), "wall-token", board=True).items()
    async with _serving(served):
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        await context.add_cookies([{"name": name, "value": token, "url": served.address}])
        page = await context.new_page()
        page.set_default_timeout(LIMIT_S * 1000)
        await page.goto(f"{served.address}/wall?lang=en")
        await page.click(f"#card-{alarm} [data-deed=acknowledge]")
        await page.fill("#pad-pin", "999999")
        await page.click("#pad .ok")
        await page.wait_for_selector("#pad-failed:visible")
        for key in "402819":
            await page.click(f"#pad [data-key='{key}']")
        await page.click("#pad .ok")
        await page.wait_for_selector(f"#card-{alarm}:not(.loud)")
        await context.close()


async def test_a_wall_without_its_centre_is_blind_loud_and_comes_back_by_itself(browser):
    served = Served()
    served.pit.alarm("T00", 1.32)
    async with _serving(served):
        page, port = await _open(browser, served, "/wall?lang=en"), served.server.bound
        await page.wait_for_selector('#link[data-link="live"]')
        assert await page.is_hidden("#blind")
    await page.wait_for_selector("#blind:visible")
    await page.wait_for_function("() => document.body.dataset.sounding === 'blind'")
    assert "unknown, not normal" in (await page.inner_text("#blind")).lower()
    assert await page.locator('.strip .mine:not([data-shown="unknown"])').count() == 0

    again = Served()
    again.server = Server(app_of(again.pit.plant), port=port)
    async with _serving(again):
        await page.wait_for_selector("#blind", state="hidden")
        await page.wait_for_selector('#link[data-link="live"]')


async def test_a_shift_is_handed_over_and_a_report_reviewed_by_hand(browser, served):
    served.pit.alarm("T00", 1.32)
    page = await _open(browser, served, "/handover?mine=north&lang=en")
    await page.click("#set-shifts summary")
    for number, shift in enumerate(SHIFTS):
        for name in ("zh", "en", "start"):
            await page.locator(".shift").nth(number).locator(f"[data-shift={name}]").fill(shift[name])
    await page.fill(".shifts-form [name=name]", "李工")
    await page.click(".shifts-form button")
    await page.wait_for_selector("form[action$='/handovers'] button")
    await page.fill("form[action$='/handovers'] [name=name]", "张三")
    await page.click("form[action$='/handovers'] button")
    await page.wait_for_selector(".waits")
    await page.fill(".waits [name=name]", "李四")
    await page.click(".waits button")
    await page.wait_for_selector(".waits", state="detached")
    assert "李四" in await page.inner_text("details[id^=handover]")

    yesterday = date.fromisoformat(served.pit.plant.zone.day(served.pit.clock.now())) - timedelta(days=2)
    await page.goto(f"{served.address}/reports/daily/north/{yesterday}?lang=en")
    await page.fill("#freeze [name=name]", "张三")
    await page.click("#freeze button")
    for _ in range(2):
        form = page.locator("form[action$='/reviews']").first
        await form.locator("[name=name]").fill("审阅人")
        left = await page.locator("form[action$='/reviews']").count()
        await form.locator("button").click()
        await page.wait_for_function(f"() => document.querySelectorAll(\"form[action$='/reviews']\").length < {left}")
    await page.wait_for_selector(".mark")
    assert await page.inner_text(".mark") == "reviewed"
    assert page.complaints == []
