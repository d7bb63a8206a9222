"""EWMA and two-sided CUSUM of each point: small changes that last.

E. S. Page, Biometrika 41 (1954) 100-115 (CUSUM); S. W. Roberts, Technometrics 1 (1959) 239-250 (EWMA). Both work on
z = (reading - reference) / scale, held to ±`clip` so that one spike alone is no change (winsorized, after Lucas and Crosier,
Comm. Statist. 11 (1982)). Their limits come from the span learned from, since readings a second apart are not independent.

It fails: on a spike (that is `robust` and the trust in the sensor), and on what `adapt_s` lets the reference follow.
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
from models.scale import floored, largest, limits, median, spread, steps_of, usual_period


class ChangeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`share`: weight of a reading in the EWMA; `slack`: drift in scales that the CUSUM lets pass; `cap`: a sum grows to so many limits.

    `adapt_s`: time constant of the reference, 0 for the level learned. After `gap` usual periods without a reading sums begin anew.
    """

    share: Annotated[float, Meta(gt=0, le=1)] = 0.1
    slack: Annotated[float, Meta(ge=0, le=10)] = 0.5
    clip: Annotated[float, Meta(gt=0, le=100)] = 4.0
    cap: Annotated[float, Meta(ge=1, le=100)] = 3.0
    adapt_s: Annotated[float, Meta(ge=0, le=1e8)] = 0.0
    least: Annotated[float, Meta(ge=0.1, le=1e4)] = 1.0
    least_sum: Annotated[float, Meta(ge=0.1, le=1e6)] = 8.0
    quantile: Annotated[float, Meta(gt=0, le=1)] = 0.9995
    margin: Annotated[float, Meta(ge=0.1, le=100)] = 1.3
    gap: Annotated[float, Meta(ge=2, le=1e6)] = 60.0
    steps: dict[str, float] = {}


class Change(Fitted[ChangeSettings]):
    """`Change(ChangeSettings(adapt_s=3600)).fit(frame)`."""

    kind: ClassVar[str] = "change"
    asks = ChangeSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        "centre": floats("p"),
        **dict.fromkeys(("scale", "mean_limit", "sum_limit"), positive("p")),
        "period_us": positive("1"),
    }

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[np.float64]]:
        asked, centre = self.settings, median(values)
        learned = {
            "centre": centre,
            "scale": floored(spread(values, centre), values, steps_of(values, self.points, asked.steps)),
            "mean_limit": np.ones(len(self.points)),
            "sum_limit": np.full(len(self.points), np.inf),
            "period_us": np.array([float(usual_period(times))]),
        }
        mean, total, _ = self._with(learned)._raw(times, values)
        return {
            **learned,
            "mean_limit": limits(mean, asked.quantile, asked.margin, asked.least),
            "sum_limit": limits(total, asked.quantile, asked.margin, asked.least_sum),
        }

    def _begin(self) -> None:
        count = len(self.points)
        self._reference = self.learned["centre"].copy()
        self._mean, self._up, self._down = np.zeros(count), np.zeros(count), np.zeros(count)
        self._last = np.full(count, np.iinfo(np.int64).min // 2)
        self._most = self.settings.cap * self.learned["sum_limit"]

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        mean, total, references = self._raw(times, values)
        parts = np.fmax(mean / self.learned["mean_limit"], total / self.learned["sum_limit"])
        return Scores(self.points, largest(parts), parts, values, references)

    def _raw(self, times: NDArray[np.int64], values: Floats) -> tuple[Floats, Floats, Floats]:
        """|EWMA|, the larger of the two sums, and the reference before each reading; each (n, p)."""
        mean, total, references = np.full(values.shape, np.nan), np.full(values.shape, np.nan), np.full(values.shape, np.nan)
        scale = self.learned["scale"]
        for row, time in enumerate(times.tolist()):
            known = np.flatnonzero(~np.isnan(values[row]) & ~np.isnan(scale))
            if known.size:
                now = slice(None) if known.size == len(scale) else known
                references[row, now] = self._reference[now]
                mean[row, now], total[row, now] = self._step(time, values[row, now], now)
        return mean, total, references

    def _step(self, time: int, reading: Floats, now: "slice | NDArray[np.int64]") -> tuple[Floats, Floats]:
        asked, scale = self.settings, self.learned["scale"][now]
        longest = asked.gap * self.learned["period_us"][0]
        passed = time - self._last[now]
        kept = passed <= longest
        z = np.clip((reading - self._reference[now]) / scale, -asked.clip, asked.clip)
        mean = self._mean[now] * kept
        mean = mean + asked.share * (z - mean)
        up = np.clip(self._up[now] * kept + z - asked.slack, 0.0, self._most[now])
        down = np.clip(self._down[now] * kept - z - asked.slack, 0.0, self._most[now])
        if asked.adapt_s:
            self._reference[now] += -np.expm1(-np.minimum(passed, longest) / (asked.adapt_s * SECOND)) * scale * z
        self._mean[now], self._up[now], self._down[now], self._last[now] = mean, up, down, time
        return np.abs(mean), np.maximum(up, down)
