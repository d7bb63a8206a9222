"""Any bytes give records and named faults; good records survive whatever stands beside them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.sources.kj_layout import read_layout
from edge_agent.sources.kj_points import PointIndex
from edge_agent.sources.kj_records import Found, Times, ValueReader
from edge_agent.sources.kj_settings import define
from edge_agent.sources.kj_text import take_apart
from tests.edge_agent.kj_mine import HEADER, LAYOUT, NOON, REGISTRY, record

LAYOUT_READ = read_layout(str(LAYOUT))
KIND = LAYOUT_READ.kinds["CDSS"]
READER = ValueReader(LAYOUT_READ, KIND, PointIndex(REGISTRY, {}), Times(LAYOUT_READ), {})

good = st.builds(
    lambda code, value, at: (code, value, f"2026-11-24 16:00:{at:02}"),
    st.sampled_from(["T01", "T02", "C01"]),
    st.decimals(-1, 90, places=2).map(str),
    st.integers(0, 59),
)
ascii_junk = st.text(st.characters(codec="ascii", exclude_characters="~|"), max_size=60).map(str.encode)
utf8_junk = st.binary(max_size=40).filter(lambda data: b"~" not in data and b"||" not in data and not data.endswith(b"|"))
half_characters = st.sampled_from([b"\xd6", b"\xb0\xa1\xc4", b"\x81", b"\xd6;"])


def read(data: bytes) -> tuple[Found, bool]:
    contents = take_apart(data, LAYOUT_READ, KIND)
    return READER.read(contents.records, contents.encoding, NOON), contents.complete


def survivors(rows: list[tuple[str, str, str]], encoding: str, junk: list[bytes]) -> bool:
    data = HEADER.encode(encoding)
    for at, (code, value, time) in enumerate(rows):
        data += record(code, value, time).replace("%CH4", "").encode(encoding)
        data += b"".join(piece + b"~" for piece in junk[at : at + 1])
    found, complete = read(data + b"||")
    kept = {(REGISTRY.points[row[0]].id, row[2]) for row in found.rows}
    return complete and {(code, float(value)) for code, value, _ in rows} <= kept


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    found, complete = read(data)

    assert complete or data.find(b"||") < 0 or data.rstrip(b"\r\n\t \0\x1a")[-2:] != b"||"
    assert all(fault.field and fault.allowed for fault in found.faults)


@given(st.lists(good, min_size=1, max_size=8), st.lists(utf8_junk, max_size=8))
@settings(max_examples=150)
def test_good_records_in_utf_8_survive_any_damaged_ones_between(rows: list[tuple[str, str, str]], junk: list[bytes]) -> None:
    assert survivors(rows, "utf-8", junk)


@given(st.lists(good, min_size=1, max_size=8), st.lists(st.one_of(ascii_junk, half_characters), max_size=8))
@settings(max_examples=150)
def test_good_records_in_gbk_survive_damaged_ones_and_half_characters(rows: list[tuple[str, str, str]], junk: list[bytes]) -> None:
    assert survivors(rows, "gbk", junk)


@given(st.lists(good, min_size=1, max_size=6), st.integers(0, 10_000))
def test_of_a_file_cut_anywhere_every_whole_record_is_kept(rows: list[tuple[str, str, str]], cut: int) -> None:
    texts = [record(*row).replace("%CH4", "").encode() for row in rows]
    data = HEADER.encode() + b"".join(texts)
    end = len(HEADER.encode()) + cut % (len(data) - len(HEADER.encode()) + 1)
    found, _ = read(data[:end])

    whole = sum(data.index(b"~", at) < end for at in _starts(texts))
    assert len(found.rows) == whole


def _starts(texts: list[bytes]) -> list[int]:
    at, starts = len(HEADER.encode()), []
    for text in texts:
        starts.append(at)
        at += len(text)
    return starts


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_bytes_as_definitions_are_read_without_an_error(data: bytes) -> None:
    kind = LAYOUT_READ.kinds["CDDY"]
    for one in take_apart(data, LAYOUT_READ, kind).records:
        found, faults = define(one, LAYOUT_READ, kind)
        assert found is not None or faults
