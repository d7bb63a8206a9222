"""What cheats do to the data, in campaigns of weeks or months with pauses between, and what they hide with it. Pure.

Four kinds, as the regulator tells of them: many points flagged as under calibration while gas is high; sensors made to stand; peaks
clipped just below the limit; readings held back and sent later over a link that was up.
"""

from dataclasses import dataclass

import numpy as np

from sim_sensors.province.below import WINDOWS, Below, Flags, Stills, flagged, some_points
from sim_sensors.province.chance import Bools, Chance, Floats, Ints
from sim_sensors.province.mines import Mine, Operator

_CAMPAIGNS = 40


@dataclass(frozen=True, slots=True)
class Deeds:
    """`campaigns`: [first day, end day) of each; `cheated` (days,): on which days something was done. `flags`, `stills`: false ones, beside
    the real ones. `cap` (days,): the highest value that is uploaded, NaN where all are. `held` (days,): share of readings held back,
    for `held_h` hours. `idle` (days,): nobody calibrates, though the calendar says so."""

    campaigns: tuple[tuple[int, int], ...]
    cheated: Bools
    flags: Flags
    stills: Stills
    cap: Floats
    held: Floats
    held_h: Floats
    idle: Bools


def deeds(seed: int, true: Below) -> Deeds:
    """What this mine's operator does over these days; nothing at all for honest ones."""
    mine, days, chance = true.mine, true.days, Chance(seed, true.mine.number)
    empty = np.zeros(0, np.int64)
    spans = _campaigns(chance, days) if mine.operator.cheats else ()
    active = np.zeros(days, np.bool_)
    for first, end in spans:
        active[first:end] = True
    rng = chance.of("cheat")
    busy = active & (chance.of("cheat days").random(days) < rng.uniform(0.12, 0.45))
    steady = bool(rng.random() < 0.25)
    flags = Flags(*(empty,) * 4, *(np.zeros(0),) * 4, np.zeros(0, np.bool_))
    stills, cheated, idle = Stills(empty, empty, empty), busy, np.zeros(days, np.bool_)
    cap, held, held_h = np.full(days, np.nan), np.zeros(days), np.zeros(days)
    if mine.operator is Operator.BULK_FLAGS:
        flags = _bulk(chance, mine, busy)
        idle = active if rng.random() < 0.5 else idle
    elif mine.operator is Operator.FROZEN_SENSORS:
        stills, cheated = (_steady(chance, mine, spans), active) if steady else (_frozen(chance, mine, busy), busy)
    elif mine.operator is Operator.CUT_PEAKS:
        cap, cheated = np.where(active, 1.0 - rng.uniform(0.01, 0.08), np.nan), active
    elif mine.operator is Operator.LATE_UPLOAD:
        hours, share = chance.of("held").uniform(0.5, 6.0, days), chance.of("held points").uniform(0.25, 1.0, days)
        held, held_h = np.where(busy, hours / 24.0 * share, 0.0), np.where(busy, hours, 0.0)
    return Deeds(spans, cheated, flags, stills, cap, held, held_h, idle)


def _campaigns(chance: Chance, days: int) -> tuple[tuple[int, int], ...]:
    rng = chance.of("campaigns")
    first = int(rng.integers(-60, 101))
    found: list[tuple[int, int]] = []
    for length, pause in zip(rng.integers(45, 241, _CAMPAIGNS).tolist(), rng.integers(30, 121, _CAMPAIGNS).tolist(), strict=True):
        span = max(first, 0), min(first + length, days)
        if span[0] < span[1]:
            found.append(span)
        first += length + pause
    return tuple(found)


def _bulk(chance: Chance, mine: Mine, busy: Bools) -> Flags:
    """A quarter of the points or more, four at least, for 20 minutes to two hours; under some of the flags gas rises and falls again."""
    days = len(busy)
    share, window, lasts = (
        chance.of("bulk share").uniform(0.25, 0.9, days),
        chance.whole("bulk window", 0, 264, days),
        chance.whole("bulk windows", 4, 25, days),
    )
    when = np.flatnonzero(busy)
    count = np.maximum(np.rint(share[when] * len(mine.points)), 4).astype(np.int64)
    row, point = some_points(chance, "bulk points", mine, when, count)
    flags = flagged(chance, "bulk flagged", mine, when[row], window[when][row], lasts[when][row], point, np.zeros(len(row), np.bool_))
    watched = np.array([one.watched for one in mine.points])[point]
    flags.before[watched], flags.highest[watched], flags.after[watched] = 0.8, 1.3, 0.75
    return flags


def _frozen(chance: Chance, mine: Mine, busy: Bools) -> Stills:
    """One to four moving points stand for three to fourteen hours."""
    days, moving = len(busy), np.flatnonzero([point.moves for point in mine.points])
    count, first, lasts = (
        chance.whole("frozen points", 1, 5, days),
        chance.whole("frozen window", 0, 200, days),
        chance.whole("frozen windows", 36, 169, days),
    )
    order = np.argsort(chance.of("frozen").random((days, len(moving))), axis=1)
    when = np.flatnonzero(busy)
    row, rank = np.nonzero(np.arange(len(moving))[None, :] < count[when][:, None])
    day = when[row]
    return Stills(moving[order[day, rank]], day * WINDOWS + first[day], lasts[day])


def _steady(chance: Chance, mine: Mine, spans: tuple[tuple[int, int], ...]) -> Stills:
    """Three to six moving points stand as long as the campaign lasts."""
    moving = np.flatnonzero([point.moves for point in mine.points])
    rng = chance.of("steady")
    points: list[int] = []
    firsts: list[int] = []
    lasts: list[int] = []
    for first, end in spans:
        some = rng.permutation(moving)[: int(rng.integers(3, 7))].tolist()
        points += some
        firsts += [first * WINDOWS] * len(some)
        lasts += [(end - first) * WINDOWS] * len(some)
    made: list[Ints] = [np.array(values, np.int64) for values in (points, firsts, lasts)]
    return Stills(*made)
