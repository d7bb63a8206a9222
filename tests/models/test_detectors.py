"""What every detector keeps (models/base.py), tried on each of tests/models/cases.py."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import SECOND
from models.base import BadModel, Detector, Frame, Numbers, Scores
from models.kinds import KINDS, load
from tests.models.cases import CASES, Case

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
seeds = st.integers(0, 1 << 16)
SAME = {"rtol": 1e-9, "atol": 1e-9}
"""Matrix products of one row and of many are summed in another order, so bits may differ where scores must be the same."""


def again(case: Case) -> Detector:
    """The fitted detector as the edge gets it: loaded from its numbers, nothing scored yet."""
    saved = case.fitted().save()
    return load(case.fitted().kind, saved)


def stretch(case: Case, seed: int, rows: int = 40, holes: bool = True) -> Frame:
    """Some rows that follow the training span: moved, shaken, and with holes."""
    rng = np.random.default_rng(seed)
    known = case.training()
    at = int(rng.integers(0, len(known) - rows))
    values = known.values[at : at + rows].copy()
    wide = np.nanstd(known.values, axis=0) + 1e-3
    values += wide * rng.choice([0, 1, 20]) * rng.normal(size=values.shape)
    if holes:
        values[rng.random(values.shape) < rng.choice([0, 0.2, 0.9])] = np.nan
    step = known.times[1] - known.times[0]
    return Frame(known.points, known.times[-1] + step * np.arange(1, rows + 1, dtype=np.int64), values)


def same(one: Scores, other: Scores) -> None:
    np.testing.assert_allclose(one.total, other.total, **SAME)
    np.testing.assert_allclose(one.parts, other.parts, **SAME)


def joined(parts: list[Scores]) -> Scores:
    return Scores(parts[0].points, np.concatenate([part.total for part in parts]), np.concatenate([part.parts for part in parts]))


@every_case
def test_fitting_and_scoring_leave_their_input_and_the_unfitted_detector_as_they_were(case: Case) -> None:
    frame, before = case.training(), case.training()
    frame.values.flags.writeable = frame.times.flags.writeable = False
    bare = case.make()
    points = bare.points

    bare.fit(frame).score(frame)

    assert bare.points == points
    np.testing.assert_array_equal(frame.values, before.values)
    np.testing.assert_array_equal(frame.times, before.times)


@every_case
def test_the_same_training_span_gives_the_same_numbers_and_scores(case: Case) -> None:
    one, other = (case.make().fit(case.training()) for _ in range(2))

    assert one.save().settings == other.save().settings
    for name, array in one.save().arrays.items():
        np.testing.assert_array_equal(array, other.save().arrays[name])
    np.testing.assert_array_equal(one.score(stretch(case, 1)).total, other.score(stretch(case, 1)).total)


@every_case
@given(seed=seeds)
@settings(max_examples=5, deadline=None)
def test_a_saved_and_loaded_detector_scores_bit_for_bit_alike(case: Case, seed: int) -> None:
    frame, fresh = stretch(case, seed), case.fitted()
    fresh.restart()

    one, other = fresh.score(frame), again(case).score(frame)

    np.testing.assert_array_equal(one.total, other.total)
    np.testing.assert_array_equal(one.parts, other.parts)


@every_case
@given(seed=seeds, cuts=st.lists(st.integers(0, 40), max_size=4), gap=st.integers(1, 60))
@settings(max_examples=8, deadline=None)
def test_a_block_scores_as_its_rows_one_by_one_or_in_pieces(case: Case, seed: int, cuts: list[int], gap: int) -> None:
    frame = stretch(case, seed)
    frame.times[gap:] += 3600 * SECOND
    whole, by_row, by_piece = again(case).score(frame), again(case), again(case)
    edges = sorted({0, *cuts, len(frame)})

    same(whole, joined([by_row.score(frame.rows(row, row + 1)) for row in range(len(frame))]))
    same(whole, joined([by_piece.score(frame.rows(start, end)) for start, end in pairwise(edges)]))


@every_case
@given(seed=seeds, first=st.integers(1, 39))
@settings(max_examples=6, deadline=None)
def test_what_comes_later_changes_no_score(case: Case, seed: int, first: int) -> None:
    frame, other = stretch(case, seed), stretch(case, seed + 1)
    values = np.concatenate([frame.values[:first], other.values[first:]])

    one, two = again(case).score(frame), again(case).score(replace(frame, values=values))

    np.testing.assert_allclose(one.total[:first], two.total[:first], **SAME)
    np.testing.assert_allclose(one.parts[:first], two.parts[:first], **SAME)


@every_case
@given(seed=seeds)
@settings(max_examples=6, deadline=None)
def test_the_order_of_the_points_and_foreign_ones_change_nothing(case: Case, seed: int) -> None:
    frame = stretch(case, seed)
    order = np.random.default_rng(seed).permutation(len(frame.points))
    values = np.column_stack([np.full(len(frame), 1e9), frame.values[:, order]])
    other = Frame(("foreign", *(frame.points[at] for at in order)), frame.times, values)

    one, two = again(case).score(frame), again(case).score(other)

    np.testing.assert_array_equal(one.total, two.total)
    np.testing.assert_array_equal(one.parts, two.parts)


@every_case
@given(seed=seeds)
@settings(max_examples=6, deadline=None)
def test_points_that_vanish_are_as_points_without_a_reading(case: Case, seed: int) -> None:
    frame, rng = stretch(case, seed), np.random.default_rng(seed)
    gone = rng.random(len(frame.points)) < 0.5
    left = Frame(tuple(name for name, out in zip(frame.points, gone, strict=True) if not out), frame.times, frame.values[:, ~gone])

    np.testing.assert_array_equal(
        again(case).score(left).parts, again(case).score(replace(frame, values=np.where(gone, np.nan, frame.values))).parts
    )


@every_case
def test_what_is_infinite_counts_as_not_known(case: Case) -> None:
    frame = stretch(case, 5)
    holes = np.isnan(frame.values) | (np.random.default_rng(5).random(frame.values.shape) < 0.2)
    infinite = np.where(holes, np.where(np.arange(len(frame))[:, None] % 2, np.inf, -np.inf), frame.values)

    one, other = (again(case).score(replace(frame, values=values)) for values in (infinite, np.where(holes, np.nan, frame.values)))

    np.testing.assert_array_equal(one.parts, other.parts)


@every_case
def test_nothing_known_is_unknown_and_never_zero(case: Case) -> None:
    frame = stretch(case, 3)
    detector = again(case)
    detector.score(case.training())

    silent = detector.score(replace(frame, values=np.full(frame.values.shape, np.nan)))

    assert np.isnan(silent.total[case.lasting :]).all()
    assert np.isnan(silent.parts[case.lasting :]).all()
    assert not (silent.total == 0).any()


@every_case
@given(seed=seeds)
@settings(max_examples=6, deadline=None)
def test_a_total_has_known_parts_and_an_unknown_one_has_none(case: Case, seed: int) -> None:
    scores = again(case).score(stretch(case, seed))

    known = np.isfinite(scores.total)
    assert not np.isinf(scores.total).any()
    assert not np.isinf(scores.parts).any()
    assert np.isfinite(scores.parts[known]).any(axis=1).all()
    assert (scores.total[known] >= 0).all()
    assert np.isnan(scores.parts[~known]).all()


@every_case
@given(
    seed=seeds,
    numbers=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=8),
    gaps=st.lists(st.integers(0, 10**13), min_size=6, max_size=6),
)
@settings(max_examples=15, deadline=None)
def test_no_input_makes_it_raise(case: Case, seed: int, numbers: list[float], gaps: list[int]) -> None:
    points = case.training().points
    values = np.random.default_rng(seed).choice(numbers, size=(len(gaps), len(points)))
    times = case.training().times[-1] + np.cumsum(gaps).astype(np.int64)

    detector = again(case)
    scores = detector.score(Frame(points, times, values))

    assert scores.total.shape == (len(gaps),)
    assert scores.parts.shape == (len(gaps), len(scores.points))
    for row in range(len(gaps)):
        assert all(np.isfinite(cause.part) and cause.point in scores.points for cause in detector.explain(scores, row))


@every_case
def test_no_rows_give_no_scores(case: Case) -> None:
    assert again(case).score(stretch(case, 1).rows(0, 0)).parts.shape[0] == 0


@every_case
def test_a_larger_hazard_never_scores_lower_and_a_large_one_is_over_the_threshold_and_named(case: Case) -> None:
    known = case.training()
    rows = 240
    columns = [known.points.index(name) for name in case.hazard]
    shape = np.outer(np.clip((np.arange(rows) - rows / 2) / 30, 0, 1), np.nanstd(known.values[:, columns], axis=0))
    times = known.times[-1] + (known.times[1] - known.times[0]) * np.arange(1, rows + 1, dtype=np.int64)
    worst, named = [], []
    for size in (0, 5, 10, 20, 40, 80):
        values = known.values[-rows:].copy()
        values[:, columns] += size * shape
        detector = again(case)
        scores = detector.score(Frame(known.points, times, values))
        row = int(np.nanargmax(scores.total[rows // 2 :])) + rows // 2
        worst.append(scores.total[row])
        named.append([cause.point for cause in detector.explain(scores, row, most=2)])

    assert worst[0] < 1
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(worst)), worst
    assert worst[-1] > 1
    assert set(case.hazard) & set(named[-1])


@every_case
def test_its_own_training_span_is_mostly_under_the_threshold(case: Case) -> None:
    total = again(case).score(case.training()).total

    assert np.isfinite(total).mean() > 0.5
    assert np.nanmean(total > 1) < 0.02


@every_case
def test_a_span_too_short_to_learn_from_is_refused(case: Case) -> None:
    with pytest.raises(BadModel):
        case.make().fit(case.training().rows(0, 2))


@every_case
def test_numbers_that_are_no_detector_are_refused_as_such(case: Case) -> None:
    kind, saved = case.fitted().kind, case.fitted().save()
    name = min(saved.arrays, default=None)

    with pytest.raises(BadModel):
        load(kind, Numbers({}, saved.arrays))
    if name is not None:
        with pytest.raises(BadModel):
            load(kind, Numbers(saved.settings, {key: array for key, array in saved.arrays.items() if key != name}))


@every_case
def test_it_is_listed_by_its_kind(case: Case) -> None:
    module, _, name = KINDS[case.fitted().kind].partition(":")

    assert f"{type(case.fitted()).__module__}:{type(case.fitted()).__qualname__}" == f"{module}:{name}"


def test_every_kind_is_tried_here() -> None:
    assert {case.fitted().kind for case in CASES} == set(KINDS)


def test_scoring_imports_neither_scikit_learn_nor_scipy_nor_joblib(tmp_path: Path) -> None:
    lines = ["import sys, pickle, numpy as np", "from models.base import Frame, Numbers", "from models.kinds import load"]
    for at, case in enumerate(CASES):
        saved, frame = case.fitted().save(), stretch(case, 1)
        np.savez(tmp_path / f"{at}.npz", **saved.arrays)
        np.savez(tmp_path / f"{at}-rows.npz", times=frame.times, values=frame.values)
        lines += [
            f"arrays = dict(np.load({str(tmp_path / f'{at}.npz')!r})); rows = np.load({str(tmp_path / f'{at}-rows.npz')!r})",
            f"detector = load({case.fitted().kind!r}, Numbers({dict(saved.settings)!r}, arrays))",
            f"detector.explain(detector.score(Frame({frame.points!r}, rows['times'], rows['values'])), 0)",
        ]
    lines.append("print([name for name in ('sklearn', 'scipy', 'joblib', 'pandas') if name in sys.modules])")

    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)

    assert done.stdout.strip() == "[]"
