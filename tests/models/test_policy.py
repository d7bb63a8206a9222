"""The policy on a simulated mine: each hazard and fault becomes its own finding, ends, and explains what it brings about."""

from functools import cache

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from models.base import Frame, Scores
from models.places import Spot, spots_of
from models.policy import Finding, Policy
from models.trust import Trust, TrustSettings
from sim_sensors.faults import Event, Kind
from sim_sensors.layout import lay_out
from sim_sensors.mine.preset import HIGH
from sim_sensors.source import SimulatedSource

pytestmark = pytest.mark.slow

LAYOUT = lay_out("m", "m", "m", HIGH)
LIMITS = {setting.point: setting.alarm_ge for setting in LAYOUT.settings if np.isfinite(setting.alarm_ge)}
POINTS = tuple(point.id for point in LAYOUT.registry.points)
CALM = 900


def spots() -> tuple[Spot, ...]:
    return spots_of(LAYOUT.registry, LIMITS)


@cache
def trust() -> Trust:
    values, _, _ = SimulatedSource(LAYOUT, HIGH, 9, BUILD_TIME).span(0, 2400)
    return Trust(TrustSettings(spots())).fit(Frame(POINTS, BUILD_TIME + SECOND * np.arange(2400, dtype=np.int64), values))


def story(*events: Event, seconds: int = 1800, unmarked: bool = False, stamps: np.ndarray | None = None) -> list[Finding]:
    """Findings of 15 calm minutes and what follows; the times of events count from the end of the calm ones."""
    script = [Event(e.kind, e.start + CALM, e.duration, e.target, e.strength) for e in events]
    values, quality, _ = SimulatedSource(LAYOUT, HIGH, 5, BUILD_TIME, script=script).span(0, CALM + seconds)
    times = BUILD_TIME + SECOND * np.arange(CALM + seconds, dtype=np.int64)
    policy = Policy(spots(), Trust.load(trust().save()))
    return policy.step(Frame(POINTS, times, values), np.zeros_like(quality) if unmarked else quality, stamps)


def at(finding: Finding) -> int:
    return (finding.since - BUILD_TIME) // SECOND - CALM


HAZARDS = (
    (Kind.FAN_STOP, "local_fan", 1.0, 5),
    (Kind.FAN_STOP, "main_fan", 1.0, 5),
    (Kind.GAS_ACCUMULATION, "heading", 4.0, 30),
    (Kind.GAS_ACCUMULATION, "corner", 5.0, 60),
    (Kind.OUTBURST, "heading", 400.0, 30),
    (Kind.OUTBURST, "face", 400.0, 60),
    (Kind.BELT_FIRE, "belt", 0.12, 120),
    (Kind.DOORS_OPEN, "doors", 1.0, 15),
)


@pytest.mark.parametrize(("kind", "target", "strength", "within"), HAZARDS)
def test_a_hazard_becomes_a_finding_of_its_kind_in_time_and_nothing_comes_before(kind: Kind, target: str, strength: float, within: int):
    first = story(Event(kind, 100, 600, target, strength), seconds=100 + within + 60)[0]  # what comes after it is not asked

    assert first.kind == kind.value
    assert 100 <= at(first) <= 100 + within
    assert first.hazard
    assert first.points


def test_a_supply_that_is_fed_without_air_is_told():
    both = Event(Kind.FAN_STOP, 100, 300, "local_fan"), Event(Kind.FEED_STUCK, 100, 300, "heading")

    assert {"fan_stop", "feed_stuck"} <= {finding.kind for finding in story(*both, seconds=300)}


def test_a_finding_ends_when_it_is_over():
    findings = [finding for finding in story(Event(Kind.DOORS_OPEN, 100, 200, "doors")) if finding.kind == "doors_open"]

    assert [finding.ended is None for finding in findings] == [True, False]
    assert findings[1].since == findings[0].since
    assert 290 <= (findings[1].seen - BUILD_TIME) // SECOND - CALM <= 310


def test_what_a_stopped_fan_brings_about_is_no_finding_of_its_own():
    kinds = {finding.kind for finding in story(Event(Kind.FAN_STOP, 100, 900, "main_fan"), seconds=2400)}

    assert "fan_stop" in kinds
    assert not kinds & {"gas_accumulation", "test_gas", "drift"}


