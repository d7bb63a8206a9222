"""Drills for people: asked for by name, filed with their steps, shown as drills everywhere, and counted as alarms nowhere."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from click.testing import CliRunner, Result
from fastapi import FastAPI

from console.cli.alarms import command
from console.cli.alarms_drill import told_by_gateway
from console.web.access import OPEN, Role, Viewer, viewer_of
from console.web.app import create_app
from console.web.watch import Watch
from contracts.clock import SECOND
from store.records import audit
from tests.console.cli_network import network_of
from tests.console.people_pit import client_of
from tests.console.web_pit import Pit

ASKED = {"mine": "north", "point": "T00", "name": "王工", "words": "月度演练"}


@pytest.fixture
def pit() -> Pit:
    made = Pit()
    made.journal.stamp = made.clock.now
    made.calm()
    made.calm("south")
    return made


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """One for all: its routes take long to build."""
    return create_app(Pit().plant)


@pytest.fixture
def client(app: FastAPI, pit: Pit) -> httpx.AsyncClient:
    app.state.watch = Watch(pit.plant)
    app.dependency_overrides[viewer_of] = lambda: OPEN
    return client_of(app)


@pytest.fixture
def ask(pit: Pit) -> Iterator[Callable[..., Result]]:
    with network_of(pit.plant) as network:
        yield lambda *arguments: CliRunner().invoke(command, arguments, obj=network, env={"DAVY_URL": None})


def seen_by(app: FastAPI, viewer: Viewer) -> httpx.AsyncClient:
    """From here on it is this person who calls."""
    app.dependency_overrides[viewer_of] = lambda: viewer
    return client_of(app)


async def test_a_drill_at_the_centre_is_filed_at_once_and_audited_by_pseudonym(pit: Pit, client: httpx.AsyncClient) -> None:
    drill = (await client.post("/api/v1/drills", json=ASKED)).json()
    assert [step["step"] for step in drill["steps"] if step["at"]] == ["asked", "decided", "received", "journaled"]
    assert (await client.get("/api/v1/drills")).json()["items"] == [drill]
    with pit.records.read() as db:
        (entry,) = [one for one in audit.links(db) if one.kind == "drill.asked"]
    assert entry.actor == audit.pseudonym("王工")
    assert "王工" not in str(entry)


async def test_nothing_takes_it_for_a_hazard(pit: Pit, client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/v1/mines")).json()["items"][0]
    await client.post("/api/v1/drills", json=ASKED)
    pit.clock.advance(2 * SECOND)  # pictures are made anew so often
    pit.calm()
    after = (await client.get("/api/v1/mines")).json()["items"][0]
    assert (after["state"], after["alarms"]) == (before["state"], before["alarms"])
    points = (await client.get("/api/v1/mines/north/points")).json()["items"]
    assert next(point["alarm"] for point in points if point["id"] == "T00") is None
    (alarm,) = (await client.get("/api/v1/alarms")).json()["items"]
    assert (alarm["active"], alarm["may"]) == (False, ["acknowledge"])
    for lang, word in (("zh", "演练"), ("en", "drill")):
        assert word in alarm["title"][lang].lower()
        assert word in alarm["text"][lang].lower()
        assert word in alarm["state_words"][lang].lower()
        assert word in (await client.get("/alarms", params={"lang": lang})).text.lower()


async def test_it_is_acknowledged_as_an_alarm_is_and_then_over(pit: Pit, client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/drills", json=ASKED)
    pit.clock.advance(7 * SECOND)
    done = await client.post("/api/v1/alarms/1/acknowledge", json={"name": "李工", "words": "收到"})
    assert done.status_code == 200
    drill = (await client.get("/api/v1/drills/1")).json()
    assert (drill["whole"], drill["steps"][-1]["who"], drill["steps"][-1]["after_ms"]) == (True, "李工", 7000)
    assert (await client.get("/api/v1/alarms/1")).json()["alarm"]["state_words"]["zh"] == "演练，已结束"


async def test_the_gateway_tells_its_steps_once(client: httpx.AsyncClient) -> None:
    now = (await client.post("/api/v1/drills", json=ASKED | {"way": "gateway"})).json()["asked_us"]
    told = {"decided": now + 1, "sent": now + 2, "receipted": now + 3}
    assert (await client.post("/api/v1/drills/1/gateway", json=told)).json()["steps"][2]["after_ms"] == 0.001
    assert (await client.post("/api/v1/drills/1/gateway", json=told)).status_code == 409
    await client.post("/api/v1/drills", json=ASKED)
    assert (await client.post("/api/v1/drills/2/gateway", json=told)).status_code == 409, "the centre began it"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("drills", ASKED | {"mine": "nowhere"}, 404),
        ("drills", ASKED | {"point": "T77"}, 404),
        ("drills", ASKED | {"name": " "}, 422),
        ("drills", ASKED | {"way": "door"}, 422),
        ("drills/9/gateway", {"decided": 1}, 404),
        ("drills/x/gateway", {"decided": 1}, 404),
        ("drills/1/gateway", {"decided": -1}, 422),
    ],
)
async def test_what_cannot_be_done_is_refused(client: httpx.AsyncClient, path: str, body: dict[str, object], status: int) -> None:
    assert (await client.post(f"/api/v1/{path}", json=body)).status_code == status


async def test_another_sites_page_asks_for_no_drill(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/v1/drills", json=ASKED, headers={"Origin": "http://evil.example"})).status_code == 403


async def test_who_may_not_is_refused_and_other_mines_drills_are_not_there(app: FastAPI, client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/drills", json=ASKED)
    inspector = seen_by(app, Viewer("i", "监察", Role.INSPECTOR, frozenset({"north"}), 1))
    assert (await inspector.post("/api/v1/drills", json=ASKED)).status_code == 403
    south = seen_by(app, Viewer("s", "南工", Role.ENGINEER, frozenset({"south"}), 2))
    assert (await south.get("/api/v1/drills")).json()["items"] == []
    assert (await south.get("/api/v1/drills", params={"mine": "north"})).json()["items"] == []
    assert (await south.get("/api/v1/drills/1")).status_code == (await south.get("/api/v1/drills/99")).status_code == 404
    assert (await south.post("/api/v1/drills", json=ASKED)).status_code == 404
    assert "月度演练" not in (await south.get("/drills")).text
    own = (await south.post("/api/v1/drills", json=ASKED | {"mine": "south", "point": "T01", "name": "别人"})).json()
    assert own["name"] == "南工", "the name under a deed is the signed-in person's"


@pytest.mark.parametrize(("lang", "words", "unit"), [("zh", "报警演练", "毫秒"), ("en", "Alarm drills", "ms")])
async def test_the_page_lists_the_steps_in_both_languages(client: httpx.AsyncClient, lang: str, words: str, unit: str) -> None:
    await client.post("/api/v1/drills", json=ASKED)
    page = (await client.get("/drills", params={"lang": lang})).text
    assert words in page
    assert "月度演练" in page
    assert f"+0 {unit}" in page


async def test_a_page_of_drills_goes_on_where_the_one_before_ended(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.post("/api/v1/drills", json=ASKED)
    first = (await client.get("/api/v1/drills", params={"limit": 2})).json()
    assert [one["id"] for one in first["items"]] == ["3", "2"]
    rest = (await client.get("/api/v1/drills", params={"after": first["next"]})).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (["1"], None)


def test_the_command_holds_a_drill_and_shows_its_steps(ask: Callable[..., Result]) -> None:
    result = ask("drill", "north", "T00", "--name", "王工", "--words", "演练", "--wait", "0")
    assert result.exit_code == 0, result.output
    assert "写入报警记录 written to the journal" in result.output
    assert "未完成 / not complete" in result.output
    assert "gateway and line are not tested" in result.output


def test_the_command_does_not_begin_twice(ask: Callable[..., Result]) -> None:
    assert "one of them" in str(ask("drill", "north", "T00", "--name", "x", "--words", "x", "--key", "a", "--edge", "b").exception)


def test_an_answer_without_a_decision_is_no_steps() -> None:
    assert told_by_gateway("decided=5\nsent=7\nnoise\nreceipted=x") == {"decided": 5, "sent": 7}
    assert told_by_gateway("sent=7") == {}
