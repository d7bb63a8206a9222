"""A simulated mine of any size, some of whose methane meters run up and over their limit every few seconds, as a Modbus TCP device.

`python -m bench.sawtooth FOLDER POINTS [TEETH PERIOD_S AN_AREA]`: writes `points.json` and `registers.json` there, serves until ended, and
says `Serving`.
"""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerts.packs import load
from alerts.rules import compile_limits
from bench.processes import say
from contracts.clock import SECOND, SystemClock
from contracts.points import Registry
from contracts.registers import RegisterMap
from sim_sensors.config import DeviceSettings, build
from sim_sensors.device import Device, Reading
from sim_sensors.field.modbus import ModbusField

MINE = "bench"
TEETH = 8
"""Points that run up and over."""
PERIOD = 8 * SECOND
"""Each crosses its limit once in this time; they take turns, so that something is decided every second."""
LOWEST, HIGHEST = 0.2, 1.3
"""Of the limit."""
RAMP = 10 * SECOND
"""So long a tooth rises at most; in a longer period it rests."""
STEP = 0.01
"""%CH4: what a register can say. Cut, not rounded, so that it says the limit when the value is there and not before."""
_ROUNDING = 1e-6


class Serving(msgspec.Struct, frozen=True):
    """Where the device listens."""

    port: int


class Sawtooth:
    """A device in front of another one. `period`: µs in which each tooth crosses its limit once; `an_area`: so many teeth at most in an
    area of the mine, and nothing else happens there (no door opens, no fan stops, which would explain a tooth); 0: any number."""

    def __init__(self, base: Device, teeth: int = TEETH, period: int = PERIOD, an_area: int = 0) -> None:
        self._base, self._period, self._first = base, period, 0
        self._frozen, self._steep = an_area > 0, max(period / RAMP, 1.0)
        limits = compile_limits(base.registry, load())
        methane = np.array([point.quantity == "methane" for point in base.registry.points])
        self._at = _spread(base.registry, np.flatnonzero(methane & ~np.isnan(limits.alarm_ge)), an_area)[:teeth]
        self._limit = limits.alarm_ge[self._at]
        self._phase = np.arange(len(self._at)) / len(self._at)

    @property
    def registry(self) -> Registry:
        return self._base.registry

    @property
    def registers(self) -> RegisterMap:
        return self._base.registers

    def read(self, now: int) -> Reading:
        """The base's reading, with the teeth over it."""
        self._first = self._first or now
        base_values, base_quality = self._base.read(self._first if self._frozen else now)
        values, quality = base_values.copy(), base_quality.copy()
        rise = (now / self._period + self._phase) % 1.0 * self._steep
        rise[rise >= 1.0] = 0.0
        values[self._at] = np.floor(self._limit * (LOWEST + (HIGHEST - LOWEST) * rise) / STEP + _ROUNDING) * STEP
        quality[self._at] = 0
        return values, quality

    def silent(self, now: int) -> bool:
        """As the base."""
        return self._base.silent(now)

    def crossings(self, start: int, end: int) -> list[tuple[str, int]]:
        """(point, µs UTC) of every instant in [start, end) at which a tooth reaches its limit."""
        at_limit = (1.0 - LOWEST) / (HIGHEST - LOWEST) / self._steep
        found = []
        for point, phase in zip(self._at.tolist(), self._phase.tolist(), strict=True):
            first = (at_limit - phase) % 1.0 * self._period
            turns = range(int((start - first) // self._period), int((end - first) // self._period) + 1)
            times = (round(first + turn * self._period) for turn in turns)
            found += [(self.registry.points[point].id, time) for time in times if start <= time < end]
        return sorted(found, key=lambda one: one[1])


def _spread(registry: Registry, points: NDArray[np.int64], an_area: int) -> NDArray[np.int64]:
    """The first `an_area` of each area (0: all of them), in order."""
    seen, kept = Counter[str](), list[int]()
    for at in points.tolist():
        area = registry.points[at].area
        seen[area] += 1
        if not an_area or seen[area] <= an_area:
            kept.append(at)
    return np.array(kept, np.int64)


def sawtooth(points: int, now: int, teeth: int = TEETH, period: int = PERIOD, an_area: int = 0) -> Sawtooth:
    """The device of the benches: of equal arguments, equal teeth."""
    return Sawtooth(build(DeviceSettings(name=MINE, kind="mine", points=points), now), teeth, period, an_area)


async def serve(folder: Path, points: int, teeth: int = TEETH, period: int = PERIOD, an_area: int = 0) -> None:
    """Until cancelled."""
    clock = SystemClock()
    device = sawtooth(points, clock.now(), teeth, period, an_area)
    (folder / "points.json").write_bytes(device.registry.data)
    (folder / "registers.json").write_bytes(msgspec.json.encode(device.registers))
    field = ModbusField(device, clock)
    port = await field.start()
    say(Serving(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    own_folder, own_points, *own_teeth = sys.argv[1:]
    own_shape = (int(own_teeth[0]), round(float(own_teeth[1]) * SECOND), int(own_teeth[2])) if own_teeth else (TEETH, PERIOD, 0)
    asyncio.run(serve(Path(own_folder), int(own_points), *own_shape))
