"""When people work: three shifts, stops between runs. A plan is a pure function of (seed, machine, district, shift)."""

from zlib import crc32

import numpy as np

from sim_sensors.mine.memory import Array
from sim_sensors.mine.preset import Rota

SHIFT = 8 * 3600
_START, _END = 1800, 600
"""Seconds lost at the start (change of shift, ride in) and at the end of a shift."""


class Shifts:
    """Who runs when, for any second; plans of the last few shifts are kept."""

    def __init__(self, rota: Rota, seed: int, districts: int) -> None:
        self.rota, self.seed, self.districts = rota, seed, districts
        self._plans: dict[tuple[str, int, int], Array] = {}

    def cutting_shift(self, number: int) -> bool:
        """Whether coal is cut in this shift (shifts are counted from 1970-01-01 00:00 local time)."""
        return self.rota.cutting_shifts[number % 3]

    def producing(self, first: int, count: int) -> Array:
        """1 in the working part of a cutting shift, else 0; shape (count, districts). Seconds are since 1970 UTC."""
        local = np.arange(first, first + count) + self.rota.offset_h * 3600
        number, into = np.divmod(local, SHIFT)
        cutting = np.array([self.cutting_shift(int(n)) for n in range(number[0], number[-1] + 1)])[number - number[0]]
        now = cutting & (into >= _START) & (into < SHIFT - _END)
        return np.repeat(now[:, None].astype(np.float64), self.districts, axis=1)

    def running(self, machine: str, first: int, count: int) -> Array:
        """1 while the machine's plan says run, else 0; shape (count, districts)."""
        at = first + self.rota.offset_h * 3600
        local = np.arange(at, at + count)
        numbers = range(at // SHIFT, (at + count - 1) // SHIFT + 1)
        out = np.empty((count, self.districts))
        for district in range(self.districts):
            edges = np.concatenate([self._plan(machine, district, number) for number in numbers])
            out[:, district] = np.searchsorted(edges, local, side="right") & 1
        return out

    def _plan(self, machine: str, district: int, number: int) -> Array:
        """Seconds (local) at which the machine starts and stops in turn within the shift."""
        key = (machine, district, number)
        if key not in self._plans:
            if len(self._plans) > 8 * self.districts:
                self._plans.clear()
            self._plans[key] = self._make(crc32(machine.encode()), district, number)
        return self._plans[key]

    def _make(self, machine: int, district: int, number: int) -> Array:
        if not self.cutting_shift(number):
            return np.empty(0)
        chance = np.random.default_rng((self.seed, machine, district, number))
        run, rest = self.rota.run_s, self.rota.run_s * (1.0 / self.rota.share - 1.0)
        pairs = 4 + int(3 * SHIFT / (run + rest))
        lengths = np.stack([chance.gamma(2.0, rest / 2.0, pairs), chance.gamma(2.0, run / 2.0, pairs)], axis=1)
        edges = np.ceil(number * SHIFT + _START + np.cumsum(lengths.ravel()))
        edges = edges[edges < (number + 1) * SHIFT - _END]
        return np.append(edges, (number + 1) * SHIFT - _END) if len(edges) % 2 else edges
