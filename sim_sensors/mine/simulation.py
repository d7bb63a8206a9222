"""The mine, advanced block by block. Its certified system is in it: it cuts power at the place's limit and so acts back on the gas.

Within a block nothing feeds back but that cut. So a block is computed with the cut as it stands; where the gas changes
it, the block is shortened to that second and the rest computed anew. The result does not depend on the length of the blocks.
"""

import numpy as np

from sim_sensors.faults import Script
from sim_sensors.mine.air import Gases, barometer, climate, gases
from sim_sensors.mine.airway import CH4, CO, CO2, Flows, share_air
from sim_sensors.mine.machines import Running, doors, duct_air, electric, run
from sim_sensors.mine.memory import Array, Memory
from sim_sensors.mine.methane import sources
from sim_sensors.mine.preset import Preset
from sim_sensors.mine.shifts import Shifts
from sim_sensors.mine.step import Step

Signals = dict[str, Array]
"""Signal name to (seconds, districts), or (seconds, 1) where it belongs to the whole mine."""

_BREAKER_S = 10.0
"""Response of the cutting device's own meter, s."""
_RESTORE = 0.8
"""A person restores the supply when the gas has fallen to this part of the value at which it was cut."""


_DEPTH_HPA = 150.0
"""So much heavier is the air at the mine's level than at the surface."""


