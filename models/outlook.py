"""Methane outlook: how likely a meter exceeds its alarm limit in three to six minutes. Pure, row by row, at any cadence.

A logistic regression on few, named features, the same coefficients for every meter; all gas in parts of the meter's own limit, so that what
one mine taught serves another. `fit` is scikit-learn's; scoring is numpy. Unweighted log-loss keeps the probabilities calibrated where the
training mines are like the judged ones. The label is that of the IJCRS'15 challenge: the maximum from t + 181 s to t + 360 s reaches the
limit.

It fails where gas comes without any sign (an outburst), and says nothing while a meter has no limit or no reading.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from contracts.clock import HOUR, MINUTE, SECOND
from models.base import BadModel, Floats, Frame, Scores
from models.fitted import Column, Fitted, floats, usable
from models.places import Spot
from models.recent import Mean, Recent
from models.scale import largest

FEATURES = (
    "level", "high", "rise_1min", "rise_3min", "rise_10min", "mean_10min", "restless", "shearer", "shearer_10min", "air", "barometer_fall",
    "upstream_level", "nearest_level", "nearest_high", "nearest_rise_3min",
)  # fmt: skip
"""In parts of the limit: level (also above 0.6 of it), rises, mean, mean step; shearer current in parts of its largest; air speed over its
usual one less one; hPa/h by which the barometer falls; the highest level of the meters the air passes before; level and rise of the last
of them."""
FIRST, LAST = 181 * SECOND, 360 * SECOND
LEAST_CASES = 5
_STRIDE = 10 * SECOND
ALARM_SHARE = 0.015
"""Part of the rows learned from that may be over the threshold."""


class OutlookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`spots`: limits, areas and who is upstream. `least`: the smallest probability that is a warning."""

    spots: tuple[Spot, ...] = ()
    least: Annotated[float, Meta(gt=0, lt=1)] = 0.2


