"""`davy deadletters`, against the console's real application and against consoles that answer otherwise."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from click.testing import CliRunner, Result

from console.cli.api import NotAnswered
from console.cli.deadletters import command
from contracts.errors import BadConfig
from store.records import deadletters
from tests.console.cli_network import network_of
from tests.console.web_pit import NOON, Pit

EPOCH = "ab12cd34ef567890"


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.hear()
    return pit


@pytest.fixture
def ask(pit: Pit) -> Iterator[Callable[..., Result]]:
    """The command, with the console's own application for a network."""
    with network_of(pit.plant) as network:
        yield lambda *arguments: run(network, *arguments)


def run(transport: httpx.BaseTransport | None, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, obj=transport, env={"DAVY_URL": None})


def put(pit: Pit, count: int = 1, gateway: str = "north/gw1", epoch: str | None = EPOCH, detail: str = "it is 2099") -> None:
    with pit.records.begin() as db:
        for seq in range(count):
            item = {"epoch": epoch, "seq": None if epoch is None else seq, "digest": seq}
            deadletters.put(
                db, gateway=gateway, topic=f"davy/v1/{gateway}/live", payload=b"abc", reason="future", detail=detail, received=NOON, **item
            )


def test_without_a_word_it_lists_what_is_not_resolved(pit: Pit, ask: Callable[..., Result]) -> None:
    put(pit, 2)
    with pit.records.begin() as db:
        deadletters.resolve(db, 1, "replayed", NOON)
    lines = ask().output.splitlines()

    assert lines[0].split("  ")[0] == "ID"
    assert [line.split()[0] for line in lines[2:]] == ["2"]
    assert all(part in lines[2] for part in ("north/gw1", f"{EPOCH}#1", "future", "it is 2099"))
    assert [line.split()[0] for line in ask("--all").output.splitlines()[2:]] == ["1", "2"]


def test_where_there_are_none_it_says_so(ask: Callable[..., Result]) -> None:
    assert "没有死信 / no dead letters" in ask("list").output
    assert "没有死信 / no dead letters" in ask("replay", "--all").output


def test_only_those_of_one_gateway_are_listed(pit: Pit, ask: Callable[..., Result]) -> None:
    put(pit)
    put(pit, gateway="south/gw1")

    assert [line.split()[0] for line in ask("--gateway", "south/gw1").output.splitlines()[2:]] == ["2"]


def test_the_list_is_cut_at_its_limit_and_says_that_there_are_more(pit: Pit, ask: Callable[..., Result]) -> None:
    put(pit, 5)
    lines = ask("list", "--limit", "3").output.splitlines()

    assert [line.split()[0] for line in lines[2:5]] == ["1", "2", "3"]
    assert "there are more" in lines[5]
    assert "more" not in ask("list", "--limit", "5").output


def test_one_is_shown_with_all_that_is_known(pit: Pit, ask: Callable[..., Result]) -> None:
    put(pit, 2, epoch=None, detail="line\x1b[31m one\n" + "x" * 200)
    output = ask("show", "2").output

    assert "davy/v1/north/gw1/live" in output
    assert "future: " in output
    assert "\x1b" not in output
    assert "x" * 200 in output
    assert "item      ?" in output


def test_one_that_is_not_there_is_told(ask: Callable[..., Result]) -> None:
    result = ask("show", "7")

    assert result.exit_code == 1
    assert "there is no dead letter 7" in result.output


def test_a_replay_that_is_refused_again_says_why_and_ends_with_1(pit: Pit, ask: Callable[..., Result]) -> None:
    put(pit)
    result = ask("replay", "1")

    assert result.output == "1: 仍被拒绝 / refused again (future)\n"
    assert result.exit_code == 1


