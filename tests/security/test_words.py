"""What others wrote: it begins no line of a log, steers no terminal, turns no text around, ends no header, and costs no time."""

import io
import logging
import re
from collections.abc import Iterator
from email.message import EmailMessage
from time import process_time

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.channels.mail import _mail
from alerts.message import Message
from alerts.text import body, subject
from console.cli.logs import HIDDEN, LONGEST, configure_logs, hide
from console.web.render import _templates
from contracts.errors import BadConfig
from contracts.points import LONGEST_TEXT, MOST_POINTS, Point, Registry, check_registry
from contracts.texts import INSTEAD, is_shown, shown

ENEMY = "gas\n1999-01-01 [error] all fine\r\x1b[2J\x1b]0;owned\x07\x9b31m\u202egpj.exe\u2066\u200b\u2028\x7fend"
FORBIDDEN = "\x1b\x07\x9b\u202e\u2066\u200b\u2028\x7f\r"


class Terminal(io.StringIO):
    """Somebody sits in front of it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[io.StringIO, Terminal])
def out(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    out: io.StringIO = request.param()
    configure_logs(out)
    yield out
    structlog.reset_defaults()
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)


def plain(out: io.StringIO) -> str:
    """Without the colours that the log has of its own."""
    return re.sub(r"\x1b\[\d+m", "", out.getvalue())


def test_a_value_begins_no_line_of_a_log_and_steers_no_terminal(out: io.StringIO) -> None:
    structlog.get_logger("x").warning("message refused", topic=ENEMY, why=ValueError(ENEMY), more={"deep": [ENEMY]})
    logging.getLogger("lib").warning("refused %s", ENEMY)
    told = plain(out)

    assert not set(told) & set(FORBIDDEN)
    assert len(told.splitlines()) == 2
    assert "owned" in told


def test_a_trace_steers_no_terminal_and_its_lines_are_indented(out: io.StringIO) -> None:
    try:
        int(ENEMY + "x")
    except ValueError:
        structlog.get_logger("x").error("group not committed", exc_info=True)
    told = plain(out)

    assert not set(told) & set(FORBIDDEN)
    assert "1999-01-01 [error] all fine" in told
    assert not any(line.startswith("1999-01-01") for line in told.splitlines())


def test_secrets_are_hidden_wherever_they_are_told_and_in_traces_on_a_terminal_too(out: io.StringIO) -> None:
    address = "postgresql://davy:hunter2@there/davy"
    try:
        int(address)
    except ValueError as error:
        structlog.get_logger("x").error(
            "broke", exc_info=True, why=error, many=[address, {"url": address, "token": "hunter2"}], at={address}
        )

    assert "hunter2" not in out.getvalue()
    assert HIDDEN in out.getvalue()


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "password" * 20_000, "token=" * 20_000, "://" * 40_000, 'password="' * 10_000, "a:" * 50_000, "bearer " * 20_000],
)
def test_hiding_takes_no_time_whatever_the_text(text: str) -> None:
    """The pattern of before took 57 s for 20,000 letters."""
    began = process_time()
    told = hide(None, "info", {"event": text})

    assert process_time() - began < 2.0
    assert len(str(told["event"])) <= LONGEST * 3


@given(st.text())
def test_text_is_shown_or_replaced_and_what_is_shown_stays(text: str) -> None:
    told = shown(text)

    assert len(told) == len(text)
    assert all(is_shown(letter) for letter in told)
    assert all(after in (before, INSTEAD) for before, after in zip(text, told, strict=True))
    assert shown("1301 工作面\u3000回风隅角") == "1301 工作面\u3000回风隅角"


def test_a_page_turns_no_text_around_and_escapes_the_rest() -> None:
    page = _templates.from_string("<td>{{ place }}</td><i>{{ more }}</i>").render(place=ENEMY, more="<script>alert(1)</script>")

    assert not set(page) & set(FORBIDDEN)
    assert "<script>" not in page


def message(text: str) -> Message:
    return Message("k1", "li", "zh", {"zh": text, "en": text}, {"id": 7}, {"id": 9})


def test_an_alarm_about_a_place_with_line_ends_in_its_name_is_a_mail_all_the_same() -> None:
    """A header with a line end in it is refused by Python: that alarm could never have been mailed."""

    class Made:
        from_addr, targets = ("", "davy@example.cn"), [("", "li@example.cn")]

    sent = _mail(Made(), message(f"【报警】{ENEMY}\rBcc: everybody@example.cn"))
    assert isinstance(sent, EmailMessage)
    assert sent["Bcc"] is None
    assert not set(str(sent["Subject"]) + body(message(ENEMY))) & set(FORBIDDEN)
    assert "\n" not in subject(message("a\nb; c\rd"))


@pytest.mark.parametrize(("field", "text"), [("place_zh", "x" * (LONGEST_TEXT + 1)), ("area", "y" * 5_000), ("serial", "z" * 2_000_000)])
def test_a_registry_with_a_text_without_end_is_refused(field: str, text: str) -> None:
    point = replace(Point("T01", "methane", "face", "回风隅角", "return corner"), **{field: text})
    with pytest.raises(BadConfig, match=rf"points\[0\].{field}"):
        check_registry(Registry("mine", "矿", "mine", (point,)))


def test_a_registry_of_more_points_than_any_mine_has_is_refused() -> None:
    points = tuple(Point(f"T{at}", "methane", "f", "x", "x") for at in range(MOST_POINTS + 1))
    with pytest.raises(BadConfig, match=f"at most {MOST_POINTS} points"):
        check_registry(Registry("mine", "矿", "mine", points))
    assert check_registry(Registry("mine", "矿", "mine", points[:-1]))
