"""What stands beside our figures on NAB: trivial baselines, and public detectors made again from their description.

Windowed Gaussian: tail probability of the normal distribution of the last 6,400 values, taken anew every 100 (benchmark's wiki).
Relative entropy: Wang et al., Statistical Techniques for Online Anomaly Detection in Data Centers, IM 2011, figure 1, with the
benchmark's five bins, windows of 52 rows and 1 % level; it is told the range of the whole file, as the benchmark tells it.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from models.base import Floats

CHI_99 = 13.276704135987622
"""99 % quantile of chi-squared with 4 degrees of freedom: five bins less one."""


def windowed_gaussian(values: Floats, width: int = 6400, step: int = 100) -> Floats:
    """One less the tail probability of each value."""
    scores = np.zeros(len(values))
    deviation, mean = 1.0, 0.0
    for at in range(1, len(values)):
        if at <= width or (at - width) % step == 0:
            window = values[max(0, at - width) : at]
            mean, deviation = float(window.mean()), float(window.std()) or 1e-6
        scores[at] = 1 - 0.5 * math.erfc(abs(values[at] - mean) / deviation / math.sqrt(2))
    return scores


def relative_entropy(values: Floats, bins: int = 5, width: int = 52) -> Floats:
    """1 where the last `width` values are spread over the bins as never before (or as once before), else 0."""
    scores, low, high = np.zeros(len(values)), float(values.min()), float(values.max())
    if high == low:
        return scores
    binned = np.minimum(np.ceil((values - low) / ((high - low) / bins)), bins - 1).astype(np.int64)
    known: list[Floats] = []
    for at in range(width - 1, len(values)):
        now = np.bincount(binned[at - width + 1 : at + 1], minlength=bins) / width
        if not known or 2 * width * _divergence(now, np.array(known)).min() >= CHI_99:
            scores[at] = float(bool(known))
            known.append(now)
    return scores


def _divergence(now: Floats, known: Floats) -> Floats:
    """Kullback and Leibler's, of `now` (bins,) from each of `known` (k, bins), in nats; inf where a known one has nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = now * np.log(now / known)
    parts[:, now == 0] = 0.0
    return np.asarray(parts.sum(axis=1))


def never(values: Floats) -> Floats:
    return np.zeros(len(values))


def by_chance(values: Floats) -> Floats:
    """Seeded by the length, so that it is the same in every run."""
    return np.random.default_rng(len(values)).random(len(values))


def every(values: Floats, rows: int = 400) -> Floats:
    """An alarm every `rows` rows, whatever happens."""
    return np.asarray(np.arange(len(values)) % rows == rows - 1, np.float64)


def last_value(values: Floats, width: int = 100) -> Floats:
    """How far each value is from the mean of the last `width`, in their standard deviations; as a probability."""
    scores = np.zeros(len(values))
    for at in range(2, len(values)):
        window = values[max(0, at - width) : at]
        scores[at] = abs(values[at] - window.mean()) / (window.std() or 1e-6)
    return scores / (1 + scores)


BASELINES: Mapping[str, Callable[[Floats], Floats]] = {
    "windowed Gaussian": windowed_gaussian,
    "relative entropy": relative_entropy,
    "last value's z-score": last_value,
    "an alarm every 400 rows": every,
    "random": by_chance,
    "null": never,
}
