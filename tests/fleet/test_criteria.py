"""Verdicts of many mines and days at once: the same as one by one, and never more than the facts carry."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.facts import FactSet
from fleet.bodies import Object, Status
from fleet.criteria import MET, NO_EVIDENCE, NOT_MET, OPEN, STATUS, Judged, judge
from fleet.packs import Criterion, Fold, Op, Pack, Query, load
from fleet.table import FactTable
from tests.fleet.mines_of import FIRST, GOOD, Cell, day, face, fact_set, good_days, profile
from tests.fleet.slow_judge import of_mine, of_subject

pytestmark = pytest.mark.slow

SHANXI, BEFORE, NATIONAL = load("shanxi-2025"), load("shanxi-2023"), load("national-2021")
MONTH = range(30)
DAYS = 8
MINES = ("m1", "m2", "m3")
Facts = dict[tuple[str, int], dict[tuple[str, str], Cell]]
"""By mine and day: cells by name and subject."""
SUBJECTS = ("", "a", "b")

values = st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0, 2.0, 3.0])
shares = st.sampled_from([0.0, 0.4, 0.8, 1.0])
cells: st.SearchStrategy[Cell] = st.one_of(st.tuples(values, shares), st.just((None, 0.0)))
names = st.sampled_from([(name, subject) for name in ("systems_running_share", "face_producing_hours") for subject in SUBJECTS])
days_of_facts = st.dictionaries(names, cells, max_size=6)
mines_of_facts = st.dictionaries(st.tuples(st.sampled_from(MINES), st.integers(0, DAYS - 1)), days_of_facts, max_size=2 * DAYS)


@st.composite
def criteria(draw: st.DrawFn) -> Criterion:
    """One counted criterion over one or two facts."""
    fold = draw(st.sampled_from(list(Fold)))
    days = draw(st.integers(1, 6))
    dated = fold in (Fold.STREAK, Fold.SHARE)
    up = draw(st.booleans())
    query = Query(
        fact="systems_running_share",
        fold=fold,
        days=days,
        least=draw(st.integers(1, days)),
        completeness=draw(shares),
        per="face_producing_hours" if fold is Fold.RATIO else "",
        at=draw(values) if dated and up else None,
        at_most=draw(values) if dated and not up else None,
    )
    op = Op.GE if fold is Fold.STREAK else draw(st.sampled_from([Op.GE, Op.LE, Op.EQ]))
    threshold = float(draw(st.integers(1, days))) if fold is Fold.STREAK else draw(values)
    return replace(SHANXI.criteria[0], query=query, op=op, threshold=threshold, scope=draw(st.sampled_from(["mine", "face"])))


def only(*criteria: Criterion, pack: Pack = SHANXI) -> Pack:
    """A pack of these criteria."""
    return replace(pack, criteria=criteria)


def table_of(facts: Facts) -> tuple[FactTable, dict[tuple[str, str], FactSet]]:
    sets = {(mine, day(ahead)): fact_set(mine, ahead, found) for (mine, ahead), found in facts.items()}
    span = (FIRST, FIRST + timedelta(days=DAYS - 1))
    return FactTable.of(sets.values(), mines=MINES, span=span), sets


def outcome(pack: Pack, sets: list[FactSet], when: str, mine: str = "m1", **others: object) -> Status:
    """The outcome of a mine's day."""
    table = FactTable.of(sets, mines=[mine], span=(FIRST, date.fromisoformat(when)))
    return judge(pack, table, {mine: profile(mine)}, **others).status_of(mine, when)  # type: ignore[arg-type]


def why(judged: Judged, criterion: str, when: str, mine: str = "m1") -> str:
    return next(one.why for one in judged.verdicts(mine, when).verdicts if one.criterion == criterion)


@given(criteria(), mines_of_facts)
def test_all_at_once_says_what_one_by_one_says(one: Criterion, facts: Facts) -> None:
    table, sets = table_of(facts)

    judged = judge(only(one), table, {})

    for mine in MINES:
        for ahead in range(DAYS):
            when = FIRST + timedelta(days=ahead)
            assert judged.status_of(mine, when) is of_mine(one, sets, mine, when)
            for verdict in judged.verdicts(mine, when).verdicts:
                if (mine, when.isoformat()) in sets and verdict.days:
                    slow = of_subject(one, sets, mine, verdict.subject, when)
                    assert (verdict.status, verdict.value, verdict.days) == (slow.status, slow.value, slow.days)


@given(criteria(), mines_of_facts, st.data())
def test_a_day_removed_never_makes_a_pass(one: Criterion, facts: Facts, data: st.DataObject) -> None:
    whole = judge(only(one), table_of(facts)[0], {}).outcome
    gone = data.draw(st.sets(st.sampled_from(sorted(facts)))) if facts else set()

    less = judge(only(one), table_of({key: found for key, found in facts.items() if key not in gone})[0], {}).outcome

    assert not ((whole == NO_EVIDENCE) & (less == MET)).any()


