"""First paint of every page: which pages are found, and the bench as people run it."""

import shutil

import pytest

from bench import pages
from bench.painting import NAMES
from tests.bench.test_benches import broker, run  # noqa: F401  # a fixture

SITE = {
    "/": '<a href="/alarms?lang=en">en</a><a href="/alarms/3">3</a><a href="/alarms/4">4</a><a href="/static/lamp.svg"></a>'
    '<a href="/gone">x</a>',
    "/alarms?lang=en": '<a href="/">home</a><a href="/mines/demo-a/points/1101-T0?range=600&amp;x=1">T0</a><a href="https://else.where/">x</a>',
    "/alarms/3": "",
    "/mines/demo-a/points/1101-T0?range=600&x=1": '<a href="/alarms/4">4</a><a href="#content">skip</a>',
}


def test_a_page_of_each_kind_is_found_by_links(monkeypatch):
    monkeypatch.setattr(pages, "_html", lambda url: SITE.get(url.removeprefix("http://x")))

    assert pages.found("http://x") == list(SITE)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "/"),
        ("/sign-in?next=%2F", "/sign-in"),
        ("/fleet/mines/sim-003", "/fleet/mines/·"),
        ("/reports/daily/demo-a/2026-11-30", "/reports/daily/·/·"),
        ("/log?mine=demo-a", "/log"),
    ],
)
def test_a_kind_of_page_has_no_ids_in_it(path, kind):
    assert pages.kind_of(path) == kind


@pytest.mark.servers
@pytest.mark.browser
@pytest.mark.long
def test_every_page_of_the_demo_is_painted(tmp_path, broker):  # noqa: F811
    if not any(map(shutil.which, NAMES)):
        pytest.skip("no Chromium on this machine")
    figures = run(tmp_path, "pages", "--seconds", "0.1", "--starts", "1", "--visits", "1").figures

    assert figures["pages"] >= 25
    assert 0 < figures["median_first_paint_ms"] <= figures["worst_first_paint_ms"] <= figures["longest_first_paint_ms"]
    assert figures["cold_first_paint_ms"] > 0