class Outlook(Fitted[OutlookSettings]):
    """A part is the probability over the threshold's: 1 is a warning. `probability` of the last block stands in `self.last`."""

    kind: ClassVar[str] = "outlook"
    asks: ClassVar[type[msgspec.Struct]] = OutlookSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        **dict.fromkeys(("weights", "centre", "scale"), floats("f")),
        **dict.fromkeys(("bias", "threshold"), floats("1")),
        "current": floats("p"),
    }
    least: ClassVar[int] = 60

    def fit_many(self, frames: Sequence[Frame]) -> Self:
        """Fitted on several spans, each of any mine with the same point names; BadModel where the limit is hardly ever reached."""
        if not frames or len({frame.points for frame in frames}) != 1:
            raise BadModel("spans to learn from", len(frames), "one or more, of the same points")
        made = type(self)(self.settings)
        made.points = frames[0].points
        return made._with(made._learned_from([(frame.times, usable(frame.values)) for frame in frames]))

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[Any]]:
        return self._learned_from([(times, values)])

    def _learned_from(self, spans: Sequence[tuple[NDArray[np.int64], Floats]]) -> dict[str, NDArray[Any]]:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (trains only: never at the edge)

        current = np.array(
            [max(1.0, *(float(np.nanmax(values[:, at], initial=1.0)) for _, values in spans)) for at in range(len(self.points))]
        )
        rows, labels = [], []
        for times, values in spans:
            self.learned = {"current": current}
            self._begin()
            features = np.array([self._features(time, row) for time, row in zip(times.tolist(), values, strict=True)])
            label = labels_of(times, values[:, self._gas], self._limits)
            keep = np.isfinite(features).all(axis=2) & np.isfinite(label)
            rows.append(features[keep])
            labels.append(label[keep])
        x, y = np.concatenate(rows), np.concatenate(labels)
        if y.sum() < LEAST_CASES or len(y) - y.sum() < LEAST_CASES:
            raise BadModel("rows in which a limit is reached", int(y.sum()), f"at least {LEAST_CASES}, and as many in which it is not")
        centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
        model = LogisticRegression(C=1.0, max_iter=500).fit((x - centre) / scale, y)
        weights = np.asarray(model.coef_[0], np.float64)
        bias = np.asarray(model.intercept_, np.float64)
        chance = _logistic((x - centre) / scale @ weights + bias[0])
        threshold = np.array([min(max(self.settings.least, float(np.quantile(chance, 1.0 - ALARM_SHARE))), 0.95)])
        return {"weights": weights, "centre": centre, "scale": scale, "bias": bias, "threshold": threshold, "current": current}

    def _sound(self) -> None:
        if len(self.learned["weights"]) != len(FEATURES):
            raise BadModel("weights", len(self.learned["weights"]), f"{len(FEATURES)}: {', '.join(FEATURES)}")

    def _begin(self) -> None:
        known = {spot.point: spot for spot in self.settings.spots}
        mine = [known.get(point, Spot(point, "")) for point in self.points]
        at = {point: column for column, point in enumerate(self.points)}
        gas = [column for column, spot in enumerate(mine) if spot.quantity == "methane" and spot.limit]
        self._gas = np.array(gas, np.intp)
        self._limits = np.array([mine[column].limit for column in gas], np.float64)
        self._before = [[at[name] for name in mine[column].upstream if name in at] for column in gas]
        self._shearer = [_of(mine, mine[column].area, "current") for column in gas]
        self._wind = [_of(mine, mine[column].area, "wind_speed") for column in gas]
        self._barometer = next((column for column, spot in enumerate(mine) if spot.quantity == "pressure"), -1)
        count = len(self.points)
        self._time = self._kept = -1
        self._quick, self._usual = Mean(count, 10 * SECOND), Mean(count, HOUR)
        self._tens, self._twos, self._steps = Mean(count, 10 * MINUTE), Mean(count, 2 * MINUTE), Mean(count, 5 * MINUTE)
        self._last = np.full(count, np.nan)
        self._recent, self._pressure = Recent(count, 10 * MINUTE), Recent(1, HOUR)

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        learned = self.learned
        parts = np.full(values.shape, np.nan)
        for at, (time, row) in enumerate(zip(times.tolist(), values, strict=True)):
            features = self._features(time, row)
            shown = ((features - learned["centre"]) / learned["scale"] * learned["weights"]).sum(axis=1) + learned["bias"][0]
            parts[at, self._gas] = _logistic(shown) / learned["threshold"][0]
        parts = np.where(np.isnan(values), np.nan, parts)
        return Scores(self.points, largest(parts), parts)

    def probability(self, scores: Scores) -> Floats:
        """The probabilities behind scores, (n, p); NaN for points without a limit."""
        return np.asarray(scores.parts * self.learned["threshold"][0])

    def _features(self, time: int, row: Floats) -> Floats:
        """(meters with a limit, features). What is not known of the rest of the mine is taken as usual; a meter's own gaps are NaN."""
        elapsed = time - self._time if self._time >= 0 else 0
        if elapsed > 10 * MINUTE:
            self._begin()
            elapsed = 0
        self._time = time
        quick = self._quick.step(row, elapsed)
        tens, twos, usual = self._tens.step(row, elapsed), self._twos.step(row, elapsed), self._usual.step(row, elapsed)
        steps = self._steps.step(np.abs(row - self._last), elapsed)
        self._last = np.where(np.isnan(row), self._last, row)
        if self._kept < 0 or time - self._kept >= _STRIDE:
            self._kept = time
            self._recent.push(time, quick)
            if self._barometer >= 0:
                self._pressure.push(time, quick[[self._barometer]])
        rises = [quick - self._recent.ago(span) for span in (MINUTE, 3 * MINUTE, 10 * MINUTE)]
        gas, limits = self._gas, self._limits
        level = np.where(np.isnan(row[gas]), np.nan, quick[gas]) / limits
        work = [[_most(mean[columns] / self.learned["current"][columns]) for columns in self._shearer] for mean in (twos, tens)]
        air = [float(quick[columns[0]] / max(usual[columns[0]], 0.05) - 1.0) if columns else 0.0 for columns in self._wind]
        fall = -self._slope() if self._barometer >= 0 else 0.0
        upstream = [_most(quick[columns]) for columns in self._before]
        nearest = np.array([_most(quick[columns[-1:]]) for columns in self._before]) / limits
        rising = [_most(rises[1][columns[-1:]]) for columns in self._before]
        rest = [np.array(work[0]), np.array(work[1]), np.array(air), np.full(len(gas), fall), upstream / limits]
        rest += [nearest, np.maximum(nearest - 0.6, 0.0), rising / limits]
        own = [level, np.maximum(level - 0.6, 0.0), *(np.nan_to_num(rise[gas] / limits) for rise in rises), tens[gas] / limits]
        made: Floats = np.stack([*own, np.nan_to_num(steps[gas] / limits), *(np.nan_to_num(part) for part in rest)], axis=1)
        return np.asarray(np.clip(made, -1e3, 1e3), np.float64)

    def _slope(self) -> float:
        """hPa/h over the last hour, or over what there is of it (half an hour at least)."""
        for span in (HOUR, HOUR // 2):
            change = float((self._pressure.ago(0) - self._pressure.ago(span))[0])
            if np.isfinite(change):
                return change * HOUR / span
        return 0.0


def labels_of(times: NDArray[np.int64], gas: Floats, limits: Floats) -> Floats:
    """1 where the maximum from t + 181 s to t + 360 s reaches the limit, 0 where not, NaN where the span does not reach so far; (n, m)."""
    out = np.full(gas.shape, np.nan)
    with np.errstate(invalid="ignore"):
        over = (gas >= limits - 1e-9).astype(np.float64)
    total = np.concatenate([np.zeros((1, gas.shape[1])), np.cumsum(over, axis=0)])
    first, last = np.searchsorted(times, times + FIRST), np.searchsorted(times, times + LAST, side="right")
    there = (times + LAST <= times[-1]) & (last > first)
    out[there] = (total[last[there]] - total[first[there]] > 0).astype(np.float64)
    return out


def _of(spots: Sequence[Spot], area: str, quantity: str) -> list[int]:
    return [column for column, spot in enumerate(spots) if spot.area == area and spot.quantity == quantity]


def _most(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else 0.0


def _logistic(shown: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(shown, -500, 500))))
