"""The air: barometer, gases from place to place, temperature, humidity, dust, oxygen."""

from dataclasses import dataclass

import numpy as np

from sim_sensors.faults import Kind
from sim_sensors.mine.airway import CH4, CO, CO2, FRESH, Flows, carry, join, mix, volume
from sim_sensors.mine.machines import Running
from sim_sensors.mine.memory import Array
from sim_sensors.mine.methane import Sources
from sim_sensors.mine.step import Step

_SYNOPTIC, _SMOOTH = 30 * 3600.0, 3 * 3600.0
"""Correlation times of the weather's pressure, s."""
_EXHAUST_CO2, _EXHAUST_HEAT = 60.0, 250.0
"""m³ of carbon dioxide, and kelvins in the intake's air per minute, for each m³ of carbon monoxide of an exhaust (project)."""


def barometer(step: Step) -> tuple[Array, Array]:
    """Pressure at the mine's level, hPa, and how fast it falls, hPa/h; both (seconds, 1), or a column for each mine."""
    weather = step.preset.weather
    sd = weather.pressure_sd * np.sqrt(1.0 + _SMOOTH / _SYNOPTIC)
    slow = step.wander("weather", sd, _SYNOPTIC, step.districts if step.apart else 1)
    smooth = step.memory.lag("weather:smooth", slow, _SMOOTH)
    tide = 0.8 * step.daily(10.0)
    turn = 0.8 * np.pi / 12.0 * step.daily(16.0)
    lower, falling = _front(step)
    return weather.pressure + smooth + tide - lower, (smooth - slow) / (_SMOOTH / 3600.0) + turn + falling


def _front(step: Step) -> tuple[Array, Array]:
    """A low that passes: by how much it is lower, hPa, and how fast that grows, hPa/h; both (seconds, 1)."""
    lower, falling = np.zeros((step.count, 1)), np.zeros((step.count, 1))
    for window in step.script.windows(step.first, step.count):
        if window.event.kind is Kind.BAROMETER_FALL:
            rows = slice(max(window.start - step.first, 0), window.end - step.first)
            turn = np.pi * (np.arange(step.first, step.first + step.count)[rows, None] - window.start) / window.event.duration
            lower[rows] += window.event.strength * np.sin(turn) ** 2
            falling[rows] += window.event.strength * np.sin(2.0 * turn) * np.pi / (window.event.duration / 3600.0)
    return lower, falling


@dataclass(frozen=True, slots=True)
class Gases:
    """Gas at the places, each (seconds, districts, 3): %CH4, ppm CO, %CO2. `main_return` has one district."""

    belt: Array
    intake: Array
    face: Array
    corner: Array
    return_near: Array
    return_mid: Array
    return_end: Array
    heading_face: Array
    heading_return: Array
    district_return: Array
    main_return: Array


def _inflow(methane: Array, oxide: "float | Array", dioxide: "float | Array") -> Array:
    """m³/min of the three gases as one array."""
    return np.stack(np.broadcast_arrays(methane, np.asarray(oxide), np.asarray(dioxide)), axis=-1)


def _working(step: Step, flows: Flows, sources: Sources) -> tuple[Array, ...]:
    """From the belt in the intake to the end of the return airway."""
    net, memory, flow = step.preset.network, step.memory, flows.face
    fire = step.hazard(Kind.BELT_FIRE, "belt") * np.minimum(3.0 * step.progress(Kind.BELT_FIRE, "belt"), 1.0)
    burn = memory.lag("fire", fire, 20.0)
    exhaust = step.hazard(Kind.VEHICLE, "intake")
    fresh = np.broadcast_to(FRESH, (*step.shape, 3))
    belt = mix(flow, fresh, _inflow(sources.intake, burn + exhaust, 8.0 * burn + _EXHAUST_CO2 * exhaust))
    intake = carry(memory, "intake", net.intake_length, flow / net.intake_area, belt)
    half = carry(memory, "face:in", net.face_length / 2, flow / net.face_area, intake)
    work = 0.25 * memory.lag("air:people", step.shifts.producing(step.first, step.count), 600.0)
    loaded = mix(flow, half, _inflow(sources.face, 0.0006, 0.15 + work))
    mixed = memory.lag("face:mixed", loaded, (60.0 / np.maximum(flow, 0.1))[..., None])
    face = carry(memory, "face:out", net.face_length / 2, flow / net.face_area, mixed)
    gob = _inflow(sources.gob, 0.0024, 0.35)
    near = memory.lag("return:mixed", mix(flow, face, gob), (300.0 / np.maximum(flow, 0.1))[..., None])
    short = np.maximum(step.hazard(Kind.GAS_ACCUMULATION, "corner"), 1.0) * step.preset.gas.corner
    corner = memory.lag("corner", mix(flow / short, face, gob), 30.0)
    speed, rib = flow / net.return_area, sources.ribs
    first = carry(memory, "return:1", net.return_length / 2, speed, near)
    mid = mix(flow, first, _inflow(rib[0], 0.0002, 0.02))
    second = carry(memory, "return:2", net.return_length / 2, speed, mid)
    return belt, intake, face, corner, near, mid, mix(flow, second, _inflow(rib[1], 0.0002, 0.02))


