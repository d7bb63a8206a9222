"""`davy gaps`, against the console's real application."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from console.cli.gaps import command, share, when
from contracts.clock import DAY, SECOND, iso
from contracts.errors import BadConfig
from ingest.ledger import Gap, LedgerDay, Word
from tests.console.cli_network import network_of
from tests.console.web_pit import NOON, Pit

TODAY = NOON - NOON % DAY


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.hear("north")
    pit.hear("south")
    pit.gaps()
    return pit


@pytest.fixture
def ask(pit: Pit) -> Iterator[Callable[..., Result]]:
    """The command, with the console's own application for a network."""
    with network_of(pit.plant) as network:
        yield lambda *arguments: CliRunner().invoke(command, arguments, obj=network, env={"DAVY_URL": None})


def test_both_figures_stand_in_the_table_and_neither_is_rounded_up(ask: Callable[..., Result]) -> None:
    lines = ask("north").output.splitlines()

    assert "序号完整率 completeness  采样覆盖率 coverage" in lines[0]
    assert f"{iso(TODAY)[:10]}    99.97 %  43011/43020" in lines[2]
    assert "99.58 %  43020/43200" in lines[2]
    assert "99.98 %  86388/86400" in lines[3]
    assert "read both" in "".join(lines)


def test_every_range_is_named_in_both_languages_with_its_time_and_reason(ask: Callable[..., Result]) -> None:
    output = ask("north/gw1").output

    assert "未采样 not sampled" in output
    assert "来源 source modbus-1" in output
    assert "条目 items 3f9a#120–131 (12)" in output
    assert "丢失 lost" in output


def test_a_day_without_anything_is_told_as_no_data_and_not_as_100_per_cent(pit: Pit, ask: Callable[..., Result]) -> None:
    pit.days.append(LedgerDay("south/gw1", TODAY))
    output = ask("south").output

    assert f"south/gw1  无数据 no data: {iso(TODAY)[:10]}" in output
    assert "100.00" not in output


def test_a_day_of_silence_with_polls_due_is_shown_in_the_table(pit: Pit, ask: Callable[..., Result]) -> None:
    pit.days.append(
        LedgerDay(
            "south/gw1", TODAY, due=60, gaps=[Gap(Word.NOT_SAMPLED, 60, 60, TODAY, TODAY + 60 * SECOND, source="m", reason="nobody polled")]
        )
    )
    lines = ask("south/gw1").output.splitlines()

    assert "无数据 no data           0.00 %  0/60" in lines[2]
    assert "source m (60)" in lines[-1]


def test_gaps_that_are_not_listed_are_counted(pit: Pit, ask: Callable[..., Result]) -> None:
    gap = Gap(Word.UNANSWERED, 1, 1, TODAY, TODAY + SECOND, source="m", reason="no answer")
    pit.days = [LedgerDay("south/gw1", TODAY, due=500, gaps=[replace(gap, start=TODAY + at * SECOND) for at in range(250)])]

    assert ask("south").output.splitlines()[-1] == "另有 50 处未列出 / 50 more are not listed"


def test_one_day_is_asked_for_by_its_date(ask: Callable[..., Result]) -> None:
    yesterday = iso(TODAY - DAY)[:10]
    told = json.loads(ask("north", "--day", yesterday, "--json").output)

    assert [day["day"][:10] for day in told["items"]] == [yesterday]
    assert told["items"][0]["gaps"][0]["word"] == "lost"


def test_without_any_gateway_it_says_so() -> None:
    with network_of(Pit().plant) as network:
        result = CliRunner().invoke(command, obj=network, env={"DAVY_URL": None})

    assert "no gateway has reported yet" in result.output


def test_a_gateway_nobody_knows_is_refused_with_those_there_are(ask: Callable[..., Result]) -> None:
    error = ask("north/gw9").exception

    assert isinstance(error, BadConfig)
    assert "north/gw1, south/gw1" in error.allowed


@pytest.mark.parametrize("which", ["North", "a/b/c", "/gw1"])
def test_what_is_no_name_is_refused(ask: Callable[..., Result], which: str) -> None:
    assert isinstance(ask(which).exception, BadConfig)


def test_a_day_that_is_none_is_refused(ask: Callable[..., Result]) -> None:
    assert ask("--day", "yesterday").exit_code == 2


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 1, "100.00 %  1/1"), (999_999, 1_000_000, "99.99 %  999999/1000000"), (0, 5, "0.00 %  0/5"), (0, 0, "无数据 no data")],
)
def test_a_share_is_cut_so_that_only_what_is_complete_reads_100_per_cent(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


def test_a_span_is_written_once_where_it_stays_in_a_day() -> None:
    assert when(TODAY, TODAY + 61 * SECOND) == f"{iso(TODAY)[:19]}Z – 00:01:01Z"
    assert when(TODAY, TODAY + DAY) == f"{iso(TODAY)[:19]}Z – {iso(TODAY + DAY)[:19]}Z"
    assert when(TODAY, TODAY) == f"{iso(TODAY)[:19]}Z"
