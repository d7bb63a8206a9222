"""The site: built without a network, strictly; every link and anchor in it leads somewhere, it asks no other machine for anything, and both
languages are there. Marked `servers` to keep it out of the quick part: a build takes its time."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.commands import ROOT
from tools.docs.reference import PAGES

pytestmark = pytest.mark.servers
FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
NO_NETWORK = (
    "import socket, runpy; socket.socket.connect = None; socket.getaddrinfo = None; runpy.run_module('mkdocs', run_name='__main__')"
)


class Read(HTMLParser):
    """What a page names, where it leads, and what it fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if FETCHED.get(tag) in given and given.get("rel") not in ("canonical", "alternate", "prev", "next"):
            self.fetched.append(given[FETCHED[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    arguments = ["build", "--strict", "-q", "-d", str(place)]
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, *arguments],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture(scope="module")
def read(site: Path) -> dict[Path, Read]:
    return {path: Read(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_link_and_anchor_leads_somewhere(site: Path, read: dict[Path, Read]) -> None:
    broken = []
    for path, page in read.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or path.name == "404.html":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file() or (parts.fragment and target in read and unquote(parts.fragment) not in read[target].ids):
                broken.append(f"{path.relative_to(site)}: {link}")

    assert len(read) > 100
    assert broken == []


def test_nothing_is_fetched_from_elsewhere(site: Path, read: dict[Path, Read]) -> None:
    fetched = {link for page in read.values() for link in page.fetched}
    elsewhere = re.compile(r"""["'`]https?:/{2}[^"'`\s]+\.(?:js|css|woff2?|ttf)\b|@import|url\(["']?https?:""")
    found = [
        f"{path.relative_to(site)}: {match}"
        for path in sorted(site.rglob("*"))
        if path.suffix in {".js", ".css"}
        for match in elsewhere.findall(path.read_text(encoding="utf-8"))
    ]

    assert len(fetched) > 4
    assert [link for link in fetched if urlsplit(link).scheme not in ("", "data") or link.startswith("//")] == []
    assert found == []
    assert list(site.rglob("*.map")) == []


@pytest.mark.parametrize("name", [f"reference/{page}" for page in PAGES])
def test_the_reference_made_from_the_code_is_there_in_both_languages(site: Path, name: str) -> None:
    chinese, english = ((site / folder / f"{name}.html").read_text(encoding="utf-8") for folder in ("", "en"))

    assert '<html lang="zh"' in chinese
    assert '<html lang="en"' in english
    assert chinese != english


def test_a_page_without_chinese_says_so_and_one_with_it_does_not(site: Path) -> None:
    assert "本页目前只有英文" in (site / "protocol.html").read_text(encoding="utf-8")
    assert "本页目前只有英文" not in (site / "en" / "protocol.html").read_text(encoding="utf-8")
    assert "本页目前只有英文" not in (site / "tutorial.html").read_text(encoding="utf-8")
    assert "本页目前只有英文" not in (site / "cli.html").read_text(encoding="utf-8")


def test_chinese_is_cut_into_words_for_the_search(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    [page] = [one for one in index["docs"] if one["location"] == "explanation/receipts.html"]

    assert "回执" in page["title"].split("\u200b")
    assert "zh" in index["config"]["lang"]
