"""What a mine truly fulfils on each day by the Shanxi rule of 2025, from its true state alone: no fact and no verdict is asked. Pure.

The rule is told here a second time, on purpose: 30 days of running systems, the upgrade done, the organisation set up, faces in automatic
mode for 80 % of 30 days' producing time, every calibration in time, every must-have point there, no setting wider than Table 19 (the last
three since the regulation of 2025 is in force). What nobody recorded, and what no valid document says, nobody can know: that is a third
answer, on the true side too.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim_sensors.province.below import MINUTES, Below
from sim_sensors.province.chance import Bools, Ints
from sim_sensors.province.deeds import Deeds
from sim_sensors.province.seen import truly_overdue

Answers = NDArray[np.int8]
YES, NOBODY_KNOWS, NO = np.int8(1), np.int8(2), np.int8(3)
"""Of several answers the greatest is the mine's."""
MONTH, LEAST = 30, 24
"""Days of a month of the rule, and how many of them must be on record (project setting)."""
REGULATION = date(2026, 2, 1)
"""CMSR 2025 in force."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Answers (days,): `fulfils` is the mine's, `each` by what is asked. `cheated` (days,): whether something was done to the data."""

    fulfils: Answers
    each: dict[str, Answers]
    cheated: Bools


def truth(true: Below, done: Deeds, first: date) -> Truth:
    """What the mine truly fulfils on each day from `first` on."""
    known = 10 * true.recorded >= 9 * MINUTES
    each = {
        "running": _worst([_month_running(10 * running >= 9 * true.recorded, known) for running in true.running]),
        "upgraded": _told(true.upgraded, true.documented),
        "organised": _told(true.organised, true.documented),
        "automatic": _faces(true, known),
    }
    law = np.arange(true.days) >= (REGULATION - first).days
    for name, lacks in (("calibrated", truly_overdue(true, done)), ("points", true.missing), ("settings", true.wider)):
        each[name] = np.where(law & (lacks > 0), NO, YES)
    return Truth(_worst(list(each.values())), each, done.cheated)


def _worst(answers: list[Answers]) -> Answers:
    return np.asarray(np.max(np.stack(answers), axis=0), np.int8)


def _told(so: Bools, documented: Bools) -> Answers:
    return np.where(documented, np.where(so, YES, NO), NOBODY_KNOWS)


def _month_running(good: Bools, known: Bools) -> Answers:
    """A month without a bad day. Days that nobody recorded, and those before the first, may have been good ones."""
    at = np.arange(len(good))
    proved = at - np.maximum.accumulate(np.where(good & known, -1, at))
    at_best = at - np.maximum.accumulate(np.where(good | ~known, -1 - MONTH, at))
    recorded = _month(known.astype(np.int64)) > 0
    return np.where(~recorded, NOBODY_KNOWS, np.where(proved >= MONTH, YES, np.where(at_best >= MONTH, NOBODY_KNOWS, NO)))


def _faces(true: Below, known: Bools) -> Answers:
    """Each face that is not registered as a plain one."""
    asked = [at for at, face in enumerate(true.mine.faces) if face.intelligent is not False]
    if not asked:
        return np.full(true.days, NOBODY_KNOWS)
    enough = _month(known.astype(np.int64)) >= LEAST
    found = []
    for at in asked:
        automatic, producing = (_month(np.where(known, minutes[at], 0)) for minutes in (true.automatic, true.producing))
        found.append(np.where(enough & (producing > 0), np.where(5 * automatic >= 4 * producing, YES, NO), NOBODY_KNOWS))
    return _worst(found)


def _month(values: Ints) -> Ints:
    total = np.cumsum(values)
    total[MONTH:] -= total[:-MONTH].copy()
    return total
