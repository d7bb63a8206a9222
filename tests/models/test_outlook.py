"""Methane outlook: its labels are the challenge's, it learns what comes before, and it says how likely that is."""

from functools import cache

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from models.base import BadModel, Frame
from models.outlook import FEATURES, Outlook, OutlookSettings, labels_of
from models.places import Spot

pytestmark = pytest.mark.slow

POINTS = ("near", "far", "cut")
SPOTS = (
    Spot("near", "methane", "face", limit=1.0),
    Spot("far", "methane", "face", limit=1.0, upstream=("near",)),
    Spot("cut", "current", "face", step=1.0),
)


def day(seed: int, rows: int = 1800) -> Frame:
    """A row every 10 s: waves of gas, of which some pass the limit, reach `far` five minutes after `near`; the shearer cuts before."""
    rng = np.random.default_rng(seed)
    wave, cut = np.zeros(rows), np.zeros(rows)
    for start in range(100, rows - 200, 150):
        size = rng.uniform(0.1, 1.0)
        wave[start : start + 100] += size * np.sin(np.linspace(0, np.pi, 100))
        cut[start - 60 : start + 40] = 60.0 * size
    near = 0.4 + wave + 0.02 * rng.normal(size=rows)
    far = 0.4 + np.concatenate([np.zeros(30), wave[:-30]]) + 0.02 * rng.normal(size=rows)
    return Frame(POINTS, BUILD_TIME + 10 * SECOND * np.arange(rows, dtype=np.int64), np.column_stack([near, far, cut]))


@cache
def _taught() -> Outlook:
    return Outlook(OutlookSettings(SPOTS)).fit_many([day(1), day(2)])


def taught() -> Outlook:
    return Outlook.load(_taught().save())


def test_a_label_looks_from_181_to_360_seconds_ahead_and_no_further():
    times = SECOND * np.arange(800, dtype=np.int64)
    gas = np.zeros((800, 1))
    gas[400] = 1.0
    label = labels_of(times, gas, np.array([1.0]))[:, 0]

    assert np.flatnonzero(label == 1).tolist() == list(range(40, 220))
    assert np.isnan(label[440:]).all()


def test_it_warns_before_the_limit_and_not_at_rest():
    outlook, frame = taught(), day(3)
    parts = outlook.score(frame).parts[:, :2]
    label = labels_of(frame.times, frame.values[:, :2], np.ones(2))
    known = np.isfinite(label) & np.isfinite(parts)

    assert parts[known & (label == 1)].mean() > 2 * parts[known & (label == 0)].mean()
    assert (parts[known & (label == 0)] >= 1).mean() < 0.1


def test_its_probabilities_are_those_that_come_true():
    outlook, frames = taught(), [day(seed) for seed in range(4, 7)]
    said, was = [], []
    for frame in frames:
        outlook.restart()
        chance = outlook.probability(outlook.score(frame))[:, :2]
        label = labels_of(frame.times, frame.values[:, :2], np.ones(2))
        known = np.isfinite(label) & np.isfinite(chance)
        said.append(chance[known])
        was.append(label[known])

    assert np.concatenate(said).mean() == pytest.approx(np.concatenate(was).mean(), abs=0.05)


def test_a_point_without_a_limit_has_no_outlook():
    parts = taught().score(day(3, 300)).parts

    assert np.isnan(parts[:, 2]).all()


def test_its_weights_have_names():
    assert len(taught().learned["weights"]) == len(FEATURES)


def test_a_span_in_which_no_limit_is_reached_teaches_nothing():
    quiet = day(1)
    quiet.values[:, :2] = np.minimum(quiet.values[:, :2], 0.9)

    with pytest.raises(BadModel, match="limit is reached"):
        Outlook(OutlookSettings(SPOTS)).fit(quiet)
