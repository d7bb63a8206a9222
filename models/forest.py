"""Rows that are easily told from all others: an isolation forest, grown by scikit-learn, walked by numpy.

F. T. Liu, K. M. Ting, Z.-H. Zhou, ACM Trans. Knowl. Discov. Data 6 (2012), art. 3. scikit-learn is imported inside `fit` only; what it
grew is kept as arrays, and the anomaly score is its own to the last bits. Contributions: the expected path length of a row
changes at each split it passes; the change is put down to the split's point (as A. Saabas does for decision forests), less what the
point gives in the span learned from. At a split on a missing reading the row goes where more rows went: unknown looks usual.

It fails: on one point alone far off among many that are as usual (few splits are on it: keep groups small), and beyond the range
learned its score grows no further.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats, positive, whole
from models.history import History
from models.scale import LEAST_SCALE, median, usual_period

EULER = 0.5772156649015329
MOST_COLUMNS = 32_767
ROWS = 512
"""Rows walked together: memory stays at some megabytes however long the block."""


class ForestSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`lags` and `smooth` as in `pca`; `known`: share of the points without which there is no score."""

    trees: Annotated[int, Meta(ge=1, le=1000)] = 100
    sample: Annotated[int, Meta(ge=2, le=4096)] = 256
    seed: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    lags: Annotated[int, Meta(ge=0, le=100)] = 0
    smooth: Annotated[int, Meta(ge=1, le=10_000)] = 1
    known: Annotated[float, Meta(gt=0, le=1)] = 0.5
    quantile: Annotated[float, Meta(gt=0, le=1)] = 0.995
    margin: Annotated[float, Meta(ge=0.1, le=100)] = 1.0
    gap: Annotated[float, Meta(ge=2, le=1e6)] = 10.0


