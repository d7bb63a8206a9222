"""Whatever is done to an export shows: to each entry, to each field of it, to its first and last line, by whom ever has no key."""

from dataclasses import replace
from io import BytesIO

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.keys import public_of
from fleet.audit.form import FORMAT, Header, Last, entry_line, header_line, read_line, record_of
from fleet.audit.link import Record
from fleet.audit.report import Report
from fleet.audit.verify import verify
from fleet.audit.words import FAULTS, text_of
from tests.fleet.audit_log import FIELDS, FOREIGN, PUBLIC, SECRET, forged, other, rehashed, taken, whole_log

LINES = whole_log().lines()
COUNT = len(LINES)
PLACES = range(1, COUNT - 1)
"""Indices of the lines that are entries."""


def found(lines: list[bytes]) -> str:
    """The first fault's code; a failing test where there is none. Its words can be said."""
    report = verify(lines, {PUBLIC})
    assert not report.holds
    assert "✗" in "\n".join(text_of(report))
    assert report.faults[0].code in FAULTS
    return report.faults[0].code


def entry(at: int) -> Record:
    line = read_line(LINES[at])
    return record_of(line)  # type: ignore[arg-type]


def test_an_honest_export_holds_and_everything_in_it_was_looked_at() -> None:
    report: Report = verify(LINES, {PUBLIC})

    assert report.faults == ()
    assert (report.entries, report.n, report.mines) == (COUNT - 2, COUNT - 2, 2)
    assert (report.verdicts, report.counts, report.heads) == (4, 2, 2)
    assert report.not_checked == ("anchors",)


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_each_entry_that_is_changed_is_found_where_it_is(field: str) -> None:
    for at in PLACES:
        one = replace(entry(at), **{field: other(getattr(entry(at), field))})
        report = verify([*LINES[:at], entry_line(one), *LINES[at + 1 :]], {PUBLIC})
        assert report.faults, (at, field)
        assert report.faults[0].line == at + 1, (at, field)


def test_each_entry_that_is_taken_out_is_found() -> None:
    for at in PLACES:
        assert found([*LINES[:at], *LINES[at + 1 :]]) in ("number", "last_count"), at


def test_each_entry_that_is_put_in_is_found() -> None:
    for at in PLACES:
        again = LINES[at]
        anew = entry_line(rehashed([*map(entry, range(1, at)), replace(entry(at), actor="p-other")])[0][-1])
        for line in (again, anew):
            assert found([*LINES[:at], line, *LINES[at:]]) in ("number", "last_count"), at


def test_each_two_neighbours_that_change_places_are_found() -> None:
    for at in PLACES[:-1]:
        assert found([*LINES[:at], LINES[at + 1], LINES[at], *LINES[at + 2 :]]) == "number", at


def test_an_entry_that_moves_far_is_found() -> None:
    for at in PLACES:
        rest = [*LINES[1:at], *LINES[at + 1 : -1]]
        for to in range(0, len(rest) + 1, 5):
            if to != at - 1:
                assert found([LINES[0], *rest[:to], LINES[at], *rest[to:], LINES[-1]]) == "number"


@pytest.mark.parametrize("field", [name for name in FIELDS if name not in ("n", "m", "previous", "mine_previous", "hash")])
def test_each_field_changed_and_all_behind_it_made_to_fit_is_found_without_the_key(field: str) -> None:
    records = [entry(at) for at in PLACES]
    for at, one in enumerate(records):
        changed = [*records[:at], replace(one, **{field: other(getattr(one, field))}), *records[at + 1 :]]
        made, _ = rehashed(changed)
        assert not verify([LINES[0], *map(entry_line, made), LINES[-1]], {PUBLIC}).holds, (at, field)


def test_an_entry_taken_out_put_in_or_moved_and_all_made_to_fit_is_found_without_the_key() -> None:
    records = [entry(at) for at in PLACES]
    for at, one in enumerate(records):
        for changed in ([*records[:at], *records[at + 1 :]], [*records[:at], one, *records[at:]]):
            made, _ = rehashed(changed)
            first = header_line(Header(FORMAT, 0, "test", len(made)))
            assert not verify([first, *map(entry_line, made), LINES[-1]], {PUBLIC}).holds, at


