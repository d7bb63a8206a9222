"""Alarm health for people: the same figures by API, page and command line, of the mines a person may see."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from click.testing import CliRunner, Result
from fastapi import FastAPI

from console.cli.alarms import command
from console.web.access import OPEN, Role, Viewer, viewer_of
from console.web.app import create_app
from console.web.draw_health import MOST_BARS, bars_of
from console.web.shapes_health import TenMinutes
from console.web.watch import Watch
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from tests.console.cli_network import network_of
from tests.console.people_pit import client_of
from tests.console.web_pit import NOON, Pit

NORTH_ONLY = Viewer("wang", "王工", Role.ENGINEER, frozenset({"north"}), 1)


@pytest.fixture
def pit() -> Pit:
    """A chattering alarm, and one nobody acknowledges; a drill beside them."""
    made = Pit()
    made.calm()
    made.calm("south")
    for _ in range(4):
        made.clock.advance(12 * SECOND)
        made.alarm("T01")
        made.clock.advance(3 * SECOND)
        made.returned("T01")
    made.alarm("T00", 1.6, 1.5, rule="limit.cut.0")
    made.clock.advance(HOUR)
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


async def test_the_figures_of_a_mine(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/alarm-health", params={"mine": "north"})).json()
    assert (found["called"], found["peak"], found["per_operator_hour"]) == (5, 5, None)
    assert [(one["point"], one["count"]) for one in found["top"]] == [("T01", 4), ("T00", 1)]
    assert [one["point"] for one in found["chattering"]] == ["T01"]
    assert [one["point"] for one in found["standing"]] == ["T00"]
    assert found["waits"] == {"count": 0, "median_s": None, "p90_s": None, "longest_s": None, "never": 2}
    assert found["bounds"]["chattering"]["verdict"] == "over"
    assert "18.2" in found["bounds"]["peak"]["source"]["en"]


async def test_a_drill_counts_nowhere(client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/v1/alarm-health")).json()
    asked = await client.post("/api/v1/drills", json={"mine": "north", "point": "T02", "name": "王工", "words": "演练"})
    assert asked.status_code == 200
    after = (await client.get("/api/v1/alarm-health")).json()
    assert {**after, "end": before["end"]} == before


async def test_of_all_mines_no_bound_of_one_operator_is_held_against_them(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/alarm-health")).json()
    assert {bound["verdict"] for bound in found["bounds"].values()} == {"unknown"}


async def test_a_mine_that_is_not_theirs_is_not_there(app: FastAPI, client: httpx.AsyncClient) -> None:
    seen_by(app, NORTH_ONLY)
    assert (await client.get("/api/v1/alarm-health")).json()["called"] == 5
    hidden, absent = [await client.get("/api/v1/alarm-health", params={"mine": mine}) for mine in ("south", "nowhere")]
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["error"]["allowed"] == absent.json()["error"]["allowed"]
    south = Viewer("li", "李工", Role.ENGINEER, frozenset({"south"}), 2)
    assert (await seen_by(app, south).get("/api/v1/alarm-health")).json()["called"] == 0
    assert "T01" not in (await seen_by(app, south).get("/health")).text


@pytest.mark.parametrize(("lang", "words"), [("zh", "抖动"), ("en", "chattering")])
async def test_the_page_says_it_in_both_languages(client: httpx.AsyncClient, lang: str, words: str) -> None:
    page = await client.get("/health", params={"lang": lang, "mine": "north", "range": "1d"})
    assert page.status_code == 200
    assert words in page.text
    assert "<rect" in page.text.split('class="overtime"')[1]


@pytest.mark.parametrize("query", [{"range": "1y"}, {"mine": "nowhere"}, {"mine": "x" * 50}])
async def test_the_page_refuses_what_is_not_there(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await client.get("/health", params=query)).status_code in (404, 422)


async def test_a_span_is_bounded_and_read_as_everywhere(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/alarm-health", params={"start": "2020-01-01T00:00:00Z"})).status_code == 422
    early = {"start": str(NOON - DAY), "end": str(NOON)}
    assert (await client.get("/api/v1/alarm-health", params=early)).json()["called"] == 0


def test_the_command_says_the_same(ask: Callable[..., Result]) -> None:
    """92 days back from now, so that the pit's clock lies in it."""
    assert '"called": 5' in ask("health", "--json", "--days", "92").output
    output = ask("health", "north", "--days", "92").output
    assert "抖动 chattering" in output
    assert "超出 OVER" in output
    assert "18.2" in output


def test_bars_are_few_and_hold_every_alarm() -> None:
    tens = [TenMinutes(NOON + n * 10 * MINUTE, 1 + n % 3) for n in range(0, 4320, 7)]
    bars = bars_of(tens, NOON, NOON + 30 * DAY)
    assert sum(bar.count for bar in bars.bars) == sum(ten.count for ten in tens)
    assert len(bars.bars) <= MOST_BARS
    assert max(bar.height for bar in bars.bars) == 100
    assert all(0 <= bar.x <= 100 for bar in bars.bars)
    assert bars_of([], NOON, NOON + DAY).bars == []
