"""What each finder counts on a day of a mine, as arrays (mines, days); NaN where there is no evidence. Pure numpy."""

import numpy as np
from numpy.typing import NDArray

from fleet.suspect.kinds import Cheat
from fleet.table import FactTable

Floats = NDArray[np.float64]
STANDS_ON, STANDS_WEIGHT = 2.0, 0.25
"""So many points may stand on for weeks, unrepaired, in a mine that only is slow to repair; each one beyond counts a quarter a day."""


def amount(kind: Cheat, table: FactTable) -> Floats:
    """The amounts of one kind."""
    if kind is Cheat.BULK_FLAGS:
        return np.minimum(of_mine(table, "calibrations_at_once"), of_mine(table, "calibration_without_gas"))
    if kind is Cheat.FROZEN_SENSORS:
        frozen = of_mine(table, "points_frozen")
        return np.maximum(newly(frozen), 0.0) + STANDS_WEIGHT * np.maximum(frozen - STANDS_ON, 0.0)
    if kind is Cheat.CUT_PEAKS:
        return of_mine(table, "peaks_cut")
    return of_mine(table, "late_undeclared_share")


def of_mine(table: FactTable, name: str) -> Floats:
    """A fact of the whole mine: the highest of its subjects."""
    found = np.full((len(table.mines), table.days), np.nan)
    if name in table.values:
        number = {mine: at for at, mine in enumerate(table.mines)}
        values = table.values[name]
        for row in np.flatnonzero(np.isfinite(values).any(axis=1)).tolist():
            at = number[table.rows[row][0]]
            found[at] = np.fmax(found[at], values[row])
    return found


def newly(frozen: Floats) -> Floats:
    """How many more stand than on the last day before it of which anything is known; on the first such day all that stand."""
    before = np.zeros(len(frozen))
    more = np.full(frozen.shape, np.nan)
    for day in range(frozen.shape[1]):
        today = frozen[:, day]
        more[:, day] = today - before
        before = np.where(np.isnan(today), before, today)
    return more
