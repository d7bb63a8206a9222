"""Tables in a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from console.cli.table import padded, plain, table, width


def test_chinese_takes_two_cells_and_columns_stay_straight() -> None:
    lines = table(("网关", "n"), [("demo", "1"), ("煤矿一号", "22")])

    assert lines == ["网关      n", "--------  --", "demo      1", "煤矿一号  22"]
    assert [width(text) for text in ("a", "矿", "，", "é", "e\u0301")] == [1, 2, 2, 1, 1]


def test_a_longer_text_is_not_cut() -> None:
    assert padded("abc", 2) == "abc"


@given(st.text())
def test_nothing_from_elsewhere_can_steer_the_terminal(text: str) -> None:
    assert plain(text).isprintable()
    assert len(plain(text)) == len(text)


def test_an_escape_sequence_is_shown_as_replacement_characters() -> None:
    assert plain("a\x1b[31mb\r\n\u009b") == "a\ufffd[31mb\ufffd\ufffd\ufffd"
