"""Has the mine left what the models were trained on? Then a finding says so instead of shouting.

Each point's readings against the range of the span learned from, as the share of the last `window_s` that was outside it; and all
points together by T² and Q of their means over that time (`models.pca`), for what no point shows by itself; these only once so
much time has been seen.

It fails: on what stays within the ranges and the plane learned, and says nothing of why the data left them: that may be a hazard.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from contracts.clock import SECOND
from models.base import Floats, Scores
from models.fitted import Column, Fitted, floats
from models.pca import Pca, PcaSettings
from models.scale import LEAST_KNOWN, largest, steps_of, usual_period


class Verdict(Enum):
    """What may be said of a row. UNKNOWN is never shown as normal."""

    NORMAL = "normal"
    FOUND = "found"
    OUTSIDE = "outside what it was trained on"
    UNKNOWN = "unknown"


def verdicts(total: Floats, drift: Floats) -> list[Verdict]:
    """A learned detector's totals (n,) read beside the drift watch's (n,), whose NaN says that nothing is known of the range."""

    def verdict(score: float, away: float) -> Verdict:
        if np.isnan(score) or (np.isnan(away) and score < 1):
            return Verdict.UNKNOWN
        if away >= 1:
            return Verdict.OUTSIDE
        return Verdict.FOUND if score >= 1 else Verdict.NORMAL

    return [verdict(*pair) for pair in zip(total.tolist(), drift.tolist(), strict=True)]


class DriftSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The range of a point: its quantiles `tail` and 1 - `tail`, wider by `width` of their distance and by one of `steps`.

    `share` of the last `window_s` outside it is score 1; likewise `quantile` and `margin` for all points together (see `PcaSettings`).
    """

    window_s: Annotated[float, Meta(gt=0, le=1e7)] = 300.0
    tail: Annotated[float, Meta(ge=0, lt=0.5)] = 0.001
    width: Annotated[float, Meta(ge=0, le=100)] = 0.1
    share: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    explained: Annotated[float, Meta(gt=0, lt=1)] = 0.9
    quantile: Annotated[float, Meta(gt=0, le=1)] = 1.0
    margin: Annotated[float, Meta(ge=0.1, le=100)] = 1.5
    gap: Annotated[float, Meta(ge=2, le=1e6)] = 600.0
    steps: dict[str, float] = {}


class Drift(Fitted[DriftSettings]):
    """`Drift(DriftSettings(window_s=3600)).fit(frame)`; a total of 1 or more: outside what was learned from."""

    kind: ClassVar[str] = "drift"
    asks = DriftSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        **{name: floats("p") for name in ("low", "high")},
        **{f"joint_{name}": column for name, column in Pca.shapes.items()},
    }

    def _sound(self) -> None:
        self._joint_of(self.learned)._sound()

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[Any]]:
        asked = self.settings
        known = np.isfinite(values).sum(axis=0) >= LEAST_KNOWN
        low = np.full(len(self.points), np.nan)
        high = low.copy()
        low[known], high[known] = np.nanquantile(values[:, known], (asked.tail, 1 - asked.tail), axis=0)
        wider = asked.width * (high - low) + np.nan_to_num(steps_of(values, self.points, asked.steps))
        joint = self._joint(usual_period(times))
        joint.points = self.points
        low, high = low - wider, high + wider
        learned = joint._learn(times, np.clip(values, low, high))
        return {"low": low, "high": high, **{f"joint_{name}": array for name, array in learned.items()}}

    def _joint(self, period: float) -> Pca:
        asked = self.settings
        smooth = min(max(round(self.settings.window_s * SECOND / period), 1), 10_000)
        same = {"explained": asked.explained, "quantile": asked.quantile, "margin": asked.margin, "gap": asked.gap, "steps": asked.steps}
        return Pca(msgspec.convert({**same, "smooth": smooth, "settle": smooth}, PcaSettings))

    def _joint_of(self, learned: Mapping[str, NDArray[Any]]) -> Pca:
        own = {name: learned[f"joint_{name}"] for name in Pca.shapes}
        joint = self._joint(max(float(own["period_us"][0]), 1.0))
        joint.points = self.points
        return joint._with(own)

    def _begin(self) -> None:
        self._pca = self._joint_of(self.learned)
        self._away = np.zeros(len(self.points))
        self._last = np.full(len(self.points), -1)

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        low, high = self.learned["low"], self.learned["high"]
        values = np.where(np.isnan(low), np.nan, values)
        expected = np.clip(values, low, high)
        away = np.where(np.isnan(values), np.nan, (values != expected) * 1.0)
        parts = self._shares(times, away) / self.settings.share
        joint = self._pca._judge(times, expected)  # what is out of its range has been counted, and would outweigh all else in a mean
        total = np.fmax(largest(parts), joint.total)
        return Scores(self.points, total, np.fmax(parts, joint.parts), values, expected)

    def _shares(self, times: NDArray[np.int64], away: Floats) -> Floats:
        """The share of the time outside so far, (n, p); what was known a gap ago is forgotten."""
        window, gap = self.settings.window_s * SECOND, self.settings.gap * self.learned["joint_period_us"][0]
        out = np.full(away.shape, np.nan)
        for row, time in enumerate(times.tolist()):
            passed = np.where(self._last < 0, 0, time - self._last)
            before = np.where(passed > gap, 0.0, self._away)
            now = before - np.expm1(-passed / window) * (away[row] - before)
            known = ~np.isnan(now)
            out[row] = now
            self._away = np.where(known, now, self._away)
            self._last = np.where(known, time, self._last)
        return out
