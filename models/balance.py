"""Ventilation balance: what each methane meter and anemometer should read, given all the others. Pure, row by row, at any cadence.

Air and methane are conserved along the airway: what the face, the gob and the heading give off passes the return, then the district's and
the mine's return, thinned by the air that joins. So the slow means of all these meters move together, in proportions that are the mine's
own, and a span of normal days teaches them (mean and covariance). With d the departure from the mean and P the inverse covariance, the
best guess of meter j from all the others is off by (P d)_j / P_jj, its bias (Hastie, Tibshirani and Friedman, Elements of Statistical
Learning, 17.3). The meter whose bias is largest against its own error in the span learned from is named; the others are held under 1.

It fails where too much changes at once (a stopped fan, an outburst: the policy then does not ask it), and for a meter without neighbours.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from contracts.clock import SECOND
from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats
from models.places import Spot
from models.recent import Mean
from models.scale import largest

JUDGED = {"methane": 0.13, "wind_speed": 0.3}
"""The smallest bias that is told, by quantity: %CH4, m/s (project; the accuracy of such instruments is of that size)."""
PIPE = 5.0
"""%CH4: what usually reads more hangs in a drainage pipe."""
GAP_S = 1800.0
LASTING, USUAL = 2.5, 18.0
"""A bias that does not grow must be this many times as large; what is usual is learned over this many spans (six hours)."""


class BalanceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`spots`: what is known of the points (empty: all of them are judged). `span_s`: time constant of the slow means; `times`: how many
    times its error in the span learned from a bias must be."""

    spots: tuple[Spot, ...] = ()
    span_s: Annotated[float, Meta(ge=1, le=1e6)] = 1200.0
    times: Annotated[float, Meta(ge=1, le=100)] = 5.0


