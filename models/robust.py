"""Level and slope of each point, robustly: how far it is from where it usually stands, and how fast it moves.

Level: the median of the last three readings against a running location. The location follows with the time constant `follow_s`,
by Huber's bounded influence, so that what is far off moves it no more than what is a little off (P. J. Huber, Robust Statistics,
1981, ch. 5-6: M-estimates; here one step a reading). Slope: the median of the slopes between the two halves of the last `window`
readings (after P. K. Sen, J. Amer. Statist. Assoc. 63 (1968), with half a window between the readings of a pair).

It fails: on a rise slower than about `bend` scales in `follow_s`, which the location follows.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from contracts.clock import SECOND
from models.base import Floats, Scores
from models.fitted import Column, Fitted, floats, positive
from models.scale import HALF_STEP, floored, largest, limits, local_spread, median, spread, steps_of, usual_period

SLOPE_NOISE = 2.5
"""Standard deviation of the median of window / 2 slopes of pure noise, times √window and its run, in scales: 1.25 · √2 · √2."""
WORST = 1e6
"""A level or slope counts for no more than this many scales."""


class RobustSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`steps`: smallest change that means anything, by point, in its unit.

    After `gap` usual periods without a reading the window is begun anew.
    """

    window: Annotated[int, Meta(ge=6, le=600)] = 30
    follow_s: Annotated[float, Meta(ge=1, le=1e7)] = 1800.0
    bend: Annotated[float, Meta(gt=0, le=100)] = 2.0
    least: Annotated[float, Meta(ge=1, le=1e4)] = 6.0
    quantile: Annotated[float, Meta(gt=0, le=1)] = 0.9995
    margin: Annotated[float, Meta(ge=0.1, le=100)] = 1.2
    gap: Annotated[float, Meta(ge=2, le=1e6)] = 30.0
    steps: dict[str, float] = {}


class Robust(Fitted[RobustSettings]):
    """`Robust(RobustSettings(window=60)).fit(frame)`."""

    kind: ClassVar[str] = "robust"
    asks = RobustSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        "centre": floats("p"),
        **dict.fromkeys(("scale", "slope_scale", "level_limit", "slope_limit"), positive("p")),
        "period_us": positive("1"),
    }

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[np.float64]]:
        asked, period = self.settings, usual_period(times)
        chunk = max(20, round(asked.follow_s * SECOND / period))
        step = steps_of(values, self.points, asked.steps)
        scale = floored(local_spread(values, chunk), values, step)
        nothing = np.ones(len(self.points))
        learned = {"centre": median(values), "scale": scale, "slope_scale": nothing, "level_limit": nothing, "slope_limit": nothing}
        level, slope, _ = self._with({**learned, "period_us": np.array([float(period)])})._raw(times, values)
        span_s = asked.window / 2 * period / SECOND
        slope_scale = np.fmax(spread(slope, nothing - 1), np.fmax(SLOPE_NOISE * scale / asked.window**0.5, HALF_STEP * step) / span_s)
        return {
            **learned,
            "slope_scale": slope_scale,
            "level_limit": limits(level, asked.quantile, asked.margin, asked.least),
            "slope_limit": limits(slope / slope_scale, asked.quantile, asked.margin, asked.least),
            "period_us": np.array([float(period)]),
        }

    def _begin(self) -> None:
        count = len(self.points)
        self._place = self.learned["centre"].copy()
        self._ring = np.zeros((self.settings.window, count))
        self._when = np.zeros((self.settings.window, count), np.int64)
        self._filled = np.zeros(count, np.int64)

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        level, slope, places = self._raw(times, values)
        parts = np.fmax(level / self.learned["level_limit"], slope / self.learned["slope_limit"])
        return Scores(self.points, largest(parts), parts, values, places)

    def _raw(self, times: NDArray[np.int64], values: Floats) -> tuple[Floats, Floats, Floats]:
        """Level and slope in scales, and the location before each reading; each (n, p)."""
        level, slope, places = np.full(values.shape, np.nan), np.full(values.shape, np.nan), np.full(values.shape, np.nan)
        scale, slope_scale = self.learned["scale"], self.learned["slope_scale"]
        for row, time in enumerate(times.tolist()):
            known = np.flatnonzero(~np.isnan(values[row]) & ~np.isnan(scale))
            if known.size:
                now = slice(None) if known.size == len(scale) else known
                places[row, now] = self._place[now]
                passed = self._push(time, values[row], now)
                level[row, now] = self._level(values[row], passed, now)
                slope[row, now] = np.minimum(self._slope(now) / slope_scale[now], WORST)
        return level, slope, places

    def _push(self, time: int, reading: Floats, now: "slice | NDArray[np.int64]") -> NDArray[np.int64]:
        """Take readings into the window of their points; gives the µs since the reading before (0 for a first one)."""
        filled, ring, when = self._filled, self._ring, self._when
        passed = np.where(filled[now] > 0, time - when[-1, now], 0)
        filled[now] = np.where(passed > self.settings.gap * self.learned["period_us"][0], 0, filled[now])
        ring[:-1, now], when[:-1, now] = ring[1:, now], when[1:, now]
        ring[-1, now], when[-1, now] = reading[now], time
        filled[now] = np.minimum(filled[now] + 1, len(ring))
        return passed

    def _level(self, reading: Floats, passed: NDArray[np.int64], now: "slice | NDArray[np.int64]") -> Floats:
        a, b, c = self._ring[-3, now], self._ring[-2, now], self._ring[-1, now]
        middle = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
        place, scale = self._place[now], self.learned["scale"][now]
        off = np.where(self._filled[now] >= 3, middle, c) - place
        share = -np.expm1(-np.minimum(passed, self.settings.gap * self.learned["period_us"][0]) / (self.settings.follow_s * SECOND))
        bend = self.settings.bend
        self._place[now] = place + share * scale * np.clip((reading[now] - place) / scale, -bend, bend)
        level: Floats = np.minimum(np.abs(off) / scale, WORST)
        return level

    def _slope(self, now: "slice | NDArray[np.int64]") -> Floats:
        """|slope| in units a second, NaN until the window is full."""
        half = len(self._ring) // 2
        rise = self._ring[half : 2 * half, now] - self._ring[:half, now]
        run = np.maximum(self._when[half : 2 * half, now] - self._when[:half, now], 1) / SECOND
        slope: Floats = np.where(self._filled[now] == len(self._ring), np.abs(np.median(rise / run, axis=0)), np.nan)
        return slope
