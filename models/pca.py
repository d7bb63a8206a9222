"""Points that no longer go together as they did: principal components, Hotelling's T² within their plane and Q (SPE) off it.

J. E. Jackson and G. S. Mudholkar, Technometrics 21 (1979) 341-349; J. F. MacGregor and T. Kourti, Control Eng. Practice 3 (1995)
403-414. Contributions: complete decomposition, each ≥ 0 and together the statistic (C. F. Alcala and S. J. Qin, Automatica 45 (2009)
1593-1600). A missing reading is replaced by what the known ones say of it (known data regression; P. R. C. Nelson et al., Chemom.
Intell. Lab. Syst. 35 (1996) 45-65), as the probabilistic model has it (M. E. Tipping and C. M. Bishop, J. R. Stat. Soc. B 61 (1999)).

With `lags` the last rows are points too (dynamic PCA; W. Ku et al., Chemom. Intell. Lab. Syst. 30 (1995)); with `smooth` they are
averaged exponentially first (S. Wold, ibid. 23 (1994)): small shifts that last show better, by that many rows later.

It fails: on a change along what the points do in common anyway, within the size learned.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats, positive
from models.history import History
from models.scale import floored, limits, steps_of, usual_period

LEAST_NOISE = 1e-6
"""Of the variance of a standardised point: what is taken for noise where the components leave none."""
MOST_OWN = 0.95
"""A point that makes up more of its own projection has none that the others foretell."""
WORST = 1e4
"""A point is no farther off than this many scales."""


class PcaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`explained`: share of the variance the components hold; `known`: share of the points without which there is no score.

    `settle`: rows without a score at the beginning and after a gap of `gap` usual periods, where means are of few rows still.
    T² and Q are held against margin × quantile of what they were in the span learned from.
    """

    explained: Annotated[float, Meta(gt=0, lt=1)] = 0.9
    lags: Annotated[int, Meta(ge=0, le=100)] = 0
    smooth: Annotated[int, Meta(ge=1, le=10_000)] = 1
    settle: Annotated[int, Meta(ge=0, le=10_000)] = 0
    known: Annotated[float, Meta(gt=0, le=1)] = 0.5
    quantile: Annotated[float, Meta(gt=0, le=1)] = 0.999
    margin: Annotated[float, Meta(ge=0.1, le=100)] = 1.3
    gap: Annotated[float, Meta(ge=2, le=1e6)] = 10.0
    steps: dict[str, float] = {}


