"""Scripts and styles as they are served."""

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.routing import Mount

from console.web.kept import KeptFiles
from tests.console.apps import app_of
from tests.console.web_pit import Pit

SHEET = "a { color: red }\n" * 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "static" / "vendor").mkdir(parents=True)
    (tmp_path / "static" / "base.css").write_text(SHEET, encoding="utf-8")
    (tmp_path / "static" / "vendor" / "small.js").write_text("1;", encoding="utf-8")
    (tmp_path / "static" / "noise.bin").write_bytes(os.urandom(900))
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path / "static"


@pytest_asyncio.fixture
async def web(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Mount("/static", KeptFiles(folder))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_a_file_is_packed_for_whoever_takes_it_packed(web: httpx.AsyncClient) -> None:
    packed, plain = await web.get("/static/base.css"), await web.get("/static/base.css", headers={"accept-encoding": "identity"})

    assert (packed.text, plain.text) == (SHEET, SHEET)
    assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert int(packed.headers["content-length"]) == len(gzip.compress(SHEET.encode(), mtime=0)) < len(SHEET)
    assert packed.headers["content-type"] == "text/css; charset=utf-8"
    assert packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["vendor/small.js", "noise.bin"])
async def test_what_packing_does_not_make_smaller_is_sent_as_it_is(web: httpx.AsyncClient, folder: Path, name: str) -> None:
    answer = await web.get(f"/static/{name}")

    assert "content-encoding" not in answer.headers
    assert answer.content == (folder / name).read_bytes()


async def test_whoever_has_it_is_told_so(web: httpx.AsyncClient) -> None:
    had = (await web.get("/static/base.css")).headers
    again = await web.get("/static/base.css", headers={"if-none-match": had["etag"]})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", had["etag"])
    assert (await web.get("/static/base.css", headers={"if-modified-since": had["last-modified"]})).status_code == 304
    assert (await web.get("/static/base.css", headers={"if-none-match": '"another"'})).status_code == 200


async def test_a_file_that_changes_on_the_disk_is_served_anew_and_one_that_goes_stays(web: httpx.AsyncClient, folder: Path) -> None:
    before = (await web.get("/static/base.css")).headers["etag"]
    (folder / "base.css").write_text("b {}", encoding="utf-8")
    os.utime(folder / "base.css", ns=(1, 1))
    changed = await web.get("/static/base.css")
    (folder / "base.css").unlink()

    assert changed.text == "b {}"
    assert changed.headers["etag"] != before
    assert (await web.get("/static/base.css")).text == "b {}"


@pytest.mark.parametrize("path", ["none.css", "", "vendor", "../secret.txt", "%2e%2e/secret.txt", "/etc/passwd", "base.css%00.html"])
async def test_nothing_else_is_there(web: httpx.AsyncClient, path: str) -> None:
    assert (await web.get(f"/static/{path}")).status_code == 404


async def test_it_is_read_and_not_written(web: httpx.AsyncClient) -> None:
    head = await web.head("/static/base.css")

    assert (head.status_code, head.content) == (200, b"")
    assert (await web.post("/static/base.css")).status_code == 405


async def test_the_pages_have_their_files_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(Pit().plant)), base_url="http://test") as web:
        await web.get("/static/base.css")
        monkeypatch.setattr("anyio.to_thread.run_sync", None)
        answer = await web.get("/static/base.css")

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-cache"
