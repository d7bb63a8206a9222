"""Means over the last rows, the same bit for bit whether rows come one by one or in blocks."""

import numpy as np

from models.base import Floats


class Window:
    """The mean of the last `width` rows of each of p columns; NaN where fewer than half of them hold a number."""

    def __init__(self, width: int, columns: int) -> None:
        self.width, self.columns = width, columns
        self.restart()

    def restart(self) -> None:
        self._before = np.full((self.width - 1, self.columns), np.nan)

    def means(self, values: Floats) -> Floats:
        """Shape (n, p) from (n, p); goes on where the last call ended."""
        rows = np.concatenate([self._before, values])
        self._before = rows[len(rows) - self.width + 1 :].copy()
        total, count = np.zeros(values.shape), np.zeros(values.shape)
        for shift in range(self.width):  # in the order of time, so that the sum is the same in any block
            part = rows[shift : shift + len(values)]
            good = np.isfinite(part)
            total += np.where(good, part, 0.0)
            count += good
        enough = count >= self.width / 2
        return np.where(enough, total / np.maximum(count, 1), np.nan)


def chi_limit(freedom: Floats, normal: float) -> Floats:
    """The quantile of a chi distribution with `freedom` degrees, at the quantile `normal` of the standard normal one.

    Wilson and Hilferty, PNAS 17 (1931) 684-688; within 1 % from 1 degree on. NaN for 0 degrees.
    """
    part = 2.0 / (9.0 * np.where(freedom > 0, freedom, np.nan))
    return np.asarray(np.sqrt(freedom * (1.0 - part + normal * np.sqrt(part)) ** 3))
