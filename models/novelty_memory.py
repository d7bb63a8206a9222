"""What a point has shown before, at one time scale, and how surprising the newest is. Bounded, causal, pure Python: microseconds a row."""

import math
from array import array
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable

import numpy as np

ENOUGH = 20
"""Distances before one can be called surprising."""
TAIL = 0.02
"""Share of the distances whose excess is modelled."""
SLOPE = 2.0
"""Exponent of the Pareto tail: heavy enough for counts and loads."""
MOST = 4.0
"""1 in 10,000 is as strange as it gets at one scale: no scale tells an event alone by much."""
FRESH = 50
"""Rows between two looks at the tail."""
LENGTH = 8
"""Means in a curve."""


class Window:
    """The newest `most` numbers, in order of arrival and of size."""

    def __init__(self, most: int, numbers: Iterable[float] = ()) -> None:
        self.most = most
        self.order: deque[float] = deque()
        self.ranked = array("d")
        for number in numbers:
            self.add(number)

    def __len__(self) -> int:
        return len(self.order)

    def add(self, number: float) -> None:
        if len(self.order) == self.most:
            del self.ranked[bisect_left(self.ranked, self.order.popleft())]
        self.order.append(number)
        insort(self.ranked, number)

    def distance(self, number: float, nth: int) -> float:
        """To the nth nearest; inf with fewer numbers than that."""
        ranked, high = self.ranked, bisect_left(self.ranked, number)
        low, far = high - 1, math.inf
        for _ in range(nth):
            below = number - ranked[low] if low >= 0 else math.inf
            above = ranked[high] - number if high < len(ranked) else math.inf
            far = min(below, above)
            low, high = (low - 1, high) if below <= above else (low, high + 1)
        return far


class Tail:
    """Decimal logarithm of how rare a distance is among the earlier ones: 0 for an ordinary one, 2 at 1 in 100.

    Peaks over threshold with a Pareto excess of fixed shape (Siffer et al., KDD 2017, fit shape and scale; the scale alone is steadier
    with the few peaks there are). `grain` is the smallest excess that is told apart from nothing.
    """

    def __init__(self, most: int, every: int, grain: float, distances: Iterable[float] = ()) -> None:
        self.window = Window(most, distances)
        self.every, self.grain = every, grain
        self.due = 0
        self.level = math.inf
        self.excess = self.rarity = 0.0

    def surprise(self, distance: float) -> float:
        """Of a distance, which is then remembered."""
        if self.due <= 0 and len(self.window) >= ENOUGH:
            self._look()
        self.due -= 1
        self.window.add(distance)
        if distance <= self.level:
            return 0.0
        return min(MOST, self.rarity + SLOPE * math.log10(1 + (distance - self.level) / self.excess))

    def _look(self) -> None:
        ranked, kept = self.window.ranked, len(self.window)
        peaks = max(1, round(TAIL * kept))
        self.level = ranked[-peaks - 1]
        self.excess = max(sum(ranked[-peaks:]) / peaks - self.level, 0.05 * self.level, self.grain)
        self.rarity = math.log10(kept / peaks)
        self.due = self.every


class Scale:
    """Means over `rows` rows: is there an earlier one like it?

    `memory` means and `tail` distances are kept; a surprise stands until the next mean, and for `stands` rows at least.
    """

    nth = 3
    """The distance is that to the third nearest: once or twice is still strange."""

    def __init__(self, rows: int, stands: int, memory: int, tail: int, grain: float) -> None:
        self.rows = rows
        self.seen = Window(memory)
        self.tail = Tail(tail, max(1, FRESH // rows), grain)
        self._standing: deque[float] = deque((0.0,), maxlen=max(1, stands // rows))
        self._sum, self._count, self._row = 0.0, 0, 0

    def step(self, value: float) -> float:
        """The surprise that stands after this row; NaN is a row without a reading."""
        if math.isfinite(value):
            self._sum += value
            self._count += 1
        self._row += 1
        if self._row >= self.rows:
            if self._count:
                self._standing.append(self._take(self._sum / self._count))
            self._sum, self._count, self._row = 0.0, 0, 0
        return max(self._standing)

    def _take(self, mean: float) -> float:
        distance = self.distance(mean)
        self.seen.add(mean)
        return self.tail.surprise(distance) if math.isfinite(distance) else 0.0

    def distance(self, mean: float) -> float:
        return self.seen.distance(mean, self.nth)

    def recall(self, seen: Iterable[float], distances: Iterable[float]) -> None:
        """Remember these, oldest first, and nothing else."""
        self.seen = Window(self.seen.most, seen)
        self.tail.window = Window(self.tail.window.most, distances)


class Curve(Scale):
    """The last LENGTH means together: root mean square distance to the nearest earlier curve that does not overlap."""

    def distance(self, mean: float) -> float:
        kept = len(self.seen)
        if kept < 2 * LENGTH:
            return math.inf
        seen = np.append(np.fromiter(self.seen.order, np.float64, kept), mean)
        curves = np.lib.stride_tricks.sliding_window_view(seen, LENGTH)
        apart = ((curves[:-LENGTH] - curves[-1]) ** 2).sum(axis=1)
        return math.sqrt(float(apart.min()) / LENGTH)
