"""What the press told and what the programme asked for: the product's file, and how a year looks from a day."""

import msgspec
import pytest

from contracts.errors import BadPayload
from fleet.bodies import Assessment, Level, Object
from fleet.programme import programme, shanxi
from fleet.series import told
from fleet.view import TargetView

FILE = shanxi()


def year(of: int, day: str, found: list[Assessment] | None = None) -> TargetView:
    return next(one for one in told.target_views(FILE.targets, FILE.reported, found or [], day) if one.year == of)


def test_268_at_the_end_of_2024_stands_with_both_baselines_and_their_sources() -> None:
    view = year(2024, "2026-11-30")

    assert (view.kind, view.value, view.when) == ("increment", 150, "past")
    assert [(one.value, one.total, one.new) for one in view.baselines] == [(118, 268, 150), (107, 268, 161)]
    assert ["Xinhua" in view.baselines[0].source, "山西日报" in view.baselines[1].source] == [True, True]
    assert all("新华社" in one.total_source and one.met for one in view.baselines)


def test_what_was_officially_assessed_new_is_not_known_until_notices_are_entered() -> None:
    notice = Assessment(id="x", mine="a", object=Object.MINE, authority="y", level=Level.PRIMARY, notice_date="2024-05-06", document="z")

    assert year(2024, "2026-11-30").official_new is None
    assert year(2024, "2026-11-30", [notice]).official_new == 1
    assert year(2023, "2026-11-30", [notice]).official_new == 0
    assert year(2027, "2026-11-30", [notice]).official_new is None, "that year has not begun"


def test_each_year_says_when_it_is_and_the_next_has_no_number() -> None:
    assert [one.when for one in told.target_views(FILE.targets, FILE.reported, [], "2024-06-30")] == ["past", "now", "next", "later"]
    assert [one.when for one in told.target_views(FILE.targets, FILE.reported, [], "2026-11-30")] == ["past", "past", "past", "next"]
    assert [(year(of, "2026-11-30").kind, year(of, "2026-11-30").value) for of in (2025, 2027)] == [("scope", None)] * 2


def test_only_totals_of_mines_are_drawn_and_an_expectation_is_nowhere() -> None:
    drawn = told.told_until(told.told(FILE.reported), "2026-11-30")

    assert drawn == (
        ("2023-04", 39),
        ("2023-12", 118),
        ("2024-01-23", 107),
        ("2024-12-23", 244),
        ("2024-12-31", 268),
        ("2025-11", 369),
    )
    assert told.told_until(told.told(FILE.reported), "2023-11-30") == (("2023-04", 39),)
    assert 200 not in [one.total for one in FILE.reported]
    assert {1491, 1398} <= {one.total for one in told.reported_views(FILE.reported)}


def test_everything_told_has_a_source_and_how_it_was_read() -> None:
    assert all(one.where and one.confidence == "seen_secondary" for one in FILE.reported)
    assert all(one.source and one.confidence == "seen_secondary" and one.note_zh and one.note_en for one in FILE.targets)


GOOD = """
schema_version: 1
as_of: "2026-11-23"
targets: [{id: t, year: 2024, kind: increment, value: 150, baselines: {b: 118}, source: s, confidence: seen}]
reported: [{id: r, date: "2023-12", total: 118, where: w, confidence: seen, baseline: b}]
"""


@pytest.mark.parametrize(
    ("was", "is_", "why"),
    [
        ("where: w", "where: ' '", "where"),
        ("source: s", "source: ''", "source"),
        ("confidence: seen}]\nrep", "confidence: memory}]\nrep", "confidence"),
        ("kind: increment", "kind: hope", "kind"),
        ("value: 150, ", "", "value"),
        ("{b: 118}", "{b: 119}", "nobody told"),
        ('"2023-12"', '"December"', "date"),
        ("total: 118", "total: -1", "total"),
        ("id: r", "id: t", "twice"),
        ("id: r", "id: r, hope: 200", "hope"),
    ],
)
def test_a_file_with_a_guess_in_it_is_refused(was: str, is_: str, why: str) -> None:
    assert programme(GOOD).targets[0].value == 150
    assert was in GOOD
    with pytest.raises(BadPayload, match=why):
        programme(GOOD.replace(was, is_))


def test_a_total_of_the_year_is_its_last_of_december() -> None:
    series = told.told(msgspec.structs.replace(one, id=f"{one.id}-again") for one in FILE.reported)

    assert [one.total if (one := told.at_end_of(series, of)) else None for of in (2023, 2024, 2025)] == [118, 268, None]
