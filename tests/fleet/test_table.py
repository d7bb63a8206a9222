"""Facts as columns: what is not there is not a number, and every mine has its row."""

from datetime import date

import numpy as np
import pytest

from contracts.facts import write_facts
from fleet.table import FactTable, read_brief
from tests.fleet.mines_of import FIRST, day, fact_set

RATE, HOURS = "points_online_rate", "face_auto_hours"


def test_no_evidence_is_not_a_number_and_neither_is_its_completeness() -> None:
    table = FactTable.of([fact_set("m", 0, {(RATE, ""): (None, 0.4)}), fact_set("m", 1, {(RATE, ""): (0.5, 0.9)})])

    assert np.isnan(table.values[RATE][0, 0])
    assert np.isnan(table.completeness[RATE][0, 0])
    assert (table.values[RATE][0, 1], table.completeness[RATE][0, 1]) == (0.5, 0.9)
    assert table.stated[RATE].tolist() == [[True, True]], "the day named it, without a value"


def test_rows_are_mines_and_their_subjects_in_order() -> None:
    table = FactTable.of([fact_set("b", 0, {(HOURS, "face-2"): (1.0, 1.0), (HOURS, "face-1"): (2.0, 1.0)})], mines=["c", "a"])

    assert table.rows == (("a", ""), ("b", ""), ("b", "face-1"), ("b", "face-2"), ("c", ""))
    assert table.mines == ("a", "b", "c")
    assert table.present.tolist() == [[False], [True], [False]]
    assert table.subjects("b", HOURS) == ("face-1", "face-2")
    assert table.subjects("a", HOURS) == table.subjects("b", RATE) == ()
    assert table.series("b", HOURS, "face-1").tolist() == [2.0]
    assert np.isnan(table.series("b", HOURS)).all()


def test_only_the_facts_asked_for_and_only_the_days_of_the_span_are_taken() -> None:
    sets = [fact_set("m", ahead, {(RATE, ""): (0.1 * ahead, 1.0), (HOURS, "f"): (1.0, 1.0)}) for ahead in range(5)]

    table = FactTable.of(sets, names=[RATE, "late_share"], span=(date.fromisoformat(day(1)), date.fromisoformat(day(3))))

    assert list(table.values) == [RATE]
    assert table.series("m", RATE).tolist() == [0.1, 0.2, pytest.approx(0.3)]
    assert (table.first.isoformat(), table.last.isoformat(), table.days) == (day(1), day(3), 3)
    assert (table.column(day(2)), table.day(2).isoformat()) == (1, day(3))
    for outside in (day(0), day(4)):
        with pytest.raises(IndexError, match=outside):
            table.column(outside)


def test_a_later_set_of_a_day_replaces_the_earlier_one_whole() -> None:
    table = FactTable.of([fact_set("m", 0, {(RATE, ""): (0.5, 1.0)}), fact_set("m", 0, {(HOURS, "f"): (1.0, 1.0)})])

    assert RATE not in table.values
    assert table.series("m", HOURS, "f").tolist() == [1.0]


def test_sets_read_briefly_make_the_same_table() -> None:
    sets = [fact_set(mine, ahead, {(RATE, ""): (0.5, 0.9), (HOURS, "f"): (None, 0.0)}) for mine in ("a", "b") for ahead in range(3)]

    whole, brief = FactTable.of(sets), FactTable.of([read_brief(write_facts(one)) for one in sets])

    assert (brief.rows, brief.mines, list(brief.values)) == (whole.rows, whole.mines, list(whole.values))
    for name in whole.values:
        assert np.array_equal(brief.values[name], whole.values[name], equal_nan=True)
        assert np.array_equal(brief.completeness[name], whole.completeness[name], equal_nan=True)


def test_a_table_of_nothing_needs_its_days() -> None:
    with pytest.raises(ValueError, match="span"):
        FactTable.of([])

    assert FactTable.of([], mines=["m"], span=(FIRST, FIRST)).present.tolist() == [[False]]
