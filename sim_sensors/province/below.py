"""What truly happens in a mine, day after day, before anybody touches the data. Pure; drawn from the mine's streams.

Minutes are whole numbers of the minutes on record: what nobody recorded can neither help a mine nor hurt it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim_sensors.province.chance import Bools, Chance, Floats, Ints, painted
from sim_sensors.province.mines import SYSTEMS, Mine, Operator

MINUTES = 1_440
WINDOWS = 288
CATALYTIC_DAYS, LASER_DAYS = 15, 182
"""CMSR 2025 Art. 531: 15 days; half a year for laser methane (182 days: how this province reads half a year)."""
EVER = 1_095
"""Days for which what happens at a set date is drawn, however long the province runs."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Readings flagged as under calibration, one row a flag: day, window of the day, windows it lasts, point (number), and what the
    values did, %CH4: usual before, just before, highest under the flag, just after. `work`: a maintenance permit was open."""

    day: Ints
    window: Ints
    windows: Ints
    point: Ints
    base: Floats
    before: Floats
    highest: Floats
    after: Floats
    work: Bools

    def with_more(self, more: "Flags") -> "Flags":
        """Both."""
        return Flags(*(np.concatenate([getattr(self, name), getattr(more, name)]) for name in Flags.__slots__))


@dataclass(frozen=True, slots=True)
class Stills:
    """Times in which a moving point shows one number: point, first window (of all days), windows."""

    point: Ints
    first: Ints
    windows: Ints

    def with_more(self, more: "Stills") -> "Stills":
        """Both."""
        return Stills(*(np.concatenate([getattr(self, name), getattr(more, name)]) for name in Stills.__slots__))


@dataclass(frozen=True, slots=True)
class Below:
    """The true state. Arrays end in (days,). `recorded` minutes of the day whose data reached the centre, sooner or later; `offline`
    minutes in which the link was down, told by the ledger; `slow` share of readings that came late without that, by a busy link.

    `running` (systems, days), `producing`, `automatic` (faces, days): minutes of the recorded ones. `overdue`, `missing`, `wider`: how many
    points, must-have points, settings. `upgraded`, `organised`, `documented`: whether it is so, and whether a valid document says so.
    `hours` (watched, days, 24): highest methane of each hour, %CH4.
    """

    mine: Mine
    days: int
    recorded: Ints
    offline: Ints
    slow: Floats
    running: Ints
    producing: Ints
    automatic: Ints
    overdue: Ints
    missing: Ints
    wider: Ints
    upgraded: Bools
    organised: Bools
    documented: Bools
    flags: Flags
    stills: Stills
    hours: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Habits:
    """Rates per day, and shares."""

    small_loss: float
    big_loss: float
    offline: float
    slow: float
    slow_share: tuple[float, float]
    stops: float
    late_calibration: float
    longest_late: int
    gasless: float
    service: float
    permits: float
    broken: float
    broken_days: tuple[int, int]
    missing: float
    wider: float
    undocumented: float


_GOOD = _Habits(
    0.004, 0.0008, 0.02, 0.012, (0.002, 0.015), 0.0006, 0.0, 0, 0.005, 0.5 / 365, 0.9, 1.0 / 365, (1, 3), 0.0003, 0.0003, 0.0004
)
_POOR = _Habits(0.006, 0.0012, 0.03, 0.015, (0.002, 0.02), 0.004, 0.02, 23, 0.008, 0.7 / 365, 0.8, 1.5 / 365, (1, 4), 0.002, 0.002, 0.0015)
_SLOPPY = _Habits(0.03, 0.004, 0.06, 0.05, (0.005, 0.05), 0.008, 0.10, 30, 0.07, 2.0 / 365, 0.4, 3.0 / 365, (5, 25), 0.004, 0.004, 0.003)


def habits(operator: Operator, number: int) -> _Habits:
    """Of an operator; cheats live like good or poor ones otherwise."""
    by_name = {Operator.GOOD: _GOOD, Operator.POOR: _POOR, Operator.SLOPPY: _SLOPPY}
    return by_name.get(operator, _GOOD if number % 2 else _POOR)


def below(seed: int, mine: Mine, days: int) -> Below:
    """The true state of a mine over so many days."""
    chance, lives = Chance(seed, mine.number), habits(mine.operator, mine.number)
    recorded = _recorded(chance, lives, days)
    offline = np.minimum(_minutes(chance, "offline", days, lives.offline, 20.0, 1.2), recorded)
    slow = np.abs(chance.of("slow").normal(0.0, 0.0005, days))
    bad, share = chance.happens("slow days", days, lives.slow), chance.of("slow share").uniform(*lives.slow_share, days)
    producing, automatic = _face_minutes(chance, mine, recorded, days)
    flags, overdue = calibrations(chance, mine, lives, days)
    documented = chance.spells("undocumented", days, lives.undocumented, (5, 40)) == 0
    upgraded, organised = _done(chance, mine, days)
    return Below(
        mine=mine,
        days=days,
        recorded=recorded,
        offline=offline,
        slow=np.where(bad, slow + share, slow),
        running=_running(chance, lives, recorded, days),
        producing=producing,
        automatic=automatic,
        overdue=overdue,
        missing=chance.spells("missing", days, lives.missing, (2, 30), (1, 2)),
        wider=chance.spells("wider", days, lives.wider, (1, 25), (1, 3)),
        upgraded=upgraded,
        organised=organised,
        documented=documented,
        flags=flags.with_more(_services(chance, mine, lives, days)),
        stills=_stills(chance, mine, lives, days),
        hours=_hours(chance, mine, days),
    )


def _minutes(chance: Chance, name: str, days: int, rate: float, median: float, spread: float) -> Ints:
    """Minutes of something that happens on some days, at most a whole one."""
    rng = chance.of(f"{name} minutes")
    lasts = np.rint(median * np.exp(spread * rng.standard_normal(days))).astype(np.int64)
    return np.where(chance.happens(name, days, rate), np.clip(lasts, 1, MINUTES), 0)


def _recorded(chance: Chance, lives: _Habits, days: int) -> Ints:
    small = _minutes(chance, "small loss", days, lives.small_loss, 20.0, 0.7)
    big = _minutes(chance, "big loss", days, lives.big_loss, 500.0, 0.8)
    return np.asarray(MINUTES - np.minimum(np.maximum(small, big), MINUTES), np.int64)


def _running(chance: Chance, lives: _Habits, recorded: Ints, days: int) -> Ints:
    """Short hiccups on many days, real stops on few."""
    shape = (days, len(SYSTEMS))
    hiccups = np.where(chance.of("hiccups").random(shape) < 0.03, chance.whole("hiccup minutes", 1, 15, shape), 0)
    stops = np.where(chance.of("stops").random(shape) < lives.stops, chance.whole("stop minutes", 100, 900, shape), 0)
    share = 1.0 - np.maximum(hiccups, stops) / MINUTES
    return np.rint(recorded * share.T).astype(np.int64)


def _face_minutes(chance: Chance, mine: Mine, recorded: Ints, days: int) -> tuple[Ints, Ints]:
    """How long each face produced, and how long of that in automatic mode."""
    faces = len(mine.faces)
    still = chance.of("repair days").random((days, faces)) < 0.05
    hours = np.clip(chance.of("producing").normal(960.0, 110.0, (days, faces)), 200.0, 1_400.0)
    producing = np.rint(np.where(still, 0.0, hours).T * (recorded / MINUTES)).astype(np.int64)
    rng = chance.of("automatic")
    usual = rng.uniform(0.83, 0.96, faces) if mine.operator is not Operator.POOR else rng.uniform(0.5, 0.86, faces)
    usual = usual - (rng.random(faces) < 0.3) * 0.08 if mine.operator is Operator.SLOPPY else usual
    level = np.tile(usual, (days, 1))
    if mine.rises is not None:
        level[mine.rises :] = np.maximum(level[mine.rises :], rng.uniform(0.86, 0.95, faces))
    share = np.clip(level + chance.of("automatic days").normal(0.0, 0.05, (days, faces)), 0.0, 1.0)
    return producing, np.rint(producing * share.T).astype(np.int64)


def _done(chance: Chance, mine: Mine, days: int) -> tuple[Bools, Bools]:
    rng = chance.of("programme")
    early = rng.random() < (0.95 if mine.operator is not Operator.POOR else 0.75)
    upgraded = 0 if early else int(rng.integers(30, EVER))
    organised = 0 if rng.random() < 0.97 else int(rng.integers(30, EVER))
    when = np.arange(days)
    return when >= (upgraded if mine.rises is None else min(upgraded, mine.rises)), when >= organised


def calibrations(chance: Chance, mine: Mine, lives: _Habits, days: int) -> tuple[Flags, Ints]:
    """Real calibrations, spread over days, in the day shift, one after the other by each crew; and how many points are overdue."""
    points = len(mine.points)
    laser = np.array([point.laser for point in mine.points])
    rounds = days // 11 + 3
    shape = (rounds, points)
    catalytic = chance.whole("rounds", 11, 15, shape)
    longer = chance.whole("late rounds", 16, max(lives.longest_late, 16) + 1, shape)
    gap = np.where(chance.of("late").random(shape) < lives.late_calibration, longer, catalytic)
    slow = chance.whole("laser rounds", 150, 181, shape) + np.where(gap > 15, 30, 0)
    gap = np.where(laser, slow, gap)
    when = np.cumsum(gap, axis=0) - np.floor(chance.of("begun").random(points) * gap[0]).astype(np.int64) - 1
    period = np.where(laser, LASER_DAYS, CATALYTIC_DAYS)
    due = np.broadcast_to(gap > period, gap.shape)
    overdue = painted((when - gap + period + 1)[due], when[due], np.ones(int(due.sum()), np.int64), days)
    at, point = np.nonzero((when >= 0) & (when < days))
    day = when[at, point]
    order = np.lexsort((point, day))
    day, point = day[order], point[order]
    rank = np.arange(len(day)) - np.searchsorted(day, day)
    window = np.minimum(100 + rank // mine.crews * 5, WINDOWS - 6)
    lasts = chance.whole("calibration windows", 3, 5, len(day))
    gas = chance.of("gas given").random(len(day)) >= lives.gasless
    return flagged(chance, "calibrated", mine, day, window, lasts, point, gas), overdue


def flagged(chance: Chance, name: str, mine: Mine, day: Ints, window: Ints, windows: Ints, point: Ints, gas: Bools) -> Flags:
    """Flags with what the values did: test gas of 2 %CH4, or nothing."""
    base = np.array([point.level for point in mine.points])[point]
    before, after = (base + chance.of(f"{name} {when}").normal(0.0, 0.02, len(day)) for when in ("before", "after"))
    top = chance.of(f"{name} gas").normal(2.0, 0.06, len(day))
    calm = base + np.abs(chance.of(f"{name} calm").normal(0.0, 0.03, len(day)))
    return Flags(day, window, windows, point, base, before, np.where(gas, top, calm), after, np.zeros(len(day), np.bool_))


def some_points(chance: Chance, name: str, mine: Mine, when: Ints, count: Ints) -> tuple[Ints, Ints]:
    """For each event (row of `when`) so many different points; as (row, point)."""
    order = np.argsort(chance.of(name).random((len(when), len(mine.points))), axis=1)
    row, rank = np.nonzero(np.arange(len(mine.points))[None, :] < count[:, None])
    return row, order[row, rank]


def _services(chance: Chance, mine: Mine, lives: _Habits, days: int) -> Flags:
    """A substation is serviced: its points are flagged together, without gas, mostly by a maintenance permit. Rare, and honest."""
    when = np.flatnonzero(chance.happens("service", days, lives.service))
    size, window, lasts = (
        chance.whole(f"service {what}", *bounds, days)[when]
        for what, bounds in (("size", (4, 11)), ("window", (100, 190)), ("windows", (3, 13)))
    )
    row, point = some_points(chance, "service points", mine, when, size)
    made = flagged(chance, "serviced", mine, when[row], window[row], lasts[row], point, np.zeros(len(row), np.bool_))
    made.work[:] = chance.happens("service permit", days, lives.permits)[when][row]
    return made


def _stills(chance: Chance, mine: Mine, lives: _Habits, days: int) -> Stills:
    """Sensors that break and stand, and places that fall quiet for a while."""
    moving = np.flatnonzero([point.moves for point in mine.points])
    broken = np.flatnonzero(chance.happens("broken", days, lives.broken))
    stuck = _at_some_point(chance, "broken", moving, broken, days, (lives.broken_days[0] * WINDOWS, lives.broken_days[1] * WINDOWS + 1))
    quiet = np.flatnonzero(chance.happens("quiet", days, 1.0 / 365))
    return stuck.with_more(_at_some_point(chance, "quiet", moving, quiet, days, (30, 220)))


def _at_some_point(
    chance: Chance, name: str, moving: NDArray[np.intp], when: NDArray[np.intp], days: int, windows: tuple[int, int]
) -> Stills:
    """On each of these days one of the moving points begins to stand."""
    point, start = chance.whole(f"{name} point", 0, len(moving), days), chance.whole(f"{name} window", 0, WINDOWS, days)
    return Stills(moving[point[when]], when * WINDOWS + start[when], chance.whole(f"{name} windows", *windows, days)[when])


def _hours(chance: Chance, mine: Mine, days: int) -> NDArray[np.float32]:
    """Hourly maxima of the watched points: days differ, hours differ, and careful mines slow down near the limit."""
    level = np.array([mine.points[at].level for at in mine.watched], np.float32)
    day = chance.of("gas days").standard_normal((days, len(level)), np.float32) * np.float32(0.22)
    hour = chance.of("gas hours").standard_normal((days, len(level), 24), np.float32) * np.float32(0.32)
    gas = level[None, :, None] * np.exp(day[:, :, None] + hour)
    gas = np.where(gas > 0.8, np.float32(0.8) + (gas - np.float32(0.8)) * np.float32(mine.careful), gas)
    return np.ascontiguousarray(np.minimum(gas, np.float32(4.0)).transpose(1, 0, 2))
