"""The detectors of a bundle at work together: the policy's findings, a score for each area, and what is outside what was learned. Pure.

Members of a bundle by name: `trust`, `drift`, and `health`, `outlook`, `balance` for the policy; `area:<area>` judges the points of an
area jointly. A finding `unusual` is a joint score at its threshold for `LASTS`; it ends when it was below for `CALM`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE, SECOND
from contracts.errors import BadPayload
from contracts.quality import UNUSABLE
from models.base import Detector, Frame, Scores
from models.bundle import Bundle
from models.drift import Drift, Verdict, verdicts
from models.places import Spot
from models.policy import DRIFT as OFF_BALANCE
from models.policy import OUTLOOK, WEAR, Finding, Policy, Scorer
from models.trust import Trust

TRUST, DRIFT, AREA = "trust", "drift", "area:"
SCORERS = {"health": WEAR, "outlook": OUTLOOK, "balance": OFF_BALANCE}
"""Members the policy reads point by point, and the kind of finding each is told as."""
UNUSUAL, OUTSIDE = "unusual", "outside_training"
LASTS, CALM = MINUTE, 5 * MINUTE
LOOK = 5 * SECOND
"""Joint detectors look so often: what they find lasts minutes."""
SPREAD = LOOK // SECOND
EVERYWHERE = "mine"
Kind = TypeVar("Kind")


@dataclass(slots=True)
class _Standing:
    """How long something has been over, or calm, and its finding."""

    over_since: int = 0
    over_last: int = 0
    finding: Finding | None = None


@dataclass(slots=True)
class _Area:
    name: str
    detector: Detector
    threshold: float
    looked: int
    score: float = float("nan")
    standing: _Standing = field(default_factory=_Standing)


class Crew:
    """Of one gateway. `scores`: area to its newest joint score, 1 at the threshold; NaN unknown. BadPayload (`bad-detector`) for members
    that cannot do what their name says."""

    def __init__(self, bundle: Bundle, spots: tuple[Spot, ...]) -> None:
        found = {name: bundle.detector(name) for name in bundle.names}
        self.policy = Policy(
            spots,
            _member(found, TRUST, Trust),
            [(kind, cast(Scorer, found[name])) for name, kind in SCORERS.items() if name in found],
        )
        areas = [name for name in found if name.startswith(AREA)]
        self._areas = [
            _Area(name[len(AREA) :], found[name], bundle.member(name).threshold, -(at % SPREAD)) for at, name in enumerate(areas)
        ]
        self._drift = _member(found, DRIFT, Drift)
        self._outside = _Standing()
        self._looked = 0
        self._away = np.zeros(1) if self._drift is None else np.full(1, np.nan)

    @property
    def scores(self) -> dict[str, float]:
        return {area.name: area.score for area in self._areas}

    def step(self, frame: Frame, quality: NDArray[np.uint16], stamps: NDArray[np.int64] | None = None) -> list[Finding]:
        """Findings that begin, change or end with these rows, in order. `quality` (n, p): state codes of the frame's points."""
        told = self.policy.step(frame, quality, stamps)
        good = Frame(frame.points, frame.times, np.where((quality & np.uint16(UNUSABLE)) != 0, np.nan, frame.values))
        for row in range(len(good)):
            time = int(good.times[row])
            told += self._look(good.rows(row, row + 1), time)
        return told

    def _look(self, frame: Frame, time: int) -> list[Finding]:
        """The drift watch and the areas that are due: the areas take turns, so that no row bears them all."""
        told = []
        if self._drift is not None and _due(self._looked, time):
            self._looked, drift = time, self._drift.score(frame)
            self._away = drift.total
            told += _settle(self._outside, bool(self._away[0] >= 1), time, _seen(OUTSIDE, EVERYWHERE, drift))
        for area in self._areas:
            if not _due(area.looked, time):
                continue
            area.looked = time + min(area.looked, 0) * SECOND  # below 0 before the first look: its turn
            scores = area.detector.score(frame)
            total = scores.total / area.threshold
            (said,) = verdicts(total, self._away)
            area.score = float(total[0])
            told += _settle(area.standing, said is Verdict.FOUND, time, _seen(UNUSUAL, area.name, scores))
        return told


def _due(looked: int, time: int) -> bool:
    return time - looked >= LOOK or time < looked


def _member(found: Mapping[str, Detector], name: str, kind: type[Kind]) -> Kind | None:
    member = found.get(name)
    if member is None or isinstance(member, kind):
        return member
    raise BadPayload("bad-detector", f"{name} is of kind {member.kind!r}")


def _seen(kind: str, subject: str, scores: Scores) -> Finding:
    causes = scores.causes(0, most=5)
    points, parts = tuple(cause.point for cause in causes), tuple((cause.point, cause.part) for cause in causes)
    return Finding(kind, subject, points, 0, 0, 0.95 - 0.45 / max(float(scores.total[0]), 1.0), parts=parts)


def _settle(standing: _Standing, over: bool, time: int, seen: Finding) -> list[Finding]:
    if over:
        standing.over_since = standing.over_since or time
        standing.over_last = time
        if standing.finding is None and time - standing.over_since >= LASTS:
            standing.finding = replace(seen, since=standing.over_since, seen=time)
            return [standing.finding]
        if standing.finding is not None:
            standing.finding = replace(standing.finding, seen=time)
        return []
    if standing.finding is None:
        standing.over_since = 0
    elif time - standing.over_last >= CALM:
        ended = replace(standing.finding, ended=time)
        standing.finding, standing.over_since = None, 0
        return [ended]
    return []
