"""A mine's day in few words: points with readings by window, made to the grid the fact makers take."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from contracts.clock import BUILD_TIME, DAY, HOUR, SECOND
from contracts.payload import Poll
from contracts.points import Point, Registry
from fleet.facts.day import Day, day_of
from fleet.facts.grid import GatewayDay, Grid, grid_of
from store.interface import WINDOW, Windows

ZONE = 8
TODAY = "2026-11-30"
THE_DAY = day_of("mine", TODAY, ZONE, BUILD_TIME + 300 * DAY)
W = THE_DAY.windows
PERIOD = SECOND
DUE = WINDOW // PERIOD
GATE = "mine/gate-1"

METHANE = Point("T01", "methane", "face-1101", "1101采煤工作面", "face 1101", limit_row="face_low_high", mapped_by="somebody")
WIND = Point("V01", "wind_speed", "face-1101", "1101采煤工作面", "face 1101")
SHEARER = Point("SH-RUN", "run_state", "face-1101", "1101采煤机", "face 1101, shearer")
AUTO = Point("SH-AUTO", "run_state", "face-1101", "1101采煤机自动模式", "face 1101, shearer, automatic mode")
BELT = Point("BE-RUN", "run_state", "main-road", "主运带式输送机", "main belt")
REMOTE = Point("BE-REM", "run_state", "main-road", "主运带式输送机远程集控", "main belt, remote control")
FAN = Point("MF-REM", "run_state", "surface", "主通风机远程操作", "main fan, remote operation")
POST = Point("P-SUB", "persons", "district-1", "1采区变电所", "district 1, substation")
CREW = Point("P-FACE", "persons", "face-1101", "1101采煤工作面", "face 1101")
ALL = Point("P-ALL", "persons", "mine", "井下总人数", "underground, all")
POINTS = (METHANE, WIND, SHEARER, AUTO, BELT, REMOTE, FAN, POST, CREW, ALL)

Counts = Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]


def windows(count: Counts, good: Counts | None = None, value: Counts | float = 0.5) -> Windows:
    """Statistics of the windows in which `count` is not 0; every value of a window is the same."""
    counts = np.asarray(count, np.int64)
    goods = counts if good is None else np.minimum(np.asarray(good, np.int64), counts)
    values = np.broadcast_to(np.asarray(value, np.float64), counts.shape)
    at = np.flatnonzero(counts)
    start = THE_DAY.start + at * WINDOW
    kept = values[at]
    return Windows(start, kept, kept, kept, kept, counts[at], counts[at], goods[at])


def polls(day: Day = THE_DAY, period: int = PERIOD) -> tuple[Poll, ...]:
    """Every instant of the day, answered."""
    count = (day.end - day.start) // period
    return (Poll("kj", period, day.start, count, count),)


def gateway(points: Sequence[Point] = POINTS, **changed: object) -> GatewayDay:
    """A gateway that was polled all day; its slowest source each second."""
    registry = Registry("mine", "矿", "mine", tuple(points))
    return replace(GatewayDay(GATE, registry, PERIOD, THE_DAY.start - HOUR, polls()), **changed)  # type: ignore[arg-type]


def grid(found: Mapping[str, Windows], points: Sequence[Point] = POINTS, **changed: object) -> Grid:
    """The grid of one gateway."""
    return grid_of(THE_DAY, [gateway(points, **changed)], [found])


def full(value: Counts | float = 0.5) -> Windows:
    """A point that gave every reading of the day."""
    return windows(np.full(W, DUE), value=value)
