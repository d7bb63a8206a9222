"""Has a group of points left the level it had? Limits widen for a point that was seen to wander while it was normal.

Each point's mean over a few rows is held against its training mean. Its variance is that of such means in training, plus a random
walk's share that grows with the distance from the training span: a motor that warms up wanders and says little, a flow that stood
still for minutes says much. The points' deviations are joined as a chi statistic of as many degrees as points are known.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats
from models.scale import floored, usual_period
from models.window import Window, chi_limit

MOST_AWAY = 4.0
"""Training spans by which the random walk is carried on; farther away the limits stay as wide as there."""


class LevelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`width` rows make a mean; `normal`: quantile of the standard normal distribution at which the joint statistic is its threshold."""

    width: Annotated[int, Meta(ge=2, le=1000)] = 8
    normal: Annotated[float, Meta(ge=0, le=20)] = 4.0


class Level(Fitted[LevelSettings]):
    """`Level().fit(frame)`; from at least 8 widths of rows, half of them good for each point that is to be judged."""

    kind: ClassVar[str] = "level"
    asks = LevelSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        **dict.fromkeys(("mean", "variance", "walk"), floats("p")),
        **dict.fromkeys(("middle_us", "period_us", "rows"), floats("1")),
    }

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[np.float64]]:
        width = self.settings.width
        if len(values) < 8 * width:
            raise BadModel("rows to learn from", len(values), f"at least {8 * width}")
        means = Window(width, len(self.points)).means(values)[width:]
        known = np.isfinite(means).mean(axis=0) >= 0.5
        means, held = np.where(known, means, 0.0), np.where(known, values, 0.0)
        noise = np.nanvar(np.diff(held, axis=0), axis=0) / 2 / width
        deviation = np.sqrt(np.maximum(np.nanvar(means, axis=0), noise))
        lag = len(values) * 3 // 8
        apart = np.nanmean((means[lag:] - means[:-lag]) ** 2, axis=0)
        return {
            "mean": np.where(known, np.nanmean(means, axis=0), np.nan),
            "variance": np.where(known, settled(deviation, held, width) ** 2, np.nan),
            "walk": np.where(known, np.maximum(0.0, apart - 2 * noise) / lag, np.nan),
            "middle_us": np.array([float(times[0]) + (float(times[-1]) - float(times[0])) / 2]),
            "period_us": np.array([float(usual_period(times))]),
            "rows": np.array([float(len(values))]),
        }

    def _begin(self) -> None:
        self._window = Window(self.settings.width, len(self.points))

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        learned, means = self.learned, self._window.means(values)
        away = np.clip((times - learned["middle_us"]) / learned["period_us"], 0.0, MOST_AWAY * learned["rows"])
        deviation = np.abs(means - learned["mean"]) / np.sqrt(learned["variance"] + learned["walk"] * away[:, None])
        expected = np.broadcast_to(learned["mean"], means.shape)
        return joined(self.points, deviation, self.settings.normal, (means, np.asarray(expected)))


def settled(deviation: Floats, values: Floats, width: int) -> Floats:
    """Deviations of means of `width` rows, none below half the point's step over the root of the width; NaN where it never moved."""
    return np.asarray(floored(deviation * np.sqrt(width), values, np.full(values.shape[1], np.nan)) / np.sqrt(width))


def joined(points: tuple[str, ...], deviation: Floats, normal: float, pair: tuple[Floats, Floats]) -> Scores:
    """Deviations in standard deviations (n, p), NaN unknown, as one score: 1 at the chi quantile of the points that are known.

    `pair`: what was judged, and against what.
    """
    known = np.isfinite(deviation)
    limit = chi_limit(known.sum(axis=1).astype(np.float64), normal)
    squares = np.where(known, deviation, 0.0) ** 2
    total = np.zeros(len(squares))
    for column in range(squares.shape[1]):  # in a fixed order, so that the sum is the same in any block
        total += squares[:, column]
    return Scores(points, np.sqrt(total) / limit, deviation / limit[:, None], *pair)
