"""Is a group of points on its way from one level to another? Finds the begin and the end of a change, wherever the level was.

The mean over the last rows is held against the mean over as many rows before; their difference in training gives its size.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats
from models.level import LevelSettings, joined, settled
from models.window import Window


class Transition(Fitted[LevelSettings]):
    """`Transition().fit(frame)`; from at least 8 widths of rows, half of them good for each point that is to be judged."""

    kind: ClassVar[str] = "transition"
    asks = LevelSettings
    shapes: ClassVar[Mapping[str, Column]] = {"size": floats("p")}

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[np.float64]]:  # noqa: ARG002  # the order is enough
        width = self.settings.width
        if len(values) < 8 * width:
            raise BadModel("rows to learn from", len(values), f"at least {8 * width}")
        self._begin()
        after, before = self._pairs(values)
        moves = (after - before)[2 * width :]
        known = np.isfinite(moves).mean(axis=0) >= 0.5
        moves, held = np.where(known, moves, 0.0), np.where(known, values, 0.0)
        noise = np.nanvar(np.diff(held, axis=0), axis=0) / width
        size = np.sqrt(np.maximum(np.nanmean(moves**2, axis=0), noise))
        return {"size": np.where(known, settled(size, held, width), np.nan)}

    def _begin(self) -> None:
        self._window = Window(self.settings.width, len(self.points))
        self._before = np.full((self.settings.width, len(self.points)), np.nan)

    def _pairs(self, values: Floats) -> tuple[Floats, Floats]:
        """The mean of the last rows, and that of as many before them."""
        means = np.concatenate([self._before, self._window.means(values)])
        self._before = means[len(means) - self.settings.width :].copy()
        return means[self.settings.width :], means[: len(values)]

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:  # noqa: ARG002  # the order is enough
        after, before = self._pairs(values)
        return joined(self.points, np.abs(after - before) / self.learned["size"], self.settings.normal, (after, before))


def turns(total: Floats, times: NDArray[np.int64], apart: int) -> NDArray[np.intp]:
    """Rows at which a score crosses 1, either way, at least `apart` µs after the one before: changes that begin and that have ended."""
    over = np.nan_to_num(total) >= 1.0
    rows: list[int] = []
    for row in np.flatnonzero(np.diff(over, prepend=False)).tolist():
        if not rows or times[row] - times[rows[-1]] >= apart:
            rows.append(row)
    return np.array(rows, np.intp)
