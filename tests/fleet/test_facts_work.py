"""Hours of machines, people at places, exceedances, declarations: values, and that what is not known helps nobody."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import BadConfig
from contracts.facts import FACTS, Fact, FactSet, Way, read_facts, write_facts
from fleet.bodies import Declared
from fleet.facts.alarms import Exceedance, exceedances
from fleet.facts.day import counts, date_at, day_of, ordered
from fleet.facts.declared import declared
from fleet.facts.persons import persons
from fleet.facts.words import WHYS
from fleet.facts.work import work
from store.interface import Windows
from tests.fleet.gridded import DUE, METHANE, POINTS, THE_DAY, TODAY, W, full, grid, windows

HALF = np.concatenate([np.ones(W // 2), np.zeros(W // 2)])


def facts_of(found: dict[str, Windows], points: tuple = POINTS, **changed: object) -> dict[tuple[str, str], Fact]:  # type: ignore[type-arg]
    made = grid(found, points, **changed)
    return {(fact.name, fact.subject): fact for fact in [*work(made), *persons(made)]}


def test_hours_are_those_that_were_seen() -> None:
    quarter = np.concatenate([np.ones(W // 4), np.zeros(W - W // 4)])
    facts = facts_of({"SH-RUN": full(HALF), "SH-AUTO": full(quarter), "BE-RUN": full(0.5), "BE-REM": full(0.25)})
    assert facts["face_producing_hours", "face-1101"].value == 12.0
    assert facts["face_auto_hours", "face-1101"].value == 6.0
    assert (facts["belt_running_hours", ""].value, facts["belt_remote_hours", ""].value) == (12.0, 6.0)


def test_an_unknown_window_counts_as_running_against_and_not_for() -> None:
    seen = np.full(W, DUE)
    seen[:12] = 0
    facts = facts_of({"SH-RUN": windows(seen, value=HALF), "SH-AUTO": windows(seen, value=HALF)})
    assert facts["face_producing_hours", "face-1101"].value == 12.0
    assert facts["face_auto_hours", "face-1101"].value == 11.0
    assert facts["face_producing_hours", "face-1101"].numbers["hours_unknown"] == 1.0


def test_bad_readings_are_not_known_hours() -> None:
    fact = facts_of({"SH-AUTO": windows(np.full(W, DUE), good=np.zeros(W), value=1.0)})["face_auto_hours", "face-1101"]
    assert (fact.value, fact.why, fact.completeness) == (None, "too_little_data", 0.0)


def test_where_no_point_shows_it_there_is_no_evidence() -> None:
    facts = facts_of({}, (METHANE,))
    assert {fact.why for fact in facts.values()} == {"no_points"}
    assert {name for name, _ in facts} == {
        *("face_auto_hours", "face_producing_hours", "belt_remote_hours", "belt_running_hours", "fan_remote_records"),
        *("unattended_hours_share", "persons_at_face", "max_persons_per_shift"),
    }


def test_a_record_of_remote_operation_begins_after_a_window_without() -> None:
    on = np.zeros(W)
    on[[0, 10, 11, 50]] = 1
    assert facts_of({"MF-REM": full(on)})["fan_remote_records", ""].value == 2.0
    seen = np.full(W, DUE)
    seen[9] = 0
    assert facts_of({"MF-REM": windows(seen, value=on)})["fan_remote_records", ""].value == 1.0


def test_people_at_posts_and_faces() -> None:
    crew = np.zeros(W)
    crew[100] = 7
    facts = facts_of({"P-SUB": full(1 - HALF), "P-FACE": full(crew), "P-ALL": full(40.0)})
    assert facts["unattended_hours_share", "P-SUB"].value == 0.5
    assert facts["persons_at_face", "face-1101"].value == 7.0
    assert facts["max_persons_per_shift", ""].value == 40.0


def test_the_highest_number_of_people_needs_the_whole_day() -> None:
    seen = np.full(W, DUE)
    seen[3] = 0
    fact = facts_of({"P-ALL": windows(seen, value=40.0)})["max_persons_per_shift", ""]
    assert (fact.value, fact.why, fact.numbers["highest_seen"]) == (None, "too_little_data", 40.0)


FOR = ("face_auto_hours", "belt_remote_hours", "fan_remote_records", "unattended_hours_share")
AGAINST = ("face_producing_hours", "belt_running_hours", "persons_at_face", "max_persons_per_shift")


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 1 << 16), gone=st.sets(st.integers(0, W - 1), max_size=40), point=st.sampled_from([one.id for one in POINTS]))
def test_taking_windows_away_never_improves_hours_or_people(seed: int, gone: set[int], point: str) -> None:
    noise = np.random.default_rng(seed)
    values = {one.id: noise.integers(0, 3, W).astype(float) for one in POINTS}
    before = facts_of({name: full(of) for name, of in values.items()})
    seen = np.full(W, DUE)
    seen[list(gone)] = 0
    after = facts_of({name: windows(seen, value=of) if name == point else full(of) for name, of in values.items()})
    for key, old in before.items():
        new = after[key]
        assert new.completeness <= old.completeness
        if new.value is not None:
            assert old.value is not None
            assert (new.value <= old.value) if key[0] in FOR else (new.value >= old.value), key
    assert {name for name, _ in before} == {*FOR, *AGAINST}


def test_exceedances_count_what_is_neither_planned_nor_out_of_service() -> None:
    found = [Exceedance(1, "T01", True, True), Exceedance(2, "T01", True, False, True), Exceedance(3, "T01", False, False)]
    counted, unanswered = exceedances(grid({"T01": full()}), found, frozenset({"T01"}))
    assert (counted.value, counted.numbers["planned"], counted.numbers["unverified"]) == (2.0, 1.0, 1.0)
    assert (unanswered.value, unanswered.evidence) == (1.0, ("alarm:2",))
    assert {fact.why for fact in exceedances(grid({"T01": full()}), found, frozenset())} == {"no_limits"}


def test_none_seen_in_half_a_day_is_no_evidence_of_none() -> None:
    seen = np.full(W, DUE)
    seen[: W // 2] = 0
    counted, _ = exceedances(grid({"T01": windows(seen)}), [Exceedance(1, "T01", True, True)], frozenset({"T01"}))
    assert (counted.value, counted.why, counted.numbers["at_least"]) == (None, "too_little_data", 1.0)


def word(name: str = "upgrade_done", first: str = "2026-11-01", last: str = "2026-12-31", value: float = 1.0) -> Declared:
    return Declared(
        mine="mine", name=name, value=value, valid_from=first, valid_to=last, document="ab" * 32, document_name="report.pdf", by="p-1"
    )


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("2026-11-30", "2026-11-30", ""),
        ("2026-11-01", "2026-11-29", "declaration_expired"),
        ("2026-12-01", "2026-12-31", "declaration_not_yet_valid"),
    ],
)
def test_a_declaration_holds_on_its_days(first: str, last: str, why: str) -> None:
    fact = next(fact for fact in declared(THE_DAY, [word(first=first, last=last)]) if fact.name == "upgrade_done")
    assert (fact.value, fact.why, fact.way) == (None if why else 1.0, why, Way.DECLARED)
    assert (fact.by, fact.document, fact.evidence, fact.valid_to) == ("p-1", "ab" * 32, (f"document:{'ab' * 32}",), last)


def test_what_can_only_be_declared_and_never_was_is_no_evidence() -> None:
    names = {fact.name: fact.why for fact in declared(THE_DAY, [word()])}
    assert names.pop("upgrade_done") == ""
    assert names == {name: "not_declared" for name, meaning in FACTS.items() if meaning.declared and name != "upgrade_done"}


def test_measured_beats_declared_where_both_have_a_value_and_both_are_shown() -> None:
    said = next(fact for fact in declared(THE_DAY, [word("max_persons_per_shift", value=30.0)]) if fact.value is not None)
    seen = facts_of({"P-ALL": full(80.0)})["max_persons_per_shift", ""]
    blind = facts_of({})["max_persons_per_shift", ""]
    assert [fact.value for fact in ordered([seen, said])] == [30.0, 80.0]
    assert [fact.value for fact in ordered([said, blind])] == [None, 30.0]
    assert counts(seen, [seen, said])
    assert not counts(said, [seen, said])
    assert counts(said, [blind, said])
    assert not counts(blind, [blind, said])


def test_facts_survive_being_written_and_every_why_has_words() -> None:
    made = ordered([*facts_of({"P-ALL": full(3.0)}).values(), *declared(THE_DAY, [word()])])
    facts = FactSet("mine", TODAY, made)
    assert read_facts(write_facts(facts)) == facts
    assert {fact.why for fact in made if fact.why} <= WHYS.keys()
    assert all(zh and en for zh, en in WHYS.values())
    assert {fact.name for fact in made} <= FACTS.keys()


def test_a_day_is_the_mines_own() -> None:
    assert THE_DAY.start % (24 * 3_600_000_000) == 16 * 3_600_000_000
    assert date_at(THE_DAY.start, 8) == TODAY
    assert date_at(THE_DAY.start - 1, 8) == "2026-11-29"
    with pytest.raises(BadConfig):
        day_of("mine", "30.11.2026", 8, 0)
