"""A simulated mine-day as rows: what the gateway got, what was really there, and when the limits of the places spoke."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.clock import SECOND
from contracts.points import Registry
from contracts.quality import CALIBRATION, NOT_POLLED
from lab.suites.sim_days import SimDay
from sim_sensors.faults import Event, Kind
from sim_sensors.layout import lay_out
from sim_sensors.source import SimulatedSource

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class DayRows:
    """n rows of p points. `times` are the gateway's, `stamps` the device's (they part while its clock is wrong), µs UTC; `values` NaN where
    nothing came; `there` what really was; `limits` (p,) the alarm values of the places, NaN where there is none."""

    day: SimDay
    registry: Registry
    times: NDArray[np.int64]
    stamps: NDArray[np.int64]
    values: NDArray[np.float64]
    quality: NDArray[np.uint16]
    there: NDArray[np.float32]
    limits: NDArray[np.float64]

    @property
    def points(self) -> tuple[str, ...]:
        return tuple(point.id for point in self.registry.points)

    def instant(self, second: int) -> int:
        """µs UTC of a second of the script."""
        return (self.day.start + second) * SECOND

    def first_alarm(self, event: Event, points: Collection[str], longest: int = 2700) -> int | None:
        """When one of those points first showed its alarm value, not under a marked calibration, from the event's start to
        `longest` s after its end, µs; None where none did."""
        chosen = np.array([point.id in points for point in self.registry.points])
        with np.errstate(invalid="ignore"):
            over = ((self.values >= self.limits - 1e-9) & ((self.quality & CALIBRATION) == 0))[:, chosen].any(axis=1)
        first, last = self.instant(event.start), self.instant(event.start + event.duration + longest)
        found = np.flatnonzero(over & (self.times >= first) & (self.times < last))
        return int(self.times[found[0]]) if len(found) else None


def render(day: SimDay) -> DayRows:
    """The rows of a day; the same for the same day, whenever and wherever they are made."""
    layout = lay_out(day.mine, day.mine, day.mine, day.preset)
    source = SimulatedSource(layout, day.preset, day.seed, day.start * SECOND, script=day.script)
    parts = [_hour(source, day, first) for first in range(0, day.seconds, _HOUR)]
    values, quality, there = (np.concatenate([part[at] for part in parts]) for at in range(3))
    seconds = np.arange(0, day.seconds, day.cadence)
    times = (day.start + seconds) * SECOND
    offset, silent = np.zeros(len(times)), np.zeros(len(times), np.bool_)
    for event in day.script:
        during = (seconds >= event.start) & (seconds < event.start + event.duration)
        if event.kind is Kind.CLOCK_JUMP:
            offset[during] += event.strength
        silent |= during & (event.kind is Kind.DEVICE_SILENT)
    values[silent], quality[silent] = np.nan, NOT_POLLED
    _unmark(day, layout.registry, seconds, quality)
    if day.suppress:
        gas = np.array([point.quantity == "methane" for point in layout.registry.points])
        values[:, gas] = np.where(values[:, gas] < day.suppress, 0.0, values[:, gas]) + 0.0 * values[:, gas]
    limits = np.array([setting.alarm_ge for setting in layout.settings])
    stamps = times + (offset * SECOND).astype(np.int64)
    return DayRows(day, layout.registry, times, stamps, values, quality, there.astype(np.float32), limits)


def _hour(source: SimulatedSource, day: SimDay, first: int) -> tuple[NDArray[np.float64], NDArray[np.uint16], NDArray[np.float64]]:
    """Values, quality and truth of the day's rows among an hour's seconds."""
    values, quality, there = source.span(first, min(_HOUR, day.seconds - first))
    rows = slice((-first) % day.cadence, None, day.cadence)
    return values[rows], quality[rows], there[rows]


def _unmark(day: SimDay, registry: Registry, seconds: NDArray[np.int64], quality: NDArray[np.uint16]) -> None:
    """Takes the state code of calibration from the test gases nobody marked."""
    for at in day.unmarked:
        event = day.script[at]
        during = (seconds >= event.start) & (seconds < event.start + event.duration)
        column = registry.number[event.target]
        quality[during, column] &= np.uint16(0xFFFF ^ CALIBRATION)
