"""Logs are JSON where nobody sits in front of them, and no secret is in them, however it got there."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from console.cli.logs import HIDDEN, configure_logs, hide, without_secrets


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    out = io.StringIO()
    before = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logs(out)
    yield out
    structlog.reset_defaults()
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_its_time_and_level(out: io.StringIO) -> None:
    structlog.get_logger("edge").info("items lost", first=3, why="断电")
    (line,) = lines(out)

    assert {key: line[key] for key in ("event", "level", "first", "why")} == {
        "event": "items lost",
        "level": "info",
        "first": 3,
        "why": "断电",
    }
    assert str(line["timestamp"]).endswith("Z")


def test_what_a_library_warns_of_takes_the_same_way(out: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("refused %s", "password=hunter2")
    logging.getLogger("uvicorn.error").info("not worth a line")
    (line,) = lines(out)

    assert (line["event"], line["logger"], line["level"]) == (f"refused password={HIDDEN}", "uvicorn.error", "warning")


def test_an_error_s_trace_stands_in_the_line_without_secrets(out: io.StringIO) -> None:
    try:
        int("postgresql://davy:hunter2@there/davy")
    except ValueError:
        structlog.get_logger("ingest").error("group not committed", exc_info=True)
    (line,) = lines(out)

    assert "ValueError" in str(line["exception"])
    assert "hunter2" not in out.getvalue()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("postgresql://davy:hunter2@host/db", f"postgresql://{HIDDEN}@host/db"),
        ("influx+http://tok3n@host:8086/davy is refused", f"influx+http://{HIDDEN}@host:8086/davy is refused"),
        ("DAVY_BROKER_PASSWORD = 'hunter2' is refused", f"DAVY_BROKER_PASSWORD = {HIDDEN} is refused"),
        ('{"token": "abc", "point": "T01"}', f'{{"token": {HIDDEN}, "point": "T01"}}'),
        ("GET /hook?access_token=abc&x=1", f"GET /hook?access_token={HIDDEN}&x=1"),
        ("Authorization: Token 0123456789abcdef", f"Authorization: Token {HIDDEN}"),
        ("mail to a@b and https://host/path?x=1", "mail to a@b and https://host/path?x=1"),
        ("link down: [Errno 111] Connection refused", "link down: [Errno 111] Connection refused"),
    ],
)
def test_secrets_inside_of_text_are_hidden_and_nothing_else(text: str, hidden: str) -> None:
    assert without_secrets(text) == hidden


def test_a_value_under_a_secret_s_name_is_hidden_whatever_it_is() -> None:
    assert hide(None, "info", {"event": "x", "password": b"1", "influx_token": 7, "point": "T01"}) == {
        "event": "x",
        "password": HIDDEN,
        "influx_token": HIDDEN,
        "point": "T01",
    }
