"""SKAB: our scorer gives the leaderboard's own figures for its own detectors; hand-made cases for what those do not reach."""

import os
from pathlib import Path

import numpy as np
import pytest

from contracts.clock import SECOND
from lab.suites.skab import APART, TRAIN, Experiment, changes, evaluate, judge, outliers, windows
from models.base import Frame

pytestmark = pytest.mark.slow

DATA = Path(os.environ.get("DAVY_DATA", Path(__file__).parents[3] / "shared" / "data")) / "skab"
here = pytest.mark.skipif(not DATA.is_dir(), reason="the SKAB data are not beside the repository (DAVY_DATA)")


def experiment(change: list[int], anomaly: slice = slice(0, 0), rows: int = 800) -> Experiment:
    random = np.random.default_rng(3)
    frame = Frame(("a", "b"), np.arange(rows) * SECOND, random.normal(size=(rows, 2)))
    flags = np.zeros((2, rows), np.bool_)
    flags[0, anomaly], flags[1, change] = True, True
    return Experiment("made", frame, flags[0], flags[1])


def at(rows: list[int], of: int = 800) -> np.ndarray:
    return np.isin(np.arange(of), rows)


@pytest.fixture(scope="module")
def result() -> dict:
    return evaluate(DATA)


@here
@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("T-squared+Q", (0.72, 35.34, 25.96, 27.90, 19.34, 32.36)),
        ("isolation forest", (0.34, 1.82, 79.42, 28.50, 21.65, 32.76)),
    ],
)
def test_the_scorer_gives_the_published_figures_of_two_detectors(result: dict, name: str, published: tuple[float, ...]) -> None:
    if result["experiments"] != 17:
        pytest.skip("the published figures were summed over another set of experiments")
    row = result["table"][name]
    assert round(row["f1"], 2) == published[0]
    keys = ("far", "mar", "standard", "low_fp", "low_fn")
    assert tuple(round(row[key], 2) for key in keys) == pytest.approx(published[1:], abs=0.011)


@here
def test_ours_finds_more_than_the_published_causal_detectors_and_cries_less(result: dict) -> None:
    ours = result["figures"]
    assert ours["f1"] >= 0.80
    assert ours["far"] <= 18
    assert ours["change_nab_standard"] > 33.6


def test_silence_scores_nothing_and_a_detection_at_every_change_scores_all() -> None:
    made = experiment([500, 600, 700])
    assert changes([at([])], [made], "standard") == 0
    assert changes([at([500, 600, 700])], [made], "standard") == 100


def test_a_late_detection_earns_less_and_one_outside_costs() -> None:
    made = experiment([500])
    early, late, outside = (changes([at(rows)], [made], "standard") for rows in ([505], [555], [505, 700]))
    assert early > late > 0
    assert outside == pytest.approx(early - 100 * 0.11 / 2)


def test_of_two_windows_that_overlap_the_right_one_is_cut() -> None:
    made = experiment([500, 530])
    assert [(begin // SECOND, end // SECOND) for begin, end in windows(made)] == [(500, 560), (560, 590)]


def test_what_comes_before_the_judged_rows_counts_nowhere() -> None:
    made = experiment([], slice(500, 600))
    flags = at(list(range(TRAIN)) + list(range(500, 600)))
    assert outliers([flags], [made]) == {"f1": 1.0, "far": 0.0, "mar": 0.0}


def test_a_shift_of_one_point_is_found_and_both_its_ends_are_told_once() -> None:
    made = experiment([])
    made.frame.values[550:650, 1] += 5
    rows, turned = judge(made)
    assert rows[560:650].all()
    assert rows[TRAIN:540].mean() < 0.1
    told = np.flatnonzero(turned)
    assert ((told >= 550) & (told < 560)).sum() == 1
    assert (np.diff(made.frame.times[told]) >= APART).all()


def test_a_folder_without_experiments_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="valve1"):
        evaluate(tmp_path)