def test_a_log_made_anew_and_signed_by_another_key_is_found_by_who_has_ours() -> None:
    records = [entry(at) for at in PLACES]
    changed = [*records[:5], replace(records[5], actor="p-other"), *records[6:]]

    anew = forged(changed, FOREIGN, heads=FOREIGN)

    assert verify(anew, {PUBLIC}).faults[0].code == "head_key"
    without = [one for one in changed if one.kind != "head"]
    assert verify(forged(without, FOREIGN), {PUBLIC}).faults[0].code == "last_key"
    blind = verify(anew)
    assert blind.holds, "who knows no key can only be told which one signed"
    assert blind.not_checked[0] == "keys"
    assert set(blind.keys).isdisjoint(verify(LINES).keys)
    assert public_of(SECRET) != public_of(FOREIGN)


@pytest.mark.parametrize("field", ["format", "made", "program", "n", "only"])
def test_a_changed_header_is_found(field: str) -> None:
    header, _, _ = taken(LINES)
    values = {"format": FORMAT + "x", "made": header.made + 1, "program": "x", "n": header.n + 1, "only": ("alpha", "beta")}
    changed = header_line(Header(**{name: getattr(header, name) for name in header.__struct_fields__} | {field: values[field]}))

    assert not verify([changed, *LINES[1:]], {PUBLIC}).holds


@pytest.mark.parametrize("field", Last.__struct_fields__)
def test_a_changed_last_line_is_found(field: str) -> None:
    last = read_line(LINES[-1])
    assert isinstance(last, Last)
    was = getattr(last, field)
    now = {**was, "alpha": (9, "0" * 64)} if field == "mines" else was.upper() if field in ("signature", "public") else other(was)
    changed = line_of(last, field, now)

    assert found([*LINES[:-1], changed]) in ("last_signature", "last_key")


def line_of(last: Last, field: str, value: object) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(last, **{field: value}), order="deterministic") + b"\n"


def test_lines_taken_away_or_added_at_the_ends_are_found() -> None:
    assert found(LINES[:-1]) == "no_last"
    assert found(LINES[1:]) == "no_header"
    assert found([]) == "no_header"
    assert found([*LINES, LINES[-1]]) == "after_last"
    assert found([*LINES, LINES[1]]) == "after_last"
    assert found([LINES[0], *LINES]) == "second_header"
    assert found([*LINES, b"\n"]) == "no_line"
    assert found([*LINES[:-1], LINES[-1][:-1]]) == "not_canonical_line"


@pytest.mark.parametrize(
    ("was", "now"),
    [(b'{"line"', b'{ "line"'), (b'"n":', b'"n": '), (b'"kind":"', b'"kind":"\\u0070'[:8] + b'"'), (b"\n", b"\r\n"), (b"}", b',"n":7}')],
)
def test_the_same_said_in_another_way_is_found(was: bytes, now: bytes) -> None:
    at = 3
    line = LINES[at].replace(was, now) if was == b"\n" else LINES[at].replace(was, now, 1)
    assert line != LINES[at]

    assert verify([*LINES[:at], line, *LINES[at + 1 :]], {PUBLIC}).faults[0].line == at + 1


def test_too_long_a_line_and_too_many_of_them_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found([LINES[0], b'"' + b"x" * (8 << 20) + b'"\n']) == "too_long"
    monkeypatch.setattr("fleet.audit.form.MOST_LINES", 5)
    assert found(LINES) == "too_many_lines"


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_is_done_to_the_bytes_is_found(data: st.DataObject) -> None:
    whole = b"".join(LINES)
    at = data.draw(st.integers(0, len(whole) - 1))
    long = data.draw(st.integers(0, 40))
    put = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"", b"0", b'"', b"\n", b"}\n{", whole[at // 2 : at // 2 + 30]])))
    changed = whole[:at] + put + whole[at + long :]
    if changed == whole:
        return

    assert not verify(list(BytesIO(changed)), {PUBLIC}).holds
