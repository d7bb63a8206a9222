"""Where readings stand and how far they usually move, learned robustly; and limits from the scores of the span learned from.

Median and median absolute deviation, times 1.4826 for the standard deviation of a normal distribution: Rousseeuw and Croux,
J. Amer. Statist. Assoc. 88 (1993). Robust, so that a fault within the span hardly counts.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.base import BadModel, Floats

MAD_TO_SIGMA = 1.4826
LEAST_KNOWN = 10
"""Readings without which a point has taught nothing."""
HALF_STEP, LEAST_SCALE = 0.5, 1e-12


def median(values: Floats) -> Floats:
    """The median of the known values of each column (n, p) → (p,); NaN for fewer than LEAST_KNOWN."""
    out = np.full(values.shape[1], np.nan)
    enough = np.flatnonzero(np.isfinite(values).sum(axis=0) >= LEAST_KNOWN)
    if enough.size:
        out[enough] = np.nanmedian(values[:, enough], axis=0)
    return out


def spread(values: Floats, centre: Floats) -> Floats:
    """Robust standard deviation around a centre (p,), NaN as in `median`."""
    return MAD_TO_SIGMA * median(np.abs(values - centre))


def local_spread(values: Floats, rows: int) -> Floats:
    """The same around the median of each `rows` rows: what is left of slow changes."""
    rest = values.copy()
    for start in range(0, len(values), rows):
        part = rest[start : start + rows]
        centre = median(part)
        part -= np.where(np.isnan(centre), median(values), centre)
    return spread(rest, np.zeros(values.shape[1]))


def smallest_step(values: Floats) -> Floats:
    """The smallest change each column showed (its resolution, where it has steps), NaN where it never moved."""
    moves = np.abs(np.diff(values, axis=0))
    moves = np.where(moves > 0, moves, np.inf)
    least = moves.min(axis=0) if len(moves) else np.full(values.shape[1], np.inf)
    return np.where(np.isfinite(least), least, np.nan)


def given_steps(points: Sequence[str], steps: Mapping[str, float]) -> Floats:
    """The steps somebody named, by column; NaN for others."""
    return np.array([steps.get(name, np.nan) for name in points])


def steps_of(values: Floats, points: Sequence[str], given: Mapping[str, float]) -> Floats:
    """The smallest change of each point that means anything: the one given, else the smallest it showed; NaN where it never moved."""
    steps = given_steps(points, given)
    return np.where(np.isnan(steps), smallest_step(values), steps)


def floored(scale: Floats, values: Floats, steps: Floats) -> Floats:
    """No scale below half a step of its point. NaN where the point never moved and no step was given: then nothing was learned of it."""
    step = np.where(np.isnan(steps), smallest_step(values), steps)
    return np.where(np.isnan(step), np.nan, np.fmax(np.fmax(scale, HALF_STEP * step), LEAST_SCALE))


def limits(raw: Floats, quantile: float, margin: float, least: float) -> Floats:
    """What each column of the scores (n, p) of the span learned from may reach: margin × quantile, and not below `least`."""
    out = np.full(raw.shape[1], np.nan)
    enough = np.flatnonzero(np.isfinite(raw).sum(axis=0) >= LEAST_KNOWN)
    if enough.size:
        out[enough] = np.fmax(margin * np.nanquantile(raw[:, enough], quantile, axis=0), least)
    return out


def usual_period(times: NDArray[np.int64]) -> int:
    """The median time between rows, µs."""
    between = np.diff(times)
    between = between[between > 0]
    if not between.size:
        raise BadModel("times to learn from", "all the same", "rows at more than one instant")
    return int(np.median(between))


def largest(parts: Floats) -> Floats:
    """The largest known part of each row, NaN where none is known."""
    return np.where(np.isnan(parts).all(axis=1), np.nan, np.fmax.reduce(parts, axis=1))
