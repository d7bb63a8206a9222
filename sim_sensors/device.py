"""The one seam: a device that can be read. Simulated and replayed mines are devices; Modbus serves any of them."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.points import Registry
from contracts.registers import RegisterMap

Reading = tuple[NDArray[np.float64], NDArray[np.uint16]]
"""Values and quality in the registry's order, shape (points,). Where nothing is reported: NaN and state 32 (not polled)."""


class Device(Protocol):
    """Something with sensors. Two reads of one instant are equal."""

    @property
    def registry(self) -> Registry: ...
    @property
    def registers(self) -> RegisterMap: ...
    def read(self, now: int) -> Reading:
        """What the device shows at `now` (µs UTC)."""
        ...

    def silent(self, now: int, /) -> bool:
        """Whether the device answers nobody at `now`."""
        ...
