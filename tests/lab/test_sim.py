"""The sim suite's judge on findings made by hand, and our policy on one short day."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from contracts.clock import MINUTE, SECOND
from lab.suites import sim_watch
from lab.suites.sim import Judged, judge, table
from lab.suites.sim_days import SimDay, training_days
from lab.suites.sim_rows import DayRows, render
from lab.suites.sim_watch import baselines, watch
from models.base import Frame
from models.policy import Finding
from sim_sensors.faults import Kind

pytestmark = pytest.mark.slow

DAY = next(day for day in training_days() if day.name == "second-high-101-2")
"""Gas gathers in the corner (its limit is reached after half a minute), test gas on 1101-T1, a dropout of 1103-T2, a spike on 1101-T2."""
GAS = next(event for event in DAY.script if event.kind is Kind.GAS_ACCUMULATION)
SPIKE = next(event for event in DAY.script if event.kind is Kind.SPIKE)


@cache
def rows() -> DayRows:
    return render(DAY)


def said(kind: str, second: int, *points: str) -> Finding:
    return Finding(kind, points[0] if points else "", points, rows().instant(second), rows().instant(second), 0.9)


def verdict(*findings: Finding) -> dict[str, tuple[bool, float | None]]:
    return {event[0]: (event[2], event[3]) for event in judge(rows(), list(findings)).events}


def test_a_hazard_counts_as_found_within_a_minute_or_before_its_limit_and_not_later():
    assert verdict(said("gas_accumulation", GAS.start + 20, "1101-T0"))["gas_accumulation"][0]
    assert verdict(said("gas_accumulation", GAS.start + 60, "1101-T0"))["gas_accumulation"][0]
    assert not verdict(said("gas_accumulation", GAS.start + 61, "1101-T0"))["gas_accumulation"][0]
    assert not verdict(said("gas_accumulation", GAS.start - 1, "1101-T0"))["gas_accumulation"][0]


def test_the_lead_is_from_the_finding_to_the_first_limit_alarm():
    alarm = rows().first_alarm(GAS, ("1101-T0",))
    assert alarm is not None
    lead = verdict(said("gas_accumulation", GAS.start + 5, "1101-T0"))["gas_accumulation"][1]

    assert lead == pytest.approx((alarm - rows().instant(GAS.start + 5)) / SECOND)


def test_a_fault_is_named_rightly_at_its_point_only():
    assert verdict(said("spike", SPIKE.start + 2, "1101-T2"))["spike"][0]
    assert not verdict(said("spike", SPIKE.start + 2, "1101-T1"))["spike"][0]
    assert not verdict(said("drift", SPIKE.start + 2, "1101-T2"))["spike"][0]


def test_what_belongs_to_nothing_is_false_and_what_a_hazard_brings_about_is_not():
    judged = judge(
        rows(), [said("belt_fire", 8000, "1101-BE-CO"), said("outburst", GAS.start + 100, "1101-T0"), said("spike", 8000, "1101-T1")]
    )

    assert judged.false == {"belt_fire": 1, "spike": 1}


def test_a_finding_of_gas_that_really_comes_is_not_false():
    column = rows().registry.number["1101-T2"]
    there = rows().there.copy()
    there[8300:8400, column] = 1.2

    assert judge(replace(rows(), there=there), [said("gas_accumulation", 8000, "1101-T2")]).false == {}
    assert judge(rows(), [said("gas_accumulation", 8000, "1101-T2")]).false == {"gas_accumulation": 1}


def test_the_table_counts_false_findings_by_the_day():
    day = Judged((("spike", False, True, None, 3.0), ("outburst", True, False, -5.0, 70.0)), {"drift": 2}, 12 * 60 * MINUTE)
    told = table([day, day])

    assert (told["false_per_day"], told["mine_days"], told["false_by_kind"]) == (4.0, 1.0, {"drift": 4.0})
    assert told["faults"]["spike"] == {"n": 2, "found": 100.0, "delay_s": 3.0, "false_per_day": 0.0}
    assert told["hazards"]["outburst"] == {"n": 2, "found": 0.0, "delay_s": 70.0, "lead_s": -5.0, "false_per_day": 0.0}


def test_the_threshold_baseline_speaks_with_the_limit():
    spoken = [found.since for found in baselines(rows())["threshold"] if found.points == ("1101-T0",)]
    first = next(since for since in spoken if since >= rows().instant(GAS.start))

    assert first == rows().first_alarm(GAS, ("1101-T0",))


def test_the_policy_finds_what_happens_on_a_day(monkeypatch: pytest.MonkeyPatch):
    def calm(_: SimDay) -> Frame:
        return Frame(rows().points, rows().times[:5400], rows().values[:5400])

    monkeypatch.setattr(sim_watch, "commissioned", calm)
    part = slice(0, 12_000)
    few = replace(rows(), **{name: getattr(rows(), name)[part] for name in ("times", "stamps", "values", "quality", "there")})
    findings = [found.kind for found in watch(few) if found.ended is None]

    assert "test_gas" in findings
    assert "gas_accumulation" in findings
    assert np.isin(findings, ["test_gas", "gas_accumulation", "dropout", "spike", "drift", "frozen"]).all()
