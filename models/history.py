"""Rows with the ones before them, the same bit for bit whether they come one by one or in blocks."""

import numpy as np
from numpy.typing import NDArray

from models.base import Floats


class History:
    """Each row of p columns with its `lags` predecessors (newest first), after an exponential mean over about `smooth` rows.

    What is not known stays NaN. After `longest` µs between two rows everything begins anew, with `settle` rows of NaN.
    """

    def __init__(self, columns: int, lags: int, smooth: int, longest: float, settle: int = 0) -> None:
        self._lags, self._share, self._longest, self._settle = lags, 1.0 / smooth, longest, settle
        self._mean, self._met = np.zeros(columns), np.zeros(columns)
        self._before = np.full((lags, columns), np.nan)
        self._last: NDArray[np.int64] | None = None
        self._rows = 0

    def rows(self, times: NDArray[np.int64], values: Floats) -> Floats:
        """(n, p × (lags + 1)) from (n, p); goes on where the last call ended."""
        if not len(values):
            return np.empty((0, values.shape[1] * (self._lags + 1)))
        if not self._lags and self._share == 1 and not self._settle:
            return values
        first = times[:1] if self._last is None else self._last
        breaks = np.flatnonzero(times - np.concatenate([first, times[:-1]]) > self._longest)
        self._last = times[-1:].copy()
        if self._share < 1 or self._settle:
            values = self._smoothed(values, set(breaks.tolist()))
        return self._lagged(values, breaks) if self._lags else values

    def _smoothed(self, values: Floats, breaks: set[int]) -> Floats:
        """Each reading weighs 1 / smooth; the first ones more, so that the mean is theirs from the start."""
        out = np.full(values.shape, np.nan)
        for row, reading in enumerate(values):
            if row in breaks:
                self._met, self._rows = np.zeros(len(reading)), 0
            known = ~np.isnan(reading)
            self._met, self._rows = self._met + known, self._rows + 1
            share = np.maximum(1.0 / np.maximum(self._met, 1.0), self._share)
            old = np.where(self._met > 1, self._mean, 0.0)
            self._mean = np.where(known, old + share * (reading - old), self._mean)
            if self._rows > self._settle:
                out[row] = np.where(known, self._mean, np.nan)
        return out

    def _lagged(self, values: Floats, breaks: NDArray[np.int64]) -> Floats:
        joined = np.concatenate([self._before, values])
        begun = np.full(len(values), -self._lags)
        begun[breaks] = breaks
        begun = np.maximum.accumulate(begun)
        at = np.arange(len(values))
        columns = [
            np.where((at - lag >= begun)[:, None], joined[self._lags - lag : len(joined) - lag], np.nan) for lag in range(self._lags + 1)
        ]
        self._before = joined[len(joined) - self._lags :].copy()
        self._before[: max(0, self._lags - (len(values) - int(begun[-1])))] = np.nan
        return np.concatenate(columns, axis=1)