class Pca(Fitted[PcaSettings]):
    """`Pca(PcaSettings(lags=2)).fit(frame)`; `statistics` for T² and Q themselves."""

    kind: ClassVar[str] = "pca"
    asks = PcaSettings
    shapes: ClassVar[Mapping[str, Column]] = {
        "centre": floats("p"),
        "scale": positive("p"),
        "axes": floats("x", "k"),
        "variances": positive("k"),
        **dict.fromkeys(("noise", "t2_limit", "q_limit", "period_us"), positive("1")),
    }

    def _sound(self) -> None:
        axes, width = self.learned["axes"], len(self.points) * (self.settings.lags + 1)
        if axes.shape[0] != width or not 0 < axes.shape[1] <= width:
            raise BadModel("array axes", axes.shape, f"{width} × 1 to {width}")
        if not np.allclose(axes.T @ axes, np.eye(axes.shape[1]), atol=1e-6):
            raise BadModel("array axes", "no orthonormal columns", "orthonormal columns")
        if any(np.isnan(self.learned[name]).any() for name in self.shapes if name not in ("centre", "scale")):
            raise BadModel("axes, variances and limits", "NaN", "numbers")

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[np.float64]]:
        asked = self.settings
        known = np.isfinite(values).sum(axis=0) >= self.least
        centre = np.full(len(self.points), np.nan)
        scale = centre.copy()
        centre[known], scale[known] = np.nanmean(values[:, known], axis=0), np.nanstd(values[:, known], axis=0)
        learned = {
            **{name: np.ones(1) for name in ("noise", "t2_limit", "q_limit")},
            "centre": centre,
            "scale": floored(scale, values, steps_of(values, self.points, asked.steps)),
            "axes": np.eye(len(self.points) * (asked.lags + 1), 1),
            "variances": np.ones(1),
            "period_us": np.array([float(usual_period(times))]),
        }
        rows = self._with(learned)._rows(times, values)
        learned |= _components(rows, asked.explained)
        t2, q = self._with(learned).statistics(times, values)
        t2_limit, q_limit = limits(np.column_stack([t2, q]), asked.quantile, asked.margin, LEAST_NOISE)
        if not np.isfinite(t2_limit):
            raise BadModel("rows to learn from", int(np.isfinite(t2).sum()), "10 or more with enough points known")
        return {**learned, "t2_limit": np.array([t2_limit]), "q_limit": np.array([q_limit])}

    def _begin(self) -> None:
        longest = self.settings.gap * self.learned["period_us"][0]
        self._history = History(len(self.points), self.settings.lags, self.settings.smooth, longest, self.settings.settle)
        self._usable = np.tile(~np.isnan(self.learned["scale"]), self.settings.lags + 1)
        self._most = max(1, int(self._usable.sum()))
        self._axes, self._roots = self.learned["axes"] * self._usable[:, None], np.sqrt(self.learned["variances"])
        noise = self.learned["noise"][0]
        self._prior = noise / np.maximum(self.learned["variances"] - noise, LEAST_NOISE)
        own = np.square(self._axes[: len(self.points)]).sum(axis=1)
        self._own = np.where(own < MOST_OWN, own, np.nan)

    def statistics(self, times: NDArray[np.int64], values: Floats) -> tuple[Floats, Floats]:
        """T² and Q of the next rows, each (n,); NaN where too few points are known."""
        rows = self._rows(times, values)
        scores, _, rest, counted = self._project(rows, ~np.isnan(rows))
        return np.where(counted > 0, np.square(scores).sum(axis=1), np.nan), np.square(rest).sum(axis=1) * counted

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        rows, now = self._rows(times, values), len(self.points)
        known = ~np.isnan(rows)
        scores, plane, rest, counted = self._project(rows, known)
        gave = np.square(rest)
        t2 = np.square(scores).sum(axis=1) / self.learned["t2_limit"]
        q = gave.sum(axis=1) * counted / self.learned["q_limit"]
        total = np.sqrt(np.where(counted > 0, np.maximum(t2, q), np.nan))
        along = t2 > q
        if along.any():
            gave[along] = np.where(known[along], np.square(scores[along] @ self._axes.T), 0.0)
        if self.settings.lags:
            gave = gave.reshape(len(rows), self.settings.lags + 1, now).sum(axis=1)
        whole = gave.sum(axis=1)
        here = known[:, :now]
        total[~here.any(axis=1)] = np.nan
        parts = np.where(here, gave * (total / np.where(whole > 0, whole, 1.0))[:, None], np.nan)
        return Scores(self.points, total, parts, values, self._foretold(rows[:, :now], here, plane[:, :now], total))

    def _rows(self, times: NDArray[np.int64], values: Floats) -> Floats:
        """Standardised rows with their lags, (n, p × (lags + 1)), NaN where not known."""
        scaled = (values - self.learned["centre"]) / self.learned["scale"]
        return self._history.rows(times, np.minimum(np.maximum(scaled, -WORST), WORST))

    def _foretold(self, rows: Floats, known: NDArray[np.bool_], plane: Floats, total: Floats) -> Floats:
        """What the others say of each point (R. Dunia et al., AIChE J. 42 (1996) 2797-2812), in its unit; NaN where they say little."""
        of_others = np.where(known, (plane - self._own * rows) / (1.0 - self._own), plane)
        return np.where(np.isnan(total)[:, None], np.nan, self.learned["centre"] + self.learned["scale"] * of_others)

    def _project(self, rows: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
        """Scores in standard deviations (n, k), the rows in the plane and what is off it (n, x), and by what Q is multiplied for the
        unknown (n,); 0: no score."""
        filled = np.where(known, rows, 0.0)
        share = known.sum(axis=1) / self._most
        counted = np.where(share >= self.settings.known, 1.0 / np.maximum(share, 1e-9), 0.0)
        holes = np.flatnonzero((counted > 0) & (share < 1))
        if holes.size:
            for pattern, of_it in _patterns(known, holes):
                filled[of_it] = self._completed(filled[of_it], pattern)
        scores = filled @ self._axes
        plane = scores @ self._axes.T
        return scores / self._roots, plane, np.where(known, filled - plane, 0.0), counted

    def _completed(self, rows: Floats, known: NDArray[np.bool_]) -> Floats:
        """Rows (n, x) with what is not known put in. The smaller of two equal systems is solved: components, or missing points."""
        seen = np.where(known, rows, 0.0) @ self._axes
        gone = self._usable & ~known
        if gone.sum() >= self._axes.shape[1]:
            axes = self._axes[known]
            scores = np.linalg.solve(axes.T @ axes + np.diag(self._prior), seen.T).T
        else:  # the axes are orthonormal, so those of the known points are the identity less those of the missing ones
            missing = self._axes[gone]
            weighed = missing / (1.0 + self._prior)
            scores = seen / (1.0 + self._prior)
            scores = scores + np.linalg.solve(np.eye(len(missing)) - weighed @ missing.T, missing @ scores.T).T @ weighed
        return np.where(known, rows, scores @ self._axes.T)


def _patterns(known: NDArray[np.bool_], rows: NDArray[np.int64]) -> list[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """What is known in some of the rows, and in which of them just that."""
    if len(rows) == 1:
        return [(known[rows[0]], rows)]
    patterns, which = np.unique(known[rows], axis=0, return_inverse=True)
    return [(pattern, rows[which.ravel() == at]) for at, pattern in enumerate(patterns)]


def _components(rows: Floats, explained: float) -> dict[str, NDArray[np.float64]]:
    """Axes and variances from rows (n, x); what is not known counts as usual, unless half the rows know everything learned."""
    usable = ~np.isnan(rows).all(axis=0)
    whole = rows[~np.isnan(rows[:, usable]).any(axis=1)]
    taken = np.nan_to_num(whole if 2 * len(whole) >= len(rows) else rows)
    if not usable.any():
        raise BadModel("points to learn from", "none that ever moved", "one or more that did, or whose `steps` are given")
    variances, axes = np.linalg.eigh(taken.T @ taken / len(taken))
    variances, axes = np.maximum(variances[::-1], LEAST_NOISE), axes[:, ::-1]
    shares = np.cumsum(variances) / variances.sum()
    kept = min(int(np.searchsorted(shares, explained)) + 1, max(1, int(usable.sum()) - 1))
    axes = axes[:, :kept] * np.sign(axes[np.abs(axes[:, :kept]).argmax(axis=0), np.arange(kept)])
    noise = max(float(variances[kept : int(usable.sum())].mean()) if usable.sum() > kept else 0.0, LEAST_NOISE)
    return {"axes": np.ascontiguousarray(axes), "variances": variances[:kept].copy(), "noise": np.array([noise])}
