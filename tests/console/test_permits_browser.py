"""A dispatcher at the permits in a real Chromium: plan, take a call, see the countdown, be refused, close; at phone and desk width."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.console.test_web_browser import ARGUMENTS, CHROMIUM, Served, _serving, playwright
from tests.waiting import LIMIT_S

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    async with _serving(served):
        yield served


@pytest_asyncio.fixture
async def browser() -> AsyncIterator["playwright.Browser"]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield browser
        await browser.close()


async def open_page(browser, served: Served, path: str, width: int):
    page = await browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(LIMIT_S * 1000)
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    await page.goto(f"{served.address}{path}")
    await page.wait_for_selector('#link[data-link="live"]')
    return page


async def test_a_dispatcher_plans_takes_a_call_is_refused_and_closes_at_a_phones_width(browser, served) -> None:
    page = await open_page(browser, served, "/permits?lang=en&mine=north", 390)
    await page.click("#plan > summary")
    await page.fill("#plan input[name=name]", "Li")
    await page.check("#plan input[value=T00]")
    await page.check("#plan input[value=T11]")
    await page.fill("#plan input[name=words]", "half-month calibration")
    await page.click("#plan button")
    first, second = "#permit-1", "#permit-2"
    await page.click(f"{first} summary >> nth=0")
    for name, words in (("name", "Zhou"), ("caller", "zhou"), ("reason", "calibration"), ("gas", "2.0")):
        await page.fill(f"{first} form >> nth=0 >> input[name={name}]", words)
    await page.click(f"{first} form >> nth=0 >> button")
    await page.wait_for_selector(f"{first} .failed:visible")
    assert "must be two people" in await page.inner_text(f"{first} form >> nth=0 >> .failed")
    page.complaints.clear()  # Chromium says of the refused call that it was refused
    await page.fill(f"{first} form >> nth=0 >> input[name=caller]", "Zhao")
    await page.click(f"{first} form >> nth=0 >> button")
    await page.wait_for_selector(f'{first}[data-state="open"]')
    await page.wait_for_function(f"() => document.querySelector('{first} .left').textContent.startsWith('left 29 min')")
    assert await page.get_attribute(second, "data-state") == "planned"
    await page.click(f"{first} summary >> nth=0")
    assert await page.input_value(f"{first} form >> nth=0 >> input[name=name]") == "Zhou"
    await page.fill(f"{first} form >> nth=0 >> input[name=words]", "done")
    await page.click(f"{first} form >> nth=0 >> button")
    await page.wait_for_selector('.ended [href$="/points/T00"]')
    assert page.complaints == []


@pytest.mark.parametrize("path", ["/permits", "/calibration"])
async def test_the_pages_fit_phone_and_desk_in_both_languages(browser, served, path) -> None:
    for width in (390, 1280):
        for lang in ("zh", "en"):
            page = await open_page(browser, served, f"{path}?lang={lang}&mine=north", width)
            for summary in await page.query_selector_all("main summary"):
                if await summary.is_visible():
                    await summary.click()
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert (lang, width, max(wide, 0), page.complaints) == (lang, width, 0, [])
            await page.close()
