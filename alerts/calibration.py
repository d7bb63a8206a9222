"""The calendar of calibrations (CMSR 2025 Art. 531) and of comparisons with a portable detector (Art. 532). Pure.

A catalytic methane sensor is calibrated every half month, a laser one every half year; for other sensors Art. 531 points to their own
standards and names no period: without one that a named person stated, the period is *unknown*, never half a year by default.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from alerts.packs.pack import Pack
from contracts.clock import DAY, HOUR
from contracts.points import Point, Registry
from contracts.units import OWN_WORD, Kind
from store.records.calibrations import CalibrationRow, ComparisonRow, PeriodRow

COMPARED = frozenset({
    *("face_return_corner", "face_low_high", "face_outburst", "face_return_airway", "face_return_mid"),
    *("heading_face", "heading_return", "heading_mid", "double_heading_mixed_return"),
})  # fmt: skip
"""Rows of the pack that are working faces and their return air: our reading of Art. 532."""
_NO_SENSORS = frozenset(("persons", *OWN_WORD))
_TELLING = {"催化": "catalytic", "catalytic": "catalytic", "激光": "laser", "laser": "laser"}
"""Words in a sensor's description that tell its kind. A type number alone tells nothing here."""


class Sensor(StrEnum):
    """What Art. 531 tells apart."""

    CATALYTIC = "catalytic"
    LASER = "laser"
    OTHER = "other"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """How a duty stands, worst first. Due: today, and nothing is late yet."""

    OVERDUE = "overdue"
    NEVER = "never"
    DUE = "due"
    UNKNOWN = "unknown"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Due:
    """One sensor's calibration. `last`: the newest since the installation; `due` µs UTC, None: nobody knows. `standard`: what the period
    rests on where it is not the regulation; `why`: a code where it is unknown."""

    point: Point
    sensor: Sensor
    standing: Standing
    why: str
    last: CalibrationRow | None
    due: int | None
    every_days: int | None
    clause: str
    standard: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One sensor's comparison. `difference`: sensor less portable; `beyond`: more than the allowed error, None: not told; `fix_by` (µs):
    until when both must be calibrated, None: nothing to mend."""

    point: Point
    standing: Standing
    why: str
    last: ComparisonRow | None
    difference: float | None
    beyond: bool | None
    fix_by: int | None
    late: bool
    clause: str


def calendar(registry: Registry, pack: Pack, done: Mapping[str, CalibrationRow], said: Mapping[str, PeriodRow], now: int) -> list[Due]:
    """Every analogue sensor in use at `now`, the worst first, then in the registry's order."""
    found = [_due(point, pack, done.get(point.id), said.get(point.id), now) for point in _in_use(registry, now)]
    return sorted(found, key=lambda one: list(Standing).index(one.standing))


def comparisons(registry: Registry, pack: Pack, done: Mapping[str, ComparisonRow], now: int, zone: int) -> list[Compared]:
    """Every methane sensor of a working face or its return air, the worst first. `zone`: µs by which the mine's day is ahead of UTC."""
    methane = [point for point in _in_use(registry, now) if point.quantity == "methane"]
    wanted = [point for point in methane if point.limit_row in COMPARED or not point.limit_row]
    found = [_compared(point, pack, done.get(point.id), now, zone) for point in wanted]
    return sorted(found, key=lambda one: (not one.late, list(Standing).index(one.standing)))


def _in_use(registry: Registry, now: int) -> Iterable[Point]:
    for point in registry.points:
        measures = point.measures.kind is Kind.ANALOGUE and point.quantity not in _NO_SENSORS
        if measures and point.valid_from <= now and (point.valid_to is None or now < point.valid_to):
            yield point


def sensor_of(point: Point, said: PeriodRow | None) -> Sensor:
    """What a person said of it, else what its description says in words."""
    if said is not None:
        return Sensor(said.kind)
    if point.quantity != "methane":
        return Sensor.OTHER
    text = point.sensor.casefold()
    return next((Sensor(kind) for word, kind in _TELLING.items() if word in text), Sensor.UNKNOWN)


def _due(point: Point, pack: Pack, last: CalibrationRow | None, said: PeriodRow | None, now: int) -> Due:
    sensor = sensor_of(point, said)
    duty = pack.duties.get(f"calibrate_{sensor}")
    days, standard = (duty.every_days if duty else None), ""
    if sensor is Sensor.OTHER and said is not None and said.every_days is not None:
        days, standard = said.every_days, said.standard
    if last is not None and last.time < point.valid_from:
        last = None
    why = "" if days is not None else "sensor_unknown" if sensor is Sensor.UNKNOWN else "no_official_period"
    due = None if last is None or days is None else last.time + days * DAY
    if why:
        standing = Standing.UNKNOWN
    elif due is None:
        standing = Standing.NEVER
    else:
        standing = Standing.OVERDUE if now > due else Standing.DUE if now > due - DAY else Standing.DONE
    clause, confidence = (duty.reference, duty.confidence) if duty else (pack.clause("calibrate_other"), "")
    return Due(point, sensor, standing, why, last, due, days, clause, standard, confidence)


def _compared(point: Point, pack: Pack, last: ComparisonRow | None, now: int, zone: int) -> Compared:
    duty = pack.duties.get("compare_portable")
    if last is not None and last.time < point.valid_from:
        last = None
    today = (now + zone) // DAY
    day = None if last is None else (last.time + zone) // DAY
    if not point.limit_row:
        standing = Standing.UNKNOWN
    elif day is None:
        standing = Standing.NEVER
    else:
        standing = Standing.DONE if day >= today else Standing.DUE if day == today - 1 else Standing.OVERDUE
    difference = None if last is None else last.sensor - last.portable
    beyond = None if last is None or last.allowed is None or difference is None else abs(difference) > last.allowed + 1e-9
    hours = duty.within_hours if duty else None
    fix_by = last.time + hours * HOUR if last is not None and beyond and not last.mended and hours else None
    late = fix_by is not None and now > fix_by
    why = "" if point.limit_row else "place_unknown"
    return Compared(point, standing, why, last, difference, beyond, fix_by, late, duty.reference if duty else "")
