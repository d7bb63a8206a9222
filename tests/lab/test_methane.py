"""The methane suite: onsets, warnings and labels by hand; the real episodes where they lie beside the repository."""

import os
from pathlib import Path

import numpy as np
import pytest

from contracts.clock import SECOND
from lab.suites.methane import Scored, episodes, onset_table, span_like
from models.base import Numbers
from models.outlook import FEATURES, Outlook

pytestmark = pytest.mark.slow

DATA = Path(os.environ.get("DAVY_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "methane-longwall"


def day(over: slice, warned: slice) -> Scored:
    """A day of rows every ten seconds in which one meter is over its limit and a scorer warns."""
    times = 10 * SECOND * np.arange(8640, dtype=np.int64)
    values, score = np.full((8640, 1), 0.3), np.zeros((8640, 1))
    values[over], score[warned] = 1.2, 1.0
    return Scored(times, values, np.zeros((8640, 1)), {"it": score})


def test_a_warning_before_the_limit_finds_the_onset_and_has_a_lead():
    table = onset_table([day(slice(1000, 1060), slice(970, 1010))], "it", 1.0)

    assert (table["onsets"], table["found"], table["lead_s"], table["false_per_day"]) == (1, 100.0, 300.0, 0.0)


def test_a_warning_with_the_limit_finds_nothing():
    assert onset_table([day(slice(1000, 1060), slice(1000, 1010))], "it", 1.0)["found"] == 0.0


def test_a_warning_far_from_any_exceedance_is_false():
    table = onset_table([day(slice(1000, 1060), slice(4000, 4010))], "it", 1.0)

    assert table["found"] == 0.0
    assert table["false_per_day"] == pytest.approx(1.0, abs=0.01)


def test_a_day_without_exceedance_has_no_onset():
    assert onset_table([day(slice(0, 0), slice(0, 0))], "it", 1.0)["onsets"] == 0


def test_span_gas_is_a_matter_of_height_and_of_the_hour():
    wednesday = 1_394_011_758

    assert span_like(wednesday, 2.2)
    assert span_like(wednesday, 4.0)
    assert not span_like(wednesday, 3.0)
    assert not span_like(wednesday + 3 * 3600, 2.2)
    assert not span_like(wednesday + 3 * 86_400, 2.2)


@pytest.mark.skipif(not DATA.is_dir(), reason="the real rows are not beside the repository")
def test_most_span_gas_like_peaks_are_named_and_the_real_event_of_26_april_is_not():
    shapes = {name: np.zeros(len(FEATURES)) for name in ("weights", "centre")}
    arrays = {**shapes, "scale": np.ones(len(FEATURES)), "bias": np.zeros(1), "threshold": np.array([0.2]), "current": np.ones(1)}
    outlook = Outlook.load(Numbers({"points": ["x"], "settings": {"spots": [], "least": 0.2}}, arrays))
    told = episodes(DATA / "mm261-episode-rows.csv.gz", outlook)

    assert told["span_like"] == 7
    assert told["span_like_named"] >= 5
    assert not any(row["test_gas"] for row in told["table"] if row["start"].startswith("2014-04-26"))
