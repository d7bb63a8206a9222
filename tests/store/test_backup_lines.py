"""Line protocol of a backup, and the MessagePack it is made from, wherever the network cuts it."""

import zlib
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Retry
from store.backup import lines
from store.influx import rows
from store.influx.rows import Part

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
VALUES = st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS


def cut(data: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(edge % (len(data) + 1) for edge in at)})
    return [data[a:b] for a, b in pairwise(edges)]


@given(st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=6), st.lists(st.integers(0, 1 << 20), max_size=6))
def test_lines_are_told_apart_whatever_text_is_in_them(values: list[list[object]], at: list[int]) -> None:
    part = Part("gas me,ter", {"who": 'q"x y'}, ["a b", "c"], [[n, *row] for n, row in enumerate(values)])
    made = list(lines.encoded(part))
    assert list(lines.each(cut(b"".join(made), at))) == made
    assert len(made) == sum(any(value is not None for value in row) for row in values)
    assert {lines.name_of(line) for line in made} <= {"gas me,ter"}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_bit_for_bit(value: float) -> None:
    (line,) = lines.encoded(Part("m", {}, ["a"], [[1, value]]))
    assert float(line.split(b"=")[1].split(b" ")[0]).hex() == value.hex()


def message(values: list[list[object]], *, more: bool) -> bytes:
    series = {"name": "m", "columns": ["time", "a"], "values": values}
    result = {"statement_id": 0, "series": [series]} | ({"partial": True} if more else {})
    return msgspec.msgpack.encode({"results": [result]})


@given(st.lists(st.lists(st.integers(0, 127) | TEXTS, min_size=2, max_size=2), min_size=1, max_size=8), st.lists(st.integers(0, 1 << 20)))
def test_messages_are_told_apart_wherever_they_are_cut(values: list[list[object]], at: list[int]) -> None:
    data = b"".join(message([row], more=n < len(values) - 1) for n, row in enumerate(values))
    assert [series["values"][0] for series in rows._series(cut(data, at))] == values


def test_a_text_that_looks_like_the_start_of_a_message_is_none() -> None:
    text = rows._START.decode("latin-1")
    data = message([[1, text]], more=True) + message([[2, "results"]], more=False)
    assert len(list(rows._series([data]))) == 2


def test_an_answer_that_is_not_whole_is_told() -> None:
    first, second = message([[1, 1.5]], more=True), message([[2, 2.5]], more=False)
    for broken in (first, first + second[:-1], b"", msgspec.msgpack.encode({"results": [{"error": "shard gone"}]})):
        with pytest.raises(Retry):
            list(rows._series([broken]))


def test_a_file_without_its_end_is_none(tmp_path: Path) -> None:
    pack = zlib.compressobj(1, zlib.DEFLATED, 31)
    data = pack.compress(b"m a=1 1\n" * 9) + pack.flush()
    (tmp_path / "whole").write_bytes(data)
    (tmp_path / "half").write_bytes(data[:-1])
    assert b"".join(lines.unpacked(tmp_path / "whole")) == b"m a=1 1\n" * 9
    with pytest.raises(EOFError):
        list(lines.unpacked(tmp_path / "half"))
