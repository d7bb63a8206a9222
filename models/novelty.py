"""Has this point ever looked like this? One point at a time, at several time scales, against all it has shown before.

Readings, and their means over bins of the 300th, 150th and 75th part of the training span, are compared with their nearest earlier
likes (distance to the third nearest neighbour: Ramaswamy, Rastogi, Shim, SIGMOD 2000), and curves of eight bins of a 52nd part with
earlier curves (left matrix profile: Lu et al., KDD 2022). How rare each distance is among the earlier ones (novelty_memory.py) is
added up over the scales. An event is told where it begins and again where it rises by a fifth; and by less the stranger the events
before it were: a point that is often strange must be stranger.

It fails: on what has been seen three times (then it is known), on slow drift, and on what is strange only for the hour of the day.
"""

import math
from collections import deque
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.base import BadModel, Floats, Scores
from models.fitted import Column, Fitted, floats, positive, whole
from models.novelty_memory import Curve, Scale
from models.scale import largest

SCALES: tuple[tuple[type[Scale], int | None], ...] = ((Scale, None), (Scale, 300), (Scale, 150), (Scale, 75), (Curve, 52))
"""What is compared, and which part of the training span a bin is; None: each reading."""


class NoveltySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`memory`: means kept at each scale (some 40 bytes each); `spans`: training spans over which distances are called rare.

    `quiet`: part of the training span in which an event goes on; `rise`: how much stranger it must get to be told again; `events`:
    the how-many-th strangest event before is held against it, by `share`; `bar`: surprise at the threshold.
    """

    memory: Annotated[int, Meta(ge=64, le=100_000)] = 3000
    spans: Annotated[float, Meta(ge=1, le=100)] = 6.0
    quiet: Annotated[float, Meta(ge=0, le=1)] = 0.3
    rise: Annotated[float, Meta(ge=1, le=10)] = 1.2
    events: Annotated[int, Meta(ge=1, le=100)] = 3
    share: Annotated[float, Meta(ge=0, lt=1)] = 0.5
    bar: Annotated[float, Meta(gt=0, le=1000)] = 3.4


class Novelty(Fitted[NoveltySettings]):
    """`Novelty().fit(frame)`; the span to learn from has 60 rows or more, better 300."""

    kind: ClassVar[str] = "novelty"
    asks = NoveltySettings
    least = 60
    shapes: ClassVar[Mapping[str, Column]] = {
        "rows": whole("1"),
        "grain": positive("p"),
        "seen": floats("p", "s", "h"),
        "far": floats("p", "s", "d"),
    }

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[Any]]:  # noqa: ARG002 - rows are the clock
        """What one pass over the span leaves in memory, oldest first; NaN after the end."""
        points = []
        for column in values.T:
            known = column[np.isfinite(column)]
            scales = self._scales(len(column), _grain(known))
            for value in column.tolist():
                for scale in scales:
                    scale.step(value)
            points.append(scales)
        return {
            "rows": np.array([len(values)], np.int32),
            "grain": np.array([scales[0].tail.grain for scales in points]),
            "seen": _stacked([[scale.seen.order for scale in scales] for scales in points]),
            "far": _stacked([[scale.tail.window.order for scale in scales] for scales in points]),
        }

    def _scales(self, span: int, grain: float) -> list[Scale]:
        asked, made = self.settings, []
        for kind, part in SCALES:
            rows = max(1, span // part) if part else 1
            tail = max(64, min(asked.memory, round(asked.spans * span / rows)))
            made.append(kind(rows, span // 300, asked.memory, tail, grain))
        return made

    def _sound(self) -> None:
        if self.learned["rows"][0] < self.least or self.learned["seen"].shape[1] != len(SCALES) != self.learned["far"].shape[1]:
            raise BadModel("rows and scales", self.learned["seen"].shape, f"{self.least} rows or more, {len(SCALES)} scales")

    def _begin(self) -> None:
        span = int(self.learned["rows"][0])
        self._watches = []
        for seen, far, grain in zip(self.learned["seen"], self.learned["far"], self.learned["grain"].tolist(), strict=True):
            scales = self._scales(span, grain)
            for at, scale in enumerate(scales):
                scale.recall(_kept(seen[at]), _kept(far[at]))
            self._watches.append(_Watch(scales, self.settings, max(1, int(self.settings.quiet * span))))

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:  # noqa: ARG002
        parts = np.full(values.shape, np.nan)
        for column, watch in enumerate(self._watches):
            if watch.knows:
                parts[:, column] = [watch.step(value) for value in values[:, column].tolist()]
        parts /= self.settings.bar
        return Scores(self.points, largest(parts), parts)


class _Watch:
    """One point: the surprise of all scales together, told where an event begins or rises."""

    def __init__(self, scales: list[Scale], asked: NoveltySettings, quiet: int) -> None:
        self.scales, self.asked, self.quiet = scales, asked, quiet
        self.knows = len(scales[0].seen) > 0
        self.row = self.last = 0
        self.falling: deque[tuple[int, float]] = deque()  # row and surprise: what can still be the largest of the last `quiet` rows
        self.before: list[float] = []  # the strangest events before this one, falling
        self.top = 0.0  # of this one

    def step(self, value: float) -> float:
        """What is told of this row; NaN without a reading."""
        surprise = sum(scale.step(value) for scale in self.scales)
        self.row += 1
        if not math.isfinite(value):
            return math.nan
        falling = self.falling
        while falling and falling[0][0] < self.row - self.quiet:
            falling.popleft()
        stranger = surprise > (self.asked.rise * falling[0][1] if falling else 0.0)
        while falling and falling[-1][1] <= surprise:
            falling.pop()
        falling.append((self.row, surprise))
        return self._tell(surprise) if stranger else 0.0

    def _tell(self, surprise: float) -> float:
        if self.row - self.last > self.quiet and self.top:
            self.before = sorted([*self.before, self.top], reverse=True)[: self.asked.events]
            self.top = 0.0
        self.last, self.top = self.row, max(self.top, surprise)
        against = self.before[-1] if len(self.before) == self.asked.events else 0.0
        return max(surprise - self.asked.share * against, 0.0)


def _grain(known: Floats) -> float:
    """A thousandth of the readings' standard deviation."""
    spread = float(known.std()) if len(known) else 0.0
    return 1e-3 * spread if spread > 0 else 1e-9


def _stacked(points: list[list[deque[float]]]) -> Floats:
    """(points, scales, longest)."""
    out = np.full((len(points), len(SCALES), max(len(numbers) for scales in points for numbers in scales)), np.nan)
    for point, scales in enumerate(points):
        for scale, numbers in enumerate(scales):
            out[point, scale, : len(numbers)] = numbers
    return out


def _kept(numbers: Floats) -> list[float]:
    return [number for number in numbers.tolist() if not math.isnan(number)]
