"""The suites IMS, fan and seismic: their measures on made cases, and our figures on the real data where they are."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from contracts.clock import MINUTE
from lab.suites import fan, ims, seismic
from models.base import Frame

pytestmark = pytest.mark.slow

DATA = Path(os.environ.get("DAVY_DATA", Path(__file__).parents[3] / "shared" / "data"))


def here(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (DATA / name).is_dir(), reason=f"the data {name} are not beside the repository (DAVY_DATA)")


def run(worn_from: int, rows: int = 800) -> Frame:
    random = np.random.default_rng(5)
    values = 0.06 * np.exp(0.01 * random.normal(size=(rows, 2)))
    values[worn_from:, 0] *= np.linspace(1.2, 3, rows - worn_from)
    return Frame(("b1", "b2"), np.arange(rows) * 10 * MINUTE, values)


def test_a_worn_bearing_is_told_until_the_end_and_the_well_one_is_not() -> None:
    frame = run(600)
    told = ims.told(ims.judged(frame), frame)
    assert told["false_alarms"] == 0
    assert 30 < told["lead_hours_of"]["b1"] <= 200 / 6
    assert told["lead_hours_of"]["b2"] == 0


def test_an_alarm_in_the_healthy_quarter_is_false_and_gives_no_lead() -> None:
    frame = run(800)
    parts = np.zeros((800, 2))
    parts[150:180, 1] = 2.0
    assert ims.told(parts, frame) == {"lead_hours": 0.0, "false_alarms": 1, "lead_hours_of": {"b1": 0.0, "b2": 0.0}}


def test_an_alarm_that_does_not_last_is_none() -> None:
    times = np.arange(100) * 10 * MINUTE
    over = np.zeros(100, np.bool_)
    over[[10, 11, 40, 99]] = True
    over[50:70] = True
    assert ims.lasting(over, times).tolist() == [50, 99]
    assert ims.lasting(np.zeros(100, np.bool_), times).tolist() == []


@here("ims-bearing")
def test_the_bearing_that_failed_is_told_three_days_before_and_no_well_one_in_the_first_quarter() -> None:
    result = ims.evaluate(DATA / "ims-bearing")
    assert result["figures"]["lead_hours"] > 72
    assert result["figures"]["false_alarms"] == 0


def test_a_stopped_rig_is_unknown_not_well() -> None:
    frame = run(800)
    frame.values[500:] = 0.001
    assert np.isnan(ims.judged(frame)[500:]).all()


def test_auc_counts_ties_half_and_its_interval_holds_it() -> None:
    truth = np.array([0] * 50 + [1] * 20)
    assert seismic.auc(truth, np.zeros(70)) == pytest.approx((0.5, 0.5, 0.5))
    area, low, high = seismic.auc(truth, truth + np.random.default_rng(1).normal(size=70))
    assert 0.5 < low < area < high <= 1


@here("seismic-bumps")
def test_the_tremor_figure_is_honest_about_the_best_single_feature() -> None:
    result = seismic.evaluate(DATA / "seismic-bumps")
    assert result["figures"]["auc_low"] > 0.5
    best = result["table"][result["best_baseline"]][0]
    assert result["better_than_best_baseline"] == (result["figures"]["auc"] > best)


def test_a_half_without_a_bump_is_refused_by_name(tmp_path: Path) -> None:
    columns = ["row", "seismic", "shift", "genergy", "gpuls", "nbumps", "class"]
    with (tmp_path / "seismic-bumps-x.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, *([str(row), "a", "W", "1", "1", "0", "0"] for row in range(20))])
    with pytest.raises(ValueError, match="train half has one class"):
        seismic.evaluate(tmp_path)


def test_states_told_apart_at_a_speed_that_was_not_trained(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    with gzip.open(tmp_path / "x.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["config", "speed_pct", *fan.AXES])
        for config in (1, 2, 3):
            for speed in (40, 50, 60):
                for row in random.normal(size=(600, 3)) * np.roll([6.0, 1, 1], config) * speed / 50:
                    writer.writerow([config, speed, *row])
    result = fan.evaluate(tmp_path)
    assert result["figures"]["accuracy"] > 0.9
    assert result["windows"] == 36


@here("uci-fan-accelerometer")
def test_the_fan_states_are_told_better_than_by_strength_alone() -> None:
    result = fan.evaluate(DATA / "uci-fan-accelerometer")
    assert result["figures"]["accuracy"] > result["table"]["strength alone"]["accuracy"] > result["figures"]["guess"]
