"""What one block of seconds leaves to the next: states of first-order lags, wandering values, air on its way through a roadway.

Arrays are replaced, never changed in place, so a copy of the memory is a point to come back to.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim_sensors.mine.noise import flat_noise, noise, uniforms

Array = NDArray[np.float64]
DEEPEST = 600
"""exp(-600) is still a normal double: a piece is at most so many time constants long."""


def steady(seconds: "float | Array", count: int) -> tuple[Array, Array]:
    """What is left of a state after each of `count` steps, and the weight of a step's target in it, for constant time constants."""
    decay = np.exp(-np.arange(1, count + 1).reshape((-1, *[1] * np.ndim(seconds))) / seconds)
    return decay, -np.expm1(-1.0 / np.asarray(seconds)) / decay


@lru_cache(maxsize=256)
def _steady(seconds: float, count: int, axes: int) -> tuple[Array, Array]:
    decay, weight = steady(seconds, count)
    shape = (-1, *[1] * (axes - 1))
    return decay.reshape(shape), weight.reshape(shape)


def _changing(seconds: Array) -> tuple[Array, Array]:
    rate = 1.0 / np.maximum(seconds, 1.0)
    decay = np.exp(-np.cumsum(rate, axis=0))
    return decay, -np.expm1(-rate) / decay


def follow(before: Array, target: Array, weights: tuple[Array, Array]) -> Array:
    """A first-order state that follows its target, all steps at once: y_k = decay_k · (y_0 + Σ weight_i · target_i)."""
    decay, weight = weights
    return np.asarray(decay * (before + np.cumsum(weight * target, axis=0)))


def lag(before: Array, target: Array, seconds: "float | Array") -> Array:
    """y of dy/dt = (target - y) / seconds at 1 s steps, exact for a target that is constant within each step.

    `before` is y one step before, `target` has time as its first axis, `seconds` (at least 1 is used) is a number or shaped like it.
    """
    out = np.empty_like(target)
    piece = int(DEEPEST * max(float(np.min(seconds)), 1.0))
    for at in range(0, len(target), piece):
        part = slice(at, at + piece)
        weights = _steady(seconds, len(target[part]), target.ndim) if isinstance(seconds, float) else _changing(seconds[part])
        out[part] = follow(before, target[part], weights)
        before = out[part][-1]
    return out


class Memory:
    """Named states. A name met for the first time starts in its steady state."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.kept: dict[str, Array] = {}

    def copy(self) -> "Memory":
        """The same memory, to be thrown away or kept instead."""
        other = Memory(self.seed)
        other.kept = dict(self.kept)
        return other

    def lag(self, name: str, target: Array, seconds: "float | Array") -> Array:
        """A first-order lag that goes on where it stopped."""
        out = lag(self.kept.get(f"lag:{name}", target[0]), target, seconds)
        self.kept[f"lag:{name}"] = out[-1]
        return out

    def total(self, name: str, rate: Array) -> Array:
        """The running total of a rate per second, from 0."""
        out: Array = np.cumsum(rate, axis=0) + self.kept.get(f"total:{name}", np.zeros_like(rate[0]))
        self.kept[f"total:{name}"] = out[-1]
        return out

    def uniforms(self, name: str, first: int, count: int, width: int) -> Array:
        """Uniform samples in [0, 1); shape (count, width)."""
        return uniforms(self.seed, name, first, count, width)

    def wander(self, name: str, first: int, shape: tuple[int, int], sd: float, seconds: float) -> Array:
        """A stationary first-order process (Ornstein-Uhlenbeck) with mean 0, the given sd and correlation time."""
        count, width = shape
        white = flat_noise(self.seed, name, first, count, width)
        keep = np.exp(-1.0 / seconds)
        if f"lag:wander:{name}" not in self.kept:
            self.kept[f"lag:wander:{name}"] = sd * noise(self.seed, f"{name}:start", first, 1, width)[0]
        return self.lag(f"wander:{name}", white * sd * np.sqrt((1.0 + keep) / (1.0 - keep)), seconds)
