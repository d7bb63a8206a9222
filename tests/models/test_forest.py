"""The isolation forest: scikit-learn's own scores, from arrays."""

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from models.base import BadModel, Frame, Numbers
from models.forest import Forest, ForestSettings, _below
from tests.models.cases import mine

TRAINED = Forest(ForestSettings(trees=40)).fit(mine())


def shaken(count: int = 400) -> Frame:
    rng, known = np.random.default_rng(5), mine(count, 2)
    return Frame(known.points, known.times, known.values + known.values.std(axis=0) * rng.choice([0, 3, 30], known.values.shape))


def test_its_anomaly_is_scikit_learns_on_rows_it_never_saw() -> None:
    theirs = IsolationForest(n_estimators=40, max_samples=256, random_state=0).fit(mine().values)

    TRAINED.restart()

    np.testing.assert_allclose(TRAINED.anomaly(shaken().times, shaken().values), -theirs.score_samples(shaken().values), rtol=0, atol=1e-12)


def test_a_reading_goes_the_way_it_goes_in_scikit_learn_however_near_the_threshold() -> None:
    thresholds = np.random.default_rng(1).normal(size=2000)
    near = thresholds.astype(np.float32)
    kept = _below(thresholds)

    for reading in (np.nextafter(near, np.float32(-9)), near, np.nextafter(near, np.float32(9))):
        np.testing.assert_array_equal(reading <= kept, reading <= thresholds)


def test_another_seed_is_another_forest() -> None:
    other = Forest(ForestSettings(trees=40, seed=1)).fit(mine())

    assert not np.array_equal(other.learned["threshold"], TRAINED.learned["threshold"])


def test_the_parts_add_up_to_the_total_and_name_what_is_far_off() -> None:
    frame = mine(50, 2)
    frame.values[:, [0, 3]] += 40 * frame.values[:, [0, 3]].std(axis=0)
    TRAINED.restart()
    scores = TRAINED.score(frame)

    np.testing.assert_allclose(scores.parts.sum(axis=1), scores.total)
    named = [{cause.point for cause in TRAINED.explain(scores, row, most=2)} for row in range(50)]
    assert sum(names == {"methane", "warmth"} for names in named) > 45


def test_a_missing_reading_does_not_make_a_usual_row_strange() -> None:
    frame = mine(300, 2)
    TRAINED.restart()
    whole = TRAINED.score(frame).total
    frame.values[:, 1] = np.nan
    TRAINED.restart()

    assert TRAINED.score(frame).total.mean() <= whole.mean() + 0.05
    assert np.isnan(TRAINED.score(frame).parts[:, 1]).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("child", 0), ("child", 10**6), ("feature", 99), ("feature", -1), ("root", -1), ("root", 10**6), ("count", 0)],
)
def test_trees_that_would_lead_nowhere_are_refused(name: str, value: int) -> None:
    saved = TRAINED.save()
    wrong = saved.arrays[name].copy()
    wrong.flat[wrong.size - 1] = value

    with pytest.raises(BadModel):
        Forest.load(Numbers(saved.settings, {**saved.arrays, name: wrong}))
