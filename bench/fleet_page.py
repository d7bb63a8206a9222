"""First paint of the province's page in a real Chromium: `first-contentful-paint` of the browser's own performance API.

The pages run in a process of their own (`console.fleet.bare_pages`) on the log that was filled. Cold: the first page after that process
started and answered its health check. Warm: the log has not grown since, as between two nights. Each visit is a new browser context:
nothing is cached there.
"""

import json
import subprocess
import sys
import time
from datetime import date
from statistics import median
from typing import Any
from urllib.request import urlopen

from bench.fleet_supply import ACTOR
from bench.painting import painter, visit
from contracts.errors import BadConfig
from fleet import judging
from fleet.bodies import Assessment, Level, Object, write
from fleet.packs import Pack
from fleet.programme import shanxi
from store.records import fleet_log
from store.records.engine import Records
from store.records.fleet_log import New

VISITS = 7


def measure(records: Records, pack: Pack, first: date, last: date) -> dict[str, float]:
    """`page_first_paint_ms` and what stands beside it; nothing where this machine has no Chromium or no Playwright.

    Every day is judged and counted in the log first, and targets, press totals and some notices stand in it.
    """
    try:
        with painter() as browser:
            _fill(records, pack, first, last)
            address = records.engine.url.render_as_string(hide_password=False)
            colds, figures = [], dict[str, float]()
            for _ in range(3):
                figures, cold = _served(address, browser)
                colds.append(cold)
    except BadConfig:
        return {}
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
        cold = visit(browser, url)
        visits = [visit(browser, url) for _ in range(VISITS)]
        pages.stdin.close()
        pages.wait(30)
    return {
        "page_first_paint_ms": median(one.paint_ms for one in visits),
        "page_first_paint_worst_ms": max(one.paint_ms for one in visits),
        "page_whole_ms": median(one.whole_ms for one in visits),
        "page_kb": cold.html_bytes / 1000,
    }, cold.paint_ms


def _healthy(root: str) -> None:
    """Asked until it answers, and a moment longer: what a server prepares when it starts is done."""
    with urlopen(f"{root}/healthz", timeout=30) as answer:  # noqa: S310  # our own server
        answer.read()
    time.sleep(3)