@given(criteria(), mines_of_facts, st.data())
def test_a_value_removed_never_makes_a_pass(one: Criterion, facts: Facts, data: st.DataObject) -> None:
    whole = judge(only(one), table_of(facts)[0], {}).outcome
    places = [(key, name) for key, found in sorted(facts.items()) for name in sorted(found)]
    gone = data.draw(st.sets(st.sampled_from(places))) if places else set()

    some = {key: {name: (None, 0.0) if (key, name) in gone else cell for name, cell in found.items()} for key, found in facts.items()}

    assert not ((whole == NO_EVIDENCE) & (judge(only(one), table_of(some)[0], {}).outcome == MET)).any()


@given(criteria(), mines_of_facts, st.permutations(MINES))
def test_mines_in_another_order_have_the_same_verdicts(one: Criterion, facts: Facts, order: list[str]) -> None:
    named = dict(zip(MINES, order, strict=True))

    there = judge(only(one), table_of(facts)[0], {})
    here = judge(only(one), table_of({(named[mine], ahead): found for (mine, ahead), found in facts.items()})[0], {})

    for mine in MINES:
        assert (there.outcome[there.index[mine]] == here.outcome[here.index[named[mine]]]).all()


@given(criteria(), mines_of_facts, st.integers(0, DAYS - 1))
def test_a_verdict_rests_on_its_window_alone(one: Criterion, facts: Facts, ahead: int) -> None:
    table, sets = table_of(facts)
    assert one.query
    when = FIRST + timedelta(days=ahead)
    start = when - timedelta(days=one.query.days - 1)

    short = judge(only(one), FactTable.of(sets.values(), mines=MINES, span=(start, when)), {})
    long = judge(only(one), table, {})

    for mine in MINES:
        assert short.verdicts(mine, when) == long.verdicts(mine, when)


def test_a_mine_that_has_it_all_meets_it_from_the_thirtieth_day_on() -> None:
    sets = good_days("m1", MONTH)

    assert outcome(SHANXI, sets, day(29)) is Status.MET
    assert outcome(SHANXI, sets, day(28)) is Status.NO_EVIDENCE, "nobody knows whether it ran the day before the first"


@pytest.mark.parametrize(
    ("fact", "bad"),
    [
        ("systems_running_share", 0.5),
        ("upgrade_done", 0.0),
        ("organisation_set_up", 0.0),
        ("calibration_on_time_rate", 0.99),
        ("must_methane_points_missing", 1.0),
        ("settings_wider_than_table19", 1.0),
    ],
)
def test_one_bad_fact_on_the_day_is_enough_and_no_value_is_no_pass(fact: str, bad: float) -> None:
    before = good_days("m1", range(29))

    assert outcome(SHANXI, [*before, *good_days("m1", [29], **{fact: bad})], day(29)) is Status.NOT_MET
    assert outcome(SHANXI, [*before, *good_days("m1", [29], **{fact: None})], day(29)) is Status.NO_EVIDENCE


def test_not_met_speaks_louder_than_no_evidence() -> None:
    sets = [*good_days("m1", range(29)), *good_days("m1", [29], upgrade_done=0.0, organisation_set_up=None)]

    assert outcome(SHANXI, sets, day(29)) is Status.NOT_MET


def test_data_less_complete_than_asked_do_not_count() -> None:
    sets = good_days("m1", range(29))

    thin = fact_set("m1", 29, {**GOOD, ("calibration_on_time_rate", ""): (1.0, 0.89)})
    enough = fact_set("m1", 29, {**GOOD, ("calibration_on_time_rate", ""): (1.0, 0.9)})

    assert outcome(SHANXI, [*sets, thin], day(29)) is Status.NO_EVIDENCE
    assert outcome(SHANXI, [*sets, enough], day(29)) is Status.MET


def test_a_mine_without_faces_has_no_evidence_of_them() -> None:
    bare = {name: cell for name, cell in GOOD.items() if not name[1]}
    nothing = {**bare, ("face_auto_hours", ""): (None, 0.0), ("face_producing_hours", ""): (None, 0.0)}

    for cells in (bare, nothing):
        table = FactTable.of([fact_set("m1", ahead, cells) for ahead in MONTH])
        judged = judge(SHANXI, table, {"m1": profile("m1")})
        assert judged.status_of("m1", day(29)) is Status.NO_EVIDENCE
        assert why(judged, "ev_face_running_rate", day(29)) == "no_subject"


