"""Quality bits that follow from the value alone. Raw values stay as they are; only bits are added. Edge and centre share this code."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.columns import Block
from contracts.points import Registry
from contracts.quality import CLOCK_SUSPECT, NOT_A_NUMBER, OUT_OF_RANGE


@dataclass(frozen=True, slots=True)
class Bounds:
    """Physical range by point number, each shape (points,)."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, registry: Registry) -> "Bounds":
        return cls(
            np.array([point.measures.low for point in registry.points], np.float64),
            np.array([point.measures.high for point in registry.points], np.float64),
        )


def flagged(block: Block, bounds: Bounds, *, clock_suspect: bool = False) -> Block:
    """The block with NOT_A_NUMBER, OUT_OF_RANGE and CLOCK_SUSPECT added where they hold; the same object where nothing is added.

    Point numbers must be inside the registry the bounds were made of.
    """
    value, at = block.value, block.at
    fine = (value >= bounds.low[at]) & (value <= bounds.high[at])  # false for what is no number
    if not clock_suspect and np.count_nonzero(fine) == len(fine):
        return block
    bits = np.where(fine, 0, np.where(np.isfinite(value), OUT_OF_RANGE, NOT_A_NUMBER)).astype(np.uint16)
    if clock_suspect:
        bits |= np.uint16(CLOCK_SUSPECT)
    return Block(block.point, block.time, value, block.quality | bits, block.run)
