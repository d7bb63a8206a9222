"""Is a machine wearing out, and how long is left? Vibration and bearing temperature against what they were when it was well.

Vibration is judged by its logarithm (a worn bearing multiplies it), temperature as it is. Each is smoothed over a span of time while the
machine runs; the rise over the training level is held against the spread of the smoothed values in training. Hours left: the straight
line through the last stretch of smoothed values, carried on to the limit that was handed in; no limit, no hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from contracts.clock import HOUR, SECOND
from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats
from models.scale import largest

STOPPED = 0.2
"""Below this part of its training median a vibration says that the machine stands still: not judged."""
LEAST_RATIO, LEAST_RISE = float(np.log(1.05)), 2.0
"""The smallest rise that is told: 5 % of a vibration, 2 °C of a temperature."""
SURE = 1.645
"""90 % interval of the slope."""
KNOTS, LEAST_ROWS = 24, 20


@dataclass(frozen=True, slots=True)
class HoursLeft:
    """Hours until the limit at the present slope, with a 90 % interval (`latest` is infinite where the slope may be none)."""

    likely: float
    earliest: float
    latest: float


class HealthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`linear`: points judged as they are (temperatures); all others by their logarithm. `limits`: point to its limit, in its unit."""

    linear: tuple[str, ...] = ()
    limits: dict[str, float] = {}
    span_s: Annotated[float, Meta(ge=1, le=1e7)] = 3600.0
    trend_s: Annotated[float, Meta(ge=1, le=1e8)] = 43_200.0
    normal: Annotated[float, Meta(ge=0.1, le=100)] = 5.0


class Health(Fitted[HealthSettings]):
    """`Health(HealthSettings(linear=("MF-TB1",), limits={"MF-TB1": 75.0})).fit(frame)`, from a span in which the machine was well."""

    kind: ClassVar[str] = "health"
    asks = HealthSettings
    shapes: ClassVar[Mapping[str, Column]] = dict.fromkeys(("level", "spread", "usual"), floats("p"))
    least = LEAST_ROWS

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[np.float64]]:
        if self.settings.trend_s < self.settings.span_s:
            raise BadModel("trend_s", self.settings.trend_s, f"from span_s ({self.settings.span_s})")
        counts = np.isfinite(values).sum(axis=0)
        known = counts >= LEAST_ROWS
        if not known.any():
            raise BadModel("rows to learn from", int(counts.max()), f"at least {LEAST_ROWS} good ones of a point")
        usual = np.where(known, np.nanmedian(np.where(known, values, 0.0), axis=0), np.nan)
        self.learned = {"usual": usual}
        self._begin()
        smooth = np.where(known, self._follow(times, values)[len(times) // 4 :], 0.0)
        known &= np.isfinite(smooth).sum(axis=0) >= LEAST_ROWS // 2
        smooth = np.where(known, smooth, 0.0)
        least = np.where(self._linear(), LEAST_RISE, LEAST_RATIO)
        return {
            "level": np.where(known, np.nanmedian(smooth, axis=0), np.nan),
            "spread": np.maximum(np.nanstd(smooth, axis=0) * self.settings.normal, least),
            "usual": usual,
        }

    def _linear(self) -> NDArray[np.bool_]:
        return np.array([name in self.settings.linear for name in self.points])

    def _begin(self) -> None:
        self._smooth, self._weight = np.full(len(self.points), np.nan), np.zeros(len(self.points))
        self._last, self._kept = 0, np.full((KNOTS, 1 + len(self.points)), np.nan)

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        smooth = self._follow(times, values)
        parts = np.maximum((smooth - self.learned["level"]) / self.learned["spread"], 0.0)
        shown = [np.where(self._linear(), part, np.exp(np.minimum(part, 60.0))) for part in (smooth, self.learned["level"])]
        return Scores(self.points, largest(parts), parts, shown[0], np.broadcast_to(shown[1], smooth.shape))

    def hours_left(self, point: str) -> HoursLeft | None:
        """None: no limit known, no rise above the threshold (score 1), none that goes on, or too little seen."""
        at = self.points.index(point)
        times, values = self._kept[:, 0], self._kept[:, 1 + at]
        good = np.isfinite(values)
        if point not in self.settings.limits or good.sum() < KNOTS // 2:
            return None
        hours, values, limit = times[good] / HOUR, values[good], self.settings.limits[point]
        if values[-1] - self.learned["level"][at] < self.learned["spread"][at]:
            return None
        away = hours - hours.mean()
        slope = float(np.sum(away * values) / np.sum(away**2))
        rest = values - values.mean() - slope * away
        alike = max(1.0, 2.0 * self.settings.span_s * KNOTS / self.settings.trend_s)  # neighbouring knots share what they smooth
        doubt = SURE * float(np.sqrt(alike * np.sum(rest**2) / (len(hours) - 2) / np.sum(away**2)))
        if slope <= doubt:
            return None
        left = max(0.0, (limit if point in self.settings.linear else float(np.log(limit))) - float(values[-1]))
        return HoursLeft(left / slope, left / (slope + doubt), left / (slope - doubt))

    def _follow(self, times: NDArray[np.int64], values: Floats) -> Floats:
        """Logarithms or values, smoothed over `span_s` of running time; unknown until a good third of a span was seen, and at a stand."""
        linear = self._linear()
        still = ~linear & ~(values >= STOPPED * self.learned["usual"])
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = np.where(linear, values, np.where(still | ~(values > 0), np.nan, np.log(values)))
        out, span = np.full(shown.shape, np.nan), self.settings.span_s * SECOND
        for row, time in enumerate(times.tolist()):
            good = np.isfinite(shown[row])
            step = min(max(time - self._last, 1), span) if self._last else span / 100
            self._last = time
            share = 1.0 - np.exp(-step / span)
            self._weight = np.where(good, self._weight + share * (1.0 - self._weight), self._weight)
            before = np.where(np.isfinite(self._smooth), self._smooth, shown[row])
            part = share / np.where(self._weight > 0, self._weight, 1.0)
            self._smooth = np.where(good, before + part * (shown[row] - before), self._smooth)
            out[row] = np.where(good & (self._weight >= 0.4), self._smooth, np.nan)
            self._keep(time, out[row])
        return out

    def _keep(self, time: int, smooth: Floats) -> None:
        """A knot of the trend every trend / KNOTS."""
        newest = self._kept[-1, 0]
        if np.isnan(newest) or time - newest >= self.settings.trend_s * SECOND / KNOTS:
            self._kept = np.vstack([self._kept[1:], np.concatenate([[time], smooth])])
