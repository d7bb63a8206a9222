"""Anchors as text: what people write around them, and which line is none."""

import pytest

from contracts.anchors import MOST_LINES, Anchor, read_anchors
from contracts.errors import BadPayload

HASH = "0123456789abcdef" * 4
LIKE = "one looks like 12:<64 hex digits>:2026-11-30"


def test_anchors_come_back_as_written_with_words_for_people_beside_them() -> None:
    some = (Anchor(1, HASH, "2026-11-30"), Anchor(999_999_999_999_999_999, HASH[::-1], "2026-12-01"))
    text = f"# kept by the gateway\n\n  {some[0]}   left by gate-1\n{some[1]}\n"

    assert read_anchors(text) == some


@pytest.mark.parametrize(
    "line",
    [
        f"0:{HASH}:2026-11-30",
        f"01:{HASH}:2026-11-30",
        f"1:{HASH[:-1]}:2026-11-30",
        f"1:{HASH.upper()}:2026-11-30",
        f"1:{HASH}:2026-11-3",
        f"1:{HASH}",
        f"1000000000000000000:{HASH}:2026-11-30",
    ],
)
def test_a_line_that_is_none_is_named_by_its_number(line: str) -> None:
    with pytest.raises(BadPayload) as refused:
        read_anchors(f"# the first line\n{line}\n")

    assert str(refused.value) == f"anchor: line 2: {line[:100]!r} is no anchor; {LIKE}"


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but words\n"])
def test_a_text_without_an_anchor_is_refused(text: str) -> None:
    with pytest.raises(BadPayload) as refused:
        read_anchors(text)

    assert (refused.value.reason, refused.value.detail) == ("anchor", f"no anchor in it; {LIKE}")


def test_a_text_of_the_most_lines_is_read_and_one_more_is_refused() -> None:
    line = f"{Anchor(1, HASH, '2026-11-30')}\n"
    assert read_anchors("\n" * (MOST_LINES - 1) + line) == (Anchor(1, HASH, "2026-11-30"),)

    with pytest.raises(BadPayload) as refused:
        read_anchors("\n" * MOST_LINES + line)

    assert str(refused.value) == "anchor: 100001 lines; at most 100000"
