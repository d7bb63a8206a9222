"""A simulated mine as a device. Its time is handed in; nothing sleeps, nothing looks at a clock."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from contracts.clock import SECOND
from contracts.points import Registry
from contracts.quality import NOT_POLLED
from contracts.registers import RegisterMap
from sim_sensors.device import Reading
from sim_sensors.faults import Event, Kind, Script, check_script
from sim_sensors.layout import Layout
from sim_sensors.mine.memory import Array, Memory
from sim_sensors.mine.preset import Preset
from sim_sensors.mine.simulation import Mine
from sim_sensors.sensors.array import TEST_GAS_PART, SensorArray

_WARM_UP = 3600
"""Simulated seconds before the start, so that air and gas have found their ways."""
_SMALL, _LARGE = 20_000, 400_000
"""Readings computed at once: while time runs on (a step must stay short), and when it jumps."""
_POWER = ("feed_face", "feed_heading")
_CUT_AFTER, _RESTORED_AFTER = 15, 40
"""Of a lock test: seconds from the first test gas to the cut, and from its end to the restored supply."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really happening: `events` of the script, and the quantity that is really at each point (shape (points,))."""

    events: tuple[Event, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where the last block began: a point to come back to. Nothing of it is ever changed in place."""

    memory: Memory
    tripped: Array
    next: int
    state: Array | None
    held: Array


@dataclass(frozen=True, slots=True)
class _Block:
    first: int
    there: NDArray[np.float64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]


class SimulatedSource:
    """A mine that does not exist. `start` (µs UTC) is its first instant; `speed` simulated seconds pass in a second.

    Every instant is the same whenever it is asked for: going back means computing from the start again.
    """

    def __init__(self, layout: Layout, preset: Preset, seed: int, start: int, speed: float = 1.0, script: Collection[Event] = ()) -> None:
        check_script(script, layout.registry.number, layout.district_count)
        self.layout, self.preset, self.seed, self.start, self.speed = layout, preset, seed, start, speed
        self.origin = start // SECOND
        self.script = Script(script, self.origin)
        points = len(layout.settings)
        self._block = max(10, min(60, _SMALL // points))
        self._stride = max(self._block, min(3600, _LARGE // points))
        self._names = tuple(dict.fromkeys((*layout.signals, *_POWER)))
        self._row = np.array([self._names.index(signal) for signal in layout.signals])
        self._fed_by = np.array([self._names.index(f"feed_{power}") if power else -1 for power in layout.power])
        self._district = np.array(layout.districts)
        self._blocks: list[_Block] = []
        self._begin()

    @property
    def registry(self) -> Registry:
        return self.layout.registry

    @property
    def registers(self) -> RegisterMap:
        return self.layout.registers

    def second(self, now: int) -> int:
        """The simulated second (since 1970) that is shown at `now` (µs UTC)."""
        return self.origin + int((now - self.start) * self.speed // SECOND)

    def read(self, now: int) -> Reading:
        """Values and state codes at `now`; nothing is reported before the start."""
        second = self.second(now)
        if second < self.origin:
            nothing = len(self.layout.settings)
            return np.full(nothing, np.nan), np.full(nothing, NOT_POLLED, np.uint16)
        block = self._block_of(second)
        return block.value[second - block.first], block.quality[second - block.first]

    def span(self, first: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.uint16], NDArray[np.float64]]:
        """Values, state codes and what is really there for `count` simulated seconds from the start + `first`, all (count, points): what
        `read` and `truth` tell one by one, in one go."""
        at, end = self.origin + first, self.origin + first + count
        parts: list[tuple[NDArray[np.float64], NDArray[np.uint16], NDArray[np.float64]]] = []
        while at < end:
            if at == self._mine.next:
                self._blocks = [*self._blocks[-1:], self._compute(min(end - at, self._stride))]
            block = self._block_of(at)
            rows = slice(at - block.first, end - block.first)
            parts.append((block.value[rows], block.quality[rows], block.there[rows]))
            at += len(parts[-1][0])
        values, quality, there = zip(*parts, strict=True)
        return np.concatenate(values), np.concatenate(quality), np.concatenate(there)

    def truth(self, now: int) -> Truth:
        """What is really happening at `now` (from the start on)."""
        second = max(self.second(now), self.origin)
        block = self._block_of(second)
        return Truth(self.script.active(second), block.there[second - block.first])

    def stamp(self, now: int) -> int:
        """The time the device's own clock shows at `now`: it may have been set wrong (`clock_jump`)."""
        return now + round(self.script.clock_offset(self.second(now)) * SECOND)

    def silent(self, now: int) -> bool:
        """Whether the script lets the device answer nobody at `now`."""
        return self.script.silent(self.second(now))

    def play(self, script: Collection[Event], now: int) -> None:
        """From the second after `now` on another script. Up to then it must be what the one before was: what was shown stays true."""
        check_script(script, self.layout.registry.number, self.layout.district_count)
        self.script = Script(script, self.origin)
        self._mine.script, self._sensors.script = self._script_of_mine(), self.script
        if self._blocks and self.second(now) < self._mine.next - 1:
            self._come_back()

    def _come_back(self) -> None:
        """Forget the last block: it reaches into the future, which will be another one."""
        mark = self._mark
        self._mine.memory, self._mine.tripped, self._mine.next = mark.memory, mark.tripped, mark.next
        self._sensors.state, self._sensors.held = mark.state, mark.held
        self._blocks = self._blocks[:-1]

    def _script_of_mine(self) -> Script:
        return Script((*self.script.events, *self._test_cuts()), self.origin)

    def _begin(self) -> None:
        script = self._script_of_mine()
        self._mine = Mine(self.preset, self.seed, self.origin - _WARM_UP, self.layout.district_count, script)
        self._sensors = SensorArray(self.layout.settings, self.seed, self.script)
        while self._mine.next < self.origin:
            self._mine.advance(min(self._stride, self.origin - self._mine.next))
        self._blocks = []

    def _test_cuts(self) -> Iterator[Event]:
        """What a test of a lock does to the supply of its point's place: the device cuts when the test gas has reached its meter."""
        for event in self.script.events:
            at = self.layout.registry.number.get(event.target, -1)
            if event.kind is Kind.LOCK_TEST and self.layout.power[at]:
                place, gas = f"{self.layout.power[at]}/{self.layout.districts[at] + 1}", int(event.duration * TEST_GAS_PART)
                first, last = event.start + _CUT_AFTER, event.start + gas + _RESTORED_AFTER
                yield structs.replace(event, start=first, duration=max(last - first, 1), target=place)

    def _block_of(self, second: int) -> _Block:
        for block in reversed(self._blocks):
            if block.first <= second < block.first + len(block.value):
                return block
        if second < self._mine.next:
            self._begin()
        while True:
            behind = second - self._mine.next
            block = self._compute(self._block if behind < self._stride else self._stride)
            self._blocks = [*self._blocks[-1:], block]
            if second < self._mine.next:
                return block

    def _compute(self, count: int) -> _Block:
        mine, sensors = self._mine, self._sensors
        self._mark = _Mark(mine.memory, mine.tripped, mine.next, sensors.state, sensors.held)
        first, signals = mine.next, mine.advance(count)
        shape = (count, self.layout.district_count)
        seen = np.stack([np.broadcast_to(signals[name], shape) for name in self._names], axis=1)
        there = seen[:, self._row, self._district]
        unpowered = (self._fed_by >= 0) & (seen[:, self._fed_by, self._district] == 0)
        value, quality = self._sensors.read(first, there, unpowered)
        for array in (there, value, quality):
            array.flags.writeable = False
        return _Block(first, there, value, quality)
