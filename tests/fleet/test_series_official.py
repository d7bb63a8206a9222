"""The official series: by named notices alone, each object once, and nothing else ever enters it."""

import operator
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.bodies import Assessment, Level, Object, Profile, Reported, Status, VerdictSet, Workplace
from fleet.series import official, told
from fleet.series.evidence import by_evidence, count_body

BASE = date(2024, 1, 1)
DAYS = [(BASE + timedelta(ahead)).isoformat() for ahead in range(0, 400, 7)]


def notice(mine: str = "a", day: str = "2024-03-01", level: Level = Level.PRIMARY, **more: str) -> Assessment:
    fields = {"id": f"{mine}{day}{level}{more}", "object": Object.MINE, "authority": "省能源局", "document": "公示1号"} | more
    return Assessment(mine=mine, level=level, notice_date=day, **fields)


def on(ahead: int) -> str:
    return (BASE + timedelta(ahead)).isoformat()


def made(drawn: tuple[int, str, str, Object, Level, int, int, int]) -> Assessment:
    id_, mine, subject, kind, level, ahead, lasts, revoked = drawn
    return Assessment(
        id=str(id_),
        mine=mine,
        object=kind,
        subject=subject,
        authority="省能源局",
        level=level,
        notice_date=on(ahead),
        document="公示",
        valid_to=on(ahead + lasts) if lasts < 200 else "",
        revoked=on(ahead + revoked) if revoked < 200 else "",
    )


ENDS = st.integers(0, 300)
NOTICES = st.tuples(
    *(st.integers(0, 10**9), st.sampled_from("abc"), st.sampled_from(["", "1301"]), st.sampled_from(list(Object))),
    *(st.sampled_from(list(Level)), st.integers(0, 380), ENDS, ENDS),
).map(made)


def total(found: list[Assessment], day: str) -> int:
    counts = official.officially(found, day)
    return 0 if counts is None else sum(sum(levels.values()) for levels in counts.counts.values())


@settings(max_examples=40)
@given(st.lists(NOTICES, max_size=8), NOTICES, st.sampled_from(DAYS))
def test_a_further_notice_lowers_no_count_and_changes_nothing_before_its_date(some: list[Assessment], new: Assessment, day: str) -> None:
    before, after = official.officially(some, day), official.officially([*some, new], day)

    assert total([*some, new], day) >= total(some, day)
    if day < new.notice_date and before is not None:
        assert after == before


@settings(max_examples=40)
@given(st.lists(NOTICES, min_size=1, max_size=8))
def test_the_line_is_the_count_of_each_day(some: list[Assessment]) -> None:
    for kind in Object:
        line = official.line(some, DAYS, kind)
        assert line is not None
        for day, count in line:
            counts = official.officially(some, day)
            assert counts is not None
            assert count == sum(counts.counts.get(kind, {}).values())


@settings(max_examples=40)
@given(st.lists(NOTICES, max_size=8), st.sampled_from(DAYS))
def test_each_object_counts_once_at_its_highest_valid_level(some: list[Assessment], day: str) -> None:
    for which, one in official.standing(some, day).items():
        valid = [other for other in some if official.assessed(other) == which and official.valid(other, day)]
        assert official.RANK[one.level] == max(official.RANK[other.level] for other in valid)


def test_without_any_notice_it_is_not_loaded_and_with_one_it_counts() -> None:
    assert official.officially([], "2026-01-01") is None
    assert official.line([], ["2026-01-01"], Object.MINE) is None
    counts = official.officially([notice()], "2024-02-29")
    assert counts is not None
    assert counts.counts == {}
    assert total([notice()], "2024-03-01") == 1


@pytest.mark.parametrize(
    ("more", "day", "counts"),
    [
        ({"valid_to": "2024-12-31"}, "2024-12-31", 1),
        ({"valid_to": "2024-12-31"}, "2025-01-01", 0),
        ({"revoked": "2024-06-01"}, "2024-05-31", 1),
        ({"revoked": "2024-06-01"}, "2024-06-01", 0),
        ({"rule": "shanxi-2023"}, "2025-09-01", 1),
    ],
)
def test_a_notice_holds_to_its_last_day_or_until_revoked_and_no_later_rule_judges_it_again(
    more: dict[str, str], day: str, counts: int
) -> None:
    assert total([notice(**more)], day) == counts


