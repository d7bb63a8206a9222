"""A real Chromium walks an alarm through: the engineer answers, the inspector sends back, the engineer corrects, the inspector closes."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.evidence import Seal, read_evidence
from alerts.referral import refer_now
from console.web.serve import Server
from contracts.clock import MINUTE, SystemClock
from contracts.keys import new_key
from contracts.payload import Event
from store.records import handling
from tests.console.apps import app_of
from tests.console.test_web_browser import ARGUMENTS, CHROMIUM, playwright
from tests.console.web_pit import LIMIT, NORTH, Pit
from tests.waiting import LIMIT_S

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
SHOTS = os.environ.get("DAVY_SHOTS", "")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}


def worked() -> Pit:
    """An exceedance of ten minutes ago, over by now, with its readings; another one that was referred."""
    pit = Pit(SystemClock())
    pit.plant = replace(pit.plant, seal=Seal(new_key()))
    pit.hear()
    pit.history(45)
    now = pit.clock.now()
    with pit.records.begin() as db:
        for change, at, value, reason in (("raise", 10, 1.05, "limit_reached"), ("return", 7, 0.97, "below_deadband")):
            time = now - at * MINUTE
            event = Event("T00", "limit.alarm", change, time, value, 1.0, 0, LIMIT, reason, time + 40_000, pit.pack.name, False)
            pit.journal.event(db, "north", "north/gw1", event, time + 180_000, NORTH)
        refer_now(db, pit.journal, 1, "unanswered", now - MINUTE)
    return pit


@asynccontextmanager
async def page_of(pit: Pit, size: tuple[int, int], lang: str) -> AsyncIterator[Any]:
    server = Server(app_of(pit.plant), port=0)
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.02)
    async with playwright.async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        view = {"width": size[0], "height": size[1]}
        context = await browser.new_context(viewport=view, base_url=f"http://127.0.0.1:{server.bound}")
        page = await context.new_page()
        page.set_default_timeout(LIMIT_S * 1000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"/inbox?lang={lang}")
        try:
            yield page
        finally:
            await browser.close()
            server.should_exit = True
            await serving
    assert faults == []


async def shoot(page: Any, name: str) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{name} scrolls sideways"
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


async def answer(page: Any, **fields: str) -> None:
    form = page.locator('form[action$="/answer"]')
    if not await form.is_visible():
        await page.locator("#answer-form > summary").click()
    for name, value in fields.items():
        field = form.locator(f'[name="{name}"]')
        await (field.select_option(value) if await field.evaluate("field => field.tagName") == "SELECT" else field.fill(value))
    async with page.expect_navigation():
        await form.locator("button[type=submit]").click()


async def speak(page: Any, deed: str, words: str) -> None:
    form = page.locator('form[action$="/return"]')
    await form.locator('[name="name"]').fill("赵执法")
    await form.locator('[name="words"]').fill(words)
    button = form.locator('button[formaction$="/close"]') if deed == "close" else form.locator("button:not([formaction])")
    async with page.expect_navigation():
        await button.click()


def _bytes(path: str) -> bytes:
    return Path(path).read_bytes()


@pytest.mark.parametrize(
    ("size", "lang"),
    [
        ("phone", "zh"),
        ("desk", "en"),
        *(pytest.param(size, lang, marks=pytest.mark.long) for size, lang in (("phone", "en"), ("desk", "zh"))),
    ],
)
async def test_an_alarm_is_answered_sent_back_corrected_and_closed(size: str, lang: str) -> None:
    """Two of the four meet both widths and both languages; test_every_page_browser.py looks at each page in all four."""
    pit = worked()
    async with page_of(pit, SIZES[size], lang) as page:
        await shoot(page, f"inbox-{size}-{lang}")
        await page.locator("#desk-1 .go a").click()
        await page.locator("#plot canvas").wait_for()
        peak = await page.locator('form[action$="/answer"] [name="peak"]').input_value()
        assert float(peak) > 1.1
        await answer(page, name="李工", cause="exhaust", peak="1.0", words="防爆车经过", cut="no")
        assert await page.locator(".answer .against li").count() == 1
        await shoot(page, f"answered-{size}-{lang}")
        await page.goto("/inspect")
        await shoot(page, f"inspect-{size}-{lang}")
        await page.locator("#desk-1 .go a").click()
        await speak(page, "return", "请核对最高值")
        assert await page.locator('form[action$="/return"]').count() == 0
        await answer(page, name="李工", peak=peak)
        await speak(page, "close", "属实")
        async with page.expect_navigation():
            form = page.locator('form[action$="/evidence"]')
            await form.locator('[name="name"]').fill("李工")
            await form.locator("button").click()
        await shoot(page, f"closed-{size}-{lang}")
        async with page.expect_download() as download:
            await page.locator(".files a").click()
        file = _bytes(await (await download.value).path())
    assert read_evidence(file, {pit.plant.seal.public}).troubles == []
    with pit.records.read() as db:
        told = handling.told(db, {1}, ("raise",))[1]
    assert [row.version for row in told.answers] == [1, 2]
    assert [row.verdict for row in told.verdicts] == ["returned", "closed"]
    assert all(row.ended for row in told.referrals)


async def test_what_is_refused_is_said_at_the_form_and_nothing_typed_is_lost() -> None:
    pit = worked()
    async with page_of(pit, SIZES["phone"], "en") as page:
        await page.goto("/alarms/1")
        form = page.locator('form[action$="/answer"]')
        await form.locator('[name="name"]').fill("Li")
        await form.locator('[name="cause"]').select_option("other")
        await form.locator('[name="measures"]').fill("ventilated")
        await form.locator("button[type=submit]").click()
        failed = form.locator(".failed")
        await failed.wait_for()
        assert "words" in await failed.inner_text()
        assert await form.locator('[name="measures"]').input_value() == "ventilated"
    with pit.records.read() as db:
        assert handling.told(db, {1}, ())[1].answers == []
