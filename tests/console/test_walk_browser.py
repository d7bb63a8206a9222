"""Four people in a real Chromium: sign in, receive, open, acknowledge, shelve, permit, answer, close, report; both languages and widths."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from alerts.evidence import Seal
from console.web.access import Role
from console.web.serve import Server
from contracts.clock import DAY, SystemClock
from contracts.keys import new_key
from store.records import handling
from tests.console.people_pit import PASSWORD, add_person, cheapen, closed_app
from tests.console.test_web_browser import ARGUMENTS, CHROMIUM, playwright
from tests.console.web_pit import Pit
from tests.waiting import LIMIT_S

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
SHOTS = os.environ.get("DAVY_SHOTS", "")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
TEAM = {"wang": Role.DISPATCHER, "li": Role.ENGINEER, "zhao": Role.INSPECTOR, "sun": Role.MANAGER}


def team() -> Pit:
    """A mine with readings, and its people; the inspector's district is this mine."""
    pit = Pit(SystemClock())
    pit.plant = replace(pit.plant, seal=Seal(new_key()))
    pit.hear()
    pit.history(45)
    for login, role in TEAM.items():
        add_person(pit, login, role, "north", password=True)
    return pit


class Walk:
    """One browser window; every page it leaves behind is looked at: nothing scrolls sideways."""

    def __init__(self, page: Any, name: str) -> None:
        self.page, self.name = page, name

    async def enter(self, login: str) -> None:
        await self.page.goto("/sign-in")
        await self.page.fill('[name="login"]', login)
        await self.page.fill('[name="password"]', PASSWORD)
        async with self.page.expect_navigation():
            await self.page.click('form.fields button[type="submit"]')
        said = await self.page.inner_text("body")
        assert await self.page.locator("header .me").count() == 1, f"{self.page.url}: {said}"

    async def leave(self) -> None:
        await self.page.goto("/me")
        async with self.page.expect_navigation():
            await self.page.click('form[action="/sign-out"] button')

    async def look(self, what: str) -> None:
        assert await self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), what
        if SHOTS:
            await self.page.screenshot(path=Path(SHOTS) / f"walk-{what}-{self.name}.png", full_page=True)

    async def act(self, form: str, button: str = 'button[type="submit"]', **fields: str) -> None:
        """Fill a form, send it, and wait until the page has taken the answer."""
        found = self.page.locator(form).first
        for name, value in fields.items():
            field = found.locator(f'[name="{name}"]')
            choice = await field.evaluate("field => field.tagName") == "SELECT"
            await (field.select_option(value) if choice else field.fill(value))
        async with self.page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            await found.locator(button).first.click()
        told = await posted.value
        assert told.status < 400, await told.text()


def _bytes(path: str) -> bytes:
    return Path(path).read_bytes()


@asynccontextmanager
async def walking(pit: Pit, size: str, lang: str) -> AsyncIterator[Walk]:
    server = Server(closed_app(pit), port=0)
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.02)
    async with playwright.async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        width, height = SIZES[size]
        context = await browser.new_context(viewport={"width": width, "height": height}, base_url=f"http://127.0.0.1:{server.bound}")
        page = await context.new_page()
        page.set_default_timeout(LIMIT_S * 1000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"/sign-in?lang={lang}")
        try:
            yield Walk(page, f"{size}-{lang}")
        finally:
            await browser.close()
            server.should_exit = True
            await serving
    assert faults == []


@pytest.mark.parametrize(
    ("size", "lang"),
    [
        ("phone", "zh"),
        ("desk", "en"),
        *(pytest.param(size, lang, marks=pytest.mark.long) for size, lang in (("desk", "zh"), ("phone", "en"))),
    ],
)
async def test_an_alarm_from_the_sensor_to_the_signed_report(monkeypatch: pytest.MonkeyPatch, size: str, lang: str) -> None:
    """Two walks meet both widths and both languages; what only the two of them together bring about is looked at page by page in
    test_every_page_browser.py, and walked through in the long part."""
    cheapen(monkeypatch)
    pit = team()
    async with walking(pit, size, lang) as walk:
        page = walk.page
        await page.goto("/alarms")
        assert "/sign-in" in page.url, "nobody looks without a name"
        await walk.look("sign-in")

        await walk.enter("wang")
        await page.wait_for_selector('#link[data-link="live"]')
        real, other = int(pit.alarm("T00", 1.32)), int(pit.alarm("T01", 1.05))
        await page.wait_for_selector(f"#alarm-{real}")  # received: no reload
        await walk.look("received")
        await page.locator(f"#alarm-{real} h3 a").click()
        await page.locator(f"#act-{real} > summary").click()
        await walk.act(f"#act-{real} form", words="已通知撤人")
        await page.wait_for_selector(f"#alarm-{real}.acknowledged")
        await walk.look("acknowledged")

        await page.goto(f"/alarms/{other}")
        await page.locator(f"#shelve-{other} > summary").click()
        await walk.act(f"#shelve-{other} form", words="传感器检修", minutes="30")
        await page.wait_for_selector(f"#alarm-{other}.shelved")
        await walk.look("shelved")

        await page.goto("/permits?mine=north")
        await page.locator("#plan > summary").click()
        await page.locator('#plan [name="points"]').nth(1).check()
        await walk.act("#plan form", words="半月标校")
        await page.locator(".permit details > summary").first.click()
        await walk.act('form[action$="/open"]', caller="刘瓦检", reason="标校 T01")
        await page.wait_for_selector('.permit[data-state="open"]')
        await walk.look("permit")
        await walk.leave()

        await walk.enter("li")
        await page.goto("/inbox")
        await walk.look("inbox")
        await page.locator(f"#desk-{real} .go a").click()
        async with page.expect_navigation():
            await walk.act('form[action$="/answer"]', cause="real", words="采煤面瓦斯涌出")
        await walk.leave()

        await walk.enter("zhao")
        await page.goto("/inspect")
        await walk.look("inspect")
        assert await page.locator(f"#desk-{real}").count() == 1
        assert await page.locator(f"#desk-{other}").count() == 0, "shelved and answered for by the mine"
        await page.locator(f"#desk-{real} .go a").click()
        async with page.expect_navigation():
            await walk.act('form[action$="/return"]', 'button[formaction$="/close"]', words="已核实，措施得当")
        await page.locator('form[action$="/return"]').wait_for(state="detached")  # it has its answer
        await walk.look("closed")
        await walk.leave()

        await walk.enter("li")
        day = date.fromisoformat(pit.plant.zone.day(pit.clock.now() - 2 * DAY))
        await page.goto(f"/reports/daily/north/{day}")
        await walk.act("#freeze form")
        await page.wait_for_selector("form[action$='/reviews']")
        await walk.look("report")
        async with page.expect_download() as download:
            await page.locator(".files a").first.click()
        assert _bytes(await (await download.value).path()).startswith(b"%PDF")
    with pit.records.read() as db:
        told = handling.told(db, {real}, ("raise",))[real]
        story = pit.journal.of(db, real)
    assert story is not None
    steps = [step.change for step in story.transitions]
    assert [row.verdict for row in told.verdicts] == ["closed"]
    assert [step for step in ("raise", "acknowledge", "answer", "refer", "close") if step in steps] == [
        "raise",
        "acknowledge",
        "answer",
        "refer",
        "close",
    ]
