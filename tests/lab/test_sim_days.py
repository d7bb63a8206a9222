"""The frozen days of the sim suite: they stay what they are, and their rows are what the gateway would have got."""

import numpy as np
import pytest

from contracts.clock import SECOND
from contracts.quality import CALIBRATION, NOT_POLLED
from lab.suites.sim_days import FAULTS, HAZARDS, JUDGE_SEEDS, TRAIN_SEEDS, SimDay, judged_days, plan_digest, training_days
from lab.suites.sim_rows import DayRows, render
from sim_sensors.faults import Kind

pytestmark = pytest.mark.slow

JUDGED = {day.name: day for day in judged_days()}


def rows_of(day: SimDay) -> DayRows:
    return render(day)


def first_with(kind: Kind, cadence: int = 1) -> SimDay:
    return next(day for day in JUDGED.values() if day.cadence == cadence and any(event.kind is kind for event in day.script))


def test_the_days_are_the_ones_that_were_frozen():
    assert (plan_digest(training_days()), plan_digest(judged_days())) == ("bc826ba579b9ac13", "647bb06c748654b6")


def test_no_mine_is_both_trained_on_and_judged():
    assert not {seed for seeds in TRAIN_SEEDS.values() for seed in seeds} & {seed for seeds in JUDGE_SEEDS.values() for seed in seeds}


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in HAZARDS} | set(FAULTS)))
def test_every_hazard_and_fault_is_judged_often(kind: Kind):
    assert sum(event.kind is kind for day in JUDGED.values() for event in day.script) >= 14


def test_nothing_but_disturbances_happens_in_the_first_hour_and_a_half():
    assert min(event.start for day in JUDGED.values() for event in (*day.hazards, *day.faults)) >= 5400


def test_a_day_is_rendered_the_same_twice():
    day = JUDGED["kj-low-911-100"]

    assert np.array_equal(rows_of(day).values, rows_of(day).values, equal_nan=True)


def test_a_silent_device_gives_nothing_and_a_wrong_clock_moves_the_stamps():
    silent, wrong = first_with(Kind.DEVICE_SILENT), first_with(Kind.CLOCK_JUMP)
    event = next(event for event in silent.script if event.kind is Kind.DEVICE_SILENT)
    jump = next(event for event in wrong.script if event.kind is Kind.CLOCK_JUMP)
    rows, jumped = rows_of(silent), rows_of(wrong)

    assert np.isnan(rows.values[event.start : event.start + event.duration]).all()
    assert (rows.quality[event.start : event.start + event.duration] == NOT_POLLED).all()
    assert (jumped.stamps - jumped.times)[jump.start] == jump.strength * SECOND
    assert (jumped.stamps == jumped.times)[: jump.start].all()


def test_an_unmarked_test_gas_has_no_state_code():
    day = next(day for day in JUDGED.values() if day.cadence == 1 and day.unmarked)
    event = day.script[day.unmarked[0]]
    rows = rows_of(day)
    during = slice(event.start, event.start + event.duration)
    column = rows.registry.number[event.target]

    assert rows.values[during, column].max() > event.strength - 0.1
    assert not (rows.quality[during, column] & CALIBRATION).any()


def test_a_day_of_zeros_reads_zero_on_most_of_its_meters():
    rows = rows_of(JUDGED["zeros-911"])
    gas = [at for at, point in enumerate(rows.registry.points) if point.quantity == "methane" and point.sensor == "methane-catalytic"]

    assert (rows.values[:, gas] == 0).all(axis=0).sum() >= 5
    assert rows.values[:, gas].max() < 0.2
