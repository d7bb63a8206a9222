"""Recipients for people: who is told, how each is served, a test message marked as one; and doctor says what cannot work."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from alerts.config import AlertsSection, Recipient
from alerts.coverage import holes
from alerts.deliver import Deliver
from alerts.rota import Rota
from alerts.trial import MARKS
from console.cli.alarms import command
from console.cli.checks.people import probe_people
from console.cli.checks.site import Site
from console.cli.embedded import named, settings_in
from console.web.access import Role
from console.web.words import WORDS
from contracts.errors import GiveUp
from ingest.config import IngestSettings
from tests.alerts.test_deliver import Line
from tests.console.apps import app_of
from tests.console.cli_network import network_of
from tests.console.people_pit import add_person, client_of, closed_app, session_of
from tests.console.web_pit import Pit

SECRET = "http://hook.example/t0kent0ken"
INSPECTOR = Recipient(name="inspector", address=SECRET, per_minute=2)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def ask(line: Line) -> Iterator[Callable[..., Result]]:
    pit = Pit()
    deliver = Deliver(pit.records, [INSPECTOR], {"webhook": line}, pit.clock)
    plant = replace(pit.plant, recipients=deliver.recipients, trial=lambda one: deliver.trial(one, pit.pack))
    with network_of(plant) as network:
        yield lambda *arguments: CliRunner().invoke(command, arguments, obj=network, env={"DAVY_URL": None})


def test_the_list_shows_what_each_would_get_and_no_secret(ask: Callable[..., Result]) -> None:
    output = ask("recipients", "--example").output
    assert "inspector" in output
    assert MARKS["zh"] in output
    assert "先做" in output
    assert "t0kent0ken" not in output


def test_a_test_is_sent_once_and_marked_as_a_test_in_both_languages(ask: Callable[..., Result], line: Line) -> None:
    assert ask("test", "inspector").exit_code == 0
    (message,) = line.accepted[SECRET]
    assert message.test
    assert all(message.text[lang].startswith(mark) for lang, mark in MARKS.items())


def test_a_test_that_is_refused_says_why_without_the_address(ask: Callable[..., Result], line: Line) -> None:
    line.trouble[SECRET] = [GiveUp(f"HTTP 404 {SECRET}")]
    result = ask("test", "inspector")
    assert result.exit_code == 1
    assert "HTTP 404" in result.output
    assert "t0kent0ken" not in result.output


def test_tests_keep_the_pace_of_the_recipient(ask: Callable[..., Result], line: Line) -> None:
    assert [ask("test", "inspector").exit_code for _ in range(3)] == [0, 0, 1]
    assert len(line.accepted[SECRET]) == 2


def test_nobody_known_by_that_name_is_refused_with_those_who_are(ask: Callable[..., Result]) -> None:
    assert "inspector" in str(ask("test", "nobody").exception)


def site(*recipients: Recipient, **alerts: Any) -> Site:
    section = AlertsSection(recipients=recipients, **alerts)
    return Site(0, centre=IngestSettings(store="memory:", records="sqlite://", folder="x", alerts=section))


@pytest.mark.parametrize(
    ("recipient", "state", "words"),
    [
        (Recipient(name="a", address="http://x.example/", channel="pigeon"), "wrong", "allowed: webhook, mqtt, mail, dingtalk"),
        (Recipient(name="a", address_from="DAVY_NOT_SET_ANYWHERE"), "wrong", "DAVY_NOT_SET_ANYWHERE_FILE"),
        (Recipient(name="a", address="http://127.0.0.1:9/t0kent0ken"), "warning", "cannot be reached"),
    ],
)
def test_doctor_names_place_and_what_is_allowed_and_who_does_not_answer(recipient: Recipient, state: str, words: str) -> None:
    (finding,) = probe_people(site(recipient))
    assert finding.verdict.state == state
    assert words in finding.verdict.en + finding.verdict.do_en
    assert "t0kent0ken" not in json.dumps([finding.verdict.zh, finding.verdict.en])


WANG = Recipient(name="王", address="http://127.0.0.1:9/", role="mine", mines=("north",))
ENGINEER = Recipient(name="engineer", address="http://127.0.0.1:9/", role="mine", mines=("north",), step=1)
NIGHT = Rota(name="dispatch", shifts=("08:00", "20:00"), week={"every": (("王",), ("王",)), "sat": (("王",), ()), "sun": ((), ())})


def test_doctor_says_what_nobody_would_hear_of() -> None:
    found = probe_people(site(WANG, ENGINEER, rota=(NIGHT,), escalate_after_min=0))
    said = [finding.verdict.en for finding in found if finding.about == "alerts.recipients"]
    assert said == [
        "what north refers reaches no inspector",
        "nobody hears of the centre's own alarms (backups, delivery)",
        "no escalation: engineer is never called",
        "rota dispatch 20:00 (sat, sun): nobody, engineer hears instead",
        "rota dispatch 08:00 (sun): nobody, engineer hears instead",
    ]
    assert all(finding.verdict.state == "warning" and finding.verdict.do_zh for finding in found)


def test_a_centre_that_tells_everything_to_somebody_leaves_nothing_open() -> None:
    assert holes(AlertsSection(recipients=(INSPECTOR,)), ["north", "south"]) == []
    assert [hole.what for hole in holes(AlertsSection(recipients=(WANG,)), ["south"])] == ["inspector", "mine", "inspector", "centre"]


def test_webhooks_of_the_one_command_are_named_without_their_tokens() -> None:
    names = named(["https://hook.example/t0kent0ken", "https://hook.example/0ther0ther", "https://hook.example/t0kent0ken"])
    assert list(names) == ["https://hook.example", "https://hook.example 2"]
    assert settings_in(Path("x"), 1, ["https://hook.example/t0kent0ken"]).alerts.recipients[0].name == "https://hook.example"


# --- the page and what it is drawn from

PEOPLE = AlertsSection(
    recipients=(
        Recipient(name="王", address=SECRET, role="mine", mines=("north",)),
        Recipient(name="engineer", address=SECRET, role="mine", mines=("north",), step=1),
        Recipient(name="南", address=SECRET, role="mine", mines=("south",)),
        Recipient(name="inspector", address=SECRET, role="inspector"),
    ),
    rota=(Rota(name="dispatch", shifts=("00:00", "12:00"), week={"every": (("王",), ())}),),
)


@asynccontextmanager
async def pages(role: Role | None = None, *mines: str) -> AsyncIterator[httpx.AsyncClient]:
    """The pages of a centre with these people, as somebody sees them; `role` None: where nobody has to sign in."""
    pit = Pit()
    deliver = Deliver(pit.records, PEOPLE.recipients, {"webhook": Line()}, pit.clock)
    pit.plant = replace(
        pit.plant, recipients=deliver.recipients, rota=PEOPLE.rota, alerts=PEOPLE, trial=lambda one: deliver.trial(one, pit.pack)
    )
    cookies = session_of(pit, add_person(pit, "somebody", role, *mines)) if role else None
    async with client_of(closed_app(pit) if role else app_of(pit.plant), cookies) as client:
        yield client


async def test_the_api_says_who_is_called_when_and_by_what() -> None:
    async with pages() as client:
        said, people = (await client.get("/api/v1/routing")).json(), (await client.get("/api/v1/recipients")).json()["items"]
    assert [(step["step"], step["after_min"], step["who"]) for step in said["steps"]] == [(0, 0, ["王", "南"]), (1, 10, ["engineer"])]
    assert [duty["who"] for duty in said["today"]] == [["王"], []]
    assert [duty["now"] for duty in said["today"]].count(True) == 1
    assert ("gap", ["engineer"]) in [(hole["what"], hole["who"]) for hole in said["holes"]]
    assert (people[0]["name"], people[0]["role"], people[0]["rota"], people[0]["step"]) == ("王", "mine", ["dispatch"], 0)


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_names_everybody_with_steps_and_shifts_and_no_secret(lang: str) -> None:
    async with pages() as client:
        html = (await client.get(f"/recipients?lang={lang}")).text
    for said in ("王", "engineer", "inspector", WORDS["routing.today"][lang != "zh"], WORDS["routing.test"][lang != "zh"]):
        assert said in html
    assert "t0kent0ken" not in html


async def test_somebody_of_one_mine_sees_its_people_only_and_may_send_no_test() -> None:
    async with pages(Role.ENGINEER, "north") as client:
        html, said = (await client.get("/recipients")).text, (await client.get("/api/v1/routing")).json()
        sent = await client.post("/api/v1/recipients/南/test")
    assert "<h3>王 " in html
    assert "<h3>南 " not in html
    assert "<h3>inspector " not in html
    assert WORDS["routing.test"][0] not in html
    assert (said["holes"], sent.status_code) == ([], 403)
    assert len(said["today"]) == 2


async def test_somebody_of_another_mine_does_not_see_its_shifts() -> None:
    async with pages(Role.ENGINEER, "south") as client:
        said = (await client.get("/api/v1/routing")).json()
    assert said["today"] == []
    assert [step["who"] for step in said["steps"]] == [["南"]]


async def test_an_admin_may_send_a_test() -> None:
    async with pages(Role.ADMIN) as client:
        assert WORDS["routing.test"][0] in (await client.get("/recipients")).text
        assert (await client.post("/api/v1/recipients/王/test")).json()["outcome"] == "accepted"
