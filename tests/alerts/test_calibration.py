"""Which sensor is to be calibrated and compared when: by the clause where it names a period, else unknown until a person does."""

import pytest
from msgspec.structs import replace

from alerts.calibration import calendar, comparisons
from contracts.clock import BUILD_TIME, DAY, HOUR
from contracts.points import Point, Registry
from store.records.calibrations import CalibrationRow, ComparisonRow, PeriodRow

NOW = (BUILD_TIME // DAY + 10) * DAY
ZONE = 8 * HOUR


def point(id_: str, quantity: str = "methane", sensor: str = "", row: str = "face_low_high") -> Point:
    return Point(id_, quantity, "8101", id_, id_, sensor, limit_row=row, mapped_by="王工" if row else "")


REGISTRY = Registry(
    "m1",
    "一矿",
    "Mine 1",
    (
        point("T1", sensor="GJC4 载体催化"),
        point("T2", sensor="methane-laser"),
        point("T3", sensor="GJC4"),
        point("T4", row=""),
        point("CO1", "carbon_monoxide", row="co_face_return"),
        point("K1", "run_state", row=""),
        point("N1", "persons", row=""),
    ),
)


def calibrated(id_: str, time: int) -> CalibrationRow:
    return CalibrationRow(1, "m1", id_, time, True, 1, 1, 2.0, 1.98, 4.0, "赵", "标校")


def said(id_: str, kind: str, days: int | None = None, standard: str = "") -> PeriodRow:
    return PeriodRow(1, "m1", id_, kind, days, standard, "李工", NOW)


def due(pack, done=(), periods=(), now: int = NOW) -> dict[str, tuple[str, int | None, str]]:
    found = calendar(REGISTRY, pack, {row.point: row for row in done}, {row.point: row for row in periods}, now)
    return {one.point.id: (str(one.standing), one.every_days, one.why) for one in found}


def test_the_clause_names_half_a_month_and_half_a_year_and_nothing_else(pack):
    found = due(pack)
    assert found == {
        "T1": ("never", 15, ""),
        "T2": ("never", 183, ""),
        "T3": ("unknown", None, "sensor_unknown"),
        "T4": ("unknown", None, "sensor_unknown"),
        "CO1": ("unknown", None, "no_official_period"),
    }


@pytest.mark.parametrize(("ago", "standing"), [(15 * DAY, "due"), (15 * DAY + 1, "overdue"), (13 * DAY, "done"), (14 * DAY + 1, "due")])
def test_a_catalytic_sensor_is_overdue_after_half_a_month(pack, ago, standing):
    assert due(pack, [calibrated("T1", NOW - ago)])["T1"][0] == standing


def test_what_a_named_person_says_of_a_sensor_counts(pack):
    found = due(pack, [calibrated("CO1", NOW - 20 * DAY)], [said("T3", "laser"), said("CO1", "other", 30, "企业标准 Q/12")])
    assert (found["T3"], found["CO1"]) == (("never", 183, ""), ("done", 30, ""))


def test_a_calibration_before_the_installation_is_none_of_it(pack):
    moved = replace(REGISTRY, points=(replace(REGISTRY.points[0], valid_from=NOW - DAY), *REGISTRY.points[1:]))
    [first] = [one for one in calendar(moved, pack, {"T1": calibrated("T1", NOW - 2 * DAY)}, {}, NOW) if one.point.id == "T1"]
    assert (first.standing, first.last) == ("never", None)


def comparison(id_: str, time: int, portable: float = 0.5, allowed: float | None = None, mended: int = 0) -> ComparisonRow:
    return ComparisonRow(1, "m1", id_, time, 0.42, portable, allowed, "CJG10", "钱", "", mended)


def compared(pack, *done: ComparisonRow, now: int = NOW):
    return {one.point.id: one for one in comparisons(REGISTRY, pack, {row.point: row for row in done}, now, ZONE)}


def test_a_comparison_is_due_each_day_of_the_mine(pack):
    midnight = NOW - ZONE
    row = comparison("T1", midnight + HOUR)
    standings = [compared(pack, row, now=midnight + hours * HOUR)["T1"].standing for hours in (2, 23, 25, 47, 49)]
    assert standings == ["done", "done", "due", "due", "overdue"]
    found = compared(pack)
    assert (found["T2"].standing, found["T4"].standing, found["T4"].why) == ("never", "unknown", "place_unknown")
    assert "CO1" not in found


def test_the_allowed_error_is_not_known_here_unless_somebody_tells_it(pack):
    found = compared(pack, comparison("T1", NOW), comparison("T2", NOW, 0.6, 0.1), comparison("T3", NOW, 0.5, 0.1))
    assert (found["T1"].beyond, found["T1"].fix_by) == (None, None)
    assert (found["T2"].beyond, found["T2"].fix_by) == (True, NOW + 8 * HOUR)
    assert (found["T3"].beyond, found["T3"].fix_by) == (False, None)
    assert found["T1"].difference == pytest.approx(-0.08)


def test_both_devices_are_late_after_eight_hours_and_then_first_in_the_list(pack):
    late = compared(pack, comparison("T2", NOW, 0.6, 0.1), now=NOW + 8 * HOUR + 1)
    assert (next(iter(late)), late["T2"].late) == ("T2", True)
    assert not compared(pack, comparison("T2", NOW, 0.6, 0.1, mended=NOW + HOUR), now=NOW + 9 * HOUR)["T2"].late
