"""From signs and scores to findings: a small policy that says what it does. Pure; nothing it says touches a reading or an official alarm.

1. A hazard's sign makes a finding at once; it ends when it has not been seen for a while. One finding for each hazard and place.
2. What explains outranks what it explains: while a fan stands, doors stand open or gas has been thrown out, and until the air has
   recovered, gathering gas, disagreeing meters and flat readings where that air goes are not findings of their own.
3. A meter under marked calibration gas takes no part in hazards. A flat step that no state code marks is told as possible test gas, and
   gathering gas that this meter alone shows is then not told beside it; a steep rise (outburst) always is, and so is every official alarm.
4. A fault needs the others to be well: one silent point is a dropout, all of them together are a silent device.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE, SECOND
from contracts.quality import CALIBRATION
from models.base import Floats, Frame, Scores
from models.places import DISTRICT, MAIN, Spot
from models.signs import DOORS, FAN_STOP, FEED, FIRE, GAS, LOOK, OUTBURST, Sign, Signs
from models.trust import FROZEN, SPAN, SPIKE, Trust, TrustScores

WEAR, OUTLOOK = "bearing_wear", "methane_outlook"
DRIFT, DEAD, JUMP, SILENT = "drift", "dropout", "clock_jump", "device_silent"
TEST, LOCK, STUCK, GLITCH = "test_gas", "lock_test", "frozen", "spike"
HAZARDS = (FAN_STOP, GAS, OUTBURST, FIRE, WEAR, DOORS, FEED, OUTLOOK)
FAULTS = (DRIFT, STUCK, GLITCH, DEAD, TEST, LOCK, JUMP, SILENT)
RECOVERY = 45 * MINUTE
"""After a hazard, until the air has carried everything away."""
CLEAR = {GLITCH: 2 * MINUTE, DEAD: 10 * SECOND, SILENT: 10 * SECOND, JUMP: 10 * SECOND, DRIFT: 30 * MINUTE, STUCK: MINUTE}
CLEAR_ELSE = 5 * MINUTE
DISAGREES = 10 * MINUTE
MISSING_ROWS = 3
CLOCK_OFF = 10 * SECOND
_EXPLAINS = (FAN_STOP, DOORS, OUTBURST)
_EXPLAINED = (GAS, DRIFT, TEST, STUCK)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen. `subject` keeps two of a kind apart; `since` is when it was first seen, `seen` when last, `ended` when it was over
    (µs UTC; None: it goes on); `sure` 0 to 1. models/words.py says under `kind` what it could be and what to check first."""

    kind: str
    subject: str
    points: tuple[str, ...]
    since: int
    seen: int
    sure: float
    ended: int | None = None
    parts: tuple[tuple[str, float], ...] = ()
    """What points gave to a joint score, 1 at its threshold; empty where the sign has no score."""

    @property
    def hazard(self) -> bool:
        return self.kind in HAZARDS


class Scorer(Protocol):
    """Anything that scores a frame point by point: health, balance, outlook."""

    points: tuple[str, ...]

    def score(self, frame: Frame) -> Scores: ...
    def restart(self) -> None: ...


