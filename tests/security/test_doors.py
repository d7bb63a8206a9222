"""The doors of the console, all of them: no other site acts through a browser, no page is framed, no path leads out of the house."""

import re
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from console.certs.authority import make_authority, new_key
from console.web.bodies import USUAL
from console.web.headers import HEADERS, POLICY
from contracts.batchfile import file_name
from contracts.clock import BUILD_TIME, DAY
from contracts.config import BrokerAddress
from store.influx.reads import text
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, client_of
from tests.console.route_table import TABLE, Rule, call_of
from tests.console.web_pit import Pit
from wire.tls import context_of

END = BUILD_TIME + 3650 * DAY
IDS = dict.fromkeys(re.findall(r"\{(\w+)", " ".join(TABLE)), "1") | {"mine": "north", "point": "T01"}
CHANGING = [pytest.param(key, rule, id=key) for key, rule in TABLE.items() if not key.startswith("GET ")]


@pytest.fixture(scope="module")
def app() -> Any:
    return app_of(Pit().plant)


async def ask(web: httpx.AsyncClient, key: str, rule: Rule, **headers: str) -> httpx.Response:
    method, url, body = call_of(key, rule, IDS)
    return await web.request(method, url, headers=headers, **body)


@pytest.mark.parametrize(("key", "rule"), CHANGING)
async def test_no_other_sites_page_changes_anything(app: Any, key: str, rule: Rule) -> None:
    async with client_of(app) as web:
        for origin in ("https://evil.example", "null", "http://davy.test.evil.example", "https://evil.example/http://davy.test/x"):
            answer = await ask(web, key, rule, Origin=origin)
            assert answer.status_code == 403 or (answer.status_code == 404 and "story" in key), (key, origin)  # a demo's story is elsewhere
            assert "/api/" not in key or answer.json()["error"]["place"] == "header.origin"


def test_what_changes_something_is_posted() -> None:
    assert {key.partition(" ")[0] for key in TABLE} == {"GET", "POST"}


async def test_every_answer_forbids_frames_scripts_from_elsewhere_and_inline_ones() -> None:
    app = app_of(Pit().plant, entry=CLOSED, hosts=("davy.test",))
    async with client_of(app) as web:
        answers = [
            await web.get(path) for path in ("/sign-in", "/", "/no/such", "/static/base.css", "/static/none", "/api/v1/mines", "/healthz")
        ]
        answers += [await web.get("/", headers={"Host": "evil.example"}), await web.post("/api/v1/session", content=b"x" * (USUAL + 1))]

    assert {answer.status_code for answer in answers} >= {200, 303, 400, 401, 404, 413}
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert "default-src 'none'" in POLICY


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/..\\app.py",
        "/static/vendor/../../app.py",
        "/api/v1/reports/daily/..%2f..%2fetc/2026-11-24/file",
        "/api/v1/alarms/..%2f1/evidence/1",
        "/mines/..%2f..%2fetc%2fpasswd",
        "/static/base.css%00.html",
    ],
)
async def test_no_path_leads_out(app: Any, path: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://davy.test") as web:
        answer = await web.get(httpx.URL(f"http://davy.test{path}"))

    assert answer.status_code in (404, 422)
    assert "root:" not in answer.text
    assert "FastAPI(" not in answer.text


def test_the_name_of_a_file_holds_no_path_of_whoever_it_is_from() -> None:
    assert Path(file_name("mine/gate", "5c0f", 1)).name == file_name("mine/gate", "5c0f", 1)


@pytest.mark.parametrize("enemy", ['x") |> drop() //', 'a\\" or true', "${r.mine}", 'north"\n|> yield()'])
def test_what_is_asked_of_the_database_stays_a_text(enemy: str) -> None:
    told = text(enemy)
    inner = told[1:-1]

    assert told[0] == told[-1] == '"'
    assert re.search(r'(?<!\\)(?:\\\\)*"', inner) is None
    assert "${" not in inner or "\\${" in inner


def test_the_link_speaks_tls_1_2_or_later_and_asks_who_the_other_is(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(make_authority(new_key(), "test", 1, END).certificate.public_bytes(Encoding.PEM))
    context = context_of(BrokerAddress(ca_file=str(ca)))

    assert context is not None
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
