"""Who there is: mines with a city, capacity, depth, gas class, workplaces, methane points, and an operator. None of them exists."""

from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

import numpy as np

from contracts.facts import CITIES
from sim_sensors.province.chance import Chance


class Operator(StrEnum):
    """What sort of people run the mine. Good, poor and sloppy ones are honest: sloppy is late and leaves gaps, but hides nothing."""

    GOOD = "good"
    POOR = "poor"
    SLOPPY = "sloppy"
    BULK_FLAGS = "bulk_flags"
    FROZEN_SENSORS = "frozen_sensors"
    CUT_PEAKS = "cut_peaks"
    LATE_UPLOAD = "late_upload"

    @property
    def cheats(self) -> bool:
        return self in CHEATS


CHEATS = (Operator.BULK_FLAGS, Operator.FROZEN_SENSORS, Operator.CUT_PEAKS, Operator.LATE_UPLOAD)
_DOZENS = (*(Operator.GOOD,) * 10, *(Operator.POOR,) * 8, *(Operator.SLOPPY,) * 3, *CHEATS)
"""Of 25 mines in a row: each kind of cheat once."""
GAS_CLASSES = ("low", "high", "outburst")
SYSTEMS = ("coal_face", "main_haulage", "safety_monitoring")
"""Subjects of the systems' heartbeats."""


@dataclass(frozen=True, slots=True)
class Point:
    """A methane point. `level` %CH4; `rest_h`: the longest it usually shows one number, 24 at the bottom of its range (`bottom`).

    `watched`: at a face or in a return, where gas comes near the limit.
    """

    id: str
    laser: bool
    level: float
    rest_h: float
    watched: bool

    @property
    def bottom(self) -> bool:
        return self.level <= 0.01

    @property
    def moves(self) -> bool:
        """Whether it shows another number every hour or so."""
        return self.rest_h <= 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """A workplace. `intelligent`: equipped so; None where the register does not say."""

    id: str
    kind: str
    zh: str
    en: str
    length_m: float
    series_ventilation: bool
    intelligent: bool | None


@dataclass(frozen=True, slots=True)
class Mine:
    """A mine that does not exist. `rises`: the day its upgrade bears fruit, or None; `careful`: how much it slows down near the limit."""

    number: int
    id: str
    zh: str
    en: str
    city: str
    capacity_mt: float
    depth_m: float
    gas_class: str
    operator: Operator
    places: tuple[Place, ...]
    points: tuple[Point, ...]
    crews: int
    rises: int | None
    careful: float

    @property
    def faces(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.kind == "face")

    @property
    def watched(self) -> tuple[int, ...]:
        """Which points are watched."""
        return tuple(at for at, point in enumerate(self.points) if point.watched)


def mine(seed: int, number: int) -> Mine:
    """The mine with this number (from 0); the same whatever the size of the province."""
    rng = Chance(seed, number).of("mine")
    operator = _operator(seed, number)
    city = CITIES[int(rng.integers(len(CITIES)))]
    capacity = float(
        rng.choice(
            [0.6, 0.9, 1.2, 1.5, 1.8, 2.4, 3.0, 4.0, 5.0, 8.0, 10.0], p=[0.1, 0.2, 0.2, 0.12, 0.1, 0.08, 0.08, 0.05, 0.03, 0.02, 0.02]
        )
    )
    gas_class = str(rng.choice(GAS_CLASSES, p=[0.55, 0.35, 0.10]))
    depth = float(np.round(rng.uniform(120.0, 900.0)))
    places = _places(rng, faces=int(rng.integers(1, 3 if capacity < 2 else 4)), headings=int(rng.integers(1, 5)))
    points = _points(rng, operator, gas_class, places)
    crews = int(rng.integers(2, 4)) if operator is Operator.SLOPPY else int(rng.integers(1, 3))
    rises = int(rng.integers(0, 900)) if operator is Operator.POOR and rng.random() < 0.4 else None
    careful = float(rng.uniform(0.4, 0.8)) if rng.random() < 0.2 and operator is not Operator.CUT_PEAKS else 1.0
    name = f"{number + 1:03d}"
    zh, en = f"模拟{city}{name}矿", f"Simulated mine {name}"
    return Mine(number, f"sim-{name}", zh, en, city, capacity, depth, gas_class, operator, places, points, crews, rises, careful)


def _operator(seed: int, number: int) -> Operator:
    block, at = divmod(number, len(_DOZENS))
    order = np.random.default_rng([seed, block, crc32(b"operators")]).permutation(len(_DOZENS))
    return _DOZENS[int(order[at])]


def _places(rng: np.random.Generator, faces: int, headings: int) -> tuple[Place, ...]:
    made: list[Place] = []
    for at in range(faces):
        code = f"{1 + at}10{int(rng.integers(1, 9))}"
        length, series, stated = float(np.round(rng.uniform(120, 300))), bool(rng.random() < 0.05), bool(rng.random() < 0.95)
        equipped = bool(rng.random() < 0.93) if stated else None
        made.append(Place(f"face-{code}", "face", f"{code}综采工作面", f"face {code}", length, series, equipped))
    for at in range(headings):
        code = f"{1 + at}20{int(rng.integers(1, 9))}"
        length, series = float(np.round(rng.uniform(200, 2500))), bool(rng.random() < 0.08)
        made.append(Place(f"heading-{code}", "heading", f"{code}掘进工作面", f"heading {code}", length, series, bool(rng.random() < 0.3)))
    return tuple(made)


def _points(rng: np.random.Generator, operator: Operator, gas_class: str, places: tuple[Place, ...]) -> tuple[Point, ...]:
    """Watched ones first (two a face, one a heading, six at most), then those that move, rest for hours, or stand at the bottom."""
    watched = min(sum(2 if place.kind == "face" else 1 for place in places), 6)
    highest = {"low": 0.38, "high": 0.5, "outburst": 0.56}[gas_class]
    made: list[Point] = []
    for at in range(watched):
        level = float(rng.uniform(0.15, highest))
        if operator is Operator.CUT_PEAKS and at < 2:
            level = float(rng.uniform(0.46, 0.62))
        made.append(Point(f"T{at + 1:02d}", bool(rng.random() < 0.3), level, float(rng.uniform(0.2, 0.5)), True))
    for at in range(watched, watched + int(rng.integers(6, 40))):
        sort = rng.random()
        level, rest = (0.0, 24.0) if sort < 0.25 else (float(rng.uniform(0.04, 0.2)), float(rng.uniform(3.0, 9.0)))
        if sort >= 0.4:
            level, rest = float(rng.uniform(0.06, 0.35)), float(rng.uniform(0.25, 1.0))
        made.append(Point(f"T{at + 1:02d}", bool(rng.random() < 0.3), level, rest, False))
    return tuple(made)
