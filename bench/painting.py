"""A page in a real Chromium: when the browser itself says that it was first painted (`first-contentful-paint`)."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contracts.errors import BadConfig

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
PAINTED = """() => new Promise((done) => {
  const seen = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  if (seen()) done(seen());
  else new PerformanceObserver(() => { if (seen()) done(seen()); }).observe({ type: "paint", buffered: true });
})"""


@dataclass(frozen=True, slots=True)
class Visit:
    """`paint_ms`: first contentful paint, from the start of the navigation. `whole_ms`: until it is loaded, scripts too."""

    paint_ms: float
    whole_ms: float
    html_bytes: float


@contextmanager
def painter() -> Iterator[Any]:
    """A Chromium that has been used once; BadConfig where this machine has none, or no Playwright."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # of the development extra
    except ImportError as error:
        raise BadConfig("playwright", "", "installed: pip install .[dev]") from error
    if chromium is None:
        raise BadConfig("chromium", "", f"one of {', '.join(NAMES)} on PATH")
    with sync_playwright() as driver:
        # its socket lies in the folder of temporary files, and the name of a socket may have 107 bytes
        browser = driver.chromium.launch(executable_path=chromium, args=list(ARGUMENTS), env={**os.environ, "TMPDIR": "/tmp"})  # noqa: S108
        try:
            visit(browser, "data:text/html,<p>warm</p>")
            yield browser
        finally:
            browser.close()


def visit(browser: Any, url: str) -> Visit:
    """Open a page as somebody who was never there: nothing is cached, nothing is remembered."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        began = time.perf_counter()
        page.goto(url, wait_until="load")
        whole = 1000 * (time.perf_counter() - began)
        paint = float(page.evaluate(PAINTED))
        size = float(page.evaluate("performance.getEntriesByType('navigation')[0]?.decodedBodySize ?? 0"))
    finally:
        context.close()
    return Visit(paint, whole, size)
