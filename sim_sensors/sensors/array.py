"""All sensors of a mine, read together: response, zero error, noise, faults, range, resolution, state codes. In that order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.quality import ALARM, CALIBRATION, NOT_POLLED, OVER_RANGE, POWER_CUT
from sim_sensors.faults import Kind, Script, Window
from sim_sensors.mine.memory import DEEPEST, Array, follow, steady
from sim_sensors.mine.noise import noise
from sim_sensors.sensors.kinds import Sensor

_ZERO_KNOTS_S = 5 * 86_400
"""The zero error is drawn anew every five days and changes evenly in between."""
TEST_GAS_PART = 2.0 / 3.0
"""Part of a calibration in which test gas flows; the state code lasts until the sensor reads air again."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How one point's sensor is set. `decimals` is its resolution; `alarm_ge` is that of its place, NaN where it has none."""

    point: str
    sensor: Sensor
    decimals: int
    alarm_ge: float = np.nan


class SensorArray:
    """n sensors. `read` must be called for one block of seconds after the other."""

    def __init__(self, settings: Sequence[Setting], seed: int, script: Script) -> None:
        self.number = {setting.point: at for at, setting in enumerate(settings)}
        self.seed, self.script = seed, script
        kinds = [setting.sensor for setting in settings]
        self.noise = np.array([kind.noise for kind in kinds])
        self.zero = np.array([kind.zero for kind in kinds])
        self.response = np.array([max(kind.response / np.log(10.0), 1.0) for kind in kinds])
        self.low, self.high = np.array([kind.low for kind in kinds]), np.array([kind.high for kind in kinds])
        self.scale = np.array([10.0**setting.decimals for setting in settings])
        self.alarm_ge = np.array([setting.alarm_ge for setting in settings])
        self.slow = np.flatnonzero(self.response > 1.0)
        self.state: Array | None = None
        self.weights: dict[int, tuple[Array, Array]] = {}
        self.held: Array = np.full(len(settings), np.nan)

    def read(self, first: int, there: Array, unpowered: NDArray[np.bool_]) -> tuple[Array, NDArray[np.uint16]]:
        """Values and state codes for what is really `there`, from second `first`; all (seconds, points). Nothing reported: NaN, 32."""
        windows = [window for window in self.script.windows(first, len(there)) if window.event.target in self.number]
        value = self._respond(self._test_gas(first, there, windows))
        value += self._error(first, len(there))
        value = self._electric(first, value, windows)
        over = value > self.high
        value = np.rint(np.clip(value, self.low, self.high) * self.scale) / self.scale + 0.0
        value = self._freeze(first, value, windows)
        quality = np.where(value >= self.alarm_ge, ALARM, 0) | np.where(over, OVER_RANGE, 0)
        quality |= np.where(unpowered & (value >= self.alarm_ge), POWER_CUT, 0)
        return self._codes(first, value, quality.astype(np.uint16), windows)

    def _test_gas(self, first: int, there: Array, windows: list[Window]) -> Array:
        applied = [window for window in windows if window.event.kind in (Kind.TEST_GAS, Kind.LOCK_TEST)]
        there = there.copy() if applied else there
        for window in applied:
            off = window.start + int(window.event.duration * TEST_GAS_PART)
            there[_rows(first, window.start, off), self.number[window.event.target]] = window.event.strength
        return there

    def _respond(self, there: Array) -> Array:
        """First-order response of the sensors that have one."""
        out = there.copy()
        state = there[0, self.slow] if self.state is None else self.state
        for at in range(0, len(there), DEEPEST):
            part = slice(at, at + DEEPEST)
            count = len(there[part])
            if count not in self.weights:
                self.weights = {count: steady(self.response[self.slow], count)}
            out[part, self.slow] = follow(state, there[part, self.slow], self.weights[count])
            state = out[part, self.slow][-1]
        self.state = state
        return out

    def _error(self, first: int, count: int) -> Array:
        width = len(self.noise)
        knot = first // _ZERO_KNOTS_S
        knots = noise(self.seed, "zero", knot, (first + count) // _ZERO_KNOTS_S - knot + 2, width)
        at = np.arange(first, first + count) / _ZERO_KNOTS_S - knot
        low = at.astype(np.intp)
        part = (at - low)[:, None]
        zero = knots[low] * (1.0 - part) + knots[low + 1] * part
        return np.asarray(zero * self.zero + noise(self.seed, "reading", first, count, width) * self.noise)

    def _electric(self, first: int, value: Array, windows: list[Window]) -> Array:
        """Drift and spikes."""
        for window in windows:
            rows, column = _rows(first, window.start, window.end), self.number[window.event.target]
            if window.event.kind is Kind.DRIFT:
                hours = (np.arange(first, first + len(value))[rows] - window.start) / 3600.0
                value[rows, column] += window.event.strength * hours
            elif window.event.kind is Kind.SPIKE:
                value[rows, column] += window.event.strength
        return value

    def _freeze(self, first: int, value: Array, windows: list[Window]) -> Array:
        """A frozen sensor goes on showing what it showed in the second before."""
        for window in windows:
            if window.event.kind is Kind.FROZEN:
                rows, column = _rows(first, window.start, window.end), self.number[window.event.target]
                before = value[rows.start - 1, column] if rows.start else self.held[column]
                value[rows, column] = value[0, column] if np.isnan(before) else before
        self.held = value[-1].copy()
        return value

    def _codes(self, first: int, value: Array, quality: NDArray[np.uint16], windows: list[Window]) -> tuple[Array, NDArray[np.uint16]]:
        for window in windows:
            cell = _rows(first, window.start, window.end), self.number[window.event.target]
            if window.event.kind in (Kind.TEST_GAS, Kind.LOCK_TEST):
                quality[cell] |= CALIBRATION
            elif window.event.kind is Kind.DROPOUT:
                value[cell], quality[cell] = np.nan, NOT_POLLED
        return value, quality


def _rows(first: int, start: int, end: int) -> slice:
    return slice(max(start - first, 0), max(end - first, 0))
