"""A verdict to its last field: each way to fail, who is asked when, who speaks, and what is said where nobody is."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from fleet.bodies import Object, Profile, Status, Verdict, Workplace
from fleet.criteria import Judged, judge
from fleet.criteria.judged import WHY
from fleet.criteria.words import why
from fleet.packs import Criterion, Fold, Op, Query, load
from fleet.table import FactTable
from tests.fleet.mines_of import FIRST, Cell, day, face, fact_set, profile
from tests.fleet.test_criteria import only

SHANXI = load("shanxi-2025")
FACT = "systems_running_share"
DAYS = 10


def criterion(op: Op = Op.GE, threshold: float | None = 2.0, **values: Any) -> Criterion:
    asked = Query(
        fact=values.pop("fact", FACT), fold=values.pop("fold", Fold.LAST), days=values.pop("days", 3), least=values.pop("least", 2)
    )
    given = {"id": "c", "query": asked, "op": op, "threshold": threshold, "scope": "mine", "applies": "all"} | values
    return replace(SHANXI.criteria[0], **given)


def table(cells: dict[int, dict[tuple[str, str], Cell]], mine: str = "m1", mines: tuple[str, ...] = ()) -> FactTable:
    sets = [fact_set(mine, ahead, some) for ahead, some in cells.items()]
    return FactTable.of(sets, mines=mines, span=(FIRST, FIRST + timedelta(days=DAYS - 1)))


def always(value: float | None, subject: str = "", fact: str = FACT) -> dict[int, dict[tuple[str, str], Cell]]:
    return {ahead: {(fact, subject): (value, 1.0 if value is not None else 0.0)} for ahead in range(DAYS)}


def judged(one: Criterion, found: FactTable, workplaces: tuple[Workplace, ...] = (), **profiles: Profile) -> Judged:
    return judge(only(one), found, profiles, workplaces)


def said(found: Judged, ahead: int = DAYS - 1, mine: str = "m1") -> list[Verdict]:
    return list(found.verdicts(mine, day(ahead)).verdicts)


@pytest.mark.parametrize(
    ("op", "threshold", "good", "bad", "code"),
    [
        (Op.GE, 2.0, 2.0, 1.9, "too_low"),
        (Op.LE, 2.0, 2.0, 2.1, "too_high"),
        (Op.EQ, 2.0, 2.0, 3.0, "not_equal"),
        (Op.EQ, 2.0, 2.0, 1.0, "not_equal"),
        (Op.HOLDS, 1.0, 1.0, 0.0, "not_so"),
    ],
)
def test_a_value_meets_or_fails_and_says_how(op: Op, threshold: float, good: float, bad: float, code: str) -> None:
    one = criterion(op, threshold)
    assert said(judged(one, table(always(good)))) == [Verdict("c", Status.MET, "", good, threshold, 3, 3, "")]
    assert said(judged(one, table(always(bad)))) == [Verdict("c", Status.NOT_MET, "", bad, threshold, 3, 3, code)]


def test_too_few_days_or_none_are_no_evidence_and_say_so() -> None:
    one = criterion()
    some = table({7: {(FACT, ""): (5.0, 1.0)}, 9: {(FACT, ""): (None, 0.0)}})
    [few] = said(judged(one, some))
    assert (few.status, few.value, few.days, few.why) == (Status.NO_EVIDENCE, 5.0, 1, "few_days")
    [none] = said(judged(one, table(always(None))))
    assert (none.status, none.value, none.days, none.why) == (Status.NO_EVIDENCE, None, 0, "no_fact")


@pytest.mark.parametrize("least", [1, 2])
def test_what_cannot_be_divided_is_no_evidence(least: int) -> None:
    query = Query(fact="face_auto_hours", fold=Fold.RATIO, days=2, least=least, per="face_producing_hours")
    hours = {ahead: {("face_auto_hours", ""): (0.0, 1.0), ("face_producing_hours", ""): (0.0, 1.0)} for ahead in range(DAYS)}

    [verdict] = said(judged(criterion(query=query), table(hours)))
    assert (verdict.status, verdict.value, verdict.days, verdict.why) == (Status.NO_EVIDENCE, None, 2, "nothing_to_divide")
    first = said(judged(criterion(query=query), table(hours)), 0)[0]
    assert (first.days, first.why) == (1, "nothing_to_divide")


@pytest.mark.parametrize(("values", "code"), [({"query": None, "threshold": None}, "no_query"), ({"threshold": None}, "no_number")])
def test_what_is_not_counted_is_open_and_says_why(values: dict[str, Any], code: str) -> None:
    one = criterion(**values)
    assert not one.counted
    for found in (table(always(5.0)), table({}, mines=("m1",))):
        [verdict] = said(judged(one, found))
        assert (verdict.status, verdict.threshold, verdict.why) == (Status.OPEN, None, code)
        assert verdict.of == (0 if one.query is None else 3)
    assert judged(one, table(always(5.0))).away.tolist() == [[0] * DAYS]


@pytest.mark.parametrize(("scope", "code"), [("mine", "no_fact"), ("face", "no_subject")])
def test_where_nobody_is_asked_there_is_no_evidence_and_nobody_speaks(scope: str, code: str) -> None:
    for found in (table({}, mines=("m1",)), table(always(5.0, fact="upgrade_done"))):
        result = judged(criterion(scope=scope), found)
        [verdict] = said(result)
        assert (verdict.status, verdict.subject, verdict.why, verdict.days) == (Status.NO_EVIDENCE, "", code, 0)
        assert (verdict.threshold, verdict.of, verdict.value) == (2.0, 3, None)
        assert result.speaker["c"].tolist() == [[-1] * DAYS]
        assert result.away.tolist() == [[1] * DAYS]


def test_of_several_mines_each_has_its_own_speaker() -> None:
    one = criterion(scope="face", least=1, days=1)
    sets = [
        fact_set("a", 0, {(FACT, "x"): (5.0, 1.0), (FACT, "y"): (1.0, 1.0)}),
        fact_set("c", 0, {(FACT, "x"): (1.0, 1.0), (FACT, "y"): (None, 0.0), (FACT, "z"): (1.0, 1.0)}),
        fact_set("c", 1, {(FACT, "x"): (5.0, 1.0), (FACT, "y"): (None, 0.0)}),
        fact_set("d", 0, {(FACT, "x"): (5.0, 1.0)}),
    ]
    found = judge(only(one), FactTable.of(sets, mines=("a", "b", "c", "d")), {})

    names = found.results["c"].names
    speakers = [[names[row] if row >= 0 else None for row in rows] for rows in found.speaker["c"].tolist()]
    assert speakers == [[("a", "y"), None], [None, None], [("c", "x"), ("c", "y")], [("d", "x"), None]]
    assert found.speaker["c"].min() == -1
    assert {mine: [one.subject for one in said(found, 0, mine)] for mine in "abcd"} == {
        "a": ["x", "y"],
        "b": [""],
        "c": ["x", "y", "z"],
        "d": ["x"],
    }
    assert [[status.value for status in (found.status_of(mine, day(0)), found.status_of(mine, day(1)))] for mine in "abcd"] == [
        ["not_met", "no_evidence"],
        ["no_evidence", "no_evidence"],
        ["not_met", "no_evidence"],
        ["met", "no_evidence"],
    ]


def test_a_face_is_asked_from_its_first_day_to_its_last() -> None:
    place = other_dates(face("m1", "f"), day(3), day(5))
    found = judged(criterion(scope="face"), table({}, mines=("m1",)), (place,))

    assert found.results["c"].asked.tolist() == [[3 <= ahead <= 5 for ahead in range(DAYS)]]
    open_end = judged(criterion(scope="face"), table({}, mines=("m1",)), (other_dates(place, day(8), ""),))
    assert open_end.results["c"].asked.tolist() == [[ahead >= 8 for ahead in range(DAYS)]]
    assert (
        judged(criterion(scope="face"), table({}, mines=("m1",)), (other_dates(place, day(3), day(5), mine="m9"),)).results["c"].names == ()
    )


def other_dates(place: Workplace, since: str, until: str, **values: Any) -> Workplace:
    return replace(place, valid_from=since, valid_to=until, **values)


@pytest.mark.parametrize(
    ("applies", "building", "asked"),
    [("all", True, True), ("all", False, True), ("construction", True, True), ("construction", False, False)],
)
def test_a_criterion_asks_the_mines_it_is_for(applies: str, building: bool, asked: bool) -> None:
    found = judged(criterion(applies=applies), table(always(5.0)), m1=profile("m1", under_construction=building))
    assert found.applies["c"].tolist() == [[asked] * DAYS]
    unknown = judged(criterion(applies=applies), table(always(5.0)))
    assert said(unknown)[0].why == ("" if applies == "all" else "no_profile")


def test_what_each_mine_is_and_which_days_it_told_of_are_kept() -> None:
    found = table({3: {(FACT, ""): (1.0, 1.0)}}, mines=("m1", "m2"))
    result = judge(only(criterion()), found, {"m2": replace(profile("m2"), object=Object.WASHERY)})

    assert (result.objects, result.index) == ((Object.MINE, Object.WASHERY), {"m1": 0, "m2": 1})
    np.testing.assert_array_equal(result.present, found.present)
    assert (result.mines, result.first, result.days) == (("m1", "m2"), FIRST, DAYS)
    assert (result.away.dtype, result.speaker["c"].dtype) == (np.int16, np.intp)


def test_a_day_outside_is_told_with_the_days_there_are() -> None:
    found = judged(criterion(), table(always(5.0)))

    assert (found.column(day(0)), found.column(FIRST + timedelta(days=DAYS - 1))) == (0, DAYS - 1)
    for ahead in (-1, DAYS):
        with pytest.raises(IndexError) as told:
            found.column(day(ahead))
        assert str(told.value) == f"{day(ahead)} is outside {day(0)} to {day(DAYS - 1)}"


@pytest.mark.parametrize(("starts", "open_days"), [(0, 0), (4, 4), (30, DAYS), (-5, 0)])
def test_a_paper_that_came_later_is_open_until_its_first_day(starts: int, open_days: int) -> None:
    one = criterion(valid_from=day(starts), least=1)
    found = judge(other_pack(one, day(-20)), table(always(5.0)), {})

    assert [said(found, ahead)[0].status is Status.OPEN for ahead in range(DAYS)] == [ahead < open_days for ahead in range(DAYS)]
    assert [said(found, ahead)[0].why for ahead in range(DAYS)] == ["not_in_force" if ahead < open_days else "" for ahead in range(DAYS)]
    shown = judge(other_pack(replace(one, threshold=None), day(-20)), table(always(5.0)), {})
    assert {said(shown, ahead)[0].why for ahead in range(DAYS)} == {"no_number"}, "what counts nothing has its own reason"


def other_pack(one: Criterion, since: str) -> Any:
    return replace(only(one), valid_from=since)


def test_a_code_without_words_is_said_as_it_is() -> None:
    assert why("some_code") == ("some_code", "some_code")
    assert why("no_fact") == ("没有有效数据", "no data that count")


def test_the_reason_of_the_worst_is_the_mine_s_also_where_it_is_the_last() -> None:
    one = criterion(scope="face", least=1, days=1)
    found = judged(one, FactTable.of([fact_set("m1", 0, {(FACT, "x"): (5.0, 1.0), (FACT, "y"): (1.0, 1.0)})]))

    assert [WHY[code] for code in found.why["c"][0]] == ["too_low"]
    assert found.results["c"].value.dtype == np.float64


def test_a_registered_face_without_facts_lacks_them_and_one_nobody_asks_about_is_open() -> None:
    place = face("m1", "f")
    [verdict] = said(judged(criterion(scope="face"), table({}, mines=("m1",)), (place,)))
    assert (verdict.subject, verdict.status, verdict.why, verdict.value) == ("f", Status.NO_EVIDENCE, "no_fact", None)

    shown = judged(criterion(query=None, threshold=None, scope="face"), table(always(5.0, subject="f")), (place,))
    assert [(one.subject, one.status, one.why) for one in said(shown)] == [("f", Status.OPEN, "no_query")]
