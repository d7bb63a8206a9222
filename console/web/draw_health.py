"""The drawn figures of alarm health: bars over time, and lengths of bars in percent. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from console.web.shapes_health import TenMinutes
from contracts.clock import MINUTE

WIDTHS = (10, 30, 60, 180, 360, 1440)
"""Minutes of a bar."""
MOST_BARS = 150


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with something in it; `x`, `width`, `height` in percent of the picture."""

    start_us: int
    count: int
    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bars:
    """`minutes` each bar stands for; `highest` count."""

    minutes: int
    highest: int
    bars: list[Bar]


def bars_of(tens: Sequence[TenMinutes], start: int, end: int) -> Bars:
    """The counts over [start, end), in bars as fine as the picture holds."""
    minutes = next((width for width in WIDTHS if (end - start) / (width * MINUTE) <= MOST_BARS), WIDTHS[-1])
    width, counts = minutes * MINUTE, Counter[int]()
    for ten in tens:
        counts[ten.start_us - ten.start_us % width] += ten.count
    highest, span = max(counts.values(), default=0), end - start
    return Bars(minutes, highest, [_bar(at, counts[at], highest, start, span, width) for at in sorted(counts)])


def _bar(at: int, count: int, highest: int, start: int, span: int, width: int) -> Bar:
    left, right = max(at, start), min(at + width, start + span)
    return Bar(
        at, count, round(100 * (left - start) / span, 3), round(max(100 * (right - left) / span, 0.2), 3), round(100 * count / highest, 2)
    )