class Mine:
    """A mine with `districts` districts, each a longwall and a heading. `next` is the first second not computed yet.

    `apart` makes each district a mine of its own.
    """

    def __init__(
        self, preset: Preset, seed: int, start: int, districts: int = 1, script: Script | None = None, apart: bool = False
    ) -> None:
        self.preset, self.districts, self.next, self.apart = preset, districts, start, apart
        self.script = script or Script()
        self.memory = Memory(seed)
        self.shifts = Shifts(preset.rota, seed, districts)
        self.tripped = np.zeros((2, districts))

    def advance(self, count: int) -> Signals:
        """The signals of the next `count` seconds."""
        parts: list[Signals] = []
        end = self.next + count
        while self.next < end:
            parts.append(self._piece(end - self.next))
        return parts[0] if len(parts) == 1 else {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _piece(self, count: int) -> Signals:
        """Up to `count` seconds, no further than the second that trips or restores a supply."""
        memory = self.memory.copy()
        signals, tripped = self._compute(memory, count)
        changed = np.flatnonzero((tripped[:-1] != self.tripped).any(axis=(1, 2)))
        if len(changed):
            count, memory = int(changed[0]) + 1, self.memory.copy()
            signals, tripped = self._compute(memory, count)
        self.memory, self.tripped, self.next = memory, tripped[-1], self.next + count
        return signals

    def _compute(self, memory: Memory, count: int) -> tuple[Signals, Array]:
        step = Step(self.next, count, self.districts, self.preset, memory, self.script, self.shifts, self.tripped, self.apart)
        pressure, fall = barometer(step)
        running, door = run(step), doors(step)
        narrow = np.exp(step.wander("face", self.preset.network.face_wander, 1800.0))
        flows = share_air(self.preset.network, running.main_speed, narrow, door["door_outer"] * door["door_inner"], self.apart)
        duct = duct_air(step, running, flows)
        source = sources(step, fall, running.shearer, running.roadheader)
        gas = gases(step, flows, duct, source)
        leaving = flows.district.sum(axis=1, keepdims=True) * gas.main_return[..., CH4] * 0.6
        return {
            **electric(step, running, flows),
            **climate(step, gas, running),
            **_at_places(gas),
            **_wind(step, flows, duct),
            **(drained := _drainage(step, running)),
            **_station(step, drained, pressure),
            **door,
            "pressure": pressure + 0.004 * (self.preset.network.shut_off * 0.84 - flows.fan),
            "methane_made": source.total(),
            "methane_leaving": leaving,
        }, self._trips(memory, gas)

    def _trips(self, memory: Memory, gas: Gases) -> Array:
        """Where power is cut after each second, given how it stood before the block; shape (seconds, 2, districts)."""
        place, back = self.preset.gas.cut_ge
        worst = np.stack(
            [
                np.maximum.reduce([gas.corner[..., CH4] / place, gas.face[..., CH4] / place, gas.return_end[..., CH4] / back]),
                np.maximum(gas.heading_face[..., CH4] / place, gas.heading_return[..., CH4] / back),
            ],
            axis=1,
        )
        seen = memory.lag("breaker", worst, _BREAKER_S)
        return np.where(self.tripped > 0, seen >= _RESTORE, seen >= 1.0).astype(np.float64)


def _at_places(gas: Gases) -> Signals:
    """Gas signals by the name of their place."""
    methane = {f"methane_{place}": getattr(gas, place)[..., CH4] for place in Gases.__dataclass_fields__}
    oxide = {
        f"co_{place}": getattr(gas, place)[..., CO] for place in ("belt", "return_end", "heading_return", "district_return", "main_return")
    }
    return {
        **methane,
        **oxide,
        "co2_return_end": gas.return_end[..., CO2],
        "methane_shearer": 0.5 * (gas.intake[..., CH4] + gas.face[..., CH4]) * 1.1,
        "methane_bunker": 1.6 * gas.belt[..., CH4] + 0.05,
        "methane_room": 0.5 * gas.intake[..., CH4],
        "methane_refuge": 0.4 * gas.intake[:, :1, CH4],
    }


def _wind(step: Step, flows: Flows, duct: Array) -> Signals:
    """Air speeds, m/s."""
    net = step.preset.network
    patchy = np.exp(step.wander("wind:return", net.return_wander, 7200.0))
    return {
        "wind_intake": flows.face / net.intake_area,
        "wind_face": flows.face / net.face_area,
        "wind_return": flows.face / net.return_area * patchy,
        "wind_heading": duct / net.heading_area,
        "wind_district": flows.district / net.district_area,
        "wind_main": flows.district.mean(axis=1, keepdims=True) / net.main_area,
        "wind_duct": flows.district.mean(axis=1, keepdims=True) / net.duct_area,
    }


def _drainage(step: Step, running: Running) -> Signals:
    """The district's methane drainage pipe: %CH4, m³/min of methane, kPa below the air, °C."""
    rich = 34.0 * np.exp(step.wander("pipe", 0.08, 10_800.0))
    flow = 9.0 * np.exp(step.wander("pipe:flow", 0.06, 3600.0))
    return {
        "pipe_mixed": flow,
        "pipe_methane": rich,
        "pipe_flow": flow * rich / 100.0,
        "pipe_pressure": -13.0 * (flow / 9.0) ** 2,
        "pipe_temperature": step.preset.weather.strata + 0.8 + 0.3 * running.belt,
    }


def _station(step: Step, pipe: Signals, pressure: Array) -> Signals:
    """The suction pipe of the surface station, where all districts' pipes come together; each (seconds, 1). What the districts' meters
    tell as methane is at 20 °C and 101.325 kPa; the mixed flow here is as it is in the pipe, thinner and warmer."""
    pure = pipe["pipe_flow"].sum(axis=1, keepdims=True)
    rich = 100.0 * pure / pipe["pipe_mixed"].sum(axis=1, keepdims=True)
    surface, suction = pressure - _DEPTH_HPA, 3.0 - 1.25 * pipe["pipe_pressure"].mean(axis=1, keepdims=True)
    celsius = 0.6 * pipe["pipe_temperature"].mean(axis=1, keepdims=True) + 4.0 + 3.0 * step.daily(15.0)
    thinner = (101.325 / (surface / 10.0 - suction)) * ((273.15 + celsius) / 293.15)
    return {
        "station_methane": rich,
        "station_flow": 100.0 * pure / rich * thinner,
        "station_suction": suction,
        "station_temperature": celsius,
        "pressure_surface": surface,
        "station_pure": pure,
    }
