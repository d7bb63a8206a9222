"""The drift watch: what says "outside what it was trained on"."""

import numpy as np
import pytest

from models.base import Frame
from models.drift import Drift, DriftSettings, Verdict, verdicts
from tests.models.cases import mine

TRAINED = Drift(DriftSettings(window_s=60)).fit(mine(900))


def total(frame: Frame) -> np.ndarray:
    TRAINED.restart()
    return TRAINED.score(frame).total


def moved(point: int, by: float, rows: int = 300, after: int = 60) -> Frame:
    frame = mine(rows, 2)
    frame.values[after:, point] += by
    return frame


def test_the_same_mine_on_another_day_is_inside() -> None:
    assert (total(mine(900, 2)) > 1).mean() < 0.05


def test_a_point_out_of_its_range_is_outside_when_that_lasts_and_told_with_the_range() -> None:
    frame = moved(3, 12.0)
    away = total(frame)

    assert away[:60].max() < 1
    assert away[-1] > 1
    TRAINED.restart()
    cause = TRAINED.explain(TRAINED.score(frame), 299)[0]
    assert (cause.point, cause.value > cause.expected) == ("warmth", True)
    assert cause.expected == pytest.approx(TRAINED.learned["high"][3])


def test_a_moment_out_of_range_is_not_outside() -> None:
    frame = mine(300, 2)
    frame.values[100:103, 3] += 12.0

    assert total(frame)[:200].max() < 1


def test_points_that_no_longer_go_together_are_outside_although_each_is_in_its_range() -> None:
    frame = mine(400, 2)
    frame.values[60:, 0] -= 0.02
    frame.values[60:, 1] += 0.02
    inside = (frame.values >= TRAINED.learned["low"]) & (frame.values <= TRAINED.learned["high"])

    assert inside.mean(axis=0).min() > 0.97
    assert total(mine(400, 2))[-1] < 1
    assert total(frame)[-1] > 1


@pytest.mark.parametrize(
    ("score", "away", "said"),
    [
        (0.5, 0.5, Verdict.NORMAL),
        (1.5, 0.5, Verdict.FOUND),
        (1.5, 1.5, Verdict.OUTSIDE),
        (0.5, 1.5, Verdict.OUTSIDE),
        (np.nan, 0.5, Verdict.UNKNOWN),
        (np.nan, 1.5, Verdict.UNKNOWN),
        (0.5, np.nan, Verdict.UNKNOWN),
        (1.5, np.nan, Verdict.FOUND),
    ],
)
def test_outside_is_said_instead_of_found_and_unknown_is_never_normal(score: float, away: float, said: Verdict) -> None:
    assert verdicts(np.array([score]), np.array([away])) == [said]
