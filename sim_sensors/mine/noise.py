"""Chance that can be looked up: a sample is a pure function of (seed, name, second, column), so any second can be computed in any order.

Philox is counter-based: sample number n of a stream is found without drawing the ones before it.
"""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_PER_COUNTER = 4


def uniforms(seed: int, name: str, first: int, count: int, width: int) -> NDArray[np.float64]:
    """Uniform in [0, 1) for each of `count` seconds from `first` (s since 1970) and `width` columns; shape (count, width)."""
    counter, skipped = divmod(first * width, _PER_COUNTER)
    bits = np.random.Philox(key=(seed << 64) + crc32(name.encode()), counter=counter)
    return np.random.Generator(bits).random(skipped + count * width)[skipped:].reshape(count, width)


def flat_noise(seed: int, name: str, first: int, count: int, width: int) -> NDArray[np.float64]:
    """White noise of mean 0 and variance 1, evenly distributed (within ±1.74); shape (count, width)."""
    return np.asarray((uniforms(seed, name, first, count, width) - 0.5) * np.sqrt(12.0))


def noise(seed: int, name: str, first: int, count: int, width: int) -> NDArray[np.float64]:
    """White noise of mean 0 and variance 1: the sum of four uniforms, near normal and never beyond ±3.47; shape (count, width)."""
    four = uniforms(seed, name, first, count, 4 * width).reshape(count, 4, width)
    return np.asarray((four[:, 0] + four[:, 1] + four[:, 2] + four[:, 3] - 2.0) * np.sqrt(3.0))
