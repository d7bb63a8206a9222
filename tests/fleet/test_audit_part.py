"""A part of the log: whole mines with the province's own entries. It is checked against the signed ends of their chains."""

from dataclasses import replace

import pytest

from fleet.audit.form import entry_line
from fleet.audit.link import Record, hash_of
from fleet.audit.verify import verify
from tests.fleet.audit_log import FIELDS, PUBLIC, other, taken, whole_log

LINES = whole_log().lines(("alpha",))
RECORDS = taken(LINES)[1]


def test_a_part_holds_and_says_what_could_not_be_counted() -> None:
    report = verify(LINES, {PUBLIC})

    assert report.faults == ()
    assert report.only == ("alpha",)
    assert (report.mines, report.verdicts, report.counts) == (1, 2, 0)
    assert report.entries < report.n
    assert report.not_checked == ("anchors", "counts_of_a_part", "roots_of_a_part")


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_each_entry_that_is_changed_is_found(field: str) -> None:
    for at, one in enumerate(RECORDS, 1):
        changed = replace(one, **{field: other(getattr(one, field))})
        assert not verify([*LINES[:at], entry_line(changed), *LINES[at + 1 :]], {PUBLIC}).holds, (at, field)


def test_each_entry_taken_out_or_moved_is_found() -> None:
    for at in range(1, len(RECORDS) + 1):
        assert not verify([*LINES[:at], *LINES[at + 1 :]], {PUBLIC}).holds, at
        assert at == len(RECORDS) or not verify([*LINES[:at], LINES[at + 1], LINES[at], *LINES[at + 2 :]], {PUBLIC}).holds, at


def test_a_chain_cut_or_made_to_fit_behind_a_change_does_not_end_as_was_signed() -> None:
    mine = [one for one in RECORDS if one.mine == "alpha"]
    cut = [line for line, one in zip(LINES[1:-1], RECORDS, strict=True) if one != mine[-1]]
    assert verify([LINES[0], *cut, LINES[-1]], {PUBLIC}).faults[0].code in ("last_mines", "previous", "facts_not_those")

    relinked = list[Record]()
    tail = "0" * 64
    for one in RECORDS:
        relinked.append(one)
        if one.mine == "alpha":
            changed = replace(one, mine_previous=tail, actor="p-other")
            relinked[-1] = replace(changed, hash=hash_of(changed))
            tail = relinked[-1].hash
    assert not verify([LINES[0], *map(entry_line, relinked), LINES[-1]], {PUBLIC}).holds


def test_an_entry_of_a_mine_that_was_not_asked_for_is_found() -> None:
    stranger = next(one for one in whole_log().records if one.mine == "beta")
    at = next(at for at, one in enumerate(RECORDS, 1) if one.n > stranger.n)

    assert verify([*LINES[:at], entry_line(stranger), *LINES[at:]], {PUBLIC}).faults[0].code == "not_of_the_part"