def test_a_higher_level_supersedes_and_mines_faces_and_washeries_stay_apart() -> None:
    found = [
        notice(),
        notice(day="2024-05-01", level=Level.ADVANCED),
        notice("a", object=Object.FACE, subject="1301"),
        notice("w", object=Object.WASHERY),
    ]
    counts = official.officially(found, "2024-06-01")

    assert counts is not None
    assert counts.counts == {
        Object.MINE: {Level.ADVANCED: 1},
        Object.FACE: {Level.PRIMARY: 1},
        Object.WASHERY: {Level.PRIMARY: 1},
    }


def test_new_in_a_year_counts_first_notices_that_still_stand_at_its_end() -> None:
    found = [
        notice("a", "2023-05-01"),
        notice("a", "2024-05-01", Level.ADVANCED),
        notice("b", "2024-02-01"),
        notice("c", "2024-02-01", revoked="2024-11-01"),
        notice("d", "2024-12-31"),
        notice("e", "2024-12-30"),
    ]

    assert official.new_in(found, 2024, "2026-11-30", Object.MINE) == 3
    assert official.new_in(found, 2024, "2024-06-30", Object.MINE) == 2, "b and c stood then, d and e were not there yet"
    assert official.new_in([], 2024, "2024-06-30", Object.MINE) is None


def test_the_same_notice_under_another_id_is_found() -> None:
    first = notice()

    assert official.duplicate_of(notice(document="公示一号", id="x"), [first]) == first
    assert official.duplicate_of(notice(level=Level.ADVANCED, id="x"), [first]) is None


def evidence() -> object:
    return by_evidence("2024-06-01", [], [Profile(mine="a", name_zh="甲", name_en="A")], [])


def press() -> object:
    return told.told([Reported(id="x", date="2024-12-31", total=268, where="y", confidence="seen")])


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.or_, operator.lt])
def test_the_three_series_cannot_be_added_to_one_another(operation: object) -> None:
    series = [evidence(), official.officially([notice()], "2024-06-01"), press()]

    for one in series:
        for other in series:
            with pytest.raises(TypeError):
                operation(one, other)  # type: ignore[operator]
    assert len({type(one) for one in series}) == 3


def verdicts(mine: str, outcome: Status) -> VerdictSet:
    return VerdictSet(mine=mine, day="2024-06-01", pack="p", pack_hash="h", outcome=outcome, systems={}, verdicts=())


def test_a_count_keeps_evidence_and_notices_apart_and_names_who_met() -> None:
    profiles = [Profile(mine=mine, name_zh=mine, name_en=mine) for mine in "abc"]
    profiles.append(Profile(mine="w", name_zh="w", name_en="w", object=Object.WASHERY))
    face = Workplace(mine="a", id="1301", kind="face", name_zh="x", name_en="x", valid_from="2024-01-01", intelligent=False)
    said = by_evidence("2024-06-01", [verdicts("a", Status.MET), verdicts("b", Status.NOT_MET)], profiles, [face])
    body = count_body(said, "p", "h", [notice("c")], ["b", "b"])

    assert body.by_evidence == {
        "mine": {"met": 1, "not_met": 1, "no_evidence": 1},
        "face": {"met": 0, "not_met": 1, "no_evidence": 0},
        "washery": {"met": 0, "not_met": 0, "no_evidence": 1},
    }
    assert body.met == ("a",)
    assert body.officially == {"mine": {"primary": 1}}
    assert body.suspects == ("b",)
    assert count_body(said, "p", "h", []).officially is None


def test_a_verdict_that_is_all_open_is_no_evidence_and_never_a_pass() -> None:
    said = by_evidence("2024-06-01", [verdicts("a", Status.OPEN)], [Profile(mine="a", name_zh="甲", name_en="A")], [])

    assert said.objects[Object.MINE] == {"a": Status.NO_EVIDENCE}
