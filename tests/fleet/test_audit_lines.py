"""The check of an export, line by line and as a whole: what is read, what is told, and where it ends."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from contracts.anchors import Anchor
from fleet.audit import form
from fleet.audit.form import FORMAT, BadLine, Header, Line, entry_line, header_line, last_line, read_line, read_lines
from fleet.audit.heads import signed_head
from fleet.audit.link import GENESIS, Record, hash_of
from fleet.audit.report import MOST_FAULTS, Fault, Report
from fleet.audit.verify import verify
from fleet.bodies import PackBody, Reported, read, write
from tests.fleet.audit_log import FOREIGN, PUBLIC, SECRET, whole_log
from tests.fleet.test_audit_exact import ABA, DAY, KEY, NEXT, PART, WHOLE, after, broken, chained, last

# ------------------------------------------------------------ lines


def test_a_bad_line_says_which_and_why() -> None:
    assert str(BadLine(7, "no_line", "because")) == "line 7: no_line because"
    assert (str(BadLine(7, "no_line")), BadLine(7, "no_line").detail) == ("line 7: no_line", "")


@pytest.mark.parametrize(("more", "code"), [(0, ""), (-1, "too_long")])
def test_a_line_may_be_as_long_as_the_bound(monkeypatch: pytest.MonkeyPatch, more: int, code: str) -> None:
    line = header_line(WHOLE)
    monkeypatch.setattr(form, "MOST_LINE", len(line) + more)

    if not code:
        assert list(read_lines([line])) == [(1, line, WHOLE)]
        return
    with pytest.raises(BadLine) as told:
        list(read_lines([line]))
    assert (told.value.line, told.value.why, told.value.detail) == (1, code, "")


def test_as_many_lines_are_read_as_the_bound_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "MOST_LINES", 2)
    lines = [header_line(WHOLE)] * 3

    assert len(list(read_lines(lines[:2]))) == 2
    with pytest.raises(BadLine) as told:
        list(read_lines(lines))
    assert (told.value.line, told.value.why) == (3, "too_many_lines")


def test_a_line_that_is_none_says_where_it_stands_and_what_is_wrong_in_few_words() -> None:
    with pytest.raises(BadLine) as told:
        read_line(b'{"line":"header","' + b"x" * 400 + b'":1}')
    assert (told.value.line, told.value.why, len(told.value.detail)) == (0, "no_line", 200)
    with pytest.raises(BadLine) as told:
        list(read_lines([header_line(WHOLE), header_line(WHOLE)[:-1]]))
    assert (told.value.line, told.value.why, told.value.detail) == (2, "not_canonical_line", "")
    with pytest.raises(BadLine) as told:
        read_line(b"x", 7)
    assert (told.value.line, told.value.detail) == (7, "JSON is malformed: invalid character (byte 0)")


def test_an_entry_comes_back_from_its_line() -> None:
    record = replace(ABA[1], body=b'{"a":"\xe7\x85\xa4"}')
    said = read_line(entry_line(record))

    assert isinstance(said, Line)
    assert form.record_of(said) == record


# ------------------------------------------------------------ a whole file


def filed(*bodies: tuple[str, str, str, str, bytes]) -> list[bytes]:
    """An export of entries (kind, mine, day, key, body), linked and signed."""
    records = chained(*(mine for _, mine, *_ in bodies))
    made: list[Record] = []
    tails: dict[str, tuple[int, str]] = {}
    for record, (kind, mine, day, key, body) in zip(records, bodies, strict=True):
        previous = made[-1].hash if made else GENESIS
        mine_previous = tails.get(mine, (0, GENESIS))[1]
        one = replace(record, kind=kind, day=day, key=key, body=body, previous=previous, mine_previous=mine_previous)
        made.append(replace(one, hash=hash_of(one)))
        tails[mine] = (one.m, made[-1].hash)
    first = header_line(Header(FORMAT, 5, "test", len(made)))
    return [first, *map(entry_line, made), last_line(SECRET, first, len(made), made[-1].hash, NEXT, 9, tails)]


TOLD = Reported(id="r1", date="2024-12-31", total=268, where="press", confidence="seen")
GOOD = ("reported", "", "", "r1", write(TOLD))


def test_a_file_of_one_entry_holds_and_everything_is_said_of_it() -> None:
    report = verify(filed(GOOD), {PUBLIC})

    assert (report.faults, report.holds, report.made, report.program, report.day, report.n) == ((), True, 5, "test", NEXT, 1)
    assert (report.only, report.entries, report.mines, report.kinds) == (None, 1, 0, {"reported": 1})
    assert (report.heads, report.first_head, report.last_head, report.verdicts, report.counts) == (0, "", "", 0, 0)
    assert (report.packs, report.anchors, report.keys, report.compared, report.not_checked) == ((), 0, (KEY,), True, ("anchors",))
    assert verify(filed(GOOD)).not_checked == ("keys", "anchors")
    assert verify(filed(GOOD)).compared is False
    assert report.hash == form.record_of(read_line(filed(GOOD)[1])).hash  # type: ignore[arg-type]


def test_the_report_of_a_real_file_names_its_heads_kinds_and_packs() -> None:
    log = whole_log()
    report = verify(log.lines(("alpha",)), {PUBLIC}, [Anchor(log.records[-1].n, log.records[-1].hash, NEXT)])

    assert report.holds
    assert (report.first_head, report.last_head, report.heads, report.mines) == (NEXT, "2026-11-03", 2, 1)
    assert (report.only, report.not_checked, report.anchors, report.counts) == (("alpha",), ("counts_of_a_part", "roots_of_a_part"), 1, 0)
    assert list(report.kinds) == sorted(report.kinds)
    assert report.packs == tuple(read(one.body, PackBody).hash for one in log.records if one.kind == "pack")


@pytest.mark.parametrize(
    ("entry", "code", "detail"),
    [
        (("wish", "", "", "w", b"{}"), "kind_unknown", ""),
        (("reported", "", "", "r1", b'{"' + b"x" * 300 + b'":7}'), "body_unreadable", None),
        (
            ("reported", "", "", "r1", b'{"id":"r1","where":"press","total":268,"date":"2024-12-31","confidence":"seen"}'),
            "body_not_canonical",
            "",
        ),
        (("reported", "", "", "r2", write(TOLD)), "body_elsewhere", "key"),
    ],
)
def test_an_entry_whose_body_does_not_fit_is_told_and_the_rest_is_checked(
    entry: tuple[str, str, str, str, bytes], code: str, detail: str | None
) -> None:
    report = verify(filed(GOOD, entry, GOOD), {PUBLIC})

    [fault] = report.faults
    assert (fault.code, fault.line, fault.n, fault.kind, fault.key) == (code, 3, 2, entry[0], entry[3])
    assert len(fault.detail) == 200 if detail is None else fault.detail == detail
    assert (report.entries, report.holds, report.not_checked) == (3, False, ("anchors",))


def test_after_so_many_faults_the_check_ends_and_says_so() -> None:
    wish = ("wish", "", "", "w", b"{}")
    some = verify(filed(*[wish] * (MOST_FAULTS - 1), GOOD), {PUBLIC})
    assert ([one.code for one in some.faults], some.not_checked) == (["kind_unknown"] * (MOST_FAULTS - 1), ("anchors",))

    many = verify(filed(*[wish] * (MOST_FAULTS + 1)), {PUBLIC})
    assert [one.code for one in many.faults] == ["kind_unknown"] * MOST_FAULTS + ["enough"]
    assert (many.faults[-1].line, many.faults[-1].n) == (MOST_FAULTS + 1, MOST_FAULTS)
    assert many.not_checked == ("anchors", "behind_the_break")


LINES = filed(GOOD, GOOD)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], Fault("no_header", 1)),
        (LINES[1:], Fault("no_header", 1)),
        (LINES[:-1], Fault("no_last", 4, 2)),
        ([*LINES, LINES[1]], Fault("after_last", 5)),
        ([*LINES[:2], LINES[0]], Fault("second_header", 3)),
        ([header_line(Header("f" * 99, 5, "test", 2))], Fault("other_format", 1, detail="f" * 80)),
        ([*LINES[:2], b"x"], Fault("no_line", 3, detail="JSON is malformed: invalid character (byte 0)")),
    ],
    ids=["empty", "no header", "no end", "behind the end", "a header again", "another format", "no line"],
)
def test_a_file_that_is_none_is_told_where_it_ends_to_be_one(lines: list[bytes], fault: Fault) -> None:
    report = verify(lines, {PUBLIC})
    assert report.faults == (fault,)
    assert bool(report.day) is bool(report.hash) is (fault.code == "after_last")


def test_a_file_that_another_signed_is_told_and_a_head_that_does_not_fit_is_told_where_it_is() -> None:
    first = header_line(Header(FORMAT, 5, "test", 2))
    records = [form.record_of(read_line(line)) for line in LINES[1:3]]  # type: ignore[arg-type]
    end = last_line(FOREIGN, first, 2, records[1].hash, NEXT, 9, {"": (2, records[1].hash)})
    assert [one.code for one in verify([*LINES[:3], end], {PUBLIC}).faults] == ["last_key"]

    head = signed_head(SECRET, DAY, 7, GENESIS, {})
    [fault] = verify(filed(GOOD, ("head", "", DAY, DAY, write(head))), {PUBLIC}).faults
    assert (fault.code, fault.line, fault.n) == ("head_place", 3, 2)


def test_two_anchors_of_the_last_entry_are_both_held_against_it() -> None:
    whole = chained("a", "b")
    anchors = (Anchor(2, whole[1].hash, DAY), Anchor(2, GENESIS, NEXT))
    found = after(whole[:1], header=changed(PART, n=2), anchors=anchors)

    assert broken(lambda: found.end(3, last(found, n=2, hash_=whole[1].hash))) == Fault("anchor_hash", 3, 2, day=NEXT, detail="2")


def test_without_a_header_nothing_else_is_said() -> None:
    assert verify(LINES[1:], {PUBLIC}) == Report(faults=(Fault("no_header", 1),))
