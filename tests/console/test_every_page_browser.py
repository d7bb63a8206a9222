"""Every page of the console in a real Chromium, in both languages, at desk and phone width: a new page is looked at by itself."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from console.fleet.trial_writing import Wanted
from console.reports.kinds import KINDS
from console.story.play import Story
from console.web.serve import Server
from console.web.times import BEIJING
from fleet.programme import shanxi
from tests.console import fleet_pit
from tests.console.apps import app_of
from tests.console.one_of_each import OURS, fill
from tests.console.pages_looked_at import SAID, Heard, foreign, grave, sideways
from tests.console.route_table import LOOK, TABLE, call_of, routes
from tests.console.test_duty import SHIFTS
from tests.console.test_story_play import played
from tests.console.test_story_web import Stage
from tests.console.test_web_browser import ARGUMENTS, CHROMIUM, SHOTS, Served, _serving, playwright
from tests.console.web_pit import Pit
from tests.waiting import LIMIT_S

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.asyncio(loop_scope="module"),
]
WIDTHS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
NO_PAGES = ("/api/", "/healthz", "/sign-in/oidc")
"""Beginnings of GET routes that answer with data, or send elsewhere."""
PAGES = [key for key in routes(app_of(Pit().plant)) if key.startswith("GET ") and not key[4:].startswith(NO_PAGES)]
MORE = {"no page": "/nothing", "point with an alarm": f"/mines/{OURS}/points/T00", "fleet, some": "/fleet/mines?status=not_met"}
MORE |= {f"{name} report": f"/reports/{name}/{OURS}/{{day}}" + "?turn=0" * kind.of_turn for name, kind in KINDS.items()}
"""Beside the routes: what a page shows in other circumstances."""
SOURCES = [one.source for one in shanxi().targets] + [one.where for one in shanxi().reported]
NAMES = re.compile(
    "|".join(
        (
            *map(re.escape, sorted(SOURCES, key=len, reverse=True)),  # the press, as it calls itself
            r"\b(north|south|sim-\d+|demo-[ab]|silesia)\b",  # ids of mines
            r"secret-of-south and all others|secret-of-north|secret-of-south",  # typed by people
            r"李工",  # a person
            r"Davylamp",  # the product
            r"davy( [a-z]+)+( [\u4e00-\u9fff]+)*( --[a-z]+)?|--[a-z]+",  # commands
            r"\bppm\b",  # a unit
            r"pipe:…",  # how a point list names a stream
            r"B\. Hollifield, PAS|chinaccm 2021-02",  # who said so
            r"/nothing",  # what was asked for
        )
    )
)
"""What stands in both languages as it is: data, and what is a name."""


def crowded() -> tuple[Served, dict[str, str]]:
    """A console whose pages have something to show, and the ids of it."""
    served = Served()
    pit = served.pit
    last = date.fromisoformat(BEIJING.day(pit.clock.now())) - timedelta(1)
    fleet_pit.settle(pit, Wanted(3, 4, 12, last))
    ids = fill(pit)[OURS]
    fleet_pit.judge(pit, last)
    pit.history(20)
    pit.gaps()
    served.values["T00"] = 1.32
    pit.alarm("T00", 1.32)
    pit.alarm("T11", 1.6, 1.5, rule="limit.cut.0")
    app = app_of(pit.plant)
    app.state.story = Stage(played(Story())[0])
    served.server = Server(app, port=0)
    return served, ids


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shown() -> AsyncIterator[tuple[Any, str, dict[str, str]]]:
    """A browser, the console's address, and the ids of what is there."""
    served, ids = crowded()
    async with _serving(served), playwright.async_playwright() as driver:
        async with httpx.AsyncClient(base_url=served.address) as web:
            await web.post("/api/v1/mines/north/shifts", json={"name": "x", "shifts": SHIFTS})
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield await browser.new_context(base_url=served.address), served.address, ids
        await browser.close()


def address_of(key: str, ids: dict[str, str]) -> str:
    """Where a page is looked at: a route with the ids of the north mine, or one of MORE."""
    return MORE[key].format(**ids) if key in MORE else call_of(key, TABLE.get(key, LOOK), ids)[1]


@pytest.mark.parametrize(
    ("lang", "axed"),
    [
        ("zh", "phone"),
        ("en", "desk"),
        *(pytest.param(lang, axed, marks=pytest.mark.long) for lang, axed in (("zh", "desk"), ("en", "phone"))),
    ],
)
@pytest.mark.parametrize("key", [*PAGES, *MORE])
async def test_a_page_is_whole_for_everybody(shown: tuple[Any, str, dict[str, str]], key: str, lang: str, axed: str) -> None:
    """axe-core, half of the time this takes, sees each width in one language; in the long part each in the other, too."""
    context, address, ids = shown
    path = address_of(key, ids)
    url = f"{address}{path}{'&' if '?' in path else '?'}lang={lang}"
    page, heard = await context.new_page(), Heard()
    page.set_default_timeout(LIMIT_S * 1000)
    heard.listen(page, url)
    found: dict[str, Any] = {}
    for width, size in WIDTHS.items():
        await page.set_viewport_size(size)
        if width == "phone":
            answer = await page.goto(url, wait_until="load")
            if await page.locator("#link").count():
                await page.wait_for_selector('#link[data-link="live"]')
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"{re.sub(r'[^a-z]+', '-', key.lower())}-{width}-{lang}.png", full_page=True)
        found |= {f"{width}: wider by": await sideways(page), f"{width}: axe": await grave(page) if width == axed else []}
    texts = [(where, words) for where, text in await page.evaluate(SAID) if (words := foreign(lang, text, NAMES))]
    found |= {"heard": heard.said, "of the other language": texts}
    spoken, title = await page.evaluate("document.documentElement.lang"), await page.title()
    await page.close()

    assert {key: what for key, what in found.items() if what} == {}
    assert spoken == {"zh": "zh-CN", "en": "en"}[lang]
    assert answer.status == (404 if key == "no page" else 200)
    assert re.fullmatch(r"(▲ \d+ · )?.{2,} · Davylamp( 安全灯)?", title)


FAULTY = """<!doctype html><html lang="zh-CN"><title>x</title><style>.wide { width: 3000px } .pale { color: #ddd; background: #fff }</style>
<main><h1 class="pale">报警 and more</h1><p>T01 1.30 % CH4, ppm, GJC4</p><p lang="en">not ours</p><code>ours</code><img src="/gone.png">
<input aria-label="name" title="姓名"><p class="wide">宽</p></main><script>console.error("broken"); throw new Error("thrown")</script>"""


async def test_what_is_wrong_with_a_page_is_found(shown: tuple[Any, str, dict[str, str]]) -> None:
    context, address, _ = shown
    page, heard = await context.new_page(), Heard()
    await page.route("**/faulty", lambda route: route.fulfill(body=FAULTY, content_type="text/html; charset=utf-8"))
    heard.listen(page, f"{address}/faulty")
    await page.goto("/faulty", wait_until="load")
    said = [(where, words) for where, text in await page.evaluate(SAID) if (words := foreign("zh", text, NAMES))]

    assert said == [("h1", ["and", "more"]), ("input aria-label", ["name"])]
    assert foreign("en", "alarm 报警 by 李工", NAMES) == ["报", "警"]
    assert {one["id"] for one in await grave(page)} >= {"color-contrast", "image-alt"}
    assert await sideways(page) > 1000
    assert {"broken", f"{address}/gone.png: 404"} <= set(heard.said)
    assert any("thrown" in one for one in heard.said)
    await page.close()