class Balance(Fitted[BalanceSettings]):
    """Learned: `mean` and `covariance` of the slow means, `bound` (the bias at the threshold; NaN: not judged), `reach` (how far one
    reading may pull its mean)."""

    kind: ClassVar[str] = "balance"
    asks: ClassVar[type[msgspec.Struct]] = BalanceSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        "mean": floats("p"),
        "bound": floats("p"),
        "reach": floats("p"),
        "covariance": floats("p", "p"),
    }

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[Any]]:
        least = self._least(values)
        known = np.isfinite(least) & (np.isfinite(values).mean(axis=0) > 0.5)
        self.learned = {"reach": np.full(len(self.points), np.inf)}
        self._begin()
        slow = np.array([self._smooth(time, row).copy() for time, row in zip(times.tolist(), values, strict=True)])
        later = np.isfinite(slow[:, known]).all(axis=1)
        slow = slow[later]
        if len(slow) < 20 or not known.any():
            raise BadModel("rows to learn from", len(slow), "at least 20 in which all judged points read")
        mean, spread = slow.mean(axis=0), slow.std(axis=0)
        covariance = _covariance(slow, known)
        bound = np.full(len(self.points), np.nan)
        half = len(slow) // 2
        errors = []
        for one, other in ((slow[:half], slow[half:]), (slow[half:], slow[:half])):
            bias = _biases(other - one.mean(axis=0), np.asarray(np.linalg.inv(_covariance(one, known)), np.float64))
            errors.append(np.sqrt(np.mean(bias**2, axis=0)))
        bound[known] = np.maximum(self.settings.times * np.mean(errors, axis=0), least)[known]
        reach = np.where(known, np.maximum(3.0 * spread, 1.5 * np.nan_to_num(least)), np.inf)
        return {
            "mean": np.where(known, mean, np.nan),
            "bound": bound,
            "reach": np.where(np.isinf(reach), 1e30, reach),
            "covariance": covariance,
        }

    def _least(self, values: Floats) -> Floats:
        """The smallest bias told of each point; NaN for those that are not judged."""
        if not self.settings.spots:
            return np.zeros(len(self.points))
        quantity = {spot.point: spot.quantity for spot in self.settings.spots}
        least = np.array([JUDGED.get(quantity.get(point, ""), np.nan) for point in self.points])
        usual = np.nanmedian(np.where(np.isfinite(values).any(axis=0), values, 0.0), axis=0)
        pipe = np.array([quantity.get(point) == "methane" for point in self.points]) & (usual > PIPE)
        return np.where(pipe, np.nan, least)

    def _begin(self) -> None:
        self._mean, self._time = Mean(len(self.points), self.settings.span_s * SECOND), -1
        self._usual, self._began, self._before = np.full(len(self.points), np.nan), -1, -1
        self._inverses: dict[bytes, Floats] = {}

    def _smooth(self, time: int, row: Floats) -> Floats:
        """The slow means; one reading pulls its mean no further than `reach` would, so that a pulse is no drift."""
        elapsed = time - self._time if self._time >= 0 else 0
        if elapsed > GAP_S * SECOND:
            self._begin()
            elapsed = 0
        self._time = time
        now, reach = self._mean.now, self.learned["reach"]
        held = np.where(np.isnan(now), row, np.clip(row, now - reach, now + reach))
        return self._mean.step(held, elapsed)

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        mean, bound = self.learned["mean"], self.learned["bound"]
        parts = np.full(values.shape, np.nan)
        expected = np.full(values.shape, np.nan)
        for at, (time, row) in enumerate(zip(times.tolist(), values, strict=True)):
            slow = self._smooth(time, row)
            use = np.isfinite(mean) & np.isfinite(slow)
            if use.sum() < 2:
                continue
            bias = _biases(slow[use] - mean[use], self._inverse(use))
            least = np.where(bound[use] > 0, bound[use], 1.0)
            lately = np.abs(bias - self._settled(time, use, bias, least))
            size = np.maximum(lately, np.abs(bias) / LASTING) / least
            top = int(np.argmax(size))
            told = np.minimum(size, 0.9)
            told[top] = size[top]
            parts[at, use] = told
            expected[at, use] = slow[use] - bias
        parts = np.where(np.isnan(values), np.nan, parts)
        return Scores(self.points, largest(parts), parts, values, expected)

    def _settled(self, time: int, use: NDArray[np.bool_], bias: Floats, least: Floats) -> Floats:
        """What the biases usually are since this began: no day is like the span learned from. What is away from it is learned slowly."""
        if self._began < 0:
            self._began = self._before = time
        span = self.settings.span_s * SECOND
        constant = min(max(float(time - self._began), 2.0 * span), USUAL * span)
        share = -np.expm1(-(time - self._before) / constant)
        self._before = time
        usual: Floats = np.where(np.isnan(self._usual[use]), bias, self._usual[use])
        away = np.abs(bias - usual) > 0.3 * least
        usual = np.asarray(usual + np.where(away, 0.15, 1.0) * share * (bias - usual))
        self._usual[use] = usual
        return usual

    def _inverse(self, use: NDArray[np.bool_]) -> Floats:
        key = use.tobytes()
        if key not in self._inverses:
            if len(self._inverses) > 64:
                self._inverses.clear()
            self._inverses[key] = np.linalg.inv(self.learned["covariance"][np.ix_(use, use)])
        return self._inverses[key]


def _covariance(slow: Floats, known: NDArray[np.bool_]) -> Floats:
    """Covariance with a floor of a fifth of each spread, so that no two meters are taken to agree for ever; identity for the rest."""
    away = np.where(known, slow - slow.mean(axis=0), 0.0)
    spread = np.maximum(slow.std(axis=0), 1e-6)
    floor = np.where(known, (0.2 * spread) ** 2 + 1e-8, 1.0)
    return np.asarray(away.T @ away / len(slow) + np.diag(floor))


def _biases(away: Floats, inverse: Floats) -> Floats:
    """The bias of each meter given all the others; `away` is (..., p)."""
    return np.asarray(away @ inverse / np.diag(inverse))