def _heading(step: Step, duct: Array, sources: Sources) -> tuple[Array, Array]:
    """The heading's face, stirred by the duct's jet, and its return. `duct` is the air that reaches the face, m³/s."""
    net, gas, memory = step.preset.network, step.preset.gas, step.memory
    blast = step.hazard(Kind.BLASTING, "heading")
    inflow = _inflow(sources.heading, 0.0006 + blast, 0.12 + 0.02 * sources.heading + 2.5 * blast)
    air = duct * 60.0 + volume(inflow)
    face = memory.lag("heading", mix(duct, np.broadcast_to(FRESH, (*step.shape, 3)), inflow), (60.0 * gas.heading_volume / air)[..., None])
    out = carry(memory, "heading:return", net.heading_length, air / 60.0 / net.heading_area, face)
    return face, memory.lag("heading:spread", out, 15.0)


def gases(step: Step, flows: Flows, duct: Array, sources: Sources) -> Gases:
    """Gas everywhere, from the sources along the air's way. Methane is conserved: what flows in leaves by the main return."""
    net, memory = step.preset.network, step.memory
    belt, intake, face, corner, near, mid, end = _working(step, flows, sources)
    heading, heading_return = _heading(step, duct, sources)
    used = np.minimum(duct + sources.heading / 60.0, flows.entry)
    fresh = np.broadcast_to(FRESH, (*step.shape, 3))
    junction = join([flows.face, used, flows.entry - used], [end, heading_return, fresh])
    district = carry(memory, "district", net.district_length, flows.district / net.district_area, junction)
    all_air = flows.district.sum(axis=1, keepdims=True)
    together = (flows.district[..., None] * district).sum(axis=1, keepdims=True) / all_air[..., None]
    main = carry(memory, "main", net.main_length, all_air / (net.main_area * step.districts), together)
    return Gases(belt, intake, face, corner, near, mid, end, heading, heading_return, district, main)


def climate(step: Step, gas: Gases, running: Running) -> dict[str, Array]:
    """Temperatures °C, humidity %RH, dust mg/m³, oxygen %; by signal name."""
    weather, memory = step.preset.weather, step.memory
    season = weather.intake + 2.0 * step.daily(15.0) + step.wander("temperature", weather.wander, 10_800.0)
    warm = memory.lag("warm", 1.2 * running.shearer, 900.0)
    season = season + memory.lag("exhaust:heat", _EXHAUST_HEAT * step.hazard(Kind.VEHICLE, "intake"), 40.0)
    fire = 40.0 * memory.lag("fire:heat", np.minimum(2.0 * step.progress(Kind.BELT_FIRE, "belt"), 1.0), 60.0)
    face = weather.strata - 3.0 + 0.1 * (season - weather.intake) + 0.5 * warm
    end = weather.strata + 0.1 * (season - weather.intake) + warm + step.wander("temperature:return", weather.wander, 14_400.0)
    heading = weather.strata - 1.5 + step.wander("temperature:heading", weather.wander, 10_800.0) + 4.0 * (1.0 - running.local_speed)
    humid = weather.humidity + step.wander("humidity", 3.0, 20_000.0) - 0.6 * warm
    return {
        "temperature_intake": season,
        "temperature_belt": season + 2.0 + fire,
        "temperature_face": face,
        "temperature_return": end,
        "temperature_heading": heading,
        "temperature_district": 0.6 * end + 0.4 * heading,
        "temperature_main": weather.strata - 1.0 + 0.05 * season,
        "temperature_room": season + 6.0 + step.wander("temperature:room", 0.5, 7200.0),
        "humidity_return": np.minimum(humid, 99.0),
        "dust_return": 1.5 + memory.lag("dust", 22.0 * running.shearer, 60.0) * np.exp(step.wander("dust", 0.2, 120.0)),
        "oxygen_corner": 20.9 * (1.0 - (gas.corner[..., CH4] + gas.corner[..., CO2]) / 100.0),
        "smoke_belt": (gas.belt[..., CO] > 30.0).astype(np.float64),
    }
