"""An insider who has the key and makes every hash and signature fit: what was published is made anew, and shows what it should be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace as changed
from sqlalchemy import Connection

from contracts.facts import FactSet, write_facts
from contracts.keys import BadSignature, sign
from fleet import judging
from fleet.audit.form import Last, check_last, last_line, read_line
from fleet.audit.heads import SIGNED_HEAD, Tails, signed_head
from fleet.audit.link import Record
from fleet.audit.report import Fault
from fleet.audit.verify import verify
from fleet.bodies import Count, Head, Object, Profile, Status, VerdictSet, read, write
from store.records import fleet_log
from store.records.fleet_log import New
from tests.fleet.audit_log import PUBLIC, SECOND_DAY, SECRET, facts_of, forged, noon, small_pack, whole_log, with_body, written

Change = Callable[[Any], msgspec.Struct]


def faults_of(records: list[Record]) -> tuple[Fault, ...]:
    """What does not fit in an export of these, made to fit by who has the key."""
    return verify(forged(records, SECRET, heads=SECRET), {PUBLIC}).faults


def codes(records: list[Record]) -> list[str]:
    return [fault.code for fault in faults_of(records)]


def test_an_honest_log_made_to_fit_again_fits() -> None:
    report = verify(forged(whole_log().records, SECRET, heads=SECRET), {PUBLIC})

    assert report.faults == ()
    assert (report.verdicts, report.counts) == (4, 2)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"m": 9}, "mine_number"),
        ({"mine_previous": "0" * 64}, "mine_previous"),
        ({"previous": "0" * 64}, "previous"),
        ({"n": 99}, "number"),
    ],
)
def test_links_that_are_wrong_by_themselves_are_found_whoever_hashed_and_signed_them(values: dict[str, Any], code: str) -> None:
    last = max(one.n for one in whole_log().records if one.mine == "beta")
    report = verify(forged(whole_log().records, SECRET, heads=SECRET, spoiled={last: values}), {PUBLIC})

    assert (report.faults[0].code, report.faults[0].line) == (code, last + 1)


HEADS: dict[str, Callable[[Record, Tails], Head]] = {
    "head_place": lambda one, tails: signed_head(SECRET, one.day, one.n - 2, one.previous, tails),
    "head_place: the hash": lambda one, tails: signed_head(SECRET, one.day, one.n - 1, "0" * 64, tails),
    "head_root": lambda one, tails: signed_head(SECRET, one.day, one.n - 1, one.previous, {**tails, "alpha": (1, "0" * 64)}),
    "head_root: a mine less": lambda one, tails: signed_head(SECRET, one.day, one.n - 1, one.previous, {"": tails[""]}),
    "head_signature": lambda one, tails: changed(signed_head(SECRET, one.day, one.n - 1, one.previous, tails), key="0" * 12),
}


@pytest.mark.parametrize("made", HEADS)
def test_a_head_that_says_something_else_is_found_whoever_signed_it(made: str) -> None:
    records = list(whole_log().records)
    at = next(i for i, one in enumerate(records) if one.kind == "head")
    tails = {one.mine: (one.m, one.hash) for one in records[:at]}
    records[at] = replace(records[at], body=write(HEADS[made](records[at], tails)))

    fault = verify(forged(records, SECRET), {PUBLIC}).faults[0]

    assert (fault.code, fault.n) == (made.partition(":")[0], at + 1)


def test_a_head_whose_day_goes_back_is_found() -> None:
    records = list(whole_log().records)
    at = max(i for i, one in enumerate(records) if one.kind == "head")
    tails = {one.mine: (one.m, one.hash) for one in records[:at]}
    body = signed_head(SECRET, "2026-10-01", at, records[at].previous, tails)
    records[at] = replace(records[at], day="2026-10-01", key="2026-10-01", body=write(body))

    assert codes(records)[0] == "head_day"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"hash_": "0" * 64}, "last_hash"), ({"n": 7}, "last_count"), ({"tails": {}}, "last_mines"), ({"header": b"x"}, "last_header")],
)
def test_a_last_line_that_says_something_else_is_found_whoever_signed_it(values: dict[str, Any], code: str) -> None:
    log = whole_log()
    lines, head = log.lines(), log.records[-1]
    said = {"secret": SECRET, "header": lines[0], "n": head.n, "hash_": head.hash, "day": "2026-11-03", "at": 1, "tails": log.tails}

    [fault] = verify([*lines[:-1], last_line(**said | values)], {PUBLIC}).faults  # type: ignore[arg-type]

    assert (fault.code, fault.line) == (code, len(lines))


def test_a_signature_made_for_a_daily_head_does_not_stand_under_an_export() -> None:
    log = whole_log()
    lines, head = log.lines(), log.records[-1]
    honest = read_line(lines[-1])
    assert isinstance(honest, Last)
    bare = changed(honest, signature="")
    taken = changed(bare, signature=sign(SECRET, SIGNED_HEAD + msgspec.json.encode(bare, order="deterministic")).hex())

    assert check_last(honest) == PUBLIC
    assert head.hash == honest.hash
    with pytest.raises(BadSignature):
        check_last(taken)


COUNTS: dict[str, Change] = {
    "one more meets": lambda one: changed(one, by_evidence={**one.by_evidence, "mine": {"met": 2, "not_met": 0, "no_evidence": 0}}),
    "another mine meets": lambda one: changed(one, met=(*one.met, "beta")),
    "one official more": lambda one: changed(one, officially={"mine": {"primary": 2}}),
    "official at a higher level": lambda one: changed(one, officially={"mine": {"advanced": 1}}),
    "not loaded": lambda one: changed(one, officially=None),
    "nobody is suspected": lambda one: changed(one, suspects=()),
    "faces are forgotten": lambda one: changed(one, by_evidence={kind: some for kind, some in one.by_evidence.items() if kind != "face"}),
}


COUNTED_DIFFERENTLY = {
    "one more meets": "by_evidence {'face': ",
    "another mine meets": "met ['beta']: []",
    "one official more": "officially {'mine': {'primary': 2}}: {'mine': {'primary': 1}}",
    "official at a higher level": "officially {'mine': {'advanced': 1}}: {'mine': {'primary': 1}}",
    "not loaded": "officially None: {'mine': {'primary': 1}}",
    "nobody is suspected": "suspects []: ['beta']",
    "faces are forgotten": "by_evidence {'mine': ",
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_forged_count_with_right_hashes_and_signatures_is_found(name: str) -> None:
    [fault] = faults_of(with_body("count", COUNTS[name], day=SECOND_DAY))

    assert (fault.code, fault.kind, fault.day) == ("count", "count", SECOND_DAY)
    assert fault.detail.startswith(COUNTED_DIFFERENTLY[name])


def test_a_count_that_names_another_pack_is_found() -> None:
    [fault] = faults_of(with_body("count", lambda one: changed(one, pack_hash="0" * 16), day=SECOND_DAY))

    assert (fault.code, fault.day, fault.detail) == ("count_pack", SECOND_DAY, "0" * 16)


def test_a_count_of_a_day_without_verdicts_needs_the_text_of_its_pack_too() -> None:
    records = list(whole_log().records)
    one = next(one for one in records if one.kind == "count")
    nothing = {"mine": {"met": 0, "not_met": 0, "no_evidence": 2}, "face": {"met": 0, "not_met": 0, "no_evidence": 2}}
    body = read(one.body, Count)
    nothing["washery"] = dict.fromkeys(nothing["mine"], 0)
    empty = changed(body, day="2026-12-01", by_evidence=nothing, met=(), suspects=())
    for pack, hash_, code in (
        (body.pack, body.pack_hash, []),
        (body.pack, "f" * 16, ["count_pack"]),
        ("ghost", body.pack_hash, ["count_pack"]),
    ):
        said = changed(empty, pack=pack, pack_hash=hash_)
        assert codes([*records, replace(one, day="2026-12-01", key=pack, body=write(said))]) == code


def verdicts_where(**values: Any) -> Change:
    """The verdict on calibration said otherwise."""
    return lambda one: changed(
        one, verdicts=tuple(changed(said, **values) if said.criterion == "ev_calibration_on_time" else said for said in one.verdicts)
    )


VERDICTS: dict[str, Change] = {
    "the outcome": lambda one: changed(one, outcome=Status.MET),
    "a criterion": verdicts_where(status=Status.MET),
    "a value": verdicts_where(value=1.0),
    "a threshold": verdicts_where(threshold=0.9),
    "why": verdicts_where(why=""),
    "the days that counted": verdicts_where(days=2),
    "a criterion left out": lambda one: changed(one, verdicts=one.verdicts[1:]),
    "a criterion twice": lambda one: changed(one, verdicts=(*one.verdicts, one.verdicts[0])),
    "all systems": lambda one: changed(one, systems=dict.fromkeys(one.systems, Status.MET)),
}


@pytest.mark.parametrize("change", VERDICTS.values(), ids=VERDICTS)
def test_a_forged_verdict_is_found(change: Change) -> None:
    faults = [one for one in faults_of(with_body("verdicts", change, mine="beta", day=SECOND_DAY)) if one.kind == "verdicts"]

    assert [(one.code, one.mine, one.day) for one in faults] == [("verdict", "beta", SECOND_DAY)]
    assert faults[0].detail


def better(one: FactSet) -> FactSet:
    return changed(one, facts=tuple(changed(fact, value=1.0) if fact.name == "calibration_on_time_rate" else fact for fact in one.facts))


CAUSES: dict[str, tuple[str, Change, dict[str, str], str]] = {
    "a fact": ("facts", better, {"mine": "beta", "day": SECOND_DAY}, "verdict"),
    "the register: a washery is asked nothing": ("profile", lambda one: changed(one, object=Object.WASHERY), {"mine": "beta"}, "verdict"),
    "a face that is not there": ("workplace", lambda one: changed(one, id="1102"), {"mine": "beta"}, "verdict"),
    "a notice": ("assessment", lambda one: changed(one, revoked="2026-11-01"), {}, "count"),
    "a notice of another day": ("assessment", lambda one: changed(one, notice_date="2026-12-01"), {}, "count"),
    "a word that was not given": ("declared", lambda one: changed(one, value=0.0), {"mine": "beta"}, "not_declared"),
    "a word that does not hold any more": ("declared", lambda one: changed(one, valid_to="2026-11-01"), {"mine": "beta"}, "not_declared"),
    "a word by another": ("declared", lambda one: changed(one, by="p-other"), {"mine": "beta"}, "not_declared"),
    "the pack's text": ("pack", lambda one: changed(one, text=one.text.replace("threshold: 0.8", "threshold: 0.5")), {}, "pack_hash"),
    "a pack that is none": ("pack", lambda one: changed(one, text="- nothing"), {}, "pack_unreadable"),
    "a permit": ("permit", lambda one: changed(one, payload=one.payload.replace("T01", "T02")), {}, "permit_link"),
    "a permit's time": ("permit", lambda one: changed(one, at=one.at + 1), {}, "permit_link"),
    "where it stands: the mine": ("suspicion", lambda one: changed(one, mine="alpha"), {}, "body_elsewhere"),
    "where it stands: the day": ("verdicts", lambda one: changed(one, day="2026-11-01"), {"day": SECOND_DAY}, "body_elsewhere"),
    "where it stands: the key": ("count", lambda one: changed(one, pack="national-2021"), {}, "body_elsewhere"),
}


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_what_a_published_number_rests_on_cannot_be_changed_under_it(cause: tuple[str, Change, dict[str, str], str]) -> None:
    kind, change, where, code = cause

    assert code in codes(with_body(kind, change, **where))


def test_what_a_published_number_rests_on_cannot_be_left_out() -> None:
    records = whole_log().records
    for kind, code in {"facts": "facts_not_those", "pack": "pack_unknown", "declared": "not_declared", "assessment": "count"}.items():
        at = min(i for i, one in enumerate(records) if one.kind == kind)
        assert code in codes([*records[:at], *records[at + 1 :]]), kind


def test_a_fact_set_that_came_later_is_not_what_the_verdict_rested_on() -> None:
    records = list(whole_log().records)
    facts = next(one for one in records if one.kind == "facts" and one.mine == "beta" and one.day == SECOND_DAY)
    records.remove(facts)
    records.append(facts)

    assert "facts_not_those" in codes(records)


@pytest.mark.parametrize("kind", sorted({one.kind for one in whole_log().records} - {"head"}))
def test_a_body_written_in_another_way_is_found(kind: str) -> None:
    records = list(whole_log().records)
    at = max(i for i, one in enumerate(records) if one.kind == kind)
    backwards = dict(reversed(list(msgspec.json.decode(records[at].body).items())))
    records[at] = replace(records[at], body=msgspec.json.encode(backwards))

    assert "body_not_canonical" in codes(records)


def test_what_cannot_be_read_and_what_nobody_knows_is_told() -> None:
    records = list(whole_log().records)
    assert "kind_unknown" in codes([*records, replace(records[0], kind="wish", key="w")])
    assert "body_unreadable" in codes([*records, replace(records[0], body=b'{"mine":7}')])
    assert "body_unreadable" in codes([*records, replace(records[0], body=b'{"mine":"alpha","name_zh":"x","name_en":"x","more":1}')])


def late_data(db: Connection) -> None:
    """Facts of the first day come anew, and everything that rests on them is written again, as corrections."""
    at, days = noon("2026-11-04"), (date(2026, 11, 1), date(2026, 11, 2))
    late = facts_of("beta", "2026-11-01", calibrated=1.0, auto_hours=2.0)
    fleet_log.append(db, [New("facts", "beta", late.day, "", write_facts(late))], "centre", at)
    done = judging.record(db, small_pack(), *days, "centre", at)
    assert (done.verdicts, done.corrections, done.counts) == (2, 4, 2)
    later = Profile(mine="alpha", name_zh="x", name_en="x", object=Object.WASHERY, correction="x")
    fleet_log.append(db, [New("profile", "alpha", "", "", write(later))], "p-x", at)
    judging.record(db, small_pack(), days[1], days[1], "centre", at)


def test_what_was_right_then_stays_right_when_facts_and_the_register_change_later() -> None:
    log = written(late_data)

    report = verify(log.lines(), {PUBLIC})

    assert report.faults == ()
    assert (report.kinds["verdicts"], report.kinds["count"]) == (report.verdicts, report.counts) == (7, 5)


@pytest.mark.parametrize("at", range(3))
def test_a_forged_verdict_is_found_whether_it_was_corrected_later_or_is_a_correction(at: int) -> None:
    records = list(written(late_data).records)
    which = [i for i, one in enumerate(records) if one.kind == "verdicts" and one.mine == "beta" and one.day == "2026-11-01"] + [
        i for i, one in enumerate(records) if one.kind == "verdicts" and one.mine == "alpha"
    ][-1:]
    body = read(records[which[at]].body, VerdictSet)
    outcome = Status.MET if body.outcome is not Status.MET else Status.NOT_MET
    records[which[at]] = replace(records[which[at]], body=write(changed(body, outcome=outcome)))

    assert [one.n for one in faults_of(records) if one.code == "verdict"] == [which[at] + 1]
