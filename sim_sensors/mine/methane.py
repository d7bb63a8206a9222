"""Where methane comes from: the standing face, the cut, broken coal, the gob (which breathes with the barometer), the ribs, the heading.

After the usual picture of longwall emission: a sudden part with the cut, a part that lags behind it, and gob gas that is
drawn out when the barometer falls. The coefficients are ours (mine/preset.py), the shape is what statistics are held against.
"""

from dataclasses import dataclass

import numpy as np

from sim_sensors.faults import Kind
from sim_sensors.mine.memory import Array
from sim_sensors.mine.step import Step

_BLAST_METHANE = 3.0
"""m³ of methane that come with each m³ of carbon monoxide of a blast (project)."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Methane flowing in, m³/min, each (seconds, districts)."""

    intake: Array
    face: Array
    gob: Array
    ribs: tuple[Array, Array]
    heading: Array

    def total(self) -> Array:
        """All of it."""
        return self.intake + self.face + self.gob + self.ribs[0] + self.ribs[1] + self.heading


def sources(step: Step, fall: Array, shearer: Array, roadheader: Array) -> Sources:
    """Emission for a barometric `fall` in hPa/h (seconds, 1) and the machines' activity 0 to 1."""
    gas, memory = step.preset.gas, step.memory
    mood = np.exp(step.wander("gas", gas.wander, 7200.0))
    richer = np.maximum(step.hazard(Kind.CUTTING, "shearer"), 1.0)
    cut = memory.lag("gas:fresh", gas.fresh * shearer * richer, 120.0) + memory.lag("gas:coal", gas.coal * shearer, 1500.0)
    drawn = np.maximum(1.0 + gas.breathing * memory.lag("gas:fall", fall, 1800.0), 0.1)
    heading = gas.heading * np.exp(step.wander("gas:heading", gas.wander, 5400.0))
    return Sources(
        np.full(step.shape, gas.intake),
        gas.face * mood + cut + _outburst(step, "face"),
        gas.gob * mood * drawn + _releases(step, "near", 1.0 - gas.released_beyond, shearer),
        (gas.ribs[0] + _releases(step, "beyond", gas.released_beyond, shearer), np.full(step.shape, gas.ribs[1])),
        heading
        + memory.lag("gas:heading-cut", gas.heading_cut * roadheader, 150.0)
        + _outburst(step, "heading")
        + _BLAST_METHANE * step.hazard(Kind.BLASTING, "heading"),
    )


def _releases(step: Step, where: str, part: float, shearer: Array) -> Array:
    """Gas pushed out of the gob when the roof comes down: Poisson in time, four times as often while coal is cut.

    One uniform number says whether and, being uniform below its bound, how much.
    """
    gas, name = step.preset.gas, f"gas:release:{where}"
    chance = step.memory.uniforms(name, step.first, *step.shape)
    often = part * gas.releases_per_day / 86400.0 * (0.6 + 1.8 * shearer)
    pushed = np.zeros(step.shape)
    now = np.nonzero(chance < often)
    pushed[now] = -np.log((chance[now] + 1e-18) / often[now]) * gas.release_volume * 60.0
    return step.memory.lag(f"{name}:in", step.memory.lag(f"{name}:out", pushed, gas.release_time), 40.0)


def _outburst(step: Step, place: str) -> Array:
    """m³/min of an outburst: its volume comes out within the event, most of it in the first third."""
    volume, through = step.script.column(Kind.OUTBURST, place, step.first, step.count, step.districts)
    if not volume.any():
        return np.zeros(step.shape)
    seconds = np.zeros(step.shape)
    for window in step.script.windows(step.first, step.count):
        if window.event.kind is Kind.OUTBURST and window.event.target.partition("/")[0] == place:
            seconds[:] = window.end - window.start
    return np.where(volume > 0, volume * 60.0 / seconds * 3.0 * np.exp(-3.0 * through) / (1.0 - np.exp(-3.0)), 0.0)
