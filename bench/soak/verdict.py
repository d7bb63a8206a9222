"""What was offered against what the store holds: every reading, with its value and quality. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Readings:
    """`lost`: offered, nothing of that point and time is stored. `altered`: something else is, or was never offered at all.
    `duplicate`: stored more than once. `declared`: of what would be lost, told as lost by the gateway."""

    offered: int = 0
    lost: int = 0
    altered: int = 0
    duplicate: int = 0
    declared: int = 0

    def __add__(self, other: "Readings") -> "Readings":
        return Readings(
            self.offered + other.offered,
            self.lost + other.lost,
            self.altered + other.altered,
            self.duplicate + other.duplicate,
            self.declared + other.declared,
        )


Mask = NDArray[np.bool_]


def compare(offered: NDArray[np.void], stored: NDArray[np.void], declared: Mask | None = None) -> Readings:
    """Rows of `truth.ROW`. The same reading offered twice (a clock set back over a value that stood) is one. `declared`: of the rows
    offered, those that the gateway told as lost."""
    told = np.zeros(len(offered), np.bool_) if declared is None else declared
    unique = np.unique(offered)
    of_unique = _told(offered, unique, told) if told.any() else np.zeros(len(unique), np.bool_)
    held, times = np.unique(stored, return_counts=True)
    missing = ~np.isin(unique, held, assume_unique=True)
    invented = ~np.isin(held, unique, assume_unique=True)
    places = np.unique(held[["point", "time"]])
    elsewhere = np.isin(unique[["point", "time"]], places)
    gone, other = missing & ~elsewhere, missing & elsewhere
    taken = np.isin(held[invented][["point", "time"]], unique[other][["point", "time"]])  # each is the other side of one altered already
    return Readings(
        len(unique),
        int(np.count_nonzero(gone & ~of_unique)),
        int(np.count_nonzero(other)) + int(np.count_nonzero(~taken)),
        int((times - 1).sum()),
        int(np.count_nonzero(gone & of_unique)),
    )


def _told(offered: NDArray[np.void], unique: NDArray[np.void], told: Mask) -> Mask:
    """Of each unique row, whether every one of its copies was told as lost."""
    kept = np.unique(offered[~told])
    return ~np.isin(unique, kept, assume_unique=True)


def same_series(offered: tuple[NDArray[np.int64], NDArray[np.float64]], stored: tuple[NDArray[np.int64], NDArray[np.float64]]) -> bool:
    """Whether a point's readings are exactly those: times, and values by their bits."""
    return (
        len(offered[0]) == len(stored[0])
        and bool(np.array_equal(offered[0], stored[0]))
        and bool(np.array_equal(offered[1].view(np.int64), np.ascontiguousarray(stored[1], np.float64).view(np.int64)))
    )
