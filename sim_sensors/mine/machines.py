"""Fans, shearer, roadheader, belts, pumps: who runs, with which current, vibration and bearing temperature."""

from dataclasses import dataclass

import numpy as np

from sim_sensors.faults import Kind
from sim_sensors.mine.airway import Flows
from sim_sensors.mine.memory import Array
from sim_sensors.mine.step import Step


@dataclass(frozen=True, slots=True)
class Running:
    """Activity 0 to 1, each (seconds, districts) but `main_fan` (seconds, 1). `speed` is relative to full speed."""

    main_fan: Array
    main_speed: Array
    local_fan: Array
    local_speed: Array
    face_power: Array
    heading_power: Array
    shearer: Array
    roadheader: Array
    belt: Array


def run(step: Step) -> Running:
    """What runs now. Without power (cut for gas, or the local fan's lock, 风电闭锁) no machine does."""
    main = (step.hazard(Kind.FAN_STOP, "main_fan").max(axis=1, keepdims=True) == 0).astype(np.float64)
    local = (step.hazard(Kind.FAN_STOP, "local_fan") == 0).astype(np.float64)
    face_power = _supply(step, 0, "face", main)
    heading_power = _supply(step, 1, "heading", local)
    told = step.hazard(Kind.CUTTING, "shearer")
    return Running(
        main,
        step.memory.lag("fan:main", main, 15.0),
        local,
        step.memory.lag("fan:local", local, 5.0),
        face_power,
        heading_power,
        _as_told(step.shifts.running("shearer", step.first, step.count), told) * face_power,
        step.shifts.running("roadheader", step.first, step.count) * heading_power,
        np.maximum(step.shifts.producing(step.first, step.count), told > 0) * face_power,
    )


def _as_told(plan: Array, told: Array) -> Array:
    """Whether a machine works: as it is told (more than 0: it does, less: it does not), else as its shift plans."""
    return np.where(told == 0, plan, (told > 0).astype(np.float64))


def _supply(step: Step, row: int, place: str, air: Array) -> Array:
    """1 where the place has power. Cut for gas, by a test of the lock, or without air; a switch that sticks leaves it on all the same."""
    on = np.broadcast_to(1.0 - step.tripped[row], step.shape) * air * (step.hazard(Kind.LOCK_TEST, place) == 0)
    return np.asarray(np.maximum(on, step.hazard(Kind.FEED_STUCK, place) > 0))


def duct_air(step: Step, running: Running, flows: Flows) -> Array:
    """Air that the local fan brings to the heading's face, m³/s: less through a torn duct, and never more than its entry has."""
    torn = np.maximum(step.hazard(Kind.GAS_ACCUMULATION, "heading"), 1.0)
    asked = step.preset.gas.local_fan * running.local_speed / torn
    return np.maximum(np.minimum(asked, 0.9 * flows.entry), 0.03)


def electric(step: Step, running: Running, flows: Flows) -> dict[str, Array]:
    """Run states (0, 1), currents in A, vibration mm/s, bearing temperatures °C, by signal name."""
    memory, on = step.memory, running
    quick = 1.0 + step.wander("load", 0.18, 8.0)
    load = memory.lag("belt:load", on.shearer, 90.0) * on.belt
    tram = on.shearer * np.maximum(38.0 + step.wander("tram", 12.0, 90.0), 3.0)
    pump = on.belt * np.where(np.arange(step.first, step.first + step.count)[:, None] % 90 < 60, 1.0, 0.35)
    hoist = load.mean(axis=1, keepdims=True)
    return {
        "shearer_run": on.shearer,
        "shearer_left": on.shearer * 62.0 * quick,
        "shearer_right": on.shearer * 58.0 * (2.0 - quick),
        "shearer_speed": tram,
        "scraper_current": on.belt * (45.0 + 70.0 * load * quick),
        "pump_run": on.belt,
        "pump_current": 78.0 * pump,
        "belt_run": on.belt,
        "belt_current": on.belt * (40.0 + 55.0 * load),
        "roadheader_run": on.roadheader,
        "local_fan_run": on.local_fan,
        "local_fan_spare": np.zeros(step.shape),
        "local_fan_current": on.local_fan * (34.0 + 1.0 * quick),
        "feed_face": on.face_power,
        "feed_heading": on.heading_power,
        "main_belt_current": 55.0 * on.belt.max(axis=1, keepdims=True) + 90.0 * hoist,
        "coal_mass": memory.total("coal", load.sum(axis=1, keepdims=True) * 0.3),
        **_fan(step, on, flows),
        **_belt_bearing(step, on),
    }


def _fan(step: Step, on: Running, flows: Flows) -> dict[str, Array]:
    """The main fan at the surface. Its power follows pressure times flow."""
    wear = step.progress(Kind.BEARING_WEAR, "main_fan").max(axis=1, keepdims=True)
    wear = wear * step.hazard(Kind.BEARING_WEAR, "main_fan").max(axis=1, keepdims=True)
    speed = on.main_speed
    air = flows.district.mean(axis=1, keepdims=True)
    return {
        "main_fan_run": on.main_fan,
        "main_fan_spare": np.zeros((step.count, 1)),
        "main_fan_current": on.main_fan * (22.0 + flows.fan * air / 1500.0),
        "main_fan_vibration": 0.2 + 2.0 * speed**2 * (1.0 + wear),
        "main_fan_front": _bearing(step, "main_fan_front", 26.0 * speed**2 + 22.0 * wear, 20.0),
        "main_fan_rear": _bearing(step, "main_fan_rear", 23.0 * speed**2, 20.0),
        "negative_pressure": flows.fan,
    }


def _belt_bearing(step: Step, on: Running) -> dict[str, Array]:
    wear = step.progress(Kind.BEARING_WEAR, "belt") * step.hazard(Kind.BEARING_WEAR, "belt")
    return {
        "belt_vibration": 0.1 + on.belt * 2.8 * (1.0 + wear),
        "belt_bearing": _bearing(step, "belt_bearing", on.belt * (18.0 + 25.0 * wear), 22.0),
    }


def _bearing(step: Step, name: str, rise: Array, around: float) -> Array:
    """A bearing's temperature: heat and cool with a time constant of 20 min."""
    return around + step.memory.lag(name, rise, 1200.0)


def doors(step: Step) -> dict[str, Array]:
    """A pair of air doors: people pass one after the other (20 s each, about every ten minutes); a hazard opens both."""
    both = (step.hazard(Kind.DOORS_OPEN, "doors") > 0).astype(np.float64)
    second = np.arange(step.first, step.first + step.count)[:, None] + 211 * np.arange(step.districts)
    beat, into = np.divmod(second, 600)
    passing = (beat * 7919 % 5 < 3) * (1 - both)
    return {
        "door_outer": np.maximum(both, passing * (into < 20)),
        "door_inner": np.maximum(both, passing * ((into >= 25) & (into < 45))),
    }
