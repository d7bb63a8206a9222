"""What a published verdict rested on, what is told where it differs, and what an honest log may look like."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from msgspec.structs import replace as changed
from sqlalchemy import Connection

from contracts.facts import Way, write_facts
from fleet import judging
from fleet.audit.link import Record
from fleet.audit.recount import Recount
from fleet.audit.verify import verify
from fleet.bodies import Count, PackBody, Profile, Status, VerdictSet, read, write
from fleet.packs import load
from store.records import fleet_log
from store.records.fleet_log import New
from tests.fleet.audit_log import PUBLIC, SECOND_DAY, facts_of, noon, small_pack, whole_log, with_body, written
from tests.fleet.test_audit_recount import Change, codes, faults_of, verdicts_where


def nameless() -> list[Record]:
    """The log with a mine that has no name, which is said to meet everything, and counted."""
    records = list(whole_log().records)
    at = max(i for i, one in enumerate(records) if one.kind == "count")
    count = read(records[at].body, Count)
    more = {**count.by_evidence, "mine": {"met": 2, "not_met": 1, "no_evidence": 0}}
    counted = replace(records[at], body=write(changed(count, by_evidence=more, met=("", *count.met))))
    profile = next(one for one in records if one.kind == "profile")
    verdicts = next(one for one in records if one.kind == "verdicts" and one.mine == "alpha" and one.day == SECOND_DAY)
    ghost = [
        replace(profile, mine="", body=write(changed(read(profile.body, Profile), mine=""))),
        replace(verdicts, mine="", body=write(changed(read(verdicts.body, VerdictSet), mine="", facts=()))),
    ]
    return [*records[:at], *ghost, counted, *records[at + 1 :]]


def test_a_mine_without_a_name_is_judged_as_any_other_before_it_is_counted() -> None:
    [fault] = faults_of(nameless())

    assert (fault.code, fault.mine, fault.day) == ("verdict", "", SECOND_DAY)


def late_facts_of_the_last_day(db: Connection) -> None:
    """Facts of the very day that was judged last come anew, and nobody judged it again yet."""
    late = facts_of("beta", SECOND_DAY, calibrated=1.0)
    fleet_log.append(db, [New("facts", "beta", late.day, "", write_facts(late))], "centre", noon("2026-11-04"))


def test_a_verdict_stands_by_the_facts_of_its_own_day_that_came_before_it() -> None:
    assert verify(written(late_facts_of_the_last_day).lines(), {PUBLIC}).faults == ()


def forged_verdicts() -> list[Record]:
    """The verdicts of both mines on the second day say otherwise."""
    records = list(whole_log().records)
    for i, one in enumerate(records):
        if one.kind == "verdicts" and one.day == SECOND_DAY:
            body = read(one.body, VerdictSet)
            outcome = Status.NOT_MET if body.outcome is Status.MET else Status.MET
            records[i] = replace(one, body=write(changed(body, outcome=outcome)))
    return records


def test_mines_are_judged_in_groups_and_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.audit.recount.AT_ONCE", 1)

    assert verify(whole_log().lines(), {PUBLIC}).verdicts == 4
    faults = [one for one in faults_of(forged_verdicts()) if one.code == "verdict"]
    assert [(one.mine, one.detail) for one in faults] == [("alpha", "outcome not_met: met"), ("beta", "outcome met: not_met")]


@pytest.mark.parametrize(("most", "told"), [(1, ["alpha"]), (2, ["alpha", "beta"])])
def test_after_so_many_verdicts_that_differ_no_more_mines_are_judged(monkeypatch: pytest.MonkeyPatch, most: int, told: list[str]) -> None:
    monkeypatch.setattr("fleet.audit.recount.AT_ONCE", 1)
    monkeypatch.setattr("fleet.audit.recount.MOST_FAULTS", most)

    assert [one.mine for one in faults_of(forged_verdicts()) if one.code == "verdict"] == told


SAID: dict[str, tuple[str, Change, str]] = {
    "permit_link": ("permit", lambda one: changed(one, at=one.at + 1), ""),
    "pack_unreadable": ("pack", lambda one: changed(one, text="- nothing" + "x" * 400), "pack"),
    "pack_unknown": ("verdicts", lambda one: changed(one, pack_hash="0" * 16), "0" * 16),
    "not_declared": ("declared", lambda one: changed(one, value=0.0), "organisation_set_up"),
    "pack_hash": ("pack", lambda one: changed(one, text=one.text.replace("threshold: 0.8", "threshold: 0.5")), "shanxi-2025 "),
}


@pytest.mark.parametrize("code", SAID)
def test_what_cannot_be_made_anew_is_told_where_it_stands_and_in_few_words(code: str) -> None:
    kind, change, words = SAID[code]
    records = with_body(kind, change)
    n = next(n for n, (one, was) in enumerate(zip(records, whole_log().records, strict=True), 1) if one is not was)

    fault = next(one for one in faults_of(records) if one.code == code)

    if code != "not_declared":  # that is told of the fact, not of the word
        assert (fault.line, fault.n, fault.kind) == (n + 1, n, kind)
    assert len(fault.detail) <= 200
    assert words in fault.detail
    assert bool(fault.detail) is bool(words)


# ------------------------------------------------------------ what a verdict rested on


def before_the_first_day(db: Connection) -> None:
    """Facts of the day before the first come after all: the verdict of the first day rests on them too from now on."""
    early = facts_of("beta", "2026-10-31", calibrated=0.1)
    early = changed(early, facts=tuple(fact for fact in early.facts if fact.way is not Way.DECLARED))  # no word was given for that day
    fleet_log.append(db, [New("facts", "beta", early.day, "", write_facts(early))], "centre", noon("2026-11-04"))
    done = judging.record(db, small_pack(), date(2026, 11, 1), date(2026, 11, 1), "centre", noon("2026-11-04"))
    assert done.corrections > 0


def in_another_order(db: Connection) -> None:
    """The newer day is corrected before the older one, then facts of the newer come anew."""
    at = noon("2026-11-04")
    late = facts_of("beta", "2026-11-01", calibrated=0.2)
    fleet_log.append(db, [New("facts", "beta", late.day, "", write_facts(late))], "centre", at)
    for day in (date(2026, 11, 2), date(2026, 11, 1)):
        judging.record(db, small_pack(), day, day, "centre", at)
    late_facts_of_the_last_day(db)


def without_facts(db: Connection) -> None:
    """A mine is registered that never sent anything."""
    at = noon("2026-11-04")
    profile = Profile(mine="gamma", name_zh="丙煤矿", name_en="Gamma mine", city="大同", capacity_mt=1.2)
    fleet_log.append(db, [New("profile", "gamma", "", "", write(profile))], "p-x", at)
    judging.record(db, small_pack(), date(2026, 11, 2), date(2026, 11, 2), "centre", at)


def by_two_packs(db: Connection) -> None:
    """The second day by another pack beside."""
    judging.record(db, load("national-2021"), date(2026, 11, 2), date(2026, 11, 2), "centre", noon("2026-11-04"))


@pytest.mark.parametrize("more", [before_the_first_day, in_another_order, without_facts, by_two_packs])
def test_an_honest_log_holds_whatever_came_when(more: Callable[[Connection], None]) -> None:
    report = verify(written(more).lines(), {PUBLIC})

    assert report.faults == ()
    assert report.verdicts == report.kinds["verdicts"] > 4


def test_verdicts_by_each_of_two_packs_are_judged() -> None:
    records = list(written(by_two_packs).records)
    for i, one in enumerate(records):
        if one.kind == "verdicts" and one.day == SECOND_DAY and one.mine == "alpha":
            body = read(one.body, VerdictSet)
            records[i] = replace(one, body=write(changed(body, outcome=Status.OPEN)))

    faults = [one for one in faults_of(records) if one.code == "verdict"]

    assert sorted(one.key for one in faults) == ["national-2021", "shanxi-2025"]
    assert all(one.detail.startswith("outcome open: ") for one in faults)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (verdicts_where(status=Status.MET), "ev_calibration_on_time : met: not_met"),
        (lambda one: changed(one, verdicts=one.verdicts[:-1]), "{}: {}"),
        (lambda one: changed(one, outcome=Status.MET), "outcome met: not_met"),
    ],
)
def test_the_first_that_differs_is_named(change: Change, words: str) -> None:
    count = len(read(next(one for one in whole_log().records if one.kind == "verdicts").body, VerdictSet).verdicts)

    [fault] = [one for one in faults_of(with_body("verdicts", change, mine="beta", day=SECOND_DAY)) if one.kind == "verdicts"]

    assert fault.detail == words.format(count - 1, count)


def test_a_word_holds_on_its_last_day() -> None:
    assert "not_declared" not in codes(with_body("declared", lambda one: changed(one, valid_to=SECOND_DAY), mine="beta"))


def test_a_pack_of_the_same_hash_with_another_text_is_none() -> None:
    record = next(one for one in whole_log().records if one.kind == "pack")
    recount, body = Recount(), read(record.body, PackBody)
    assert recount.take(2, record, body) == recount.take(3, record, body) == []

    recount.packs[body.hash] = changed(recount.packs[body.hash], text="another")

    [fault] = recount.take(4, record, body)
    assert (fault.code, fault.line, fault.detail) == ("pack_hash", 4, f"{body.id} {body.hash}")


def test_a_mine_without_any_fact_is_judged_alone_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.audit.recount.AT_ONCE", 1)

    report = verify(written(without_facts).lines(), {PUBLIC})

    assert (report.faults, report.verdicts) == ((), report.kinds["verdicts"])
