"""Which of a mine's systems a point belongs to, and which machine's work it shows: by quantity, area and the words of its place. Pure.

Names of systems are those of the Henan rule (domain/intelligent-criteria.yaml, seen_secondary). The grouping is this project's: no source
says which points are a system's. A point that fits none counts as safety monitoring.
"""

import re
from enum import StrEnum

from contracts.points import Point

SYSTEMS = (
    *("safety_monitoring", "gas_control", "ventilation_air", "coal_face", "heading", "main_haulage", "power_water"),
    "information_base",
)

_BELT = re.compile(r"带式输送机|皮带|胶带|\bbelt\b|\bconveyor\b", re.IGNORECASE)
_FAN = re.compile(r"通风机|风机|\bfan\b", re.IGNORECASE)
_MAIN_FAN = re.compile(r"主通风机|主扇|\bmain fan\b", re.IGNORECASE)
_FACE = re.compile(r"采煤工作面|综采|采煤机|\bface\b|\bshearer\b", re.IGNORECASE)
_SHEARER = re.compile(r"采煤机|\bshearer\b", re.IGNORECASE)
_HEADING = re.compile(r"掘进|\bheading\b", re.IGNORECASE)
_POST = re.compile(r"变电所|水泵房|泵房|压风机房|\bsubstation\b|\bpump (room|house|station)\b|\bcompressor (room|house)\b", re.IGNORECASE)
_DRAINAGE = re.compile(r"抽采|\bdrainage\b", re.IGNORECASE)
_AUTO = re.compile(r"自动|\bauto(matic)?\b", re.IGNORECASE)
_REMOTE = re.compile(r"远程|远控|集控|\bremote(ly)?\b|\bcentral control\b", re.IGNORECASE)
_UNDERGROUND = re.compile(r"全矿|矿井总|入井|井下(总)?人数|\bunderground\b|\bwhole mine\b", re.IGNORECASE)

_AIR = ("wind_speed", "negative_pressure", "pressure_difference", "air_door")
_DRAINED = ("methane_flow", "pipe_pressure", "pipe_flow", "pipe_suction", "pipe_methane", "pipe_temperature")
_MACHINE = ("current", "haulage_speed", "direction", "run_state", "vibration", "bearing_temperature")


class Role(StrEnum):
    """What a point shows of the work at its place; by the words of the registry."""

    FACE_PRODUCES = "face_produces"
    FACE_AUTO = "face_auto"
    BELT_RUNS = "belt_runs"
    BELT_REMOTE = "belt_remote"
    FAN_REMOTE = "fan_remote"
    POST_PERSONS = "post_persons"
    FACE_PERSONS = "face_persons"
    MINE_PERSONS = "mine_persons"


def words_of(point: Point) -> str:
    """Where it hangs, in both languages."""
    return f"{point.place_zh} {point.place_en}"


def system_of(point: Point) -> str:
    """One of SYSTEMS."""
    words, quantity = words_of(point), point.quantity
    machine = quantity in _MACHINE
    fits = {
        "information_base": quantity == "persons",
        "gas_control": quantity in _DRAINED or (quantity == "methane" and bool(_DRAINAGE.search(words))),
        "ventilation_air": quantity in _AIR or (machine and bool(_FAN.search(words))),
        "main_haulage": quantity == "coal_mass" or (machine and bool(_BELT.search(words))),
        "power_water": quantity == "feed_state" or (machine and bool(_POST.search(words))),
        "heading": machine and bool(_HEADING.search(words)),
        "coal_face": machine and bool(_FACE.search(words)),
    }
    return next((system for system, fit in fits.items() if fit), "safety_monitoring")


def role_of(point: Point) -> Role | None:
    """What it shows of the work; None for nearly all points."""
    words = words_of(point)
    if point.quantity == "persons":
        return _of_persons(words)
    if point.quantity != "run_state":
        return None
    if _MAIN_FAN.search(words):
        return Role.FAN_REMOTE if _REMOTE.search(words) else None
    if _BELT.search(words):
        return Role.BELT_REMOTE if _REMOTE.search(words) else Role.BELT_RUNS
    if _FACE.search(words) and not _HEADING.search(words) and _AUTO.search(words):
        return Role.FACE_AUTO
    return Role.FACE_PRODUCES if _SHEARER.search(words) and not _REMOTE.search(words) else None


def _of_persons(words: str) -> Role | None:
    if _POST.search(words):
        return Role.POST_PERSONS
    if _UNDERGROUND.search(words):
        return Role.MINE_PERSONS
    return Role.FACE_PERSONS if _FACE.search(words) else None
