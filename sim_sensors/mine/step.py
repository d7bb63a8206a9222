"""What every part of the mine gets to know of the block of seconds being computed."""

from dataclasses import dataclass

import numpy as np

from sim_sensors.faults import Kind, Script
from sim_sensors.mine.memory import Array, Memory
from sim_sensors.mine.preset import Preset
from sim_sensors.mine.shifts import Shifts


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds [first, first + count) since 1970; arrays of the block have shape (count, districts) or (count, 1).

    `tripped` says where the mine's own certified system has cut the power for gas: shape (2, districts), face and heading.
    """

    first: int
    count: int
    districts: int
    preset: Preset
    memory: Memory
    script: Script
    shifts: Shifts
    tripped: Array
    apart: bool = False
    """Each district has a weather and a main fan of its own: many mines computed side by side, for statistics."""

    @property
    def shape(self) -> tuple[int, int]:
        return self.count, self.districts

    def hazard(self, kind: Kind, target: str) -> Array:
        """Strength of a hazard now, 0 where there is none."""
        return self.script.column(kind, target, self.first, self.count, self.districts)[0]

    def progress(self, kind: Kind, target: str) -> Array:
        """How far a hazard has come, 0 to 1."""
        return self.script.column(kind, target, self.first, self.count, self.districts)[1]

    def wander(self, name: str, sd: float, seconds: float, width: int = 0) -> Array:
        """A slow random factor around 0, one column per district unless `width` says otherwise."""
        return self.memory.wander(name, self.first, (self.count, width or self.districts), sd, seconds)

    def daily(self, peak_hour: float) -> Array:
        """A cosine of the day that is 1 at the local hour; shape (count, 1)."""
        local = np.arange(self.first, self.first + self.count) / 3600.0 + self.preset.rota.offset_h
        return np.asarray(np.cos((local - peak_hour) * np.pi / 12.0))[:, None]
