"""What a mine does next, and two packs side by side."""

from datetime import date

import pytest
from msgspec.structs import replace

from fleet.bodies import Status
from fleet.criteria import Judged, compare, judge, nearest, next_steps, together
from fleet.criteria.judged import WHY
from fleet.criteria.words import CORRECTION_WORDS, KIND_WORDS, ORDER, STATUS_WORDS, WHY_WORDS
from fleet.packs import load
from fleet.table import FactTable
from tests.fleet.mines_of import GOOD, day, fact_set, good_days

SHANXI, BEFORE = load("shanxi-2025"), load("shanxi-2023")
LAST = day(29)


def judged(pack: str = "shanxi-2025", **mines: dict[str, float | None]) -> Judged:
    """Mines by what is wrong with each on all of 30 days."""
    sets = [one for mine, wrong in mines.items() for one in good_days(mine, range(30), **wrong)]
    return judge(load(pack), FactTable.of(sets), {})


def test_a_mine_that_has_it_all_needs_no_step() -> None:
    said = next_steps(judged(m={}), "m", LAST)

    assert (said.away, said.steps) == (0, ())


def test_evidence_comes_before_performance_and_a_document_before_data() -> None:
    wrong = {"face_auto_hours": 8.0, "upgrade_done": None, "must_methane_points_missing": None, "calibration_on_time_rate": 0.9}

    said = next_steps(judged(m=wrong), "m", LAST)

    assert said.away == 4
    assert [(one.kind, one.criterion) for one in said.steps] == [
        ("document", "sx_upgrade_done"),
        ("evidence", "ev_must_points"),
        ("performance", "ev_calibration_on_time"),
        ("performance", "ev_face_running_rate"),
    ]
    assert said.steps[2].gap < said.steps[3].gap, "what is nearest to what is asked comes first"
    assert (said.order_zh, said.order_en) == ORDER
    assert "0.9 → >= 1" in said.steps[2].en


def test_a_row_of_days_says_how_many_are_left() -> None:
    sets = [*good_days("m", range(30)), *good_days("m", [9], systems_running_share=0.1)]
    said = next_steps(judge(SHANXI, FactTable.of(sets), {}), "m", LAST)

    assert [(one.criterion, one.to_go, one.kind) for one in said.steps] == [("sx_system_run_1_month", 10, "performance")]
    assert said.steps[0].en.endswith("10 more days in a row")
    assert said.steps[0].zh.endswith("还需连续 10 天")


def test_the_subject_that_is_farthest_away_is_named() -> None:
    cells = GOOD | {("face_auto_hours", name): (hours, 1.0) for name, hours in (("face-1", 12.0), ("face-2", 2.0), ("face-3", 11.0))}
    cells |= {("face_producing_hours", name): (16.0, 1.0) for name in ("face-1", "face-2", "face-3")}
    table = FactTable.of([fact_set("m", ahead, cells) for ahead in range(30)])

    said = next_steps(judge(SHANXI, table, {}), "m", LAST)

    assert [(one.criterion, one.subject) for one in said.steps] == [("ev_face_running_rate", "face-2")]


def test_the_nearest_mines_are_those_with_the_fewest_missing() -> None:
    two = {"upgrade_done": 0.0, "organisation_set_up": None}
    found = judged(a={}, b={"upgrade_done": 0.0}, c=two, d={"must_methane_points_missing": 2.0})

    assert nearest(found, LAST) == [("b", 1), ("d", 1), ("c", 2)]
    assert nearest(found, LAST, 1) == [("b", 1)]


def test_every_code_has_words_in_both_languages() -> None:
    assert set(WHY_WORDS) == set(WHY)
    assert set(STATUS_WORDS) == set(Status)
    for words in (WHY_WORDS, STATUS_WORDS, KIND_WORDS, CORRECTION_WORDS):
        for zh, en in words.values():  # type: ignore[attr-defined]
            assert zh
            assert en
            assert zh != en


MINES: dict[str, dict[str, float | None]] = {
    "both": {},
    "out": {"upgrade_done": 0.0},
    "hidden": {"upgrade_done": None},
    "in": {"plan_uploaded": 0.0},
    "neither": {"plan_uploaded": 0.0, "organisation_set_up": None},
    "same": {"plan_uploaded": 0.0, "organisation_set_up": 0.0},
}


def test_two_packs_say_who_falls_out_who_comes_in_and_by_what() -> None:
    said = compare(judged("shanxi-2023", **MINES), judged("shanxi-2025", **MINES), LAST)

    assert [(one.mine, one.after, one.by) for one in said.falls_out] == [
        ("hidden", Status.NO_EVIDENCE, ("sx_upgrade_done",)),
        ("out", Status.NOT_MET, ("sx_upgrade_done",)),
    ]
    assert [(one.mine, one.before, one.by) for one in said.comes_in] == [("in", Status.NOT_MET, ("sx2023_plan_uploaded",))]
    assert [(one.mine, one.before, one.after, one.by) for one in said.other] == [
        ("neither", Status.NOT_MET, Status.NO_EVIDENCE, ("sx_organisation",))
    ]
    assert said.same == {"met": 1, "not_met": 1, "no_evidence": 0, "open": 0}
    assert said.marks == ("shanxi-2023",), "it was replaced before this day"


def test_comparisons_of_parts_are_one() -> None:
    whole = compare(judged("shanxi-2023", **MINES), judged("shanxi-2025", **MINES), LAST)
    some = [{name: MINES[name] for name in names} for names in (("both", "hidden", "in"), ("neither", "out", "same"))]

    joined = together([compare(judged("shanxi-2023", **part), judged("shanxi-2025", **part), LAST) for part in some])

    assert joined == whole
    assert together([]) is None


@pytest.mark.parametrize(("when", "marks"), [("2025-08-31", ("shanxi-2025",)), ("2025-09-01", ("shanxi-2023",))])
def test_the_first_of_september_is_the_new_rules_day(when: str, marks: tuple[str, ...]) -> None:
    moved = [replace(one, day=when) for one in good_days("m", [0])]
    span = (date.fromisoformat(when), date.fromisoformat(when))
    packs = [judge(pack, FactTable.of(moved, span=span), {}) for pack in (BEFORE, SHANXI)]

    assert compare(packs[0], packs[1], when).marks == marks
