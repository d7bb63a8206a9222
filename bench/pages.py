"""First paint of every page of the demo, in a real Chromium.

`davy up --demo` runs as `make run` starts it, with its three mines. Cold: the first page that anybody opens, as soon as the server says
that it runs, while all the rest of the demo is still starting. Then pages are found as people find them, by their links from `/` on, one
of a kind (`/alarms/·`), and each is opened some times, in both languages, by somebody who was never there.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.painting import painter, visit
from bench.ports import claim, free_port
from bench.processes import ROOT, ChildFailed, Elsewhere

PATIENCE_S = 60.0
LANGS = ("zh", "en")
"""In turns."""
LINK = re.compile(r'href="(/[^"#]*)"')
NO_PAGE = ("/static/", "/api/", "/sign-in/oidc")
RUNS = "4/4"
"""Begins the line that says that all runs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds`: how long the demo runs before its pages are looked at. `starts`: fresh servers, for the cold figure."""

    seconds: float
    starts: int = 3
    visits: int = 3


def measure(plan: Plan) -> dict[str, float]:
    """All figures of `bench.figures.PAGES`. BadConfig where this machine has no Chromium."""
    elsewhere, colds = Elsewhere(), list[float]()
    paints: dict[str, list[float]] = {}
    with painter() as browser:
        for number in range(plan.starts):
            with demo() as root:
                colds.append(visit(browser, f"{root}/").paint_ms)
                _say(f"fresh server {number + 1}: {colds[-1]:.0f} ms")
                if number == plan.starts - 1:
                    time.sleep(plan.seconds)
                    paints = _each(browser, root, plan.visits)
    medians = {path: median(found) for path, found in paints.items()}
    worst = max(medians, key=lambda path: medians[path])
    _say(f"slowest: {worst}")
    return {
        "worst_first_paint_ms": medians[worst],
        "median_first_paint_ms": median(medians.values()),
        "longest_first_paint_ms": max(max(found) for found in paints.values()),
        "cold_first_paint_ms": median(colds),
        "pages": len(paints),
        "starts": plan.starts,
        "elsewhere_cores": elsewhere.cores,
    }


def _each(browser: Any, root: str, visits: int) -> dict[str, list[float]]:
    """First paints by page, ms."""
    paths = found(root)
    _say(f"{len(paths)} pages")
    paints: dict[str, list[float]] = {path: [] for path in paths}
    for number in range(visits):
        for path in paths:
            url = f"{root}{path}{'&' if '?' in path else '?'}lang={LANGS[number % 2]}"
            paints[path].append(visit(browser, url).paint_ms)
    return paints


@contextmanager
def demo() -> Iterator[str]:
    """The demo from nothing, in a folder that is removed; the address of its pages. Entered when it says that it runs."""
    with TemporaryDirectory(prefix="davy-bench-") as folder:
        port = free_port()
        order = [sys.executable, "-m", "console.cli", "up", "--demo", "--folder", folder, "--port", str(port)]
        order += ["--broker-port", str(free_port()), "--sim-port", str(_three())]
        log = Path(folder) / "up.log"
        with log.open("wb") as heard:
            started = subprocess.Popen(order, cwd=ROOT, stdout=heard, stderr=heard, start_new_session=True)
            try:
                _runs(started, log, port)
                yield f"http://127.0.0.1:{port}"
            finally:
                _end(started)


def _three() -> int:
    """The first of three free ports in a row."""
    while True:
        first = free_port()
        if all(claim(first + more) for more in (1, 2)):
            return first


def _runs(started: "subprocess.Popen[bytes]", log: Path, port: int) -> None:
    """Waits until it says so and takes connections; ChildFailed where it does not."""
    until = time.monotonic() + PATIENCE_S
    while f"\n{RUNS}" not in (said := log.read_text(encoding="utf-8", errors="replace")) or not _listens(port):
        if started.poll() is not None or time.monotonic() > until:
            raise ChildFailed(f"davy up --demo does not run:\n{said[-2000:]}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(started: "subprocess.Popen[bytes]") -> None:
    """As Ctrl-C does; what is left of its group a while later is killed."""
    started.send_signal(signal.SIGTERM)
    try:
        started.wait(PATIENCE_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)


def found(root: str) -> list[str]:
    """A page of each kind that links lead to, from `/` on."""
    paths, waiting = dict[str, str](), deque(["/"])
    while waiting:
        path = waiting.popleft()
        if path.startswith(NO_PAGE) or kind_of(path) in paths:
            continue
        html = _html(root + path)
        if html is not None:
            paths[kind_of(path)] = path
            waiting.extend(unescape(link) for link in LINK.findall(html))
    return list(paths.values())


def kind_of(path: str) -> str:
    """`/alarms/17?lang=zh` → `/alarms/·`: without what is asked of it, and without ids (whatever has a digit, a dash or a dot in it)."""
    first, *rest = path.partition("?")[0].lstrip("/").split("/")
    return "/".join(["", first, *(part if part.replace("_", "").isalpha() else "·" for part in rest)])


def _html(url: str) -> str | None:
    """A page; None for what is no page, or is not there."""
    try:
        with urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310  # our own server
            return str(answer.read().decode()) if answer.headers["Content-Type"].startswith("text/html") else None
    except HTTPError:
        return None


def _say(text: str) -> None:
    sys.stderr.write(f"pages: {text}\n")
