"""The 5-minute statistics of a mine's methane points, as the centre's store would have them: made from the same days as the facts. Pure.

For samples: a test makes the facts of honesty from these and holds them against those of the columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim_sensors.province.below import WINDOWS
from sim_sensors.province.chance import Chance, Floats, Ints
from sim_sensors.province.mines import Point
from sim_sensors.province.seen import Seen

READINGS = 10
"""Readings of a window: one each 30 s."""


@dataclass(frozen=True, slots=True)
class FiveMinutes:
    """Of all points, (points, windows of the days): lowest, mean, highest, %CH4; readings, and those flagged as under calibration."""

    minimum: Floats
    mean: Floats
    maximum: Floats
    numbers: Ints
    flagged: Ints


def five_minutes(seed: int, seen: Seen, days: int) -> FiveMinutes:
    """Of the first `days` days."""
    chance, points, count = Chance(seed, seen.mine.number), seen.mine.points, days * WINDOWS
    highest = np.zeros((len(points), count))
    rests = np.zeros((len(points), count), np.bool_)
    for at, point in enumerate(points):
        highest[at], rests[at] = _air(chance, point, count)
    for row, at in enumerate(seen.mine.watched):
        highest[at] = _under(chance, points[at], seen.hours[row, :days], highest[at])
    maximum = np.round(highest, 2)
    minimum = np.where(rests, maximum, np.round(maximum - np.minimum(maximum * 0.5, 0.03), 2))
    minimum = np.where(rests | (minimum < maximum), minimum, maximum - 0.01)
    mean = (minimum + maximum) / 2
    made = FiveMinutes(minimum, mean, maximum, np.full(maximum.shape, READINGS), np.zeros(maximum.shape, np.int64))
    _stand(made, seen)
    _flag(made, seen)
    return made


def _air(chance: Chance, point: Point, count: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Highest of each window, and whether it rests: at the bottom always, else for as long as it usually does."""
    if point.bottom:
        return np.zeros(count), np.ones(count, np.bool_)
    rng = chance.of(f"air {point.id}")
    rest = 0 if point.watched else int(point.rest_h * 12)
    at = np.arange(count)
    block, phase = at // (rest + 2), at % (rest + 2)
    level = point.level + rng.normal(0.0, 0.02, int(block[-1]) + 1)[block]
    resting = phase < rest
    return np.maximum(np.where(resting, level, level + 0.03 + np.abs(rng.normal(0.0, 0.02, count))), 0.03), resting


def _under(chance: Chance, point: Point, hours: Floats, air: Floats) -> Floats:
    """Windows under hourly maxima: one of each twelve has the hour's highest, the others less. Air where the point stood."""
    rng = chance.of(f"under {point.id}")
    count = hours.size
    share = rng.uniform(0.75, 0.97, (count, 12))
    share[np.arange(count), rng.integers(0, 12, count)] = 1.0
    gas = hours.reshape(-1, 1) * share
    return np.where(np.isnan(gas), np.minimum(air.reshape(-1, 12), 0.5), gas).ravel()


def _stand(made: FiveMinutes, seen: Seen) -> None:
    count = made.maximum.shape[1]
    for point, first, windows in zip(seen.stills.point.tolist(), seen.stills.first.tolist(), seen.stills.windows.tolist(), strict=True):
        if first < count:
            span = slice(first, min(first + windows, count))
            value = made.maximum[point, first]
            made.minimum[point, span] = made.mean[point, span] = made.maximum[point, span] = value


def _flag(made: FiveMinutes, seen: Seen) -> None:
    flags, count = seen.flags, made.maximum.shape[1]
    start = flags.day * WINDOWS + flags.window
    for at in np.flatnonzero(start + flags.windows < count).tolist():
        point, first, end = int(flags.point[at]), int(start[at]), int(start[at] + flags.windows[at])
        made.flagged[point, first:end] = READINGS
        rise = flags.highest[at] - flags.base[at]
        if rise < 0.2:
            continue
        made.maximum[point, first:end] = round(float(flags.highest[at]), 2)
        made.mean[point, first:end] = float(flags.highest[at]) - 0.1 * rise
        made.mean[point, first - 1], made.mean[point, end] = float(flags.before[at]), float(flags.after[at])
        made.maximum[point, first - 1] = max(made.maximum[point, first - 1], made.mean[point, first - 1])
        made.maximum[point, end] = max(made.maximum[point, end], made.mean[point, end])
