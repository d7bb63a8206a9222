"""How far each point is from what its own last readings foretold: a linear forecast on lags, learned by ridge regression.

A change of the point over `ahead` rows is forecast from its level and its last changes (an autoregression in error correction form;
Hyndman and Athanasopoulos, Forecasting, 3rd ed., ch. 7 and 9). With nothing to foretell it falls back to "as before". `smooth` rows
of squared errors are averaged exponentially.

It fails: on what moves slowly enough to be foretold (see `change` and `drift`).
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats, positive
from models.scale import LEAST_KNOWN, floored, largest, limits, median, spread, steps_of, usual_period

WORST = 1e4
"""An error counts for no more than this many scales."""


class ForecastSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`lags` rows foretell `ahead` rows later. A reading that is missing counts as foretold, `bridge` in a row at most; after a gap of
    `gap` usual periods the lags are gathered anew."""

    lags: Annotated[int, Meta(ge=1, le=200)] = 6
    ahead: Annotated[int, Meta(ge=1, le=200)] = 1
    smooth: Annotated[int, Meta(ge=1, le=1000)] = 3
    ridge: Annotated[float, Meta(gt=0, le=1e6)] = 1.0
    bridge: Annotated[int, Meta(ge=0, le=200)] = 2
    least: Annotated[float, Meta(ge=1, le=1e4)] = 5.0
    quantile: Annotated[float, Meta(gt=0, le=1)] = 0.9995
    margin: Annotated[float, Meta(ge=0.1, le=100)] = 1.2
    gap: Annotated[float, Meta(ge=2, le=1e6)] = 10.0
    steps: dict[str, float] = {}


class Forecast(Fitted[ForecastSettings]):
    """`Forecast(ForecastSettings(lags=10, ahead=5)).fit(frame)`."""

    kind: ClassVar[str] = "forecast"
    asks = ForecastSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        "centre": floats("p"),
        **dict.fromkeys(("scale", "error", "limit"), positive("p")),
        "weights": floats("l", "p"),
        "period_us": positive("1"),
    }

    def _sound(self) -> None:
        if len(self.learned["weights"]) != self.settings.lags:
            raise BadModel("array weights", self.learned["weights"].shape, f"{self.settings.lags} lags")

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[np.float64]]:
        asked, centre, count = self.settings, median(values), len(self.points)
        step = steps_of(values, self.points, asked.steps)
        scale = floored(spread(values, centre), values, step)
        if len(values) < asked.lags + asked.ahead + self.least:
            raise BadModel("rows to learn from", len(values), f"at least {asked.lags + asked.ahead + self.least}")
        scaled = (values - centre) / scale
        weights = np.column_stack([_ridge(scaled[:, at], asked.lags, asked.ahead, asked.ridge) for at in range(count)])
        learned = {
            "centre": centre,
            "scale": scale,
            "weights": weights,
            **dict.fromkeys(("error", "limit"), np.ones(count)),
            "period_us": np.array([float(usual_period(times))]),
        }
        _, expected = self._with(learned)._raw(times, values)
        off = values - expected
        error = np.fmax(floored(spread(off, np.zeros(count)), values, step) / scale, 1e-9)
        raw, _ = self._with({**learned, "error": error})._raw(times, values)
        return {**learned, "error": error, "limit": limits(raw, asked.quantile, asked.margin, asked.least)}

    def _begin(self) -> None:
        count = len(self.points)
        self._ring = np.zeros((self.settings.lags + self.settings.ahead - 1, count))
        self._filled, self._missed = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self._mean: Floats = np.full(count, np.nan)
        self._last = 0

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        raw, expected = self._raw(times, values)
        parts = raw / self.learned["limit"]
        return Scores(self.points, largest(parts), parts, values, expected)

    def _raw(self, times: NDArray[np.int64], values: Floats) -> tuple[Floats, Floats]:
        """Smoothed errors in scales of them, and what was foretold; each (n, p)."""
        raw, expected = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
        centre, scale, error = self.learned["centre"], self.learned["scale"], self.learned["error"]
        scaled = (values - centre) / scale
        longest = self.settings.gap * self.learned["period_us"][0]
        share = 1.0 / self.settings.smooth
        for row, time in enumerate(times.tolist()):
            if time - self._last > longest:
                self._filled[:], self._mean[:] = 0, np.nan
            self._last = time
            foretold = self._foretell()
            expected[row] = centre + scale * foretold
            square = np.square(np.clip((scaled[row] - foretold) / error, -WORST, WORST))
            before = np.where(np.isnan(self._mean), 1.0, self._mean)
            mean = before + share * (square - before)
            self._mean = np.where(np.isnan(square), np.where(self._filled, self._mean, np.nan), mean)
            raw[row] = np.where(np.isnan(square), np.nan, np.sqrt(mean))
            self._push(scaled[row], foretold)
        return raw, expected

    def _foretell(self) -> Floats:
        """In scales; NaN for points whose lags are not all there."""
        lags = self.settings.lags
        old = self._ring[:lags]
        foretold = old[-1] + self.learned["weights"][0] * old[-1]
        foretold = foretold + (self.learned["weights"][1:] * np.diff(old, axis=0)).sum(axis=0)
        return np.where(self._filled == len(self._ring), foretold, np.nan)

    def _push(self, reading: Floats, foretold: Floats) -> None:
        known = ~np.isnan(reading)
        self._missed = np.where(known, 0, self._missed + 1)
        bridged = ~known & ~np.isnan(foretold) & (self._missed <= self.settings.bridge)
        self._filled = np.where(known | bridged, np.minimum(self._filled + 1, len(self._ring)), 0)
        self._ring[:-1] = self._ring[1:]
        self._ring[-1] = np.where(known, reading, np.where(bridged, foretold, 0.0))


def _ridge(column: Floats, lags: int, ahead: int, ridge: float) -> Floats:
    """Weights of [level, oldest change, ..., newest change] for the change over `ahead` rows; zeros where too little is known."""
    windows = np.lib.stride_tricks.sliding_window_view(column, lags + ahead)
    windows = windows[~np.isnan(windows).any(axis=1)]
    if len(windows) < LEAST_KNOWN:
        return np.zeros(lags)
    windows = np.clip(windows, -10, 10)
    old = windows[:, :lags]
    known = np.column_stack([old[:, -1], np.diff(old, axis=1)])
    weights = np.linalg.solve(known.T @ known + ridge * np.eye(lags), known.T @ (windows[:, -1] - old[:, -1]))
    return np.asarray(weights, np.float64)
