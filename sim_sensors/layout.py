"""From the table of places to a mine of any size: registry, register map and the settings of its sensors."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from contracts.points import Point, Registry, check_registry
from contracts.registers import WORDS, Form, Register, RegisterMap
from contracts.units import QUANTITIES, Kind
from sim_sensors.mine.preset import Preset
from sim_sensors.places import ALARM_GE, DISTRICT, MINE, RETURN, STATION, Place
from sim_sensors.sensors.array import Setting
from sim_sensors.sensors.kinds import SENSORS, Sensor

MAPPED_BY = "演示 demo"
"""The fictional person who mapped the demo's places to limit rows."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What hangs where: `signals[i]` and `districts[i]` (counted from 0) say what point i sees; `power[i]` which supply its cut acts on."""

    registry: Registry
    registers: RegisterMap
    settings: tuple[Setting, ...]
    signals: tuple[str, ...]
    districts: tuple[int, ...]
    power: tuple[str, ...]

    @property
    def district_count(self) -> int:
        return max(self.districts) + 1


def lay_out(mine: str, zh: str, en: str, preset: Preset, points: int = 0, unit: int = 1, *, drainage: bool = False) -> Layout:
    """The mine's layout: one district (about 60 points), or as many districts as it takes for exactly `points` points; `drainage`: and a
    drainage station behind them."""
    whole = [(place, 0) for place in MINE]
    each = [place for place in DISTRICT if preset.gas_class in place.classes.split()]
    districts = max(1, math.ceil((points - len(whole)) / len(each)))
    hung = whole + [(place, district) for district in range(districts) for place in each]
    hung = hung[: points or len(hung)] + [(place, 0) for place in STATION if drainage]
    ids = {place.id.format(**_numbers(district)) for place, district in hung}
    found = tuple(_point(place, district, preset.gas_class, ids) for place, district in hung)
    found = tuple(_measuring(point, preset.network.main_area * districts) for point in found) if drainage else found
    settings = tuple(_setting(point, place, preset) for point, (place, _) in zip(found, hung, strict=True))
    note = "模拟矿井,并不存在 / a simulated mine that does not exist"
    return Layout(
        check_registry(Registry(mine, zh, en, found, note)),
        register_map({setting.point: (setting.sensor, setting.decimals) for setting in settings}, unit),
        settings,
        tuple(place.signal for place, _ in hung),
        tuple(district for _, district in hung),
        tuple(place.power for place, _ in hung),
    )


def _limit_row(row: str, gas_class: str) -> str:
    """The row for this gas class. Table 19 has none for the face's intake of a low- or high-gas mine: it stays unmapped."""
    by_class = {
        "face": "face_outburst" if gas_class == "outburst" else "face_low_high",
        "face_intake": "face_intake_outburst" if gas_class == "outburst" else "",
    }
    return by_class.get(row, row)


def _sensor(kind: str, gas_class: str) -> Sensor:
    """Art. 538 asks for full-range methane sensors in outburst mines."""
    if kind == "methane":
        return SENSORS["methane-laser" if gas_class == "outburst" else "methane-catalytic"]
    return SENSORS[kind]


def _numbers(district: int) -> dict[str, str]:
    zone = district + 1
    return {"f": f"{zone}101", "h": f"{zone}103", "d": str(zone)}


def _present(named: str, numbers: dict[str, str], ids: Collection[str]) -> tuple[str, ...]:
    """The named points that hang in this mine: a mine of few points ends in the middle of a district."""
    return tuple(name for name in named.format(**numbers).split() if name in ids)


def _point(place: Place, district: int, gas_class: str, ids: Collection[str]) -> Point:
    numbers = _numbers(district)
    sensor, row = _sensor(place.sensor, gas_class), _limit_row(place.row, gas_class)
    name = place.id.format(**numbers)
    return Point(
        name,
        sensor.quantity,
        place.area.format(**numbers),
        place.zh.format(**numbers),
        place.en.format(**numbers),
        sensor.name,
        f"DEMO-{name}",
        row,
        MAPPED_BY if row else "",
        feeds=_present(place.feeds, numbers, ids),
        fans=_present(place.fans, numbers, ids),
        pair="".join(_present(place.pair, numbers, ids)),
        stream=place.stream,
    )


def _measuring(point: Point, section_m2: float) -> Point:
    """In a mine with a drainage station the main return is measured too."""
    stream = RETURN.get(point.id, point.stream)
    return replace(point, stream=stream, section_m2=section_m2 if point.id in RETURN and point.quantity == "wind_speed" else 0.0)


def _setting(point: Point, place: Place, preset: Preset) -> Setting:
    sensor = _sensor(place.sensor, preset.gas_class)
    decimals = preset.methane_decimals if place.sensor == "methane" else QUANTITIES[sensor.quantity].decimals
    return Setting(point.id, sensor, decimals, ALARM_GE.get(point.limit_row, np.nan))


def register_map(points: dict[str, tuple[Sensor, int]], unit: int) -> RegisterMap:
    """Registers in the points' order: value, then its state code beside it, so that one request reads both."""
    registers: list[Register] = []
    at = 0
    for point, (sensor, decimals) in points.items():
        form = _form(sensor.low, sensor.high, decimals, QUANTITIES[sensor.quantity].kind)
        registers.append(Register(point, at, form, decimals, at + WORDS[form]))
        at += WORDS[form] + 1
    return RegisterMap(unit, tuple(registers))


def _form(low: float, high: float, decimals: int, kind: Kind) -> Form:
    """The smallest form that holds the range with one value to spare for "no value" (field/words.py)."""
    most = max(-low, high) * 10**decimals
    if kind is Kind.CUMULATIVE:
        return Form.U32
    return Form.I16 if most < (1 << 15) - 1 else Form.I32
