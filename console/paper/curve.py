"""A point's readings as a drawing for `evidence.typ`: lines, gaps, flags and limits in parts of the box (0 to 1, y upward). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.web.times import Zone
from contracts.clock import MINUTE, SECOND
from store.interface import Series

MOST = 1_200
"""Vertices of a curve: each slice of time keeps its lowest and its highest reading, so that no peak is thinned away."""
PERIODS = 3
_STEPS = tuple(step * MINUTE for step in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480))


@dataclass(frozen=True, slots=True)
class Limit:
    """A line across the drawing; `kind` alarm or cut."""

    kind: str
    value: float
    label: str


def curve_of(
    series: Series,
    span: tuple[int, int],
    alarm: tuple[int, int],
    limits: Sequence[Limit],
    zone: Zone,
    decimals: int,
    flags: int,
) -> dict[str, Any]:
    """The drawing. `alarm`: [raised, returned or now]; `flags`: the quality bits that are marked."""
    known = np.isfinite(series.value)
    time, value = series.time[known], series.value[known]
    low, high = _range(value, [limit.value for limit in limits])
    wide = max(span[1] - span[0], 1)

    def across(at: int) -> float:
        return round(min(max((at - span[0]) / wide, 0.0), 1.0), 5)

    def up(of: float) -> float:
        return round((of - low) / (high - low), 5)

    period = int(np.median(np.diff(time))) if len(time) > 2 else SECOND
    breaks = _breaks(time, span, PERIODS * max(period, SECOND))
    lines = [[[across(int(at)), up(float(of))] for at, of in zip(*_thinned(*piece), strict=True)] for piece in _pieces(time, value, breaks)]
    marked = series.time[(series.quality & flags) != 0]
    return {
        "lines": lines,
        "gaps": [[across(start), across(end)] for start, end in breaks],
        "flagged": [[across(int(at)), across(int(at) + period)] for at in marked[:: max(1, len(marked) // MOST)].tolist()],
        "alarm": [across(alarm[0]), across(alarm[1])],
        "limits": [{"kind": one.kind, "y": up(one.value), "label": one.label} for one in limits],
        "x": [{"at": across(at), "label": zone.clock(at)[:5]} for at in _ticks(span, zone)],
        "y": [{"at": up(of), "label": f"{of:.{decimals}f}"} for of in np.linspace(low, high, 5).tolist()],
    }


def _range(value: NDArray[np.float64], limits: Sequence[float]) -> tuple[float, float]:
    every = [*limits, *((float(value.min()), float(value.max())) if len(value) else ())]
    low, high = min(every, default=0.0), max(every, default=1.0)
    low = 0.0 if 0.0 <= low < high else low
    return low, high + 0.12 * (high - low) if high > low else low + 1.0


def _breaks(time: NDArray[np.int64], span: tuple[int, int], allowed: int) -> list[tuple[int, int]]:
    """[from, to] without a reading for longer than allowed, the edges of the span included."""
    edges = np.concatenate([[span[0]], time, [span[1]]])
    wide = np.flatnonzero(np.diff(edges) > allowed)
    return [(int(edges[at]), int(edges[at + 1])) for at in wide]


def _pieces(
    time: NDArray[np.int64], value: NDArray[np.float64], breaks: Sequence[tuple[int, int]]
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    cuts = sorted({int(np.searchsorted(time, start, "right")) for start, _ in breaks})
    times, values = np.split(time, cuts), np.split(value, cuts)
    return [(at, of) for at, of in zip(times, values, strict=True) if len(at)]


def _thinned(time: NDArray[np.int64], value: NDArray[np.float64]) -> tuple[list[int], list[float]]:
    if len(time) <= MOST:
        return time.tolist(), value.tolist()
    keep: set[int] = {0, len(time) - 1}
    for part in np.array_split(np.arange(len(time)), MOST // 2):
        keep |= {int(part[np.argmin(value[part])]), int(part[np.argmax(value[part])])}
    order = sorted(keep)
    return time[order].tolist(), value[order].tolist()


def _ticks(span: tuple[int, int], zone: Zone) -> list[int]:
    step = next((step for step in _STEPS if (span[1] - span[0]) / step <= 8), _STEPS[-1])
    first = -(-(span[0] + zone.micros) // step) * step - zone.micros
    return list(range(first, span[1], step))
