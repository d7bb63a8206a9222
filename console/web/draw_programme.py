"""The curve of a day's methane flow: lines where it is known, hatching where it is not. Pure; x in windows, y down, of a box."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

HEIGHT = 60


@dataclass(frozen=True, slots=True)
class Curve:
    """`lines`: SVG paths; `gaps`: (first window, number of windows) that are not known; `peak`: m³/min, 0 where nothing is known."""

    width: int
    lines: tuple[str, ...]
    gaps: tuple[tuple[int, int], ...]
    peak: float


def curve_of(flow: Sequence[float | None]) -> Curve:
    """No line leads over a gap, and a single known window is a short stroke."""
    peak = max((value for value in flow if value is not None), default=0.0)
    top = peak * 1.1 or 1.0
    lines: list[str] = []
    gaps: list[tuple[int, int]] = []
    for missing, some in groupby(enumerate(flow), key=lambda one: one[1] is None):
        run = list(some)
        if missing:
            gaps.append((run[0][0], len(run)))
            continue
        steps = [f"V{_y(value, top)}H{at + 1}" for at, value in run if value is not None]
        lines.append(f"M{run[0][0]} {steps[0][1:].split('H')[0]}" + "".join(steps))
    return Curve(len(flow), tuple(lines), tuple(gaps), peak)


def _y(value: float, top: float) -> float:
    return round(HEIGHT * (1.0 - value / top), 2)
