"""Recipients for people: who is told, how each is served, a test message marked as one; and doctor says what cannot work."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from alerts.config import AlertsSection, Recipient
from alerts.deliver import Deliver
from alerts.trial import MARKS
from console.cli.alarms import command
from console.cli.checks.people import probe_people
from console.cli.checks.site import Site
from contracts.errors import GiveUp
from ingest.config import IngestSettings
from tests.alerts.test_deliver import Line
from tests.console.cli_network import network_of
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


def site(recipient: Recipient) -> Site:
    return Site(0, centre=IngestSettings(store="memory:", records="sqlite://", folder="x", alerts=AlertsSection(recipients=(recipient,))))


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
