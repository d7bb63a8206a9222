"""A recording as a device: its rows with their stamps moved to now, at any speed, over and over.

Gaps longer than `longest_gap` (episodes lie days apart) are shortened to `pause`. In every gap, shortened or not, nothing is reported.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.clock import SECOND
from contracts.columns import Block
from contracts.errors import BadConfig
from contracts.points import Registry
from contracts.quality import NOT_POLLED
from contracts.registers import RegisterMap
from sim_sensors.device import Reading
from sim_sensors.recordings.read import Recording, point_id


@dataclass(frozen=True, slots=True)
class Pace:
    """How a recording is played. `first` is the recorded stamp (µs) of the row to begin with; 0 means the first row."""

    speed: float = 1.0
    first: int = 0
    longest_gap: int = 120 * SECOND
    pause: int = 20 * SECOND


class ReplaySource:
    """`start` (µs UTC) is the stamp of the first row played. The points of the registry are columns of the recording, in any order.

    A row is shown from its stamp until the next one, at most for the recording's usual step.
    """

    def __init__(self, recording: Recording, registry: Registry, registers: RegisterMap, start: int, pace: Pace | None = None) -> None:
        self.registry, self.registers = registry, registers
        self.recording, self.start, self.pace = recording, start, pace or Pace()
        columns = {point_id(column): at for at, column in enumerate(recording.columns)}
        missing = [point.id for point in registry.points if point.id not in columns]
        if missing:
            raise BadConfig("points", missing[0], f"a column of {recording.name}: {', '.join(columns)}")
        if self.pace.speed <= 0:
            raise BadConfig("speed", self.pace.speed, "more than 0")
        self._plan(np.array([columns[point.id] for point in registry.points]))

    def _plan(self, columns: NDArray[np.intp]) -> None:
        """Rows in playing order; when each is due and for how long it is shown, µs after the first row of a round."""
        time = self.recording.time
        forward = np.diff(time)[np.diff(time) > 0]
        step = int(np.median(forward)) if len(forward) else SECOND
        begin = int(np.searchsorted(np.maximum.accumulate(time), self.pace.first))
        if begin == len(time):
            raise BadConfig("first", self.pace.first, "a stamp within the recording")
        order = np.roll(np.arange(len(time)), -begin)
        wait = np.diff(time[order])
        unusual = (wait < 0) | (wait > max(self.pace.longest_gap, 2 * step))
        wait = np.append(np.where(unusual, step + self.pace.pause, wait), step + self.pace.pause)
        ends = np.rint(np.cumsum(wait) / self.pace.speed).astype(np.int64)
        self.values = self.recording.values[order][:, columns]
        self.offset = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
        self.shown = np.minimum(ends - self.offset, max(round(step / self.pace.speed), 1))
        self.round = int(ends[-1])

    def due(self, after: int, upto: int) -> Block:
        """Every row whose moved stamp is in (after, upto], each once, in order; a cell that is empty gives no reading."""
        first, last = (max(at - self.start, 0) // self.round for at in (after, upto))
        rounds = self.start + self.round * np.arange(first, last + 1, dtype=np.int64)
        stamps = (rounds[:, None] + self.offset).ravel()
        low, high = np.searchsorted(stamps, [after, upto], side="right")
        values = self.values[np.arange(low, high) % len(self.offset)]
        row, point = np.nonzero(~np.isnan(values))
        return Block.of(point.astype(np.int32), stamps[low:high][row], values[row, point])

    def read(self, now: int) -> Reading:
        """What the device shows at `now`: the row being played, or nothing."""
        width = self.values.shape[1]
        into = (now - self.start) % self.round
        row = int(np.searchsorted(self.offset, into, side="right")) - 1
        if now < self.start or into >= self.offset[row] + self.shown[row]:
            return np.full(width, np.nan), np.full(width, NOT_POLLED, np.uint16)
        values = self.values[row]
        return values.copy(), np.where(np.isnan(values), NOT_POLLED, 0).astype(np.uint16)

    def silent(self, _now: int) -> bool:
        """Never: a replay always answers."""
        return False