def test_one_that_cannot_be_replayed_does_not_stop_the_others(pit: Pit, ask: Callable[..., Result]) -> None:
    put(pit, 2)
    lines = ask("replay", "2", "1").output.splitlines()

    assert lines[0].startswith("2: 未重放 / not replayed (path.letter = '2' is refused")
    assert lines[1].startswith("1: 仍被拒绝")
    assert lines[2] == "未重放 / not replayed: 1; 仍被拒绝 / refused again: 1"


def console(pages: dict[str, list[int]], posted: list[str]) -> httpx.MockTransport:
    """A console whose dead letters come in pages by cursor, and are stored when replayed."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            posted.append(request.url.path)
            return httpx.Response(200, json={"id": request.url.path.split("/")[-2], "outcome": "stored", "reason": ""})
        after = request.url.params["after"]
        numbers = pages[after]
        words = {"zh": "时间超前", "en": "in the future"}
        rest = {"gateway": "a/b", "topic": "t", "received": "r", "received_us": 0, "reason": "future", "reason_words": words, "detail": "d"}
        items = [{"id": str(number), "epoch": None, "seq": None, "size": 3, **rest} for number in numbers]
        more = str(numbers[-1]) if str(numbers[-1]) in pages else None
        return httpx.Response(200, json={"items": items, "next": more})

    return httpx.MockTransport(answer)


def test_all_are_replayed_page_by_page_in_order() -> None:
    posted: list[str] = []
    result = run(console({"0": [1, 2], "2": [5]}, posted), "replay", "--all")

    assert posted == [f"/api/v1/deadletters/{number}/replay" for number in (1, 2, 5)]
    assert result.output.splitlines()[-1] == "已入库 / stored: 3"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "arguments", [["replay"], ["replay", "1", "--all"], ["replay", "1", "--gateway", "a/b"], ["replay", "x"], ["show"]]
)
def test_orders_that_say_too_little_or_too_much_are_refused(arguments: list[str]) -> None:
    assert run(None, *arguments).exit_code == 2


def test_a_gateway_that_is_no_name_is_refused_before_anybody_is_asked() -> None:
    assert isinstance(run(None, "--gateway", "north").exception, BadConfig)


# ---------------------------------------------------------------- the console


def failing(error: Exception) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(answer)


def test_where_nobody_answers_it_says_what_to_start() -> None:
    error = run(failing(httpx.ConnectError("refused"))).exception

    assert isinstance(error, NotAnswered)
    assert "start `davy up`" in str(error)
    assert "先运行 davy up" in str(error)


@pytest.mark.parametrize("url", ["console:8600", "ftp://x", "http://[::1", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert isinstance(run(None, "--url", url).exception, BadConfig)


def test_the_address_is_taken_from_the_environment() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"items": [], "next": None})

    CliRunner().invoke(command, obj=httpx.MockTransport(answer), env={"DAVY_URL": "http://mine.example:9000/"})

    assert asked == ["http://mine.example:9000/api/v1/deadletters?unresolved=true&after=0&limit=100"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "not as a Davylamp console"),
        (200, b'{"items": 3}', "not as a Davylamp console"),
        (200, b"\xff", "not as a Davylamp console"),
        (404, b"Not Found", "not as a Davylamp console"),
        (404, b"[]", "HTTP 404"),
        (503, json.dumps({"error": {"place": "x", "value": "y", "allowed": "z"}}).encode(), "HTTP 503"),
    ],
)
def test_what_does_not_answer_as_a_console_is_told(status: int, body: bytes, said: str) -> None:
    error = run(httpx.MockTransport(lambda _: httpx.Response(status, content=body))).exception

    assert isinstance(error, NotAnswered)
    assert said in str(error)


def test_a_refusal_of_the_console_names_place_value_and_what_is_allowed(ask: Callable[..., Result]) -> None:
    error = ask("list", "--gateway", "a/b").exception
    refused = httpx.MockTransport(
        lambda _: httpx.Response(422, json={"error": {"place": "query.limit", "value": "x", "allowed": "1 to 500"}})
    )

    assert error is None
    assert str(run(refused).exception) == "query.limit = 'x' is refused; allowed: 1 to 500"
