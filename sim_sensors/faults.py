"""What happens, on a script: faults of sensors, hazards of the mine and what only disturbs it, each with its truth.

Times are seconds after the start of the simulation. Meaning of `strength` and `target`:

| kind | target | strength |
| --- | --- | --- |
| drift | point | units per hour added to the reading |
| frozen | point | - (the reading stays what it was) |
| spike | point | added to the reading |
| dropout | point | - (nothing is reported: state 32) |
| test_gas | point | concentration of the test gas; it flows for the first two thirds of the time, state 4 lasts for all of it |
| lock_test | point with a supply | concentration of the test gas; as test_gas, and the place's supply is cut while it reads high |
| clock_jump | clock | seconds by which the device's clock is off |
| device_silent | device | - (nobody's question is answered) |
| fan_stop | main_fan, local_fan | - |
| gas_accumulation | corner, heading | how many times less air reaches the place (torn duct, fallen brattice) |
| outburst | face, heading | m³ of methane thrown out |
| belt_fire | belt | m³/min of carbon monoxide when it burns fully |
| bearing_wear | main_fan, belt | relative rise of the vibration at the end |
| doors_open | doors | - (both doors of the pair stand open: short circuit) |
| feed_stuck | face, heading | - (the supply stays on although it is cut: 馈电异常) |
| blasting | heading | m³/min of carbon monoxide while it lasts; three times as much methane comes with it |
| vehicle | intake | m³/min of carbon monoxide in the exhaust, with 60 times as much carbon dioxide, and heat |
| barometer_fall | weather | hPa by which the pressure is lower in the middle of the event (sin²) |
| cutting | shearer | it cuts, whatever its shift plans: so many times the usual gas comes from the cut; below 0 it stands |

A hazard in the second district of a mine has the target `local_fan/2`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from contracts.config import Section
from contracts.errors import BadConfig


class Kind(StrEnum):
    """Faults of a sensor or of the device's clock, hazards of the mine, and disturbances that belong to its day."""

    DRIFT = "drift"
    FROZEN = "frozen"
    SPIKE = "spike"
    DROPOUT = "dropout"
    TEST_GAS = "test_gas"
    LOCK_TEST = "lock_test"
    CLOCK_JUMP = "clock_jump"
    DEVICE_SILENT = "device_silent"
    FAN_STOP = "fan_stop"
    GAS_ACCUMULATION = "gas_accumulation"
    OUTBURST = "outburst"
    BELT_FIRE = "belt_fire"
    BEARING_WEAR = "bearing_wear"
    DOORS_OPEN = "doors_open"
    FEED_STUCK = "feed_stuck"
    BLASTING = "blasting"
    VEHICLE = "vehicle"
    BAROMETER_FALL = "barometer_fall"
    CUTTING = "cutting"


AT_DEVICE = frozenset({Kind.CLOCK_JUMP, Kind.DEVICE_SILENT})
AT_POINTS = frozenset({Kind.DRIFT, Kind.FROZEN, Kind.SPIKE, Kind.DROPOUT, Kind.TEST_GAS, Kind.LOCK_TEST})
DISTURBANCES = frozenset({Kind.BLASTING, Kind.VEHICLE, Kind.BAROMETER_FALL, Kind.CUTTING})
TARGETS: dict[Kind, tuple[str, ...]] = {
    Kind.CLOCK_JUMP: ("clock",),
    Kind.DEVICE_SILENT: ("device",),
    Kind.FAN_STOP: ("main_fan", "local_fan"),
    Kind.GAS_ACCUMULATION: ("corner", "heading"),
    Kind.OUTBURST: ("face", "heading"),
    Kind.BELT_FIRE: ("belt",),
    Kind.BEARING_WEAR: ("main_fan", "belt"),
    Kind.DOORS_OPEN: ("doors",),
    Kind.FEED_STUCK: ("face", "heading"),
    Kind.BLASTING: ("heading",),
    Kind.VEHICLE: ("intake",),
    Kind.BAROMETER_FALL: ("weather",),
    Kind.CUTTING: ("shearer",),
}


class Event(Section, frozen=True):
    """One line of a script. `every` > 0 repeats it with that period, seconds."""

    kind: Kind
    start: int
    duration: int
    target: str
    strength: float = 1.0
    every: int = 0

    @property
    def hazard(self) -> bool:
        """Whether the mine is in danger, not only a sensor wrong or the air disturbed."""
        return self.kind not in AT_POINTS | AT_DEVICE | DISTURBANCES


@dataclass(frozen=True, slots=True)
class Window:
    """One occurrence of an event: seconds [start, end) since 1970."""

    event: Event
    start: int
    end: int


class Script:
    """The events of a run that began at `origin` (s since 1970)."""

    def __init__(self, events: Collection[Event] = (), origin: int = 0) -> None:
        self.events, self.origin = tuple(events), origin

    def windows(self, first: int, count: int) -> Iterator[Window]:
        """Every occurrence that touches the seconds [first, first + count)."""
        for event in self.events:
            start = self.origin + event.start
            if event.every and first > start:
                start += (first - start) // event.every * event.every
            while start < first + count:
                if start + event.duration > first:
                    yield Window(event, start, start + event.duration)
                if not event.every:
                    break
                start += event.every

    def active(self, second: int) -> tuple[Event, ...]:
        """What is going on at this second."""
        return tuple(window.event for window in self.windows(second, 1))

    def column(self, kind: Kind, target: str, first: int, count: int, districts: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Strength (0 where nothing happens) and progress (0 to 1 through the event) of a hazard, both (count, districts)."""
        strength, progress = np.zeros((count, districts)), np.zeros((count, districts))
        for window in self.windows(first, count):
            place, _, number = window.event.target.partition("/")
            if window.event.kind is kind and place == target:
                rows = slice(max(window.start - first, 0), window.end - first)
                where = int(number or 1) - 1
                strength[rows, where] = window.event.strength
                seconds = np.arange(first, first + count)[rows]
                progress[rows, where] = (seconds + 1 - window.start) / window.event.duration
        return strength, progress

    def clock_offset(self, second: int) -> float:
        """Seconds by which the device's clock is off."""
        return sum(event.strength for event in self.active(second) if event.kind is Kind.CLOCK_JUMP)

    def silent(self, second: int) -> bool:
        """Whether the device answers nobody."""
        return any(event.kind is Kind.DEVICE_SILENT for event in self.active(second))


def check_script(events: Collection[Event], points: Collection[str], districts: int) -> None:
    """Nothing, or BadConfig naming the first line that cannot be played."""
    for at, event in enumerate(events):
        where = f"script[{at}]"
        if event.start < 0 or event.duration < 1:
            raise BadConfig(f"{where}.start, duration", (event.start, event.duration), "start from 0, duration from 1 s")
        if event.every and event.every <= event.duration:
            raise BadConfig(f"{where}.every", event.every, f"0, or more than the duration ({event.duration})")
        if event.kind in AT_POINTS:
            if event.target not in points:
                raise BadConfig(f"{where}.target", event.target, "the id of a point of this mine")
            continue
        place, slash, number = event.target.partition("/")
        if place not in TARGETS[event.kind] or (slash and not (number.isdigit() and 1 <= int(number) <= districts)):
            raise BadConfig(f"{where}.target", event.target, f"{' or '.join(TARGETS[event.kind])}, with /1 to /{districts} for a district")
