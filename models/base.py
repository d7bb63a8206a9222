"""What every detector promises, and the columns it works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class BadModel(ValueError):
    """Numbers that make no detector: names what, the value and what is allowed."""

    def __init__(self, what: str, value: object, allowed: str) -> None:
        self.what, self.value, self.allowed = what, value, allowed
        super().__init__(f"{what} is {value!r}; allowed: {allowed}")


@dataclass(frozen=True, slots=True)
class Frame:
    """n instants of p points. `times` int64 µs UTC (n,), never falling; `values` float64 (n, p), NaN where there is no usable reading."""

    points: tuple[str, ...]
    times: NDArray[np.int64]
    values: Floats

    def __len__(self) -> int:
        return len(self.times)

    def of(self, points: Sequence[str]) -> Floats:
        """The columns of those points in that order, shape (n, len(points)); NaN for a point that is not here."""
        if tuple(points) == self.points:
            return self.values
        at, absent = _columns(self.points, tuple(points))
        if len(absent) == len(at):
            return np.full((len(self), len(at)), np.nan)
        out = self.values[:, at]
        out[:, absent] = np.nan
        return out

    def rows(self, start: int, end: int) -> "Frame":
        """Rows start to end - 1 (views)."""
        return Frame(self.points, self.times[start:end], self.values[start:end])


@lru_cache(maxsize=1024)
def _columns(have: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each wanted point is (0 for one that is not), and which of them are not there. Cached: every detector asks in every cycle."""
    at = {name: column for column, name in enumerate(have)}
    return np.array([at.get(name, 0) for name in wanted], np.int64), np.flatnonzero([name not in at for name in wanted])


@dataclass(frozen=True, slots=True)
class Scores:
    """`total` (n,): 0 as trained, 1 at the threshold, NaN unknown. `parts` (n, p): what each of `points` gives to it, NaN unknown.

    A detector that judges each point by itself has the largest of its parts as total. `values` and `expected` (n, p), in the points'
    units: what was judged against what, where the detector has such a pair.
    """

    points: tuple[str, ...]
    total: Floats
    parts: Floats
    values: Floats | None = None
    expected: Floats | None = None

    def causes(self, row: int, most: int = 3) -> tuple["Cause", ...]:
        """The points that gave most in a row, largest first; the default `explain`."""
        parts = np.where(np.isfinite(self.parts[row]), self.parts[row], 0.0)
        order = np.argsort(-parts, kind="stable")[:most]
        if self.values is None or self.expected is None:
            return tuple(Cause(self.points[at], float(parts[at])) for at in order if parts[at] > 0)
        pairs = (self.values[row], self.expected[row])
        return tuple(Cause(self.points[at], float(parts[at]), *(float(pair[at]) for pair in pairs)) for at in order if parts[at] > 0)


@dataclass(frozen=True, slots=True)
class Cause:
    """One point and what it gave to the score; `value` and `expected` in the point's unit where the detector has such a pair."""

    point: str
    part: float
    value: float = float("nan")
    expected: float = float("nan")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A detector as numbers only: `settings` is JSON, `arrays` go into an npz. Never code."""

    settings: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


class Detector(Protocol):
    """One detector on its own points.

    `score` goes on where the block before ended: one block gives the same scores as its rows one by one. It looks at nothing that
    comes later, leaves its input as it was and raises on no finite input. Points may be absent, NaN, more or in another order.
    `save` holds what `fit` learned, not what `score` remembers: a loaded detector begins anew, and scores bit for bit alike.
    """

    kind: ClassVar[str]
    points: tuple[str, ...]

    def fit(self, frame: Frame) -> Self:
        """A fitted detector of the same settings (self stays as it was); BadModel where the span is too short to learn from."""
        ...

    def score(self, frame: Frame) -> Scores: ...

    def explain(self, scores: Scores, row: int, most: int = 3) -> tuple[Cause, ...]:
        """Which points made the score of a row, and by how much."""
        ...

    def restart(self) -> None:
        """Forget what was scored; what was fitted stays."""
        ...

    def save(self) -> Numbers: ...

    @classmethod
    def load(cls, numbers: Numbers) -> Self:
        """From `save`; BadModel for anything else."""
        ...
