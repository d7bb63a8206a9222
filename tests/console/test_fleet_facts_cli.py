"""`davy fleet facts`, against the console's real application."""

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from console.cli.fleet_facts import command
from contracts.errors import BadConfig
from contracts.facts import Fact, FactSet, Way, write_facts
from fleet.bodies import Profile, write
from store.records import fleet_log
from store.records.fleet_log import New
from tests.console.cli_network import network_of
from tests.console.web_pit import NOON, Pit

DAY = "2026-11-18"
FACTS = FactSet(
    "north",
    DAY,
    (
        Fact("max_persons_per_shift", None, 0.5, 1, 2, "persons.highest@1", why="too_little_data"),
        Fact("max_persons_per_shift", 42.0, 1.0, 1, 2, "declared@1", Way.DECLARED),
        Fact("upload_gap_minutes", 7.5, 0.99996, 1, 2, "upload.gaps@1", subject="gw1\x1b[31m"),
    ),
)


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    with pit.records.begin() as db:
        profile = write(Profile(mine="north", name_zh="北山煤矿", name_en="Beishan mine"))
        fleet_log.append(db, [New("profile", "north", "", "", profile), New("facts", "north", DAY, "", write_facts(FACTS))], "centre", NOON)
    return pit


@pytest.fixture
def ask(pit: Pit) -> Iterator[Callable[..., Result]]:
    with network_of(pit.plant) as network:
        yield lambda *arguments: CliRunner().invoke(command, arguments, obj=network, env={"DAVY_URL": None})


def test_a_day_is_a_table_with_value_completeness_way_and_why(ask: Callable[..., Result]) -> None:
    lines = ask("north", DAY).output.splitlines()
    assert lines[0].startswith(f"{DAY}  log:2 ")
    [gap] = [line for line in lines if "upload_gap_minutes" in line]
    assert "7.5 min" in gap
    assert "\x1b" not in gap
    none, said = [line for line in lines if "max_persons_per_shift" in line]
    assert "无证据 no evidence" in none
    assert "数据不足 too little data" in none
    assert "申报 declared" in said


def test_json_is_the_answer_and_a_day_without_facts_is_told(ask: Callable[..., Result]) -> None:
    told = json.loads(ask("north", "--from", DAY, "--to", DAY, "--json").output)
    assert [one["name"] for one in told["items"][0]["facts"]] == [fact.name for fact in FACTS.facts]
    assert "没有事实" in ask("north", "2026-11-17").output


def test_today_so_far_stands_in_no_log_and_has_no_evidence_yet(pit: Pit, ask: Callable[..., Result]) -> None:
    lines = ask("north", "--today").output
    assert "今日至此, 未入账" in lines
    assert "points_online_rate" in lines
    with pit.records.read() as db:
        head = fleet_log.head(db)
    assert head is not None
    assert head.n == 2


def test_a_mine_that_is_not_there_is_refused(ask: Callable[..., Result]) -> None:
    for order in (("west", "--today"), ("north", DAY, "--today")):
        assert isinstance(ask(*order).exception, BadConfig), order
