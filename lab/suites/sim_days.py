"""The simulated mine-days of the sim suite. FROZEN: what is tuned is tuned against these days, so they do not change.

Two sets of mines that share no seed. Every mine is a preset of the simulator with its sources, lengths and weather shaken by its seed;
the outburst preset is in the judged set alone. Two kinds of day:

- `second`: 7 hours at 1 Hz, the first 1.5 without anything of the script but disturbances; then one hazard and three faults of sensors
  or device, one after the other, at random times, places and strengths;
- `kj` and `zeros`: 24 hours as a KJ system sends them, one row every 20 to 30 s, methane in steps of 0.01 and shown as 0.00 below 0.04;
  two hazards and four faults, or none at all in a mine so poor in gas that most of its meters read 0.00 all day.

Disturbances run through all of them: vehicles in the intake, blasting in the heading, lows of the barometer, beside the changes of
shift and stops of machines that the simulator has anyway. Half of the test gases flow without a state code (`unmarked`).
A bearing is worn within an hour or two and a meter drifts within hours. Such things take weeks; here a day must hold them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from msgspec import structs

from contracts.digest import content_name
from sim_sensors.faults import Event, Kind
from sim_sensors.mine.preset import HIGH, LOW, OUTBURST, SILESIA_LIKE, Gas, Preset

VERSION = "sim-days-1"
TRAIN_SEEDS = {"high": (101, 102, 103), "low": (111, 112), "silesia-like": (121, 122)}
JUDGE_SEEDS = {"high": (901, 902, 903), "low": (911, 912, 913), "outburst": (921, 922, 923), "silesia-like": (931, 932, 933)}
HOUR = 3600
_FIRST_DAY = 1_767_225_600
"""2026-01-01 00:00 UTC."""
CALM_S, SHORT_S, DAY_S = 5400, 7 * HOUR, 24 * HOUR
RECOVERY_S = 2700
"""After a hazard the air needs this long until gas and fumes have left the mine."""
HAZARDS: tuple[tuple[Kind, str], ...] = (
    (Kind.FAN_STOP, "local_fan"),
    (Kind.FAN_STOP, "main_fan"),
    (Kind.GAS_ACCUMULATION, "corner"),
    (Kind.GAS_ACCUMULATION, "heading"),
    (Kind.OUTBURST, "face"),
    (Kind.OUTBURST, "heading"),
    (Kind.BELT_FIRE, "belt"),
    (Kind.BELT_FIRE, "belt"),
    (Kind.BEARING_WEAR, "main_fan"),
    (Kind.BEARING_WEAR, "belt"),
    (Kind.DOORS_OPEN, "doors"),
    (Kind.DOORS_OPEN, "doors"),
    (Kind.FEED_STUCK, "heading"),
)
FAULTS = (Kind.DRIFT, Kind.FROZEN, Kind.SPIKE, Kind.DROPOUT, Kind.TEST_GAS, Kind.LOCK_TEST, Kind.CLOCK_JUMP, Kind.DEVICE_SILENT)
_GAS = ("1101-T0", "1101-T1", "1101-T2", "1101-TM", "1103-T1", "1103-T2", "1-T")
_WIND = ("1101-WS", "1103-WS", "1-WS")
_LOCKED = ("1101-T0", "1101-T1", "1101-T2", "1103-T1", "1103-T2")
_DROPS = (*_WIND, "1101-CO", "1101-BE-CO", "1101-TE", "1101-DU", "MF-VI", "BARO")
_PRESETS = {preset.name: preset for preset in (HIGH, LOW, OUTBURST, SILESIA_LIKE)}


@dataclass(frozen=True, slots=True)
class SimDay:
    """One day to be rendered (sim_rows.py). `start` is s since 1970; script times are s after it; `unmarked` are lines of the script."""

    name: str
    mine: str
    preset: Preset
    seed: int
    start: int
    seconds: int
    cadence: int
    script: tuple[Event, ...]
    unmarked: tuple[int, ...] = ()
    suppress: float = 0.0
    calm: int = CALM_S

    @property
    def hazards(self) -> tuple[Event, ...]:
        return tuple(event for event in self.script if event.hazard)

    @property
    def faults(self) -> tuple[Event, ...]:
        return tuple(event for event in self.script if event.kind in FAULTS)


def training_days() -> Iterator[SimDay]:
    """The days thresholds and coefficients may be taken from."""
    yield from _days(TRAIN_SEEDS)


def judged_days() -> Iterator[SimDay]:
    """The days figures are taken from."""
    yield from _days(JUDGE_SEEDS)


def plan_digest(days: Iterable[SimDay]) -> str:
    """16 hex digits of everything that makes the days: to see that they are still the ones that were frozen."""
    return content_name("\n".join(repr(day) for day in days).encode())


def _days(seeds: Mapping[str, tuple[int, ...]]) -> Iterator[SimDay]:
    for name, numbers in seeds.items():
        for seed in numbers:
            preset = _shaken(_PRESETS[name], np.random.default_rng((seed, 0)))
            for at, hazard in enumerate(HAZARDS):
                yield _short(preset, seed, at, hazard)
            yield _kj(preset, seed, 100)
            yield _kj(preset, seed, 101)
            yield _still(seed, 102)


def _shaken(preset: Preset, chance: np.random.Generator) -> Preset:
    """A mine of its own: sources within 20 %, lengths within 25 %, another weather."""
    gas = {
        name: getattr(preset.gas, name) * chance.uniform(0.8, 1.2) for name in ("face", "fresh", "coal", "gob", "heading", "heading_cut")
    }
    net = {
        name: getattr(preset.network, name) * chance.uniform(0.75, 1.25) for name in ("intake_length", "return_length", "heading_length")
    }
    rota = replace(preset.rota, share=preset.rota.share * chance.uniform(0.8, 1.2))
    weather = replace(preset.weather, pressure=preset.weather.pressure + chance.uniform(-20.0, 20.0))
    return replace(preset, gas=replace(preset.gas, **gas), network=replace(preset.network, **net), rota=rota, weather=weather)


def _short(preset: Preset, seed: int, at: int, hazard: tuple[Kind, str]) -> SimDay:
    chance = np.random.default_rng((seed, 1, at))
    begin = _day(chance) + int(chance.integers(0, 24 * HOUR))
    worn_belt = hazard == (Kind.BEARING_WEAR, "belt")
    if worn_belt:
        begin += (15 * HOUR - preset.rota.offset_h * HOUR - begin) % DAY_S
    faults = _some(chance, 3)
    items = [hazard, *faults] if worn_belt else [([hazard, *faults])[int(row)] for row in chance.permutation(4)]
    script = [*_in_turn(chance, preset, items, CALM_S, SHORT_S, 1), *_disturbances(chance, SHORT_S)]
    return _made(f"second-{preset.name}-{seed}-{at}", preset, seed, begin, SHORT_S, 1, script, chance, 0.0)


def _some(chance: np.random.Generator, count: int) -> list[tuple[Kind, str]]:
    """Kinds of faults, each at most once; their points are drawn later."""
    return [(FAULTS[int(row)], "") for row in chance.permutation(len(FAULTS))[:count]]


def _kj(preset: Preset, seed: int, at: int) -> SimDay:
    chance = np.random.default_rng((seed, 1, at))
    hazards = [
        HAZARDS[int(row)] for row in chance.choice(len(HAZARDS), 2, replace=False) if HAZARDS[int(row)] != (Kind.BEARING_WEAR, "belt")
    ]
    items = [*hazards, *_some(chance, 4)]
    items = [items[int(row)] for row in chance.permutation(len(items))]
    cadence = int(chance.integers(20, 31))
    script = [*_in_turn(chance, preset, items, 4 * HOUR, DAY_S, cadence), *_disturbances(chance, DAY_S)]
    fine = replace(preset, methane_decimals=2)
    return _made(f"kj-{preset.name}-{seed}-{at}", fine, seed, _day(chance), DAY_S, cadence, script, chance, 0.04)


def _still(seed: int, at: int) -> SimDay:
    """A day of zeros: nothing happens and hardly any gas is there."""
    chance = np.random.default_rng((seed, 1, at))
    poor = replace(
        LOW, name="poor", gas=Gas(0.03, 0.03, 0.02, 0.03, (0.005, 0.005), heading=0.02, heading_cut=0.02, release_volume=0.05, intake=0.01)
    )
    script = list(_disturbances(chance, DAY_S))
    return _made(f"zeros-{seed}", poor, seed, _day(chance), DAY_S, int(chance.integers(20, 31)), script, chance, 0.04)


def _day(chance: np.random.Generator) -> int:
    return _FIRST_DAY + DAY_S * int(chance.integers(0, 300))


def _made(
    name: str,
    preset: Preset,
    seed: int,
    start: int,
    seconds: int,
    cadence: int,
    script: list[Event],
    chance: np.random.Generator,
    suppress: float,
) -> SimDay:
    ordered = tuple(sorted(script, key=lambda event: (event.start, event.kind)))
    unmarked = tuple(at for at, event in enumerate(ordered) if event.kind is Kind.TEST_GAS and chance.random() < 0.5)
    return SimDay(name, f"{preset.name}-{seed}", preset, seed, start, seconds, cadence, ordered, unmarked, suppress)


def _in_turn(
    chance: np.random.Generator, preset: Preset, items: list[tuple[Kind, str]], first: int, end: int, cadence: int
) -> Iterator[Event]:
    """The items one after the other from `first` on, with room between them; what no longer fits before `end` is left out."""
    made = [_hazard(chance, kind, target) if target else _fault(chance, preset, kind, cadence) for kind, target in items]
    needed = sum(event.duration + (RECOVERY_S if event.hazard else 600) for event in made)
    spare, at = max(end - first - needed, 0) / (len(items) + 1), first
    for event in made:
        at += int(chance.uniform(0.2, 1.0) * spare) + 60
        if at + event.duration > end - 300:
            return
        yield structs.replace(event, start=at)
        if event.kind is Kind.FEED_STUCK:
            yield Event(kind=Kind.FAN_STOP, start=at, duration=event.duration, target="local_fan")
        at += event.duration + (RECOVERY_S if event.hazard else 600)


_HAZARD_RANGES: dict[tuple[Kind, str], tuple[float, float, int, int]] = {
    (Kind.FAN_STOP, "local_fan"): (1.0, 1.0, 300, 1200),
    (Kind.FAN_STOP, "main_fan"): (1.0, 1.0, 600, 1800),
    (Kind.GAS_ACCUMULATION, "corner"): (2.5, 6.0, 900, 2400),
    (Kind.GAS_ACCUMULATION, "heading"): (2.5, 6.0, 900, 2400),
    (Kind.OUTBURST, "face"): (150.0, 800.0, 60, 300),
    (Kind.OUTBURST, "heading"): (100.0, 800.0, 60, 300),
    (Kind.BELT_FIRE, "belt"): (0.02, 0.12, 1800, 3600),
    (Kind.BEARING_WEAR, "main_fan"): (0.8, 2.0, 3600, 7200),
    (Kind.BEARING_WEAR, "belt"): (0.8, 2.0, 3600, 7200),
    (Kind.DOORS_OPEN, "doors"): (1.0, 1.0, 300, 1200),
    (Kind.FEED_STUCK, "heading"): (1.0, 1.0, 300, 1200),
}
"""Strength from and to (evenly drawn), duration from and to, s."""


def _hazard(chance: np.random.Generator, kind: Kind, target: str) -> Event:
    low, high, shortest, longest = _HAZARD_RANGES[kind, target]
    return Event(
        kind=kind, start=0, duration=int(chance.integers(shortest, longest + 1)), target=target, strength=float(chance.uniform(low, high))
    )


def _fault(chance: np.random.Generator, preset: Preset, kind: Kind, cadence: int) -> Event:
    slow = cadence > 1
    meters = [point for point in _GAS if point != "1101-TM" or preset.gas_class != "low"]
    gas, sign = str(chance.choice(meters)), float(chance.choice([-1.0, 1.0]))
    point, length, strength = {
        Kind.DRIFT: (gas, (4 * HOUR, 8 * HOUR) if slow else (HOUR, 2 * HOUR), sign * chance.uniform(0.06, 0.2) * (1 if slow else 5)),
        Kind.FROZEN: (str(chance.choice([*meters, *_WIND, "BARO"])), (2700, 7200), 1.0),
        Kind.SPIKE: (gas, (cadence, 2 * cadence) if slow else (1, 5), chance.uniform(0.5, 3.0)),
        Kind.DROPOUT: (str(chance.choice([*meters, *_DROPS])), (4 * cadence, 900), 1.0),
        Kind.TEST_GAS: (gas, (240, 480), float(chance.choice([0.5, 1.0, 1.5, 2.0, 3.0]))),
        Kind.LOCK_TEST: (str(chance.choice(_LOCKED)), (240, 480), 2.0),
        Kind.CLOCK_JUMP: ("clock", (600, 3600), sign * float(chance.integers(30, 3600))),
        Kind.DEVICE_SILENT: ("device", (4 * cadence, 900), 1.0),
    }[kind]
    return Event(kind=kind, start=0, duration=int(chance.integers(length[0], length[1] + 1)), target=point, strength=float(strength))


def _disturbances(chance: np.random.Generator, seconds: int) -> Iterator[Event]:
    """About two vehicles an hour, two blasts in seven hours, and a low on every third day."""
    for at in np.sort(chance.integers(0, seconds - 200, chance.poisson(2.0 * seconds / HOUR))).tolist():
        yield Event(
            kind=Kind.VEHICLE,
            start=at,
            duration=int(chance.integers(40, 151)),
            target="intake",
            strength=float(chance.uniform(0.002, 0.007)),
        )
    for at in np.sort(chance.integers(0, seconds - 200, chance.poisson(2.0 * seconds / SHORT_S))).tolist():
        yield Event(
            kind=Kind.BLASTING,
            start=at,
            duration=int(chance.integers(45, 91)),
            target="heading",
            strength=float(chance.uniform(0.02, 0.12)),
        )
    if chance.random() < 1 / 3:
        length = int(chance.integers(4 * HOUR, 6 * HOUR))
        start = int(chance.integers(0, seconds - length))
        yield Event(kind=Kind.BAROMETER_FALL, start=start, duration=length, target="weather", strength=float(chance.uniform(2.0, 5.0)))
