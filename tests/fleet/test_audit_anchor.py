"""A cut tail, and an old file that was honest once: found by whoever kept a head."""

import pytest

from contracts.anchors import Anchor, read_anchors
from contracts.errors import BadPayload
from fleet.audit.verify import verify
from fleet.bodies import Head, read
from tests.fleet.audit_log import PUBLIC, SECRET, Log, forged, whole_log

RECORDS = whole_log().records
HEADS = [read(one.body, Head) for one in RECORDS if one.kind == "head"]
ANCHORS = [Anchor(head.n, head.hash, head.day) for head in HEADS]
LAST = Anchor(RECORDS[-1].n, RECORDS[-1].hash, "2026-11-03")


def old_export() -> list[bytes]:
    """What the centre gave out after the first day: whole, and signed by it."""
    until = next(at for at, one in enumerate(RECORDS) if one.kind == "head") + 1
    some = RECORDS[:until]
    return Log(some, {one.mine: (one.m, one.hash) for one in some}).lines()


def test_an_old_export_holds_by_itself_and_an_anchor_shows_that_it_is_old() -> None:
    old = old_export()

    assert verify(old, {PUBLIC}).holds
    assert verify(old, {PUBLIC}, ANCHORS[:1]).holds
    for anchor in (ANCHORS[1], LAST):
        [fault] = verify(old, {PUBLIC}, [anchor]).faults
        assert (fault.code, fault.n) == ("anchor_beyond", anchor.n)


def test_a_tail_cut_by_who_can_sign_is_found_at_every_length() -> None:
    for length in range(1, len(RECORDS)):
        report = verify(forged(RECORDS[:length], SECRET), {PUBLIC}, [LAST])
        assert [one.code for one in report.faults if one.code.startswith("anchor")] == ["anchor_beyond"], length


def test_every_anchor_fits_the_log_it_was_taken_from() -> None:
    report = verify(whole_log().lines(), {PUBLIC}, [*ANCHORS, LAST])

    assert report.holds
    assert report.anchors == 3
    assert "anchors" not in report.not_checked


def test_a_log_made_anew_by_who_can_sign_does_not_fit_an_anchor() -> None:
    anew = forged([one for one in RECORDS if one.kind != "suspicion"], SECRET, heads=SECRET)

    assert verify(anew, {PUBLIC}, ANCHORS[1:]).faults[0].code == "anchor_hash"
    assert verify(whole_log().lines(), {PUBLIC}, [Anchor(LAST.n, "0" * 64, LAST.day)]).faults[0].code == "anchor_hash"


def test_an_anchor_fits_a_part_of_the_log_too_and_one_that_speaks_of_what_is_not_there_is_told() -> None:
    part = whole_log().lines(("alpha",))
    of_beta = next(one for one in RECORDS if one.mine == "beta")
    for n, code in ((of_beta.n, "anchor_not_here"), (LAST.n + 1, "anchor_beyond")):
        assert verify(part, {PUBLIC}, [Anchor(n, of_beta.hash, "2026-11-02")]).faults[0].code == code

    assert verify(part, {PUBLIC}, ANCHORS).holds


def test_anchors_are_read_from_text_with_what_is_for_people() -> None:
    text = f"# 公钥\n\n{ANCHORS[0]} 9f2c\n{ANCHORS[1]}\n"

    assert list(read_anchors(text)) == ANCHORS
    for wrong in ("", "# x", "12", "0:" + "a" * 64 + ":2026-11-01", f"{ANCHORS[0]}0", str(ANCHORS[0]).upper()):
        with pytest.raises(BadPayload, match="anchor"):
            read_anchors(wrong)
