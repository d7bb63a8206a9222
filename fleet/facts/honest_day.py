"""The facts of honesty of a mine's day, from 5-minute statistics of its methane points and the readings flagged in them. Pure.

What a point usually does is told by its own days before; what stands at the bottom of its range, where a quiet place keeps it, is not
judged. A point that stood yesterday keeps the habit it had before, or it would be its own excuse after a week.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.facts import Fact
from fleet.facts import honesty
from fleet.facts.day import Day, made, nothing
from fleet.facts.honesty import LOOKBACK_DAYS, WINDOWS, Bools, Floats, Ints

AT_ONCE, GASLESS, FROZEN, CUT = "calibrations.at_once@1", "calibrations.without_gas@1", "points.frozen@1", "peaks.cut@1"
USUAL = "usual_h:"
"""`numbers` of points_frozen: how long a standing point usually rested before, by point."""
MOVES_H = 1.0
"""Who rests no longer tells whether the air moved."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Methane points over the days that end with the judged one: (points, windows), oldest first, NaN where a window has no number.

    `step`: a point's last digit; `limit`: its alarm limit in %CH4, NaN where it has none; `flagged`: readings under the calibration flag;
    `worked`: whether a maintenance permit was open for the point in a window (no test gas is due then). `known`: share of the
    day's windows.
    """

    day: Day
    points: tuple[str, ...]
    step: Floats
    limit: Floats
    minimum: Floats
    mean: Floats
    maximum: Floats
    flagged: Ints
    worked: Bools
    known: float


@dataclass(frozen=True, slots=True)
class Spans:
    """Runs in rows of a table: row, first window, windows."""

    row: Ints
    first: Ints
    windows: Ints


def honest_day(stretch: Stretch, before: Fact | None = None) -> list[Fact]:
    """The four facts. `before`: points_frozen of the day before."""
    if not stretch.points:
        return [nothing(stretch.day, name, how, "no_points") for name, how in _NAMES]
    flags = runs(stretch.flagged > 0)
    return [_at_once(stretch, flags), _gasless(stretch, flags), _frozen(stretch, before), _cut(stretch)]


_NAMES = (("calibrations_at_once", AT_ONCE), ("calibration_without_gas", GASLESS), ("points_frozen", FROZEN), ("peaks_cut", CUT))


def runs(held: NDArray[np.bool_]) -> Spans:
    """Runs of True in each row."""
    edges = np.diff(np.pad(held, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, first = np.nonzero(edges > 0)
    _, end = np.nonzero(edges < 0)
    return Spans(row, first, end - first)


def rests(stretch: Stretch) -> Spans:
    """Runs of windows in which a point shows one number; at the bottom of the range nothing rests."""
    one = (stretch.maximum - stretch.minimum < stretch.step[:, None] * 0.5) & (stretch.minimum > stretch.step[:, None])
    same = one[:, 1:] & one[:, :-1] & (np.abs(np.diff(stretch.maximum, axis=1)) < stretch.step[:, None] * 0.5)
    found = runs(same)
    return Spans(found.row, found.first, found.windows + 1)


def _count(stretch: Stretch) -> int:
    return int(stretch.maximum.shape[1])


def _today(stretch: Stretch, spans: Spans, windows: Ints) -> Bools:
    """Which of these begin on the judged day."""
    begins: Bools = (spans.first >= _count(stretch) - WINDOWS) & (windows > 0)
    return begins


def _at_once(stretch: Stretch, flags: Spans) -> Fact:
    days = _count(stretch) // WINDOWS
    most = int(honesty.flags_at_once(flags.first, flags.windows, days)[-1])
    standing = (stretch.flagged > 0)[:, -WINDOWS:]
    at = int(standing.sum(axis=0).argmax())
    refs = [f"point:{stretch.points[row]}" for row in np.flatnonzero(standing[:, at])]
    numbers = {"points": float(len(stretch.points)), "window": float(at)}
    return made(stretch.day, "calibrations_at_once", AT_ONCE, float(most), stretch.known, numbers=numbers, evidence=refs)


def _gasless(stretch: Stretch, flags: Spans) -> Fact:
    """Flags that began on the day; one that stands to the day's end without gas so far is judged then."""
    today = np.flatnonzero(_today(stretch, flags, flags.windows))
    without, worked = list[int](), 0
    for at in today.tolist():
        row, first, end = int(flags.row[at]), int(flags.first[at]), int(flags.first[at] + flags.windows[at])
        if bool(stretch.worked[row, first:end].any()):
            worked += 1
        elif not _gas(stretch, row, first, end):
            without.append(row)
    numbers = {"flags": float(len(today)), "with_maintenance_permit": float(worked)}
    refs = [f"point:{stretch.points[row]}" for row in without]
    return made(stretch.day, "calibration_without_gas", GASLESS, float(len(without)), stretch.known, numbers=numbers, evidence=refs)