def test_the_worst_face_speaks_for_the_mine() -> None:
    lazy = {**GOOD, ("face_auto_hours", "face-2"): (3.0, 1.0), ("face_producing_hours", "face-2"): (16.0, 1.0)}
    judged = judge(SHANXI, FactTable.of([fact_set("m1", ahead, lazy) for ahead in MONTH]), {})

    said = {one.subject: one.status for one in judged.verdicts("m1", day(29)).verdicts if one.criterion == "ev_face_running_rate"}

    assert said == {"face-1": Status.MET, "face-2": Status.NOT_MET}
    assert judged.verdicts("m1", day(29)).systems["coal_face"] is Status.NOT_MET
    row = judged.speaker["ev_face_running_rate"][0, 29]
    assert judged.results["ev_face_running_rate"].names[row] == ("m1", "face-2")


def test_a_registered_face_that_no_fact_names_is_no_evidence_while_it_is_there() -> None:
    sets = good_days("m1", range(60))

    assert outcome(SHANXI, sets, day(59), workplaces=[face("m1"), face("m1", "face-9")]) is Status.NO_EVIDENCE
    assert outcome(SHANXI, sets, day(59), workplaces=[face("m1"), face("m1", "face-9", valid_to=day(58))]) is Status.MET
    assert outcome(SHANXI, sets, day(59), workplaces=[face("m1"), face("m1", "face-9", intelligent=False)]) is Status.MET
    assert outcome(SHANXI, sets, day(59), workplaces=[face("m1"), face("m1", "face-9", intelligent=None)]) is Status.NO_EVIDENCE


def test_six_days_of_thirty_may_lack_the_face_but_not_seven() -> None:
    def with_gaps(gaps: int) -> list[FactSet]:
        return [*good_days("m1", range(gaps), face_auto_hours=None), *good_days("m1", range(gaps, 30))]

    assert outcome(SHANXI, with_gaps(6), day(29)) is Status.MET
    assert outcome(SHANXI, with_gaps(7), day(29)) is Status.NO_EVIDENCE


def test_hours_that_make_exactly_the_share_asked_meet_it() -> None:
    sets = good_days("m1", MONTH, face_auto_hours=1.28, face_producing_hours=1.6)

    assert sum([1.28] * 30) / sum([1.6] * 30) < 0.8, "summed as they stand, rounding would fail it"
    assert outcome(SHANXI, sets, day(29)) is Status.MET


def test_a_month_without_production_proves_nothing() -> None:
    sets = good_days("m1", MONTH, face_auto_hours=0.0, face_producing_hours=0.0)
    judged = judge(SHANXI, FactTable.of(sets), {})

    assert why(judged, "ev_face_running_rate", day(29)) == "nothing_to_divide"
    assert judged.status_of("m1", day(29)) is Status.NO_EVIDENCE


def test_a_row_of_days_broken_by_silence_is_no_evidence_and_by_a_standstill_not_met() -> None:
    silent = judge(SHANXI, FactTable.of([one for one in good_days("m1", MONTH) if one.day != day(20)]), {})
    stood = judge(SHANXI, FactTable.of([*good_days("m1", MONTH), *good_days("m1", [20], systems_running_share=0.0)]), {})

    assert silent.status_of("m1", day(29)) is Status.NO_EVIDENCE
    assert why(silent, "sx_system_run_1_month", day(29)) == "broken"
    assert stood.status_of("m1", day(29)) is Status.NOT_MET
    assert next(one.value for one in stood.verdicts("m1", day(29)).verdicts if one.criterion == "sx_system_run_1_month") == 9


def test_open_criteria_are_shown_and_never_counted() -> None:
    good, awful = good_days("m1", MONTH), good_days("m1", MONTH, points_online_rate=0.0, upload_gap_minutes=1440.0, network_delay_ms=9e5)
    open_ = {one.id for one in SHANXI.criteria if not one.counted}

    for sets in (good, awful):
        judged = judge(SHANXI, FactTable.of(sets), {})
        said = {one.criterion: one for one in judged.verdicts("m1", day(29)).verdicts}
        assert {name for name, one in said.items() if one.status is Status.OPEN} == open_
        assert judged.status_of("m1", day(29)) is Status.MET
        assert judged.away[0, 29] == 0
    assert said["ev_upload_gap"].value == 30 * 1440, "the value is shown"
    assert (said["ev_upload_gap"].threshold, said["ev_upload_gap"].why) == (None, "no_number")


def test_a_pack_with_nothing_to_count_says_open_and_never_yes() -> None:
    bare = only(*(one for one in SHANXI.criteria if not one.counted))

    assert outcome(bare, good_days("m1", MONTH), day(29)) is Status.OPEN


