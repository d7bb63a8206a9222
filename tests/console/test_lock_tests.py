"""Lock tests for people: the API, the page in both languages and `davy locktests` show what was tested, what is due and what is unknown."""

import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from console.cli.locktests import command
from contracts.clock import DAY, iso
from contracts.payload import Event
from contracts.points import Registry
from tests.console import web_pit
from tests.console.apps import app_of
from tests.console.cli_network import network_of
from tests.console.web_pit import GATEWAYS, NOON, Pit

SECONDS = {"start": 0.0, "alarm_s": 2.0, "cut_s": 4.5, "feed_off_s": 9.0, "restore_s": 61.0}


def with_supply(registry: Registry) -> Registry:
    """T00 cuts a supply that a feed-back point watches; T01 and the others cut supplies nobody watches."""
    points = [replace(point, feeds=("V01",)) if point.id == "T00" else point for point in registry.points]
    return replace(registry, points=(*points, replace(points[0], id="V01", quantity="feed_state", limit_row="", mapped_by="", feeds=())))


@pytest.fixture
def pit(monkeypatch: pytest.MonkeyPatch) -> Pit:
    monkeypatch.setitem(web_pit.REGISTRIES, "north", with_supply(web_pit.NORTH))
    pit = Pit()
    pit.hear()
    return pit


@pytest.fixture
def ask(pit: Pit) -> Iterator[Callable[..., Result]]:
    with network_of(pit.plant) as network:
        yield lambda *arguments: CliRunner().invoke(command, arguments, obj=network, env={"DAVY_URL": None})


def file(pit: Pit, back: int, *, unverified: bool = False) -> None:
    """A test of T00's lock that was over `back` µs ago."""
    at, registry = pit.clock.now() - back, web_pit.REGISTRIES["north"]
    numbers = SECONDS | {"start": float(at - 61_000_000)}
    reason = "lock_tested_by_shape" if unverified else "lock_tested_under_calibration"
    event = Event("T00", "lock.test", "filed", at, 2.0, 1.5, 0, "CMSR2025 Art.531", reason, at, pit.pack.name, unverified, numbers)
    with pit.records.begin() as db:
        pit.journal.event(db, "north", "north/gw1", event, at, registry)


async def page(pit: Pit, lang: str) -> str:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://davy.test") as client:
        answer = await client.get("/locktests", params={"lang": lang})
    assert answer.status_code == 200
    return answer.text


def listed(ask: Callable[..., Result]) -> dict[str, dict]:
    return {item["point"]: item for item in json.loads(ask("--json").output)["items"]}


def test_a_test_is_listed_with_its_seconds_and_the_day_the_next_is_due(pit: Pit, ask: Callable[..., Result]) -> None:
    file(pit, DAY)
    lock = listed(ask)["T00"]

    assert (lock["standing"], lock["feeds"], lock["due"]) == ("tested", ["V01"], iso(NOON + 14 * DAY))
    assert [lock["last"][name] for name in ("alarm_s", "cut_s", "feed_off_s", "restore_s")] == [2.0, 4.5, 9.0, 61.0]
    assert "已测 tested" in ask().output
    assert re.search(r"2\.0 +4\.5 +9\.0 +61\.0", ask().output)


def test_what_was_never_tested_is_missing_and_what_is_late_overdue(pit: Pit, ask: Callable[..., Result]) -> None:
    assert listed(ask)["T00"]["standing"] == "never"
    assert "缺测：没有已知的测试 missing: no test known" in ask().output
    file(pit, 16 * DAY)
    assert listed(ask)["T00"]["standing"] == "overdue"


def test_an_unverified_test_is_shown_and_does_not_count(pit: Pit, ask: Callable[..., Result]) -> None:
    file(pit, DAY, unverified=True)
    lock = listed(ask)["T00"]

    assert (lock["standing"], lock["last"], lock["doubted"]["unverified"]) == ("never", None, True)
    assert "an unverified test after it does not count" in ask().output


def test_a_lock_without_a_feed_back_point_is_unknown_and_says_why(ask: Callable[..., Result]) -> None:
    lock = listed(ask)["T01"]

    assert (lock["standing"], lock["reason"], lock["due"]) == ("unknown", "no_feed", None)
    assert "north/gw1 T01: 没有登记馈电测点，无法识别测试 no feed-back point is registered" in ask().output


def test_a_gateway_whose_points_are_not_known_is_listed_as_unknown(pit: Pit, ask: Callable[..., Result]) -> None:
    pit.live.change(GATEWAYS["south"], registry="not-here")
    [lock] = json.loads(ask("south", "--json").output)["items"]

    assert (lock["gateway"], lock["standing"], lock["reason"]) == ("south/gw1", "unknown", "no_registry")


def test_only_the_missing_ones_can_be_asked_for_and_all_are_counted(pit: Pit, ask: Callable[..., Result]) -> None:
    file(pit, DAY)
    output = ask("north", "--missing").output

    assert "T00" not in output
    assert re.search(r"(\d+) 个闭锁中 (\d+) 个", output).groups() == ("5", "4")


async def test_the_page_shows_it_in_both_languages_and_calls_nothing_tested_that_is_not(pit: Pit) -> None:
    file(pit, DAY)
    zh, en = await page(pit, "zh"), await page(pit, "en")

    assert '<tr data-lock="T00" data-standing="tested">' in zh
    assert '<tr data-lock="T01" data-standing="unknown">' in zh
    assert "闭锁测试" in zh
    assert "4 of 5 locks not known to be tested in time" in en
    assert re.findall(r'data-standing="tested"', en) == ['data-standing="tested"']
    assert not re.search("[\u4e00-\u9fff]", re.sub(r"<[^>]*>|data-words='.*'", " ", en).replace("中文", ""))
