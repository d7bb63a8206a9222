"""First paint of the province's page in a real Chromium: `first-contentful-paint` of the browser's own performance API.

The pages run in a process of their own (`console.fleet.bare_pages`) on the log that was filled. Cold: the first page after that process
started and answered its health check. Warm: the log has not grown since, as between two nights. Each visit is a new browser context:
nothing is cached there.
"""

import json
import shutil
import subprocess
import sys
import time
from datetime import date
from statistics import median
from typing import Any
from urllib.request import urlopen

from bench.fleet_supply import ACTOR
from fleet import judging
from fleet.bodies import Assessment, Level, Object, write
from fleet.packs import Pack
from fleet.programme import shanxi
from store.records import fleet_log
from store.records.engine import Records
from store.records.fleet_log import New

VISITS = 7
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
PAINTED = """() => new Promise((done) => {
  const seen = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  if (seen()) done(seen());
  else new PerformanceObserver(() => { if (seen()) done(seen()); }).observe({ type: "paint", buffered: true });
})"""


def measure(records: Records, pack: Pack, first: date, last: date) -> dict[str, float]:
    """`page_first_paint_ms` and what stands beside it; nothing where this machine has no Chromium or no Playwright.

    Every day is judged and counted in the log first, and targets, press totals and some notices stand in it.
    """
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # of the development extra
    except ImportError:
        return {}
    if chromium is None:
        return {}
    _fill(records, pack, first, last)
    address = records.engine.url.render_as_string(hide_password=False)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        _visit(browser, "data:text/html,<p>warm</p>")
        colds, figures = [], dict[str, float]()
        for _ in range(3):
            figures, cold = _served(address, browser)
            colds.append(cold)
        browser.close()
    return figures | {"page_first_paint_cold_ms": median(colds)}


def _fill(records: Records, pack: Pack, first: date, last: date) -> None:
    told = shanxi()
    new = [New("target", "", "", one.id, write(one)) for one in told.targets]
    new += [New("reported", "", "", one.id, write(one)) for one in told.reported]
    with records.begin() as db:
        known = [entry.mine for entry in fleet_log.current(db, "profile")]
        new += [New("assessment", mine, "", one.id, write(one)) for mine, one in ((mine, _notice(mine, first)) for mine in known[::4])]
        fleet_log.append(db, new, ACTOR, 0)
        judging.record(db, pack, first, last, ACTOR, 0)


def _notice(mine: str, day: date) -> Assessment:
    notice = f"notice-{mine}"
    return Assessment(
        id=notice, mine=mine, object=Object.MINE, authority="bench", level=Level.PRIMARY, notice_date=day.isoformat(), document=notice
    )


def _served(address: str, browser: Any) -> tuple[dict[str, float], float]:
    """One process of pages: the first visit, and the visits after it."""
    order = [sys.executable, "-m", "console.fleet.bare_pages", address]
    with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pages:
        assert pages.stdin is not None
        assert pages.stdout is not None
        root = f"http://127.0.0.1:{json.loads(pages.stdout.readline())['port']}"
        _healthy(root)
        url = f"{root}/fleet"
        cold, _, size = _visit(browser, url)
        visits = [_visit(browser, url) for _ in range(VISITS)]
        pages.stdin.close()
        pages.wait(30)
    return {
        "page_first_paint_ms": median(paint for paint, _, _ in visits),
        "page_first_paint_worst_ms": max(paint for paint, _, _ in visits),
        "page_whole_ms": median(whole for _, whole, _ in visits),
        "page_kb": size / 1000,
    }, cold


def _healthy(root: str) -> None:
    """Asked until it answers, and a moment longer: what a server prepares when it starts is done."""
    with urlopen(f"{root}/healthz", timeout=30) as answer:  # noqa: S310  # our own server
        answer.read()
    time.sleep(3)


def _visit(browser: Any, url: str) -> tuple[float, float, float]:
    """First contentful paint, ms; the whole load, ms; bytes of HTML."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="load")
    whole = 1000 * (time.perf_counter() - began)
    paint = float(page.evaluate(PAINTED))
    size = float(page.evaluate("performance.getEntriesByType('navigation')[0]?.decodedBodySize ?? 0"))
    context.close()
    return paint, whole, size
