"""What somebody orders the simulated mines to do while they run: a file of wanted events, read again when it changes.

The file holds what is wanted *now*, by device; an order that is gone from it is over. An order ends by itself after its `seconds`, so that
nothing stays in a mine when whoever ordered it is gone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
import structlog
from msgspec import Meta

from contracts.clock import Clock
from contracts.config import Section
from contracts.errors import BadConfig
from sim_sensors.faults import Event, Kind

_log = structlog.get_logger("sim_sensors")

LOOK_S = 0.25
CARRIED_OUT = frozenset({Kind.TEST_GAS, Kind.LOCK_TEST})
"""A calibration is carried out to its end: its gas is never there without its flag."""
LONGEST_S = 900
"""An order lasts no longer, in simulated seconds (project setting)."""


class Order(Section, frozen=True):
    """One event that is wanted. `number` tells an order from the same one given again."""

    kind: Kind
    target: str
    strength: float = 1.0
    seconds: Annotated[int, Meta(ge=1, le=LONGEST_S)] = 300
    number: int = 0


Wanted = dict[str, tuple[Order, ...]]
"""Orders by device name."""


class Played(Protocol):
    """A device that takes orders."""

    def second(self, now: int) -> int: ...
    @property
    def origin(self) -> int: ...
    def play(self, script: tuple[Event, ...], now: int) -> None: ...


@dataclass(slots=True)
class Obedience:
    """One device's orders: `script` is its own; what was ordered stands behind it, also what is over (what was shown stays true)."""

    script: tuple[Event, ...]
    standing: dict[Order, Event] = field(default_factory=dict)
    over: list[Event] = field(default_factory=list)

    def follow(self, wanted: tuple[Order, ...], second: int) -> bool:
        """Begin what is newly wanted and end what is not wanted any more, from `second` (after the start) on; whether anything changed."""
        changed = False
        for order in [order for order in self.standing if order not in wanted]:
            event, changed = self.standing.pop(order), True
            ends = event.duration if event.kind in CARRIED_OUT else min(event.duration, second - event.start)
            self.over.append(msgspec.structs.replace(event, duration=max(ends, 1)))
        for order in wanted:
            if order not in self.standing:
                self.standing[order] = Event(
                    kind=order.kind, start=second, duration=order.seconds, target=order.target, strength=order.strength
                )
                changed = True
        return changed

    def events(self) -> tuple[Event, ...]:
        """The script as it is now."""
        return (*self.script, *self.over, *self.standing.values())


def read_orders(path: Path) -> Wanted:
    """The orders in a file; none where there is no file. BadConfig for one that holds something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Wanted)
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        raise BadConfig(str(path), str(error)[:100], "orders by device name, as docs/simulator.md says") from error


def write_orders(path: Path, wanted: Wanted) -> None:
    """Whole or not at all."""
    half = path.with_suffix(".half")
    half.write_bytes(msgspec.json.encode(wanted))
    half.replace(path)


class Orders:
    """Follows a file for the devices of a process."""

    def __init__(self, path: Path, devices: Mapping[str, tuple[Played, tuple[Event, ...]]], clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._devices = {name: (device, Obedience(script)) for name, (device, script) in devices.items()}
        self._read: Wanted = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self.look()
            except (BadConfig, OSError) as error:
                _log.warning("orders not followed", file=str(self._path), why=str(error))
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Follow what stands in the file now; BadConfig where it cannot be followed: then nothing of it is."""
        wanted = read_orders(self._path)
        if wanted == self._read:
            return
        self._read = wanted
        now = self._clock.now()
        for name, (device, obedience) in self._devices.items():
            trial = Obedience(obedience.script, dict(obedience.standing), list(obedience.over))
            if trial.follow(wanted.get(name, ()), device.second(now) + 1 - device.origin):
                device.play(trial.events(), now)  # refuses before it changes anything
                obedience.standing, obedience.over = trial.standing, trial.over
                _log.info("orders followed", device=name, standing=[str(order.kind) for order in obedience.standing])
