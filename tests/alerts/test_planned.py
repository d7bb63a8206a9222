"""A raise under an open permit is planned while it fits; whatever does not fit, overlaps, overruns or has no permit is told and seen."""

import pytest

from alerts import permit_desk
from alerts.permits import Opening
from alerts.planned import EXCEEDANCES
from contracts import quality as q
from contracts.clock import MINUTE, SECOND
from contracts.payload import Event
from store.records import alarms as table
from store.records import audit, calibrations, permits
from tests.alerts.shaft import PLANNED, UNACKNOWLEDGED, Shaft


class Heard:
    """An audience that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def tell(self, _db, told) -> None:
        self.told.append((told.subject.point, told.row.change))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def shaft(heard: Heard):
    shaft = Shaft(heard)
    shaft.dig("m1")
    shaft.run(90, 10)
    yield shaft
    shaft.records.close()


def test_a_calibration_under_its_permit_is_planned_filed_and_nobody_is_called(shaft: Shaft, heard: Heard):
    [permit] = shaft.plan("m1", "T00")
    assert shaft.open(permit) == ""
    shaft.gas("m1", "T00")
    alarm = shaft.until_raised("m1", "T00")
    assert (shaft.alarm(alarm).state, shaft.verdict(alarm)) == (PLANNED, ("pending", "", True))
    shaft.run(50)
    assert shaft.verdict(alarm) == ("fits", "", True)
    shaft.until_returned("m1", "T00")
    shaft.run(2)
    assert (shaft.alarm(alarm).state, shaft.verdict(alarm)) == ("normal", ("fits", "", False))
    assert (heard.told, shaft.reasons(alarm)) == ([], [])
    with shaft.records.read() as db:
        [row] = calibrations.newest_calibrations(db, "m1").values()
        assert permits.tally(db, "m1", 0, 1 << 62, EXCEEDANCES) == {"fits": 1}
    assert (row.point, row.seen, row.permit, row.alarm, row.gas) == ("T00", True, permit, alarm, 2.0)
    assert row.reading == pytest.approx(2.0, abs=0.05)
    assert 1 <= row.alarm_s <= 8


def test_the_same_gas_without_a_permit_is_told_unverified_and_referred(shaft: Shaft, heard: Heard):
    shaft.gas("m1", "T00")
    alarm = shaft.until_raised("m1", "T00")
    assert (shaft.alarm(alarm).state, shaft.alarm(alarm).unverified) == (UNACKNOWLEDGED, True)
    assert shaft.reasons(alarm) == ["flag_without_permit"]
    assert heard.told == [("T00", "raise"), ("T00", "refer")]


def test_gas_without_flag_and_without_permit_is_an_alarm_like_any_other(shaft: Shaft, heard: Heard):
    shaft.gas("m1", "T00", flagged=False)
    alarm = shaft.until_raised("m1", "T00")
    assert (heard.told, shaft.reasons(alarm)) == ([("T00", "raise")], [])


def test_real_gas_under_a_permit_is_taken_back_as_soon_as_a_neighbour_rises(shaft: Shaft, heard: Heard):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.gas("m1", "T00", 2.0)
    alarm = shaft.until_raised("m1", "T00")
    shaft.shown["m1", "T02"] = lambda _time: (0.45, 0)
    shaft.run(1)
    assert (shaft.alarm(alarm).state, shaft.reasons(alarm)) == (UNACKNOWLEDGED, ["permit_misfit"])
    assert shaft.verdict(alarm)[1] == "neighbours_rise"
    assert heard.told == [("T00", "unplan"), ("T00", "refer")]


def test_what_never_stands_still_is_told_when_the_time_for_doubt_is_over(shaft: Shaft, heard: Heard):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit, gas=None)
    start = shaft.now
    shaft.shown["m1", "T00"] = lambda time: (round(0.3 + 0.02 * (time - start) / SECOND, 2), q.CALIBRATION)
    alarm = shaft.until_raised("m1", "T00")
    shaft.run(57)
    assert heard.told == []
    shaft.run(16)
    assert (shaft.verdict(alarm)[1], [change for _, change in heard.told]) == ("no_plateau", ["unplan", "refer"])


def test_an_exceedance_that_is_over_before_it_was_judged_is_opened_again_where_it_does_not_fit(shaft: Shaft, heard: Heard):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.gas("m1", "T00", seconds=8)
    alarm = shaft.until_raised("m1", "T00")
    shaft.shown["m1", "T00"] = lambda _time: (0.3, 0)
    shaft.until_returned("m1", "T00")
    assert shaft.alarm(alarm).state == "normal"
    shaft.run(70)
    assert (shaft.alarm(alarm).state, shaft.alarm(alarm).open) == ("returned_unacknowledged", True)
    assert shaft.reasons(alarm) == ["permit_misfit"]


def test_a_permit_that_runs_over_lets_its_alarm_go(shaft: Shaft, heard: Heard):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit, minutes=2)
    shaft.gas("m1", "T00", seconds=600)
    alarm = shaft.until_raised("m1", "T00")
    shaft.run(130)
    assert (shaft.alarm(alarm).state, shaft.reasons(alarm)) == (UNACKNOWLEDGED, ["permit_overrun"])
    with shaft.records.read() as db:
        assert permits.permit(db, permit).state == "overrun"
        assert {"permit.overrun", "alarm.referred"} <= {link.kind for link in audit.links(db)}


def test_a_raise_under_a_permit_that_has_run_over_is_told(shaft: Shaft):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit, minutes=1)
    shaft.run(70)
    shaft.gas("m1", "T00")
    alarm = shaft.until_raised("m1", "T00")
    assert (shaft.alarm(alarm).state, shaft.reasons(alarm)) == (UNACKNOWLEDGED, ["permit_overrun"])


def test_permits_at_neighbours_that_overlap_speak_for_nothing(shaft: Shaft):
    one, other = shaft.plan("m1", "T00", "T01")
    shaft.open(one)
    shaft.gas("m1", "T00")
    alarm = shaft.until_raised("m1", "T00")
    assert shaft.open(other, "钱检测") == ""
    shaft.run(1)
    assert (shaft.alarm(alarm).state, shaft.reasons(alarm)) == (UNACKNOWLEDGED, ["permits_overlap"])
    shaft.gas("m1", "T01")
    second = shaft.until_raised("m1", "T01")
    assert (shaft.alarm(second).state, shaft.reasons(second)) == (UNACKNOWLEDGED, ["permits_overlap"])


def test_permits_of_two_areas_do_not_overlap(shaft: Shaft):
    one, other = shaft.plan("m1", "T00", "T11")
    shaft.open(one)
    shaft.open(other, "钱检测")
    shaft.gas("m1", "T00")
    assert shaft.alarm(shaft.until_raised("m1", "T00")).state == PLANNED


def test_a_permit_of_another_point_speaks_for_nothing(shaft: Shaft):
    [permit] = shaft.plan("m1", "T11")
    shaft.open(permit)
    shaft.gas("m1", "T00")
    assert shaft.reasons(shaft.until_raised("m1", "T00")) == ["flag_without_permit"]


def test_closing_the_permit_while_the_value_is_high_lets_the_alarm_go(shaft: Shaft):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.gas("m1", "T00", seconds=600)
    alarm = shaft.until_raised("m1", "T00")
    shaft.run(60)
    shaft.close(permit)
    shaft.run(1)
    assert (shaft.alarm(alarm).state, shaft.verdict(alarm)[1]) == (UNACKNOWLEDGED, "permit_closed")


def test_the_flag_that_goes_while_the_value_is_high_lets_the_alarm_go(shaft: Shaft):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.gas("m1", "T00")
    alarm = shaft.until_raised("m1", "T00")
    told = Event("T00", "limit.alarm", "raise", shaft.now + SECOND, 1.9, 1.0, 0, "", "verified", shaft.now, "p", False)
    with shaft.records.begin() as db:
        shaft.journal.event(db, "m1", "m1/gw1", told, shaft.now + SECOND, shaft.registries["m1"])
    assert (shaft.alarm(alarm).state, shaft.reasons(alarm)) == (UNACKNOWLEDGED, ["permit_misfit"])


def test_a_sensor_without_flag_is_planned_by_its_shape(shaft: Shaft, heard: Heard):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.gas("m1", "T00", flagged=False)
    alarm = shaft.until_raised("m1", "T00")
    shaft.run(50)
    assert (shaft.verdict(alarm)[0], heard.told) == ("fits", [])


def test_a_cut_stage_of_one_calibration_is_one_calibration(shaft: Shaft):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.gas("m1", "T00")
    shaft.until_raised("m1", "T00")
    shaft.run(4)
    cut = shaft.event("m1", "T00", "cut", "limit.cut.0", 1.5)
    shaft.run(60)
    assert shaft.verdict(cut)[0] == "fits"
    with shaft.records.read() as db:
        assert len(db.execute(calibrations.CALIBRATIONS.select()).all()) == 1
        assert permits.tally(db, "m1", 0, 1 << 62, EXCEEDANCES) == {"fits": 1}


def test_after_a_restart_the_curve_is_known_from_the_store(shaft: Shaft, heard: Heard):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.gas("m1", "T00")
    alarm = shaft.until_raised("m1", "T00")
    shaft.watch = type(shaft.watch)(shaft.records, shaft.journal, shaft.store, shaft.live)
    shaft.run(50)
    assert (shaft.verdict(alarm)[0], heard.told) == ("fits", [])


def test_a_late_exceedance_is_never_planned_and_one_with_the_flag_needs_a_permit(shaft: Shaft, heard: Heard):
    numbers = {"start": float(shaft.now - 300 * SECOND), "end": float(shaft.now - 200 * SECOND), "peak": 2.0}
    facts = (shaft.now - 200 * SECOND, 2.0, 1.0, q.CALIBRATION, "", "older_readings", shaft.now, "p", True, numbers)
    with shaft.records.begin() as db:
        [row] = shaft.journal.event(db, "m1", "m1/gw1", Event("T00", "limit.alarm", "past", *facts), shaft.now, shaft.registries["m1"])
    assert (shaft.reasons(row.alarm_id), [change for _, change in heard.told]) == (["flag_without_permit"], ["past", "refer"])


def test_a_lock_test_belongs_to_the_permit_it_was_done_under(shaft: Shaft):
    [permit] = shaft.plan("m1", "T00")
    shaft.open(permit)
    shaft.run(120)
    numbers = {"start": float(shaft.now - 60 * SECOND), "alarm_s": 3.0, "cut_s": 5.0, "feed_off_s": 9.0, "restore_s": 60.0}
    facts = (shaft.now, 2.0, 1.5, q.CALIBRATION, "", "lock_tested_under_calibration", shaft.now, "p", False, numbers)
    with shaft.records.begin() as db:
        [row] = shaft.journal.event(db, "m1", "m1/gw1", Event("T00", "lock.test", "filed", *facts), shaft.now, shaft.registries["m1"])
    with shaft.records.read() as db:
        assert permits.permit(db, permit).lock_test == row.alarm_id
        assert [step.change for step in table.transitions(db, row.alarm_id)] == ["filed", "permit"]


def test_many_flags_without_permits_are_an_alarm_of_the_gateway_until_they_are_explained(shaft: Shaft, heard: Heard):
    for point in ("T00", "T01", "T02"):
        shaft.shown["m1", point] = lambda _time: (0.3, q.CALIBRATION)
    shaft.run(9)
    assert heard.told == []
    shaft.run(4)
    assert [change for _, change in heard.told] == ["raise"]
    shaft.run(285, 5)
    assert [change for _, change in heard.told] == ["raise"]
    shaft.run(10)
    assert [change for _, change in heard.told] == ["raise", "refer"]
    shaft.shown["m1", "T02"] = lambda _time: (0.3, 0)
    shaft.run(2)
    assert [change for _, change in heard.told] == ["raise", "refer", "return"]


def test_flags_that_hide_an_exceedance_are_one_message_to_the_inspector(shaft: Shaft, heard: Heard):
    for point in ("T00", "T01", "T02"):
        shaft.shown["m1", point] = lambda _time, point=point: (1.2 if point == "T00" else 0.3, q.CALIBRATION)
    shaft.run(12)
    alarm = shaft.event("m1", "T00")
    shaft.run(400, 20)
    assert shaft.reasons(alarm) == ["flag_without_permit"]
    assert [change for _, change in heard.told].count("refer") == 1


def test_opening_in_bulk_is_refused_and_in_the_chain(shaft: Shaft):
    numbers = shaft.plan("m1", "T00", "T01", "T02", "T11")
    said = [shaft.open(number, f"检测工{number}") for number in numbers]
    assert said == ["", "", "", "permits_in_bulk"]
    with shaft.records.read() as db:
        links = audit.links(db)
        audit.verify(links)
    assert [link.kind for link in links if link.kind.startswith("permit")][-1] == "permit.refused"
    assert not any("检测工".encode() in link.payload for link in links)
    shaft.now += 10 * MINUTE
    assert shaft.open(numbers[3], "另一人") == ""


def test_two_calls_at_once_for_one_point_open_one_permit(shaft: Shaft):
    one, other = (*shaft.plan("m1", "T00"), *shaft.plan("m1", "T00"))
    assert shaft.open(one, "赵") == ""
    assert shaft.open(other, "钱") == "point_has_a_permit"
    with shaft.records.begin() as db:
        assert permit_desk.open_permit(db, 99, Opening("周", "赵", "标校"), shaft.now).refusal == "no_such_permit"
