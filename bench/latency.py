"""Percentiles of waiting times."""

from collections.abc import Sequence

import numpy as np


def percentile_ms(waits: Sequence[int], share: float) -> float:
    """The wait (µs in, ms out) that `share` per cent of all stay at or below: the nearest that was measured, never one between two.

    ValueError for no waits: nothing measured is not 0 ms.
    """
    if not waits:
        raise ValueError("nothing was measured")
    return float(np.percentile(np.asarray(waits, np.float64), share, method="inverted_cdf")) / 1000
