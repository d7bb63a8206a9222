"""Chance by name: each mine has its own streams, and what is drawn from one changes nothing in another.

Days are the first axis of what is drawn, so a longer province begins like a shorter one.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chance:
    """The streams of one mine (`number`) of one province (`seed`)."""

    seed: int
    number: int

    def whole(self, name: str, low: int, high: int, shape: tuple[int, ...] | int) -> Ints:
        """Whole numbers from `low` to below `high`, from a stream of their own."""
        return np.asarray(self.of(name).integers(low, high, shape), np.int64)

    def of(self, name: str) -> np.random.Generator:
        """A stream, from its beginning."""
        return np.random.default_rng([self.seed, self.number, crc32(name.encode())])

    def happens(self, name: str, days: int, rate: float) -> Bools:
        """On which days something happens that happens on this share of days; (days,)."""
        return self.of(name).random(days) < rate

    def spells(self, name: str, days: int, rate: float, length: tuple[int, int], size: tuple[int, int] = (1, 1)) -> Ints:
        """Spells of `length` days (from, to), each of `size`, begun at `rate` a day; what they add up to on each day; (days,)."""
        begun = self.happens(name, days, rate)
        lasts = self.of(f"{name} length").integers(length[0], length[1], size=days, endpoint=True)
        sizes = self.of(f"{name} size").integers(size[0], size[1], size=days, endpoint=True)
        first = np.flatnonzero(begun)
        return painted(first, first + lasts[first], sizes[first], days)


def painted(first: Ints, end: Ints, size: Ints, days: int) -> Ints:
    """The sum on each day of what lasts from `first` to before `end`; (days,). Parts outside are left off."""
    change = np.zeros(days + 1, np.int64)
    np.add.at(change, np.clip(first, 0, days), size)
    np.add.at(change, np.clip(end, 0, days), -size)
    return np.cumsum(change)[:days]
