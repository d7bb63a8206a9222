"""What stands beside our figures on SKAB: trivial baselines, and two public detectors made again from their description.

Hotelling's T² with Q on principal components (Mujica et al., Structural Health Monitoring 10 (2011) 539; limits of Jackson and
Mudholkar, Technometrics 21 (1979) 341) and scikit-learn's isolation forest, with the settings of the benchmark's leaderboard.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

from models.base import Floats, Frame

Flags = NDArray[np.bool_]
PERIOD = 30
"""Rows between two changes that the periodic baseline tells whatever happens: of 20 to 300 rows the period that scores best."""


def skab(frame: Frame, train: int) -> dict[str, tuple[Flags, Flags]]:
    """Per baseline: anomalous rows, and rows at which a change is told."""
    always = np.ones(len(frame), np.bool_)
    periodic = np.arange(len(frame)) % PERIOD == 0
    squared, forest = t2_q(frame.values, train), isolation(frame.values, train)
    return {
        f"always, and a change every {PERIOD} rows": (always, periodic),
        "T-squared+Q": (squared, _edges(squared)),
        "isolation forest": (forest, _edges(_held(forest, 30))),
    }


def t2_q(values: Floats, train: int, explained: float = 0.85, p_value: float = 0.999, width: int = 5) -> Flags:
    """T² or Q above its limit, both as the median of the last `width` rows; columns scaled by training mean and deviation."""
    moving = np.ptp(values[:train], axis=0) > 0
    mean, sd = values[:train].mean(axis=0), values[:train].std(axis=0)
    scaled = ((values - mean) / np.where(moving, sd, 1.0))[:, moving]
    learned = scaled[:train]
    pca = PCA(n_components=explained).fit(learned)
    scores, m, n = pca.transform(scaled), pca.n_components_, train
    t2 = np.einsum("ij,jk,ik->i", scores, np.linalg.inv(np.cov(scores[:train].T)), scores)
    t2_limit = m * (n - 1) * (n + 1) / (n * (n - m)) * stats.f.ppf(p_value, m, n - m)
    rest = np.eye(scaled.shape[1]) - pca.components_.T @ pca.components_
    q = np.einsum("ij,jk,ik->i", scaled, rest, scaled)
    left = np.linalg.eig(np.cov(learned.T))[0][m:].real  # in LAPACK's order, as the leaderboard's program has them
    return np.asarray((_median(t2, width, train) > t2_limit) | (_median(q, width, train) > q_limit(left, float(stats.norm.ppf(p_value)))))


def q_limit(eigenvalues: Floats, normal: float) -> float:
    """Jackson and Mudholkar's limit of Q from the eigenvalues left out.

    The leaderboard's program takes powers of their sum where the paper has sums of their powers; kept so, to be comparable.
    """
    t1, t2, t3 = (float(np.sum(eigenvalues)) ** power for power in (1, 2, 3))
    h = 1 - 2 * t1 * t3 / (3 * t2**2)
    return float(t1 * (1 + normal * h * np.sqrt(2 * t2) / t1 + t2 * h * (h - 1) / t1**2) ** (1 / h))


def isolation(values: Floats, train: int) -> Flags:
    """The leaderboard's isolation forest: 100 trees, contamination 0.0005, median of three rows."""
    forest = IsolationForest(random_state=0, contamination=0.0005).fit(values[:train])
    return np.asarray(_median((forest.predict(values) < 0).astype(np.float64), 3, 0) > 0)


def _median(values: Floats, width: int, start: int) -> Floats:
    """The median of the last `width` values; NaN until there are so many from row `start` on."""
    out = np.full(len(values), np.nan)
    out[start + width - 1 :] = np.median(np.lib.stride_tricks.sliding_window_view(values[start:], width), axis=1)
    return out


def _held(flags: Flags, rows: int) -> Flags:
    """Whether a flag was set in the last `rows` rows."""
    sums = np.cumsum(np.concatenate([np.zeros(rows, int), flags]))
    return np.asarray(sums[rows:] - sums[:-rows] > 0)


def _edges(flags: Flags) -> Flags:
    """Rows at which a flag changes."""
    return np.asarray(np.diff(flags, prepend=flags[0]))
