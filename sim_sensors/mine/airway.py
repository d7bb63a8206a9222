"""Air through the mine: how the fan's air is shared between branches, and how gas travels with it.

Network: every branch follows Atkinson's square law, pressure = resistance · flow²; the fan's curve is
pressure = shut-off · speed² - slope · flow².
Branches side by side add their conductances 1/√resistance, so the steady flow has a closed form for any number of districts.
Transport: plug flow. What leaves a roadway now is what entered it when the air had still its whole length to go (∫ speed dt = length).
"""

from dataclasses import dataclass

import numpy as np

from sim_sensors.mine.memory import Array, Memory
from sim_sensors.mine.preset import Network

_LONGEST = 20_000
"""Seconds of history a roadway keeps: still air older than that is taken as alike."""

CH4, CO, CO2 = 0, 1, 2
"""Columns of a gas array: methane in %, carbon monoxide in ppm, carbon dioxide in %."""
PARTS = np.array([100.0, 1e6, 100.0])
"""Of one volume of the pure gas in the unit of its column."""
FRESH = np.array([0.0, 0.5, 0.04])
"""Outside air in the same units (project)."""


@dataclass(frozen=True, slots=True)
class Flows:
    """Air flows, m³/s, shape (seconds, districts); `fan` is the static pressure of the main fan, Pa, shape (seconds, 1)."""

    face: Array
    entry: Array
    district: Array
    fan: Array


def share_air(network: Network, speed: Array, face_factor: Array, door: Array, apart: bool = False) -> Flows:
    """The steady flows for a relative fan `speed` (seconds, 1), a factor on the face's resistance and a door 0 shut to 1 open.

    `apart`: each district has a fan of its own.
    """
    districts = 1 if apart else face_factor.shape[1]
    face = 1.0 / np.sqrt(network.face * face_factor)
    side = face + 1.0 / np.sqrt(network.entry) + door / np.sqrt(network.door)
    through = 1.0 / np.sqrt(network.trunk + side**-2.0)
    together = through if apart else through.sum(axis=1, keepdims=True)
    driving = network.shut_off * speed**2 + network.natural
    total = np.sqrt(driving / ((network.main + network.slope) / districts**2 + together**-2.0))
    district = total * through / together
    fan = np.maximum(network.shut_off * speed**2 - network.slope * (total / districts) ** 2, 0.0)
    return Flows(district * face / side, district / np.sqrt(network.entry) / side, district, fan)


def volume(inflow: Array) -> Array:
    """The three gases of an inflow together."""
    return np.asarray(inflow[..., CH4] + inflow[..., CO] + inflow[..., CO2])


def mix(flow: Array, gas: Array, inflow: Array) -> Array:
    """Gas after a source: `flow` m³/s of air with `gas` takes in `inflow` m³/min of the pure gases, shape (..., 3)."""
    air = (flow * 60.0)[..., None]
    return np.asarray((air * gas + inflow * PARTS) / (air + volume(inflow)[..., None]))


def join(flows: list[Array], gases: list[Array]) -> Array:
    """Gas where air streams meet."""
    total = sum(flow[..., None] * gas for flow, gas in zip(flows, gases, strict=True))
    return np.asarray(total / np.maximum(np.sum(flows, axis=0), 1e-6)[..., None])


def carry(memory: Memory, name: str, length: float, speed: Array, gas: Array) -> Array:
    """Gas at the end of a roadway of `length` m: `speed` (seconds, districts) in m/s, `gas` (seconds, districts, 3) at its start."""
    if f"{name}:way" not in memory.kept:
        memory.kept[f"{name}:way"] = np.array([[-length - 1.0], [0.0]]) * np.ones(speed.shape[1])
        memory.kept[f"{name}:gas"] = np.stack([gas[0], gas[0]])
    past, way_before = memory.kept[f"{name}:gas"], memory.kept[f"{name}:way"]
    way = np.concatenate([way_before, way_before[-1] + np.cumsum(np.maximum(speed, 1e-3), axis=0)])
    history = np.concatenate([past, gas])
    rows, width = np.arange(len(way), dtype=np.float64), way.shape[1]
    new = way[len(past) :] - length
    at = np.stack([np.interp(new[:, column], way[:, column], rows) for column in range(width)], axis=1)
    low = np.minimum(at.astype(np.intp), len(way) - 2)
    part = (at - low)[..., None]
    first = max(int(low[-1].min()), len(way) - _LONGEST)
    memory.kept[f"{name}:way"] = way[first:] - way[-1]
    memory.kept[f"{name}:gas"] = history[first:]
    flat, cell = history.reshape(-1, history.shape[-1]), low * width + np.arange(width)
    before, after = flat.take(cell, axis=0), flat.take(cell + width, axis=0)
    return np.asarray(before + (after - before) * part)
