"""What the loads are made of: readings of a simulated mine, cut into batches as a gateway cuts them."""

import numpy as np
from numpy.typing import NDArray

from contracts.clock import BUILD_TIME, SECOND
from contracts.columns import Block
from contracts.points import Registry
from contracts.quality import CALIBRATION
from sim_sensors.config import DeviceSettings, build

READINGS = 200
"""Readings of a batch in every bench."""
INSTANTS = 64
"""Different instants; then the values begin again."""


class Supply:
    """A mine of `points` points (a multiple of 200). Batch n is the n-th run of 200 points; all points share the time of their instant.

    `flagged`: the share of readings that carry a quality flag, at random places.
    """

    def __init__(self, mine: str, points: int = READINGS, seed: int = 1, flagged: float = 0.0) -> None:
        device = build(DeviceSettings(name=mine, kind="mine", points=points, seed=seed), BUILD_TIME)
        self.registry: Registry = device.registry
        self.runs = points // READINGS
        """Batches to an instant."""
        self._values = np.stack([device.read(BUILD_TIME + at * SECOND)[0] for at in range(INSTANTS)])
        self._quality = _flags(self._values.shape, flagged, seed)
        self._points = np.arange(points, dtype=np.int32)

    def of(self, mine: str) -> Registry:
        """The same points as another mine's."""
        return Registry(mine, mine, mine, self.registry.points, self.registry.note)

    def batch(self, n: int, time: int) -> Block:
        """Batch n, read at `time` (µs UTC)."""
        instant, run = divmod(n, self.runs)
        row, at = instant % INSTANTS, slice(run * READINGS, (run + 1) * READINGS)
        return Block(self._points[at], np.full(READINGS, time, np.int64), self._values[row, at], self._quality[row, at])


def _flags(shape: tuple[int, ...], share: float, seed: int) -> NDArray[np.uint16]:
    flagged = np.random.default_rng(seed).random(shape) < share
    return np.where(flagged, np.uint16(CALIBRATION), np.uint16(0)).astype(np.uint16)
