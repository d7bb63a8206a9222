"""Two readings, one time: which of the readings in doubt are new, and which fold each gets. Pure, whole columns."""

import numpy as np
from numpy.typing import NDArray

from store.embedded.columns import Rows, join

MAX_FOLD = 255
"""Later ones share it: none is lost, only their order is."""


def settle(known: Rows, doubtful: Rows) -> tuple[Rows, int]:
    """The doubtful readings to write, each with its fold, and how many folds are above 0.

    One whose (series, time, value bit for bit, quality) is in `known` or earlier in `doubtful` is the same reading and is not
    written again; another value or quality gets the next fold of its (series, time), in the order given.
    """
    both = join([known, doubtful])
    order = np.lexsort((both.quality, _bits(both.value), both.time, both.series))  # stable: known rows come first
    repeated = np.zeros(len(both), np.bool_)
    repeated[order[1:]] = _same(order, both.series, both.time, _bits(both.value), both.quality)
    fresh = np.flatnonzero(~repeated[len(known) :])
    kept = Rows(*(getattr(doubtful, name)[fresh] for name in Rows.__slots__))
    fold = _next_folds(known, kept)
    return Rows(kept.series, kept.time, kept.value, kept.quality, fold), int(np.count_nonzero(fold))


def _next_folds(known: Rows, kept: Rows) -> NDArray[np.uint8]:
    """Per (series, time): the largest known fold, then counted on in the order given."""
    both = join([known, kept])
    order = np.lexsort((both.time, both.series))
    new = order >= len(known)
    starts = np.flatnonzero(np.append(True, ~_same(order, both.series, both.time))) if len(order) else np.empty(0, np.intp)
    sizes = np.diff(np.append(starts, len(order)))
    base = np.repeat(np.maximum.reduceat(np.where(new, -1, both.fold[order].astype(np.int64)), starts), sizes) if len(order) else order
    rank = np.cumsum(new)
    rank = rank - np.repeat(rank[starts] - new[starts], sizes)
    fold = np.empty(len(kept), np.uint8)
    fold[order[new] - len(known)] = np.minimum(base + rank, MAX_FOLD)[new]
    return fold


def _same(order: NDArray[np.intp], *columns: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether each row in `order` but the first equals the one before it."""
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for column in columns:
        sorted_column = column[order]
        same &= sorted_column[1:] == sorted_column[:-1]
    return same


def _bits(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """The values' bits, every NaN as one."""
    return np.where(np.isnan(value), np.nan, value).view(np.int64)
