"""What detectors that learn arrays share: settings of checked types, one way through `fit` and `score`, numbers out and in."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.base import BadModel, Cause, Floats, Frame, Numbers, Scores

MOST_POINTS = 20_000
MOST = 1e30
"""Readings are clipped to this much, so that no difference or square of finite input overflows."""

Settings = TypeVar("Settings", bound=msgspec.Struct)


class Column(NamedTuple):
    """An array's dtype, its lengths by letter ("p": number of points; equal letters, equal lengths), and its sign."""

    dtype: str
    dims: tuple[str, ...]
    positive: bool = False


def floats(*dims: str) -> Column:
    return Column("float64", dims)


def positive(*dims: str) -> Column:
    """Floats above 0, or NaN."""
    return Column("float64", dims, positive=True)


def whole(*dims: str) -> Column:
    return Column("int32", dims)


def usable(values: Floats) -> Floats:
    """A copy: NaN for what is not finite, the rest clipped to ±MOST."""
    return np.minimum(np.maximum(np.where(np.isfinite(values), values, np.nan), -MOST), MOST)


class Fitted(ABC, Generic[Settings]):
    """A Detector whose settings are a msgspec struct (`asks`) and whose learned numbers are named arrays (`shapes`).

    A detector of its own gives `_learn`, `_begin` and `_judge`; a point that taught it nothing has NaN for its numbers and its parts.
    """

    kind: ClassVar[str]
    asks: ClassVar[type[msgspec.Struct]]
    shapes: ClassVar[Mapping[str, Column]]
    least: ClassVar[int] = 30
    """Rows that `fit` needs."""

    def __init__(self, settings: Settings | None = None) -> None:
        try:
            asked = msgspec.to_builtins(settings) if settings is not None else {}
            self.settings = cast(Settings, msgspec.convert(asked, self.asks))
        except (msgspec.ValidationError, OverflowError) as error:
            raise BadModel(f"settings of {self.kind}", asked, str(error)) from error
        self.points: tuple[str, ...] = ()
        self.learned: Mapping[str, NDArray[Any]] = {}

    @abstractmethod
    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[Any]]:
        """The arrays of `shapes`, from the span to learn from; `self.points` are its columns."""

    @abstractmethod
    def _begin(self) -> None:
        """Nothing scored yet: set up what `_judge` remembers."""

    @abstractmethod
    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        """Scores of the next rows; `values` are this detector's own and may be written to."""

    def _sound(self) -> None:
        """BadModel where the learned arrays, of right shapes, still make no detector."""

    def fit(self, frame: Frame) -> Self:
        if len(frame) < self.least:
            raise BadModel("rows to learn from", len(frame), f"at least {self.least}")
        if not frame.points or len(set(frame.points)) != len(frame.points):
            raise BadModel("points to learn from", frame.points[:5], "one or more, each once")
        made = copy(self)
        made.points = frame.points
        return made._with(made._learn(frame.times, usable(frame.values)))

    def _with(self, learned: Mapping[str, NDArray[Any]]) -> Self:
        """A detector of these numbers that has scored nothing yet."""
        made = copy(self)
        made.learned = dict(learned)
        made.restart()
        return made

    def score(self, frame: Frame) -> Scores:
        self._fitted()
        return self._judge(frame.times, usable(frame.of(self.points)))

    def explain(self, scores: Scores, row: int, most: int = 3) -> tuple[Cause, ...]:
        return scores.causes(row, most)

    def restart(self) -> None:
        self._fitted()
        self._begin()

    def _fitted(self) -> None:
        if not self.learned:
            raise BadModel("detector", self.kind, "one that was fitted or loaded")

    def save(self) -> Numbers:
        self._fitted()
        return Numbers({"points": list(self.points), "settings": msgspec.to_builtins(self.settings)}, dict(self.learned))

    @classmethod
    def load(cls, numbers: Numbers) -> Self:
        points, settings = numbers.settings.get("points"), numbers.settings.get("settings")
        if not isinstance(points, list | tuple) or not 0 < len(points) <= MOST_POINTS or not all(isinstance(name, str) for name in points):
            raise BadModel("points", str(points)[:80], f"1 to {MOST_POINTS} names")
        if len(set(points)) != len(points):
            raise BadModel("points", str(points)[:80], "each once")
        try:
            made = cls(cast(Settings, msgspec.convert(settings, cls.asks)))
        except msgspec.ValidationError as error:
            raise BadModel(f"settings of {cls.kind}", str(settings)[:80], str(error)) from error
        made.points = tuple(points)
        made.learned = _of_shapes(numbers.arrays, cls.shapes, len(points))
        made._sound()
        made.restart()
        return made


def _of_shapes(arrays: Mapping[str, NDArray[Any]], shapes: Mapping[str, Column], points: int) -> dict[str, NDArray[Any]]:
    if set(arrays) != set(shapes):
        raise BadModel("arrays", sorted(arrays), ", ".join(sorted(shapes)))
    lengths, found = {"p": points, "1": 1, "2": 2}, {}
    for name, column in shapes.items():
        array = np.asarray(arrays[name])
        if str(array.dtype) != column.dtype or array.ndim != len(column.dims):
            raise BadModel(f"array {name}", f"{array.dtype} of {array.ndim} dimensions", f"{column.dtype} {' × '.join(column.dims)}")
        for letter, length in zip(column.dims, array.shape, strict=True):
            if lengths.setdefault(letter, length) != length:
                raise BadModel(f"array {name}", array.shape, f"{letter} = {lengths[letter]}")
        if (np.abs(array) > MOST).any() or (column.positive and (array <= 0).any()):
            raise BadModel(
                f"array {name}", "out of range", f"{'above 0' if column.positive else -MOST} to {MOST}, or NaN for nothing learned"
            )
        found[name] = np.ascontiguousarray(array)
    return found