def _gas(stretch: Stretch, row: int, first: int, end: int) -> bool:
    """What is usual is the middle of the two hours before."""
    earlier = stretch.mean[row, max(first - 24, 0) : first]
    highest = stretch.maximum[row, first:end]
    if np.isnan(earlier).all() or np.isnan(highest).all():
        return False
    base = float(np.nanmedian(earlier))
    before = stretch.mean[row, first - 1]
    after = stretch.mean[row, end] if end < _count(stretch) else base
    numbers = (np.array([base if np.isnan(one) else one]) for one in (base, before, np.nanmax(highest), after))
    return bool(honesty.gas_seen(*numbers)[0])


def _frozen(stretch: Stretch, before: Fact | None) -> Fact:
    found, days = rests(stretch), _count(stretch) // WINDOWS
    kept = _kept(before)
    usual = np.array([kept.get(point, habit) for point, habit in zip(stretch.points, _habits(stretch, found), strict=True)])
    needed = honesty.stands_from(usual)[found.row]
    long = (found.windows >= needed) & (found.first + found.windows > (days - 1) * WINDOWS)
    moving = np.flatnonzero(usual <= MOVES_H)
    standing = [row for row, first, windows in _taken(found, long) if _others_moved(stretch, moving, row, first, windows)]
    rows = list(dict.fromkeys(standing))
    numbers = {"points": float(len(stretch.points)), "moving": float(len(moving))}
    numbers |= {f"{USUAL}{stretch.points[row]}": float(usual[row]) for row in rows}
    refs = [f"point:{stretch.points[row]}" for row in rows]
    return made(stretch.day, "points_frozen", FROZEN, float(len(rows)), stretch.known, numbers=numbers, evidence=refs)


def _kept(before: Fact | None) -> Mapping[str, float]:
    if before is None:
        return {}
    return {name.removeprefix(USUAL): value for name, value in before.numbers.items() if name.startswith(USUAL)}


def _taken(found: Spans, chosen: Bools) -> list[tuple[int, int, int]]:
    return list(zip(found.row[chosen].tolist(), found.first[chosen].tolist(), found.windows[chosen].tolist(), strict=True))


def _habits(stretch: Stretch, found: Spans) -> list[float]:
    """The longest rest of a usual day before the judged one, h: the middle of the days' longest ones."""
    days = _count(stretch) // WINDOWS
    longest = np.zeros((len(stretch.points), max(days - 1, 1)))
    ended = np.minimum((found.first + found.windows - 1) // WINDOWS, days)
    early = ended < days - 1
    np.maximum.at(longest, (found.row[early], ended[early]), found.windows[early] / 12.0)
    return [float(one) for one in np.median(longest, axis=1)]


def _others_moved(stretch: Stretch, moving: NDArray[np.intp], row: int, first: int, windows: int) -> bool:
    """Whether most of the mine's other points that usually move did so meanwhile; without two of them nobody can tell."""
    others = moving[moving != row]
    if len(others) < 2:
        return False
    there = slice(first, first + windows)
    low, high = np.fmin.reduce(stretch.minimum[others, there], axis=1), np.fmax.reduce(stretch.maximum[others, there], axis=1)
    return bool(2 * int((high - low > stretch.step[others]).sum()) > len(others))


def _cut(stretch: Stretch) -> Fact:
    """Of the points with a limit. Flagged windows and what stands have no maxima."""
    limited = np.flatnonzero(np.isfinite(stretch.limit))
    if not len(limited):
        return nothing(stretch.day, "peaks_cut", CUT, "no_limits")
    days = min(_count(stretch) // WINDOWS, LOOKBACK_DAYS)
    usable = np.where(stretch.flagged > 0, np.nan, stretch.maximum)
    found = rests(stretch)
    for row, first, windows in _taken(found, found.windows >= honesty.STILL_LEAST_H * 12):
        usable[row, first : first + windows] = np.nan
    last = usable[limited, -days * WINDOWS :].reshape(len(limited), days, 24, 12)
    hours = np.fmax.reduce(last, axis=3)
    cut = [row for at, row in enumerate(limited.tolist()) if honesty.peaks_cut(hours[at : at + 1], float(stretch.limit[row]))[0, -1]]
    numbers = {"points_with_limit": float(len(limited)), "days": float(days)}
    refs = [f"point:{stretch.points[row]}" for row in cut]
    return made(stretch.day, "peaks_cut", CUT, float(len(cut)), stretch.known, numbers=numbers, evidence=refs)
