"""Does an exceedance look like test gas? From the readings of the point and of its neighbours, again and again while it lasts. Pure.

Test gas is a step to a level that stands still, below what the gas can be, while the neighbours stay calm. Until that can be known the
answer is *pending*, and not for long: after `DEADLINE` it is *misfit*. All numbers are this project's.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from alerts.locktests import CALM, HIGHEST
from contracts import quality as q
from contracts.clock import SECOND

DEADLINE = 60 * SECOND
"""After the raise was received, and three readings of a slow system more."""
STEADY = 20 * SECOND
"""A level stands for so long, in three readings at least."""
QUICK = 40 * SECOND
"""From a fifth to four fifths of the step; two readings of a slow system more."""
BEFORE, NEAR = 150 * SECOND, 120 * SECOND
"""So far back is looked for what was before; a neighbour is held against CALM for so long after it, then against three times that."""
GAS_OVER, GAS_WITHIN = 1.15, 0.25
"""No reading above the test gas by more than 15 %; a level within a quarter of it (the sensor may be out: that is why it is calibrated)."""
_UNUSABLE = np.uint16(q.UNUSABLE)


class Verdict(StrEnum):
    """What is known of it."""

    PENDING = "pending"
    FITS = "fits"
    MISFIT = "misfit"


@dataclass(frozen=True, slots=True)
class Trace:
    """Readings of one point, ascending by time (µs UTC, source)."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]

    def usable(self) -> "Trace":
        """Those that are a value."""
        return self.where(((self.quality & _UNUSABLE) == 0) & ~np.isnan(self.value))

    def where(self, rows: NDArray[np.bool_]) -> "Trace":
        return Trace(self.time[rows], self.value[rows], self.quality[rows])

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Asked:
    """An exceedance: of which quantity, its limit (None: the device's own alarm), source time of its raise, when that was received, the
    test gas as told (None: not told), the level it was already seen to stand at."""

    quantity: str
    limit: float | None
    risen: int
    received: int
    gas: float | None = None
    level: float | None = None
    flagged: bool = True

    @property
    def calm(self) -> float:
        """What still counts as no change, in the point's unit."""
        return CALM if self.quantity == "methane" else 0.1 * (self.limit or self.gas or 1.0)

    @property
    def most(self) -> float:
        """No test gas reads more."""
        if self.gas is not None:
            return self.gas * GAS_OVER + self.calm
        return HIGHEST if self.quantity == "methane" else 5.0 * (self.limit or np.inf)


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict, a code of why, the level where one stands, and the seconds from the first gas to the raise."""

    verdict: Verdict
    reason: str = ""
    level: float | None = None
    alarm_s: float | None = None


def look(asked: Asked, own: Trace, near: list[Trace], now: int) -> Answer:
    """What these readings tell at `now` (the centre's clock). `near`: the neighbours' traces."""
    own = own.usable()
    after = own.where(own.time >= asked.risen)
    if len(after) and after.value.max() > asked.most + 1e-9:
        return Answer(Verdict.MISFIT, "above_the_test_gas", asked.level)
    unrest = _neighbours(asked, [one.usable() for one in near])
    if unrest == "neighbours_rise":
        return Answer(Verdict.MISFIT, unrest, asked.level)
    if asked.level is not None:
        return _still_fits(asked, after)
    late = now - asked.received > DEADLINE + 3 * _cadence(own)
    level = _level(asked, after)
    if level is None or unrest:
        reason = unrest or ("no_plateau" if len(after) else "no_readings")
        return Answer(Verdict.MISFIT if late else Verdict.PENDING, reason)
    if asked.gas is not None and abs(level - asked.gas) > GAS_WITHIN * asked.gas + asked.calm:
        return Answer(Verdict.MISFIT, "not_the_test_gas", level)
    return _stepped(asked, own, level, late=late)


def _still_fits(asked: Asked, after: Trace) -> Answer:
    level = asked.level or 0.0
    if asked.gas is None and len(after) and after.value.max() > level + 2 * asked.calm + 1e-9:
        return Answer(Verdict.MISFIT, "left_its_level", level)
    return Answer(Verdict.FITS, "", level)


def _stepped(asked: Asked, own: Trace, level: float, *, late: bool) -> Answer:
    """Whether it came up as a step: gas of the mine comes slower."""
    before = own.where((own.time < asked.risen) & (own.time >= asked.risen - BEFORE))
    if not len(before):
        return Answer(Verdict.MISFIT if late else Verdict.PENDING, "nothing_before", level)
    base = float(before.value.min())
    rise = level - base
    if rise < 2 * asked.calm:
        return Answer(Verdict.MISFIT, "no_step", level)
    low = before.time[before.value <= base + 0.2 * rise]
    high = own.time[(own.time >= low[-1]) & (own.value >= base + 0.8 * rise)]
    if not len(high) or high[0] - low[-1] > QUICK + 2 * _cadence(own):
        return Answer(Verdict.MISFIT, "slow_rise", level)
    return Answer(Verdict.FITS, "", level, (asked.risen - int(low[-1])) / SECOND)


def _level(asked: Asked, after: Trace) -> float | None:
    """The first level the readings since the raise stand at, not below the limit; None while there is none."""
    first, least = 0, -np.inf if asked.limit is None else asked.limit - asked.calm
    for last in range(len(after)):
        while after.time[last] - after.time[first] >= STEADY and last - first >= 2:
            values = after.value[first : last + 1]
            if values.min() >= least and values.max() - values.min() <= asked.calm + 1e-9:
                return float(np.median(values))
            first += 1
    return None


def _neighbours(asked: Asked, near: list[Trace]) -> str:
    """Empty where they are calm (or there are none and the sensor says calibration); else why that is not known, or that they rise."""
    if not near:
        return "" if asked.flagged else "no_neighbour"
    known = False
    for trace in near:
        before = trace.where((trace.time < asked.risen - STEADY) & (trace.time >= asked.risen - BEFORE))
        since = trace.where((trace.time >= asked.risen - STEADY) & ((trace.quality & np.uint16(q.CALIBRATION)) == 0))
        if not len(before) or not len(since):
            continue
        known, usual = True, float(np.median(before.value))
        close = since.value[since.time <= asked.risen + NEAR]
        later = since.value[since.time > asked.risen + NEAR]
        if close.max(initial=usual) > usual + asked.calm + 1e-9 or later.max(initial=usual) > usual + 3 * asked.calm:
            return "neighbours_rise"
    return "" if known else "neighbours_unknown"


def _cadence(own: Trace) -> int:
    """Usual time between two readings, µs."""
    return int(np.median(np.diff(own.time))) if len(own) > 1 else 0