class Policy:
    """The policy of one gateway. `scorers`: (kind of finding, detector): a part of at least 1 is a finding of that kind at that point."""

    def __init__(self, spots: tuple[Spot, ...], trust: Trust | None = None, scorers: Sequence[tuple[str, Scorer]] = ()) -> None:
        self.spots, self.trust, self.scorers = spots, trust, tuple(scorers)
        self._points = tuple(spot.point for spot in spots)
        self._spot = {spot.point: spot for spot in spots}
        self._signs = Signs(spots)
        self.restart()

    def restart(self) -> None:
        """Forget what was seen; findings that stood are forgotten too."""
        self._signs.restart()
        for detector in (self.trust, *(scorer for _, scorer in self.scorers)):
            if detector is not None:
                detector.restart()
        self._missing = np.zeros(len(self._points), np.int64)
        self._ever = np.zeros(len(self._points), np.bool_)
        self._gaps = False
        self._offset: float | None = None
        self._scored = -LOOK
        self._disagrees: dict[str, tuple[int, int]] = {}
        self.standing: dict[tuple[str, str], Finding] = {}
        self._over: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}

    def step(self, frame: Frame, quality: NDArray[np.uint16] | None = None, stamps: NDArray[np.int64] | None = None) -> list[Finding]:
        """Findings that begin or end within the frame, in order; one that ends comes again with `ended`. `quality` (n, p) are the state
        codes of `frame.points`; `stamps` (n,) the device's own times, where it has any."""
        values = frame.of(self._points)
        states = np.zeros(values.shape, np.uint16)
        if quality is not None:
            states = np.nan_to_num(Frame(frame.points, frame.times, quality.astype(np.float64)).of(self._points)).astype(np.uint16)
        gas = np.where((states & CALIBRATION) != 0, np.nan, values)
        plain = Frame(self._points, frame.times, gas)
        trust = self.trust.score(plain) if self.trust is not None else None
        due = self._due(frame.times)
        thin = Frame(self._points, frame.times[due], gas[due])
        parts = [(kind, scorer.score(thin)) for kind, scorer in self.scorers]
        place = {int(row): at for at, row in enumerate(due)}
        told: list[Finding] = []
        for row, time in enumerate(frame.times.tolist()):
            seen = [*self._signs.step(time, gas[row], self._disturbed(time))]
            if isinstance(trust, TrustScores) and trust.tests is not None:
                seen += self._distrusted(trust, row)
            if row in place:
                seen += [sign for kind, scores in parts for sign in _over(kind, scores, place[row])]
            seen = [sign for sign in seen if not self._explained(time, sign) and not self._doubted(sign)]
            seen += self._faults(time, values[row], states[row], None if stamps is None else int(stamps[row]))
            told += self._settle(time, seen)
        return told

    def _due(self, times: NDArray[np.int64]) -> NDArray[np.intp]:
        """Rows at least five seconds apart: the slow detectors need no more."""
        rows: list[int] = []
        for row, time in enumerate(times.tolist()):
            if time - self._scored >= LOOK:
                self._scored = time
                rows.append(row)
        return np.array(rows, np.intp)

    def _faults(self, time: int, row: Floats, states: NDArray[np.uint16], stamp: int | None) -> Iterator[Sign]:
        """What needs no score: silence, calibration marks, a clock that jumps."""
        gone = np.isnan(row)
        if gone.any() or self._gaps:
            yield from self._silence(gone)
        else:
            self._ever |= True
        if states.any():
            yield from self._calibrations(row, states)
        if stamp is not None:
            if self._offset is None:
                self._offset = float(stamp - time)
            if abs(stamp - time - self._offset) > CLOCK_OFF:
                yield Sign(JUMP, "clock", "", (), 0.95)

    def _silence(self, gone: NDArray[np.bool_]) -> Iterator[Sign]:
        self._gaps = bool(gone.any())
        self._missing = np.where(gone, self._missing + 1, 0)
        self._ever |= ~gone
        silent = (self._missing >= MISSING_ROWS) & self._ever
        if silent.any():
            if silent.sum() >= 0.9 * self._ever.sum():
                yield Sign(SILENT, "device", "", (), 0.95)
            else:
                yield from (Sign(DEAD, self._points[at], "", (self._points[at],), 0.95) for at in np.flatnonzero(silent).tolist())

    def _calibrations(self, row: Floats, states: NDArray[np.uint16]) -> Iterator[Sign]:
        for at in np.flatnonzero((states & CALIBRATION) != 0).tolist():
            point = self._points[at]
            off = [feed for feed in self._spot[point].feeds if row[self._points.index(feed)] < 0.5]
            yield Sign(LOCK if off else TEST, point, "", (point, *off), 0.95)

    def _distrusted(self, trust: TrustScores, row: int) -> Iterator[Sign]:
        assert trust.tests is not None
        tests = np.where(np.isnan(trust.parts[row])[:, None], 0.0, trust.tests[row])
        if not (tests[:, (FROZEN, SPIKE, SPAN)] >= 1).any():
            return
        for kind, test in ((STUCK, FROZEN), (GLITCH, SPIKE), (TEST, SPAN)):
            for at in np.flatnonzero(tests[:, test] >= 1).tolist():
                point = trust.points[at]
                yield Sign(kind, point, self._spot[point].area, (point,), 0.7 if kind == TEST else _sure(float(tests[at, test])))

    def _disturbed(self, time: int) -> bool:
        """Whether something already found disturbs the air of the whole mine or of a part of it."""
        return any(kind in HAZARDS and kind != OUTLOOK for kind, _ in self.standing) or any(
            kind in _EXPLAINS and time - ended < RECOVERY for (kind, _), (ended, _) in self._over.items()
        )

    def _explained(self, time: int, sign: Sign) -> bool:
        """Whether something that outranks it is there, or was there until lately, where its air comes from."""
        if sign.kind not in _EXPLAINED:
            return False
        if sign.kind == DRIFT:
            return self._unbalanced(time) or not self._lasts(time, sign)
        area = sign.area or next((self._spot[point].area for point in sign.points if point in self._spot), "")
        row = next((self._spot[point].row for point in sign.points if point in self._spot), "")
        causes = [(kind, finding.points) for (kind, _), finding in self.standing.items()]
        causes += [(kind, points) for (kind, _), (ended, points) in self._over.items() if time - ended < RECOVERY]
        outranks = _EXPLAINS if sign.kind == GAS else (*_EXPLAINS, GAS)
        return any(kind in outranks and self._reaches(points, kind, area, row) for kind, points in causes)

    def _unbalanced(self, time: int) -> bool:
        """A balance needs all the others well: not while a hazard or a stuck meter is there, nor until the air has recovered."""
        return any(kind == STUCK or (kind in HAZARDS and kind not in (OUTLOOK, WEAR)) for kind, _ in self.standing) or any(
            kind in HAZARDS and kind not in (OUTLOOK, WEAR) and time - ended < RECOVERY for (kind, _), (ended, _) in self._over.items()
        )

    def _lasts(self, time: int, sign: Sign) -> bool:
        """Whether that meter has been the one to disagree for ten minutes."""
        first, last = self._disagrees.get(sign.subject, (time, time))
        first = first if time - last <= MINUTE else time
        self._disagrees[sign.subject] = first, time
        return time - first >= DISAGREES

    def _doubted(self, sign: Sign) -> bool:
        """Gathering gas that is shown only by a meter under what looks like test gas, or by a stuck one."""
        return sign.kind == GAS and all((TEST, point) in self.standing or (STUCK, point) in self.standing for point in sign.points)

    def _reaches(self, points: tuple[str, ...], kind: str, area: str, row: str) -> bool:
        """Whether what was found there is felt in that area: its own, everything after it, and the whole mine for a main fan or doors."""
        if kind == DOORS or row in (DISTRICT, MAIN):
            return True
        names = {self._spot[point].area if point in self._spot else point.partition("/")[0] for point in points}
        fans_of_all = kind == FAN_STOP and not any(
            spot.fans and set(spot.fans) & set(points) for spot in self.spots if spot.quantity == "methane"
        )
        return fans_of_all or area in names

    def _settle(self, time: int, seen: list[Sign]) -> Iterator[Finding]:
        for sign in seen:
            key = (sign.kind, sign.subject)
            known = self.standing.get(key)
            if known is None:
                self.standing[key] = Finding(sign.kind, sign.subject, sign.points, time, time, sign.sure)
                yield self.standing[key]
            else:
                points = tuple(dict.fromkeys((*known.points, *sign.points)))
                self.standing[key] = replace(known, seen=time, points=points, sure=max(known.sure, sign.sure))
        for key, finding in list(self.standing.items()):
            if time - finding.seen > CLEAR.get(finding.kind, CLEAR_ELSE):
                self._over[key] = (time, finding.points)
                yield replace(self.standing.pop(key), ended=time)


def _over(kind: str, scores: Scores, row: int) -> Iterator[Sign]:
    """A sign for every point whose part is at its threshold or above."""
    with np.errstate(invalid="ignore"):
        for at in np.flatnonzero(scores.parts[row] >= 1.0).tolist():
            yield Sign(kind, scores.points[at], "", (scores.points[at],), _sure(float(scores.parts[row, at])))


def _sure(score: float) -> float:
    """0.5 at the threshold, towards 0.95 far beyond it."""
    return 0.95 - 0.45 / max(score, 1.0)
