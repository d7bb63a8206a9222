"""T² and Q of points that go together."""

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from models.base import Frame
from models.pca import Pca, PcaSettings

POINTS = tuple("abcdef")


def plane(count: int, seed: int = 1, noise: float = 0.1) -> Frame:
    """Six points that two hidden ones move."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(count, 2))
    values = hidden @ np.array([[1.0, 1, 1, 0, 0, 0.5], [0, 0, 0.5, 1, 1, 1]]) + noise * rng.normal(size=(count, 6))
    return Frame(POINTS, BUILD_TIME + seed * 10_000 * SECOND + np.arange(count, dtype=np.int64) * SECOND, 10 + 2 * values)


TRAINED = Pca(PcaSettings(explained=0.9)).fit(plane(800))


def score(frame: Frame):
    TRAINED.restart()
    return TRAINED.score(frame)


def test_its_statistics_are_those_of_the_textbook() -> None:
    known, later = plane(800).values, plane(50, 2)
    z = (known - known.mean(axis=0)) / known.std(axis=0)
    variances, axes = np.linalg.eigh(np.cov(z.T, bias=True))
    axes, variances = axes[:, -2:], variances[-2:]
    new = (later.values - known.mean(axis=0)) / known.std(axis=0)

    TRAINED.restart()
    t2, q = TRAINED.statistics(later.times, later.values)

    np.testing.assert_allclose(t2, ((new @ axes) ** 2 / variances).sum(axis=1))
    np.testing.assert_allclose(q, ((new - new @ axes @ axes.T) ** 2).sum(axis=1))


def test_a_point_that_leaves_the_others_is_found_within_its_own_range_and_named() -> None:
    frame = plane(50, 2)
    lone = frame.values.copy()
    lone[:, 1] = 2 * lone[:, 0].mean() - lone[:, 0]
    row = int(np.argmax(np.abs(lone[:, 1] - frame.values[:, 1])))

    scores = score(Frame(POINTS, frame.times, lone))

    assert plane(800).values[:, 1].min() < lone[row, 1] < plane(800).values[:, 1].max()
    assert score(frame).total.max() < 1 < scores.total[row]
    assert TRAINED.explain(scores, row)[0].point == "b"
    assert TRAINED.explain(scores, row)[0].expected == pytest.approx(frame.values[row, 1], abs=2.5)


def test_all_points_far_out_along_their_plane_are_found_by_t2() -> None:
    hidden = np.array([[9.0, 9.0]]) @ np.array([[1.0, 1, 1, 0, 0, 0.5], [0, 0, 0.5, 1, 1, 1]])
    frame = plane(1, 2)

    TRAINED.restart()
    t2, q = TRAINED.statistics(frame.times, 10 + 2 * hidden)

    assert t2[0] > TRAINED.learned["t2_limit"][0]
    assert q[0] < TRAINED.learned["q_limit"][0]


def test_the_parts_add_up_to_the_total() -> None:
    scores = score(plane(50, 2))

    np.testing.assert_allclose(scores.parts.sum(axis=1), scores.total)


def test_a_missing_reading_hardly_changes_the_score_of_the_others() -> None:
    frame = plane(200, 2)
    holes = frame.values.copy()
    holes[:, 2] = np.nan
    whole, less = score(frame), score(Frame(POINTS, frame.times, holes))

    assert np.isnan(less.parts[:, 2]).all()
    assert np.corrcoef(whole.total, less.total)[0, 1] > 0.8
    assert less.total.mean() == pytest.approx(whole.total.mean(), rel=0.15)


@pytest.mark.parametrize("gone", [[2], [0, 3, 5]], ids=["fewer than components", "more"])
def test_what_is_missing_is_put_in_as_the_model_expects_it_from_the_rest(gone: list[int]) -> None:
    learned, rows = TRAINED.learned, plane(20, 2).values
    z = (rows - learned["centre"]) / learned["scale"]
    noise, axes = learned["noise"][0], learned["axes"]
    covariance = (axes * (learned["variances"] - noise)) @ axes.T + noise * np.eye(6)
    known = np.array([at not in gone for at in range(6)])
    expected = z[:, known] @ np.linalg.solve(covariance[np.ix_(known, known)], covariance[np.ix_(known, ~known)])

    completed = TRAINED._completed(np.where(known, z, 0.0), known)

    np.testing.assert_allclose(completed[:, ~known], expected)
    np.testing.assert_array_equal(completed[:, known], z[:, known])


def test_with_more_than_half_missing_nothing_is_known() -> None:
    frame = plane(10, 2)
    frame.values[:, 2:] = np.nan

    assert np.isnan(score(frame).total).all()


def test_lags_find_a_point_that_follows_too_late() -> None:
    def chain(count: int, seed: int, late: int) -> Frame:
        rng = np.random.default_rng(seed)
        source = np.convolve(rng.normal(size=count + 9), np.ones(5), "valid")
        values = np.column_stack([source[5:], source[5 - late : len(source) - late]])
        times = BUILD_TIME + seed * 10_000 * SECOND + np.arange(count, dtype=np.int64) * SECOND
        return Frame(("a", "b"), times, values + 0.05 * rng.normal(size=values.shape))

    with_lags = Pca(PcaSettings(lags=2, explained=0.97)).fit(chain(800, 1, 1))

    assert np.nanmean(with_lags.score(chain(200, 2, 1)).total > 1) < 0.03
    with_lags.restart()
    assert np.nanmean(with_lags.score(chain(200, 2, 3)).total > 1) > 0.5


def test_lags_are_not_taken_from_before_a_gap() -> None:
    lagged = Pca(PcaSettings(lags=1, known=0.75)).fit(plane(400))
    frame = plane(20, 2)
    frame.times[10:] += 600 * SECOND

    total = lagged.score(frame).total

    assert np.flatnonzero(np.isnan(total)).tolist() == [0, 10]
