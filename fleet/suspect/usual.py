"""What is usual: of the province these days, and of the mine in its own past. Pure numpy.

Quantiles, not means: a few cheats move neither. A mine's own past excuses it up to what the finder states only: who cheated from the first
day on has a past that would explain everything. The same days give the same bounds, whatever the table they stand in begins with.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from fleet.suspect.kinds import WINDOW_DAYS, Finder

Floats = NDArray[np.float64]
PROVINCE_QUANTILE, OWN_QUANTILE = 0.90, 0.95
PAST_DAYS, STEP_DAYS, LEAST_DAYS = 90, 15, 60
"""Made anew each STEP_DAYS days, from PAST_DAYS days; the own past counts where so many of them are known."""
BEFORE_DAYS = 2 * WINDOW_DAYS + PAST_DAYS + STEP_DAYS
"""What a day's score rests on lies within so many days before it."""


def usual(finder: Finder, amounts: Floats, first: date) -> Floats:
    """(mines, days from `first` on): up to here nothing is odd. The own past ends where the days that are added up begin."""
    mines, days = amounts.shape
    whole = np.concatenate([np.full((mines, PAST_DAYS + WINDOW_DAYS + STEP_DAYS), np.nan), amounts], axis=1)
    ahead = whole.shape[1] - days
    bounds = np.full(amounts.shape, finder.floor)
    for begun in range(-(first.toordinal() % STEP_DAYS), days, STEP_DAYS):
        here = slice(max(begun, 0), min(begun + STEP_DAYS, days))
        end = ahead + begun
        province = max(finder.floor, _quantile(whole[:, end - PAST_DAYS : end]))
        own = _own(whole[:, end - WINDOW_DAYS - PAST_DAYS : end - WINDOW_DAYS]) if finder.own_most else np.zeros(mines)
        bounds[:, here] = np.maximum(province, np.minimum(own, finder.own_most))[:, None]
    return bounds


def _quantile(past: Floats) -> float:
    known = past[np.isfinite(past)]
    return float(np.quantile(known, PROVINCE_QUANTILE)) if len(known) else 0.0


def _own(past: Floats) -> Floats:
    """Per mine; 0 where too little is known. Days of which nothing is known explain nothing."""
    enough = np.isfinite(past).sum(axis=1) >= LEAST_DAYS
    return np.where(enough, np.quantile(np.nan_to_num(past), OWN_QUANTILE, axis=1), 0.0)
