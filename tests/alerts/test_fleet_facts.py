"""Facts that rest on the regulation pack: settings, must-have points, calibrations, permits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import fleet_facts
from alerts.calibration import Due, calendar
from alerts.fleet_facts import Span, Workplace, needed
from alerts.packs import load
from contracts.clock import DAY, HOUR
from contracts.facts import Fact
from contracts.points import Point, Registry
from store.records.alarms import AlarmRow
from store.records.calibrations import CalibrationRow, PeriodRow
from store.records.permits import PermitRow

PACK = load()
START = 1_796_000_000_000_000
SPAN = Span(START, START + DAY)


def methane(id_: str, row: str, area: str = "face-1101", sensor: str = "催化") -> Point:
    return Point(id_, "methane", area, "处", "place", sensor, limit_row=row, mapped_by="somebody" if row else "")


FACE = (methane("T0", "face_return_corner"), methane("T1", "face_low_high"), methane("T2", "face_return_airway"))
HEADING = (methane("H1", "heading_face", "heading-1103"), methane("H2", "heading_return", "heading-1103"))
PLACE = Workplace("1101", "face", frozenset(("1101", "face-1101")), "low", 800.0, False)
DRIVEN = Workplace("1103", "heading", frozenset(("1103", "heading-1103")), "low", 800.0, False)


def alarm(number: int, point: str, rule: str = "kj.setting") -> AlarmRow:
    blank = dict.fromkeys(AlarmRow.__slots__, "") | dict.fromkeys(("open", "active"), True)
    return AlarmRow(**blank | {"id": number, "point": point, "rule": rule, "quantity": "methane"})  # type: ignore[arg-type]


def settings(loose: list[AlarmRow], compared: dict[str, int], points: tuple[Point, ...] = FACE) -> Fact:
    return fleet_facts.settings_wider(SPAN, points, PACK, loose, compared)


def test_none_looser_is_a_fact_only_where_all_were_compared() -> None:
    assert (settings([], {}).value, settings([], {}).why) == (None, "settings_not_compared")
    some = settings([], {"T0": START, "T1": START})
    assert (some.value, some.why, some.completeness) == (None, "settings_not_compared", 0.6667)
    assert settings([], dict.fromkeys(("T0", "T1", "T2"), START)).value == 0.0
    assert settings([], dict.fromkeys(("T0", "T1", "T2"), SPAN.end)).why == "settings_not_compared"
    assert settings([], {}, ()).why == "no_limits"


def test_a_looser_setting_is_a_fact_whatever_else_was_compared() -> None:
    fact = settings([alarm(7, "T1"), alarm(8, "T1"), alarm(9, "T2", "limit.alarm")], {})
    assert (fact.value, fact.evidence) == (1.0, ("alarm:7", "alarm:8"))


def test_only_rows_of_table_19_are_asked() -> None:
    other = (*FACE, methane("X", "charging_room_methane"), Point("CO", "carbon_monoxide", "face-1101", "", "", limit_row="co_face_return"))
    clauses = {PACK.rows[point.limit_row].clause for point in FACE}
    assert clauses == {fleet_facts.TABLE_19}
    assert settings([], {}, other).numbers["points_mapped"] == 3.0


def missing(place: Workplace, points: tuple[Point, ...]) -> Fact:
    [fact] = fleet_facts.must_have(SPAN, points, [place])
    return fact


def test_a_workplace_lacks_the_rows_nobody_mapped_a_point_to() -> None:
    assert (missing(PLACE, FACE).value, missing(PLACE, FACE).subject) == (0.0, "1101")
    lacking = missing(PLACE, FACE[:2])
    assert (lacking.value, "missing:face_return_airway" in lacking.numbers) == (1.0, True)
    assert missing(DRIVEN, HEADING).value == 0.0
    assert missing(PLACE, HEADING).value == 3.0


@pytest.mark.parametrize(
    ("changed", "row"),
    [
        ({"gas_class": "outburst"}, "face_intake_outburst"),
        ({"series_ventilation": True}, "face_intake_series"),
        ({"gas_class": "high", "length_m": 1000.1}, "face_return_mid"),
    ],
)
def test_class_length_and_series_ask_for_more(changed: dict[str, object], row: str) -> None:
    place = replace(PLACE, **changed)  # type: ignore[arg-type]
    assert missing(place, FACE).value == 1.0
    assert missing(place, (*FACE, methane("T3", row))).value == 0.0


def test_a_thousand_metres_is_not_longer_than_a_thousand() -> None:
    assert missing(replace(PLACE, gas_class="high", length_m=1000.0), FACE).value == 0.0


@pytest.mark.parametrize("unknown", [{"gas_class": ""}, {"length_m": None, "gas_class": "high"}, {"series_ventilation": None}])
def test_what_is_not_stated_may_ask_for_more(unknown: dict[str, object]) -> None:
    place = replace(PLACE, **unknown)  # type: ignore[arg-type]
    assert (missing(place, FACE).value, missing(place, FACE).why) == (None, "workplace_incomplete")
    assert missing(place, FACE[1:]).value == 1.0


def test_length_matters_not_in_a_low_gas_mine_and_no_register_is_no_evidence() -> None:
    assert missing(replace(PLACE, length_m=None), FACE).value == 0.0
    [fact] = fleet_facts.must_have(SPAN, FACE, [])
    assert (fact.value, fact.why) == (None, "no_workplaces")


def test_every_row_asked_for_is_in_the_pack() -> None:
    for kind in ("face", "heading"):
        for gas in fleet_facts.CLASSES:
            rows, whole = needed(Workplace("1", kind, frozenset(), gas, 2000.0, True))
            assert whole
            assert frozenset().union(*rows) <= PACK.rows.keys()
    assert needed(Workplace("1", "shaft", frozenset(), "low", 1.0, False)) == ([], False)


@given(gone=st.sets(st.sampled_from(["T0", "T1", "T2"])))
def test_taking_points_away_never_helps(gone: set[str]) -> None:
    fact = missing(PLACE, tuple(point for point in FACE if point.id not in gone))
    assert fact.value == float(len(gone))


def due(done: dict[str, int], said: dict[str, PeriodRow] | None = None, points: tuple[Point, ...] = FACE) -> list[Due]:
    rows = {name: CalibrationRow(1, "m", name, at, True, 0, 0, None, None, None, "x", "") for name, at in done.items()}
    return calendar(Registry("m", "m", "m", points), PACK, rows, said or {}, SPAN.end)


def test_calibrations_on_time_of_those_whose_period_is_known() -> None:
    done = {"T0": SPAN.end - DAY, "T1": SPAN.end - 15 * DAY, "T2": SPAN.end - 16 * DAY}
    fact = fleet_facts.calibrations(SPAN, due(done))
    assert (fact.value, fact.numbers["late"], fact.evidence) == (pytest.approx(2 / 3), 1.0, ("point:T2",))
    assert fleet_facts.calibrations(SPAN, due(done | {"T2": SPAN.end})).value == 1.0
    assert fleet_facts.calibrations(SPAN, due({})).value == 0.0


def test_an_unknown_period_leaves_no_evidence_unless_one_is_late() -> None:
    other = (*FACE, Point("TE", "temperature", "face-1101", "", ""))
    done = dict.fromkeys(("T0", "T1", "T2"), SPAN.end)
    fact = fleet_facts.calibrations(SPAN, due(done, points=other))
    assert (fact.value, fact.why, fact.completeness) == (None, "period_unknown", 0.75)
    assert fleet_facts.calibrations(SPAN, due({"T0": SPAN.end}, points=other)).value == pytest.approx(1 / 3)
    assert fleet_facts.calibrations(SPAN, []).why == "no_sensors"


def permit(number: int, opened: int, overrun: int = 0, closed: int = 0) -> PermitRow:
    people = ("", "", "", "", "", None, None, 1)
    return PermitRow(number, 1, "m", "T0", "calibration", "open", opened, opened + HOUR, opened, opened + HOUR, 0, overrun, closed, *people)


def test_permits_that_ran_over_on_the_day() -> None:
    before = permit(1, START - DAY, START - HOUR, START - 1)
    still = permit(2, START - DAY, START - HOUR)
    during = permit(3, START, START + HOUR, START + 2 * HOUR)
    later = permit(4, SPAN.end, SPAN.end + HOUR)
    fine = permit(5, START, 0, START + HOUR // 2)
    fact = fleet_facts.permits_overrun(SPAN, [before, still, during, later, fine])
    assert (fact.value, fact.evidence) == (2.0, ("permit:2", "permit:3"))
    assert fleet_facts.permits_overrun(SPAN, [fine]).value == 0.0
    assert fleet_facts.permits_overrun(SPAN, [later]).why == "no_permits"