@pytest.mark.parametrize(
    ("kind", "target", "strength", "named"),
    [
        (Kind.SPIKE, "1101-T1", 1.5, "spike"),
        (Kind.DROPOUT, "1101-T1", 1.0, "dropout"),
        (Kind.TEST_GAS, "1101-T2", 2.0, "test_gas"),
        (Kind.LOCK_TEST, "1103-T1", 2.0, "lock_test"),
    ],
)
def test_a_fault_is_named_at_its_point_and_makes_no_hazard(kind: Kind, target: str, strength: float, named: str):
    findings = story(Event(kind, 100, 3 if kind is Kind.SPIKE else 300, target, strength))

    assert any(finding.kind == named and finding.subject == target for finding in findings)
    assert not any(finding.hazard for finding in findings)


def test_calibration_gas_that_nobody_marked_is_told_as_such_and_makes_no_hazard():
    findings = story(Event(Kind.TEST_GAS, 100, 300, "1101-T2", 2.0), unmarked=True)

    assert findings[0].kind == "test_gas"
    assert 120 <= at(findings[0]) <= 160
    assert not any(finding.hazard for finding in findings)


def test_all_points_together_are_a_silent_device_and_no_dropouts():
    values, quality, _ = SimulatedSource(LAYOUT, HIGH, 5, BUILD_TIME).span(0, 300)
    values[100:160] = np.nan
    findings = Policy(spots()).step(Frame(POINTS, BUILD_TIME + SECOND * np.arange(300, dtype=np.int64), values), quality)

    assert [finding.kind for finding in findings] == ["device_silent", "device_silent"]


def test_a_clock_that_parts_from_the_gateways_is_told():
    stamps = BUILD_TIME + SECOND * np.arange(CALM + 300, dtype=np.int64)
    stamps[CALM + 100 :] -= 60 * SECOND

    assert [(finding.kind, at(finding)) for finding in story(seconds=300, stamps=stamps)] == [("clock_jump", 100)]


def test_a_vehicle_and_blasting_are_no_hazards():
    passing = [Event(Kind.VEHICLE, 100 + 300 * number, 120, "intake", 0.006) for number in range(4)]

    assert not any(finding.hazard for finding in story(*passing, Event(Kind.BLASTING, 200, 60, "heading", 0.1)))


def test_rows_one_by_one_are_told_as_a_block():
    values, quality, _ = SimulatedSource(LAYOUT, HIGH, 5, BUILD_TIME, script=[Event(Kind.FAN_STOP, 100, 100, "local_fan")]).span(0, 600)
    frame = Frame(POINTS, BUILD_TIME + SECOND * np.arange(600, dtype=np.int64), values)
    whole, single = (Policy(spots(), Trust.load(trust().save())) for _ in range(2))

    one_by_one = [found for row in range(600) for found in single.step(frame.rows(row, row + 1), quality[row : row + 1])]

    assert whole.step(frame, quality) == one_by_one


class Disagreeing:
    """A balance that always finds one meter off."""

    points = ("1101-T2",)

    def score(self, frame: Frame) -> Scores:
        parts = np.full((len(frame), 1), 2.0)
        return Scores(self.points, parts[:, 0], parts)

    def restart(self) -> None:
        """Nothing is remembered."""


@pytest.mark.parametrize(("events", "told_at"), [((), 600), ((Event(Kind.DOORS_OPEN, 300, 60, "doors"),), None)])
def test_a_meter_off_balance_is_told_after_ten_minutes_and_not_while_the_air_recovers(events: tuple[Event, ...], told_at: int | None):
    values, quality, _ = SimulatedSource(LAYOUT, HIGH, 5, BUILD_TIME, script=events).span(0, 1800)
    policy = Policy(spots(), scorers=[("drift", Disagreeing())])
    findings = policy.step(Frame(POINTS, BUILD_TIME + SECOND * np.arange(1800, dtype=np.int64), values), quality)

    assert [(found.since - BUILD_TIME) // SECOND for found in findings if found.kind == "drift"] == ([] if told_at is None else [told_at])
