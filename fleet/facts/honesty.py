"""What in a day's data looks like somebody's hand: flags without test gas, sensors that stand, peaks cut below the limit. Pure numpy.

Made from 5-minute statistics and the readings flagged as under calibration. All numbers are this project's settings. None of these facts
accuses anybody: sensors break, substations are serviced. `fleet.suspect` weighs them over days, against the mine's past and the province.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

WINDOWS = 288
"""5-minute windows of a day."""
GAS_RISE = 0.5
"""Test gas lifts a methane reading by so much, %CH4."""
GAS_STEP = 0.25
"""Before the flag and after it the reading is within this share of the rise of what is usual: gas of the mine comes and goes slowly."""
STILL_LEAST_H, STILL_TIMES = 2.0, 4.0
"""A point stands when it shows one number for two hours at least and four times as long as it usually does."""
LOOKBACK_DAYS = 14
"""Days, the judged one included, whose hourly maxima are looked at for cut peaks, and before it for how long a point usually rests."""
PILE_WIDTH, PILE_REACH, PILE_BEFORE = 3, 12, 15
"""In hundredths of %CH4: a pile is so wide, stands so far below the limit at most, and is held against so much of the tail below it."""
PILE_LEAST, PILE_SIGMAS, PILE_OVER = 4.0, 4.0, 0.1
"""So many more hours than the tail leads one to expect, and so many standard deviations; hours over the limit: a tenth of it at most."""


def flags_at_once(first: Ints, windows: Ints, days: int) -> Ints:
    """The most flags standing in one window of each day, (days,). `first`: window of all days in which one begins; `windows`: so many."""
    count = days * WINDOWS
    change = np.zeros(count + 1, np.int64)
    np.add.at(change, np.clip(first, 0, count), 1)
    np.add.at(change, np.clip(first + windows, 0, count), -1)
    return np.asarray(np.cumsum(change)[:count].reshape(days, WINDOWS).max(axis=1), np.int64)


def gas_seen(base: Floats, before: Floats, highest: Floats, after: Floats) -> Bools:
    """Whether test gas was given under a flag, %CH4: it rises at once from what is usual (`base`) and is gone at once."""
    rise = highest - base
    near = np.maximum(np.abs(before - base), np.abs(after - base))
    seen: Bools = (rise >= GAS_RISE) & (near <= GAS_STEP * rise)
    return seen


def stands_from(usual_h: Floats) -> Ints:
    """After so many windows at one number a point stands, given how long it usually rests (h)."""
    return np.asarray(np.ceil(np.maximum(STILL_LEAST_H, STILL_TIMES * usual_h) * 12), np.int64)


def standing(first: Ints, windows: Ints, needed: Ints, days: int) -> Ints:
    """How many points stand on each day, (days,): rests that begin at `first` (window of all days), last `windows`, count from `needed` on.

    A rest counts on the day it gets long enough and on every later day it lasts into. One point is one rest at a time.
    """
    long = windows >= needed
    from_day = (first[long] + needed[long] - 1) // WINDOWS
    to_day = (first[long] + windows[long] - 1) // WINDOWS
    change = np.zeros(days + 1, np.int64)
    np.add.at(change, np.clip(from_day, 0, days), 1)
    np.add.at(change, np.clip(to_day + 1, 0, days), -1)
    return np.asarray(np.cumsum(change)[:days], np.int64)


def peaks_cut(hours: Floats, limit: float = 1.0) -> Bools:
    """Whether the peaks of points are cut, (points, days), from hourly maxima (points, days, 24) in %CH4, NaN where an hour has none.

    A tail falls towards high values. A pile of hours just below the limit, out of proportion to the tail before it, with next to nothing
    above, is no tail. Judged over LOOKBACK_DAYS; the first days have fewer.
    """
    points, days, _ = hours.shape
    top = round(limit * 100)
    lowest = top - PILE_REACH - PILE_BEFORE
    at = np.rint(np.nan_to_num(hours, nan=-1.0) * 100).astype(np.int64) - lowest
    bins = PILE_REACH + PILE_BEFORE + 1
    inside = at >= 0
    row = np.broadcast_to(np.arange(points * days).reshape(points, days, 1), hours.shape)[inside]
    flat = row * bins + np.minimum(at[inside], bins - 1)
    daily = np.bincount(flat, minlength=points * days * bins).reshape(points, days, bins)
    total = np.cumsum(daily, axis=1)
    total[:, LOOKBACK_DAYS:] -= total[:, :-LOOKBACK_DAYS].copy()
    over = total[:, :, -1]
    upto = np.concatenate([np.zeros((points, days, 1), np.int64), np.cumsum(total[:, :, :-1], axis=2)], axis=2)
    starts = np.arange(PILE_BEFORE, PILE_BEFORE + PILE_REACH - PILE_WIDTH + 1)
    pile = upto[:, :, starts + PILE_WIDTH] - upto[:, :, starts]
    expected = (upto[:, :, starts] - upto[:, :, starts - PILE_BEFORE]) * (PILE_WIDTH / PILE_BEFORE)
    far = pile - expected >= PILE_LEAST + PILE_SIGMAS * np.sqrt(expected + 1.0)
    alone = over[:, :, None] <= PILE_OVER * pile
    return np.asarray((far & alone).any(axis=2))
