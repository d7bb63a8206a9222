"""`davy sim province`, `davy fleet suspects`, `davy fleet trial`: what is written, what is told, and that the truth is not in the log."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.fleet_suspects import command as suspects
from console.cli.fleet_trial import command as trial
from console.cli.sim import command as sim
from contracts.facts import FACTS, FactSet, read_facts
from fleet.bodies import KINDS, Status, Suspicion, VerdictSet, read
from store.records import fleet_log
from store.records.engine import open_records
from store.records.fleet_log import Entry

MINES, DAYS = 25, 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province in a folder of its own."""
    place = tmp_path_factory.mktemp("province")
    asked = ["province", "--mines", str(MINES), "--days", str(DAYS), "--last", "2026-11-29", "--seed", "3", "--folder", str(place)]
    answer = CliRunner().invoke(sim, asked, catch_exceptions=False)
    assert answer.exit_code == 0
    assert f"{MINES * DAYS} 矿·日 mine-days" in answer.output
    return place


@pytest.fixture(scope="module")
def log(folder: Path) -> list[Entry]:
    records = open_records(f"sqlite:///{folder / 'records.sqlite'}")
    try:
        with records.read() as db:
            return list(fleet_log.entries(db))
    finally:
        records.close()


def test_every_mine_has_its_register_and_a_fact_set_a_day(log: list[Entry]) -> None:
    days = {(one.mine, one.day) for one in log if one.kind == "facts"}
    assert len(days) == MINES * DAYS
    assert min(day for _, day in days) == "2026-10-01"
    assert len([one for one in log if one.kind == "profile"]) == MINES
    assert len([one for one in log if one.kind == "workplace"]) > MINES
    assert len([one for one in log if one.kind == "verdicts"]) == MINES * DAYS


def test_every_fact_is_in_the_catalogue_and_in_order(log: list[Entry]) -> None:
    for one in log[::37]:
        body = read(one.body, KINDS[one.kind])
        if isinstance(body, FactSet):
            assert [(fact.name, fact.subject) for fact in body.facts] == sorted((fact.name, fact.subject) for fact in body.facts)
            assert all(fact.name in FACTS and fact.how.startswith("simulated") for fact in body.facts)
            assert all(fact.value is not None or fact.why for fact in body.facts)


def test_the_truth_stands_beside_the_log_and_never_in_it(folder: Path, log: list[Entry]) -> None:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert len(truth["mines"]) == MINES
    assert all(len(one["fulfils"]) == DAYS for one in truth["mines"])
    cheats = [one for one in truth["mines"] if one["cheats"]]
    assert len(cheats) == 4
    for one in log:
        if one.kind != "suspicion":
            assert not any(
                name in one.body for name in (b"bulk_flags", b"frozen_sensors", b"cut_peaks", b"late_upload", b"sloppy", b"cheat")
            )


def test_the_verdicts_in_the_log_are_the_truth_of_honest_mines_every_day(folder: Path, log: list[Entry]) -> None:
    truth = {one["mine"]: one for one in json.loads((folder / "truth.json").read_text(encoding="utf-8"))["mines"]}
    told = [(one.mine, one.day, read(one.body, VerdictSet).outcome) for one in log if one.kind == "verdicts"]
    days = sorted({day for _, day, _ in told})
    said = {Status.MET: "1", Status.NO_EVIDENCE: "2", Status.NOT_MET: "3"}
    wrong = [
        (mine, day) for mine, day, outcome in told if not truth[mine]["cheats"] and truth[mine]["fulfils"][days.index(day)] != said[outcome]
    ]
    assert not wrong
    assert {outcome for _, _, outcome in told} == set(said)


def test_everything_of_it_says_that_it_is_simulated(log: list[Entry]) -> None:
    for one in log:
        if one.kind in ("profile", "declared", "stage", "assessment"):
            assert "模拟".encode() in one.body or b"p-simulated" in one.body


def test_an_accusation_in_the_log_points_to_facts_that_are_in_it(log: list[Entry]) -> None:
    by_number = {one.n: one for one in log}
    told = [read(one.body, Suspicion) for one in log if one.kind == "suspicion"]
    assert told
    for body in told:
        refs = [by_number[int(ref.removeprefix("log:"))] for ref in body.evidence if ref.startswith("log:")]
        assert refs
        assert all(one.kind == "facts" and one.mine == body.mine and one.day <= body.day for one in refs)
        assert all(read_facts(one.body).day in body.why_en for one in refs)


def test_suspects_are_told_in_both_languages_with_their_evidence(folder: Path, log: list[Entry]) -> None:
    body = next(read(one.body, Suspicion) for one in reversed(log) if one.kind == "suspicion")
    asked = ["--folder", str(folder), "--day", body.day]
    listed = CliRunner().invoke(suspects, asked, catch_exceptions=False)
    assert body.mine in listed.output
    one = CliRunner().invoke(suspects, [body.mine, *asked], catch_exceptions=False).output
    assert body.why_zh in one
    assert body.why_en in one
    assert body.evidence[0] in one
    raw = json.loads(CliRunner().invoke(suspects, [*asked, "--json"], catch_exceptions=False).output)
    assert {found["mine"] for found in raw} >= {body.mine}


def test_a_simulated_province_is_not_mixed_with_other_mines(folder: Path) -> None:
    again = CliRunner().invoke(sim, ["province", "--mines", "1", "--days", "1", "--folder", str(folder)])
    assert again.exit_code != 0
    assert "--records" in str(again.exception)


def test_the_trial_prints_figures_for_people_and_as_json() -> None:
    asked = ["--mines", "25", "--days", "90", "--seed", "2"]
    text = CliRunner().invoke(trial, asked, catch_exceptions=False).output
    for name in ("bulk calibration flags", "frozen sensors", "cut peaks", "late upload", "honest accused"):
        assert name in text
    found = json.loads(CliRunner().invoke(trial, [*asked, "--json"], catch_exceptions=False).output)
    assert found["mine_days_wrong"] == 0
    assert set(found["kinds"]) == {"bulk_flags", "frozen_sensors", "cut_peaks", "late_upload"}