class Forest(Fitted[ForestSettings]):
    """`Forest(ForestSettings(seed=1)).fit(frame)`; `anomaly` for the score of the paper, 0 to 1."""

    kind: ClassVar[str] = "forest"
    asks = ForestSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        **{name: Column("int16", ("n",)) for name in ("feature", "count")},
        "child": whole("n", "2"),
        "threshold": Column("float32", ("n",)),
        "root": whole("t"),
        **{name: floats("p") for name in ("centre", "usual")},
        "middle": floats("1"),
        **{name: positive("1") for name in ("normal", "limit", "period_us")},
    }

    def _sound(self) -> None:
        learned, width = self.learned, len(self.points) * (self.settings.lags + 1)
        nodes, root, child, own = len(learned["feature"]), learned["root"], learned["child"], np.arange(len(learned["feature"]))[:, None]
        forward = ((child > own).all(axis=1) | (child == own).all(axis=1)).all() and (child < nodes).all()
        if not len(root) or not forward or not ((root >= 0) & (root < nodes)).all() or (learned["count"] < 1).any():
            raise BadModel("trees", f"{len(root)} of {nodes} nodes", "children after their parents, and one row or more in each node")
        if not ((learned["feature"] >= 0) & (learned["feature"] < width)).all():
            raise BadModel("array feature", "a column there is none of", f"0 to {width - 1}")
        if np.isnan(learned["normal"][0]) or not learned["limit"][0] > learned["middle"][0]:
            raise BadModel("limit", float(learned["limit"][0]), "above the middle score")

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[Any]]:
        from sklearn.ensemble import IsolationForest  # noqa: PLC0415  # large, and wanted for training alone

        asked, count = self.settings, len(self.points)
        if count * (asked.lags + 1) > MOST_COLUMNS:
            raise BadModel("columns of a forest", count * (asked.lags + 1), f"at most {MOST_COLUMNS}")
        learned: dict[str, NDArray[Any]] = {"centre": median(values), "period_us": np.array([float(usual_period(times))])}
        if np.isnan(learned["centre"]).all():
            raise BadModel("points to learn from", "none known", "one or more with 10 readings")
        values[:, np.isnan(learned["centre"])] = np.nan
        rows = self._filled(self._memory(learned).rows(times, values), learned["centre"])
        grown = IsolationForest(n_estimators=asked.trees, max_samples=min(asked.sample, len(rows)), random_state=asked.seed).fit(rows)
        learned |= _arrays([tree.tree_ for tree in grown.estimators_], grown.estimators_features_)
        learned |= {"normal": _leaf_depth(np.array([float(min(asked.sample, len(rows)))])), "usual": np.zeros(count)}
        learned |= {"middle": np.zeros(1), "limit": np.ones(1)}
        raw, gave, unknown = self._with(learned)._anomaly(times, values)
        raw, gave = raw[~unknown], gave[~unknown]
        middle = float(np.median(raw))
        limit = middle + asked.margin * max(float(np.quantile(raw, asked.quantile)) - middle, LEAST_SCALE)
        return {**learned, "usual": gave.mean(axis=0), "middle": np.array([middle]), "limit": np.array([limit])}

    def _begin(self) -> None:
        self._history = self._memory(self.learned)
        self._trees = _Walk(self.learned)
        self._taught = ~np.isnan(self.learned["centre"])
        self._needed = self.settings.known * self._taught.sum() * (self.settings.lags + 1)

    def _memory(self, learned: Mapping[str, NDArray[Any]]) -> History:
        return History(len(self.points), self.settings.lags, self.settings.smooth, self.settings.gap * learned["period_us"][0])

    def anomaly(self, times: NDArray[np.int64], values: Floats) -> Floats:
        """The anomaly score of the next rows, 0 to 1, higher is stranger; what scikit-learn's `score_samples` gives, negated."""
        raw, _, unknown = self._anomaly(times, values)
        return np.where(unknown, np.nan, raw)

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        values[:, ~self._taught] = np.nan
        raw, gave, unknown = self._anomaly(times, values)
        middle, limit = self.learned["middle"][0], self.learned["limit"][0]
        total = np.where(unknown, np.nan, np.maximum(raw - middle, 0.0) / (limit - middle))
        known = ~np.isnan(values)
        more = np.where(known, np.maximum(gave - self.learned["usual"], 0.0), np.nan)
        whole_of_it = np.where(known, more, 0.0).sum(axis=1)
        parts = more * (total / np.where(whole_of_it > 0, whole_of_it, 1.0))[:, None]
        return Scores(self.points, total, parts)

    def _anomaly(self, times: NDArray[np.int64], values: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Anomaly (n,), what each point gives to a shorter path (n, p), and where too little is known (n,)."""
        rows = self._history.rows(times, values)
        enough = ~np.isnan(rows)
        unknown = enough.sum(axis=1) < self._needed
        unknown |= ~enough[:, : len(self.points)].any(axis=1)
        depth, gave = np.empty(len(rows)), np.empty((len(rows), len(self.points)))
        for start in range(0, len(rows), ROWS):
            part = slice(start, start + ROWS)
            depth[part], gained = self._trees.walk(rows[part])
            gave[part] = gained.reshape(-1, self.settings.lags + 1, len(self.points)).sum(axis=1) if self.settings.lags else gained
        return np.exp2(-depth / self.learned["normal"][0]), gave, unknown

    def _filled(self, rows: Floats, centre: Floats) -> Floats:
        usual = np.tile(np.where(np.isnan(centre), 0.0, centre), self.settings.lags + 1)
        return np.where(np.isnan(rows), usual, rows)


class _Walk:
    """The trees, one behind the other in the arrays learned; a leaf is its own child."""

    def __init__(self, learned: Mapping[str, NDArray[Any]]) -> None:
        self._root, self._feature, self._threshold = learned["root"], learned["feature"], learned["threshold"]
        self._child, count = learned["child"], learned["count"]
        self._length, self._levels = _lengths(self._root, self._child, count)
        self._heavier = count[self._child[:, 1]] >= count[self._child[:, 0]]
        self._child = self._child.ravel()

    def walk(self, rows: Floats) -> tuple[Floats, Floats]:
        """Mean path length (n,), and by how much splits on each column made it shorter than the roots foretell (n, x)."""
        count, width = rows.shape
        # scikit-learn compares float32, so a value on a threshold goes the same way here
        flat = rows.astype(np.float32).ravel()
        missing = np.isnan(flat)
        any_missing = bool(missing.any())
        start = width * np.arange(count)[:, None]
        path = np.empty((self._levels + 1, count, len(self._root)), np.int64)
        path[0] = self._root
        place = np.empty((self._levels, count, len(self._root)), np.int64)
        for level in range(self._levels):
            at = path[level]
            np.add(start, self._feature.take(at), out=place[level])
            left = flat.take(place[level]) <= self._threshold.take(at)
            if any_missing:
                left = np.where(missing.take(place[level]), self._heavier.take(at), left)
            path[level + 1] = self._child.take(2 * at + left)
        length = self._length.take(path)
        gained = np.bincount(place.ravel(), (length[:-1] - length[1:]).ravel(), count * width)
        return length[-1].sum(axis=1) / len(self._root), gained.reshape(count, width) / len(self._root)


def _lengths(root: NDArray[Any], child: NDArray[Any], count: NDArray[Any]) -> tuple[Floats, int]:
    """What path length to expect in each node, and the number of splits on the longest path."""
    length, levels, at = _leaf_depth(count.astype(np.float64)), 0, np.asarray(root)
    while (at := at[child[at, 0] != at]).size:
        levels, at = levels + 1, np.unique(child[at])
        length[at] += levels
    return length, levels


def _leaf_depth(count: Floats) -> Floats:
    """Mean path length of an unsuccessful search among so many rows: c(n) of the paper, as scikit-learn has it."""
    large = np.maximum(count, 3.0)
    return np.where(count <= 1, 0.0, np.where(count <= 2, 1.0, 2.0 * (np.log(large - 1.0) + EULER) - 2.0 * (large - 1.0) / large))


def _arrays(trees: list[Any], features: list[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """scikit-learn's trees as the arrays of `Forest.shapes`."""
    starts = np.cumsum([0] + [tree.node_count for tree in trees])
    feature, child, threshold = [], [], []
    for tree, own, start in zip(trees, features, starts[:-1], strict=True):
        leaf = tree.children_left < 0
        nodes = np.arange(tree.node_count)
        feature.append(np.where(leaf, 0, own[tree.feature]))
        child.append(start + np.stack([np.where(leaf, nodes, tree.children_right), np.where(leaf, nodes, tree.children_left)], axis=1))
        threshold.append(np.where(leaf, 0.0, tree.threshold))
    return {
        "feature": np.concatenate(feature).astype(np.int16),
        "child": np.concatenate(child).astype(np.int32),
        "count": np.concatenate([tree.n_node_samples for tree in trees]).astype(np.int16),
        "root": starts[:-1].astype(np.int32),
        "threshold": _below(np.concatenate(threshold)),
    }


def _below(thresholds: Floats) -> NDArray[np.float32]:
    """The largest float32 not above each threshold: a float32 reading is at most the one where it is at most the other."""
    near = thresholds.astype(np.float32)
    return np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)
