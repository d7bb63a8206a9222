"""Numbers as texts, many at once: the shortest that read back bit for bit.

Sensors tell few different numbers (two decimals, below 1,000), so the texts of those are made once and looked up together.
"""

from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

_SCALE = 100.0
_LOWEST, _END = -10_000, 100_000
"""Hundredths with a kept text: -100.00 to 999.99, some 6 MB in all."""
_MINUS_ZERO = np.iinfo(np.int64).min
"""Its bits: equal to 0.0 for every comparison of floats, and another text."""


def texts(value: NDArray[np.float64]) -> list[bytes]:
    """The text of each; finite numbers only."""
    with np.errstate(over="ignore"):
        hundredths = np.rint(value * _SCALE)
    kept = (hundredths / _SCALE == value) & (hundredths >= _LOWEST) & (hundredths < _END) & (value.view(np.int64) != _MINUS_ZERO)
    known = np.count_nonzero(kept)
    if known == len(value):
        return _looked_up(hundredths)
    if 2 * known < len(value):
        return _made(value)
    out = _looked_up(np.where(kept, hundredths, 0.0))
    odd = np.flatnonzero(~kept)
    for at, text in zip(odd.tolist(), _made(value[odd]), strict=True):
        out[at] = text
    return out


def _looked_up(hundredths: NDArray[np.float64]) -> list[bytes]:
    found: list[bytes] = _kept_texts()[hundredths.astype(np.intp) - _LOWEST].tolist()
    return found


def _made(value: NDArray[np.float64]) -> list[bytes]:
    return msgspec.json.encode(value.tolist())[1:-1].split(b",")


@cache
def _kept_texts() -> NDArray[np.object_]:
    return np.array(_made(np.arange(_LOWEST, _END) / _SCALE), object)