def test_a_paper_counts_from_its_own_first_day_on() -> None:
    first = date(2026, 1, 1)
    sets = [
        replace(one, day=(first + timedelta(days=at)).isoformat())
        for at, one in enumerate(good_days("m1", range(32), must_methane_points_missing=3.0))
    ]
    judged = judge(SHANXI, FactTable.of(sets), {})

    assert judged.status_of("m1", "2026-01-31") is Status.MET
    assert why(judged, "ev_must_points", "2026-01-31") == "not_in_force"
    assert judged.status_of("m1", "2026-02-01") is Status.NOT_MET


def test_a_day_before_the_pack_is_a_comparison_and_says_so() -> None:
    first = date(2025, 8, 3)
    sets = [replace(one, day=(first + timedelta(days=at)).isoformat()) for at, one in enumerate(good_days("m1", MONTH))]
    judged = judge(SHANXI, FactTable.of(sets), {})

    assert judged.verdicts("m1", "2025-08-31").before_valid is True
    assert judged.verdicts("m1", "2025-09-01").before_valid is False
    assert judged.status_of("m1", "2025-09-01") is Status.MET
    assert judge(SHANXI, FactTable.of(sets), {}).verdicts("m1", "2025-08-31").outcome is Status.NO_EVIDENCE


def test_what_is_asked_of_new_mines_is_not_asked_of_producing_ones() -> None:
    cells: dict[tuple[str, str], Cell] = {
        ("systems_running_share", ""): (1.0, 1.0),
        ("licence_valid_until", ""): (float(date(2026, 12, 31).toordinal()), 1.0),
        ("standardisation_level", ""): (2.0, 1.0),
        ("no_fatal_accident", ""): (1.0, 1.0),
        ("self_acceptance_experts", ""): (7.0, 1.0),
    }
    table = FactTable.of([fact_set(mine, ahead, cells) for mine in ("new", "old", "who") for ahead in range(60)])
    judged = judge(NATIONAL, table, {"new": profile("new", under_construction=True), "old": profile("old")})

    assert judged.status_of("old", day(59)) is Status.MET
    assert judged.status_of("new", day(59)) is Status.NO_EVIDENCE, "90 days are asked of it, and 60 are known"
    assert judged.status_of("who", day(59)) is Status.NO_EVIDENCE
    assert why(judged, "nea_run_2_months", day(59), "who") == "no_profile"
    assert "nea_run_3_months_new" not in {one.criterion for one in judged.verdicts("old", day(59)).verdicts}


def test_a_licence_holds_through_its_last_day() -> None:
    one = next(one for one in NATIONAL.criteria if one.id == "nea_licences")
    until = float((FIRST + timedelta(days=5)).toordinal())
    judged = judge(only(one), FactTable.of([fact_set("m1", ahead, {("licence_valid_until", ""): (until, 1.0)}) for ahead in range(8)]), {})

    assert [STATUS[code] for code in judged.outcome[0]] == [Status.MET] * 6 + [Status.NOT_MET] * 2
    assert judged.verdicts("m1", day(5)).verdicts[0].threshold == until


def test_a_washery_is_asked_nothing_by_a_pack_of_mines() -> None:
    table = FactTable.of(good_days("m1", MONTH))
    judged = judge(SHANXI, table, {"m1": replace(profile("m1"), object=Object.WASHERY)})

    assert judged.verdicts("m1", day(29)).verdicts == ()
    assert judged.status_of("m1", day(29)) is Status.OPEN


def test_a_mine_without_any_fact_has_no_evidence() -> None:
    table = FactTable.of(good_days("m1", MONTH), mines=["m1", "m2"])
    judged = judge(SHANXI, table, {})

    assert judged.status_of("m2", day(29)) is Status.NO_EVIDENCE
    assert judged.away[judged.index["m2"], 29] == sum(one.counted for one in SHANXI.criteria)


def test_codes_are_ordered_so_that_the_worst_is_the_greatest() -> None:
    assert [STATUS[code] for code in (OPEN, MET, NO_EVIDENCE, NOT_MET)] == [Status.OPEN, Status.MET, Status.NO_EVIDENCE, Status.NOT_MET]
    assert OPEN < MET < NO_EVIDENCE < NOT_MET


def test_two_facts_of_one_name_count_as_the_last_one_stands() -> None:
    both = fact_set("m1", 0, {("upgrade_done", ""): (None, 0.0)})
    both = FactSet("m1", day(0), (*both.facts, *fact_set("m1", 0, {("upgrade_done", ""): (1.0, 1.0)}).facts))

    assert FactTable.of([both]).series("m1", "upgrade_done")[0] == 1.0
    assert np.isnan(FactTable.of([both]).series("m1", "nothing")[0])
