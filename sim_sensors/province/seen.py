"""What reaches the centre of a mine's days, after the operator's deeds: facts as columns, and what honesty is judged from. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim_sensors.province.below import CATALYTIC_DAYS, MINUTES, Below, Flags, Stills
from sim_sensors.province.chance import Bools, Chance, Floats
from sim_sensors.province.deeds import Deeds
from sim_sensors.province.mines import SYSTEMS, Mine

ENOUGH = 0.9
"""With less of its data a measured fact says nothing."""
LIMIT = 1.0
"""%CH4: where a face's alarm stands (CMSR 2025 Table 19)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Facts by (name, subject), each (days,): NaN where too little came. `completeness` (days,): of what is measured; what stands in a
    register, a calendar or a ledger is always complete (`COMPLETE`). `hours` (watched, days, 24): hourly maxima as they were uploaded, NaN
    where a point stood."""

    mine: Mine
    days: int
    facts: dict[tuple[str, str], Floats]
    completeness: Floats
    flags: Flags
    stills: Stills
    hours: NDArray[np.float64]


COMPLETE = frozenset(
    (
        "calibration_on_time_rate",
        "must_methane_points_missing",
        "settings_wider_than_table19",
        "upload_gap_minutes",
        "permits_open_overrun",
        "upgrade_done",
        "organisation_set_up",
        "licence_valid_until",
        "standardisation_level",
        "no_fatal_accident",
    )
)
"""Facts that rest on registers, calendars, ledgers and documents: no reading that was lost makes them less."""
DECLARED = frozenset(("upgrade_done", "organisation_set_up", "licence_valid_until", "standardisation_level", "no_fatal_accident"))


def seen(seed: int, true: Below, done: Deeds) -> Seen:
    """What reaches the centre."""
    mine, days, chance = true.mine, true.days, Chance(seed, true.mine.number)
    completeness = true.recorded / MINUTES
    flags, stills = true.flags.with_more(done.flags), true.stills.with_more(done.stills)
    if done.idle.any():
        keep = ~done.idle[true.flags.day]
        kept = Flags(*(getattr(true.flags, name)[keep] for name in Flags.__slots__))
        flags = kept.with_more(done.flags)
    hours = _hours(chance, true, done, stills)
    facts = _registers(true, done) | _running(true) | _sent(chance, true, done) | _rest(chance, true, hours)
    return Seen(mine, days, facts, completeness, flags, stills, hours)


def truly_overdue(true: Below, done: Deeds) -> NDArray[np.int64]:
    """Points past their period, with those that nobody calibrates while the calendar says so; (days,)."""
    since = np.zeros(true.days, np.int64)
    for first, end in done.campaigns:
        since[first:end] = np.arange(1, end - first + 1)
    neglected = done.idle & (since > CATALYTIC_DAYS)
    return np.where(neglected, sum(not point.laser for point in true.mine.points), true.overdue)


def _registers(true: Below, done: Deeds) -> dict[tuple[str, str], Floats]:
    points, known = len(true.mine.points), true.documented
    overdue = np.where(done.idle, 0, true.overdue)
    return {
        ("calibration_on_time_rate", ""): 1.0 - overdue / points,
        ("must_methane_points_missing", ""): true.missing.astype(np.float64),
        ("settings_wider_than_table19", ""): true.wider.astype(np.float64),
        ("upload_gap_minutes", ""): (MINUTES - true.recorded).astype(np.float64),
        ("upgrade_done", ""): np.where(known, true.upgraded.astype(np.float64), np.nan),
        ("organisation_set_up", ""): np.where(known, true.organised.astype(np.float64), np.nan),
    }


def _running(true: Below) -> dict[tuple[str, str], Floats]:
    there = _there(true)
    found = {
        ("systems_running_share", name): np.where(there, _share(true.running[at], true.recorded), np.nan) for at, name in enumerate(SYSTEMS)
    }
    for at, face in enumerate(true.mine.faces):
        found["face_producing_hours", face.id] = np.where(there, true.producing[at] / 60.0, np.nan)
        found["face_auto_hours", face.id] = np.where(there, true.automatic[at] / 60.0, np.nan)
    return found


def _sent(chance: Chance, true: Below, done: Deeds) -> dict[tuple[str, str], Floats]:
    """How late it came, and what of that the ledger explains by a link that was down."""
    there, undeclared = _there(true), np.minimum(true.slow + done.held, 1.0)
    late = np.minimum(_share(true.offline, true.recorded) + undeclared, 1.0)
    usual = chance.of("delay").uniform(1.5, 6.0, true.days)
    waits = np.where(done.held > 0.05, done.held_h * 3_600.0, np.where(true.offline > 72, true.offline * 60.0 / 2.0, usual))
    found = {"late_share": late, "late_undeclared_share": undeclared, "upload_delay_s": np.round(waits, 1)}
    return {(name, ""): np.where(there, values, np.nan) for name, values in found.items()}


def _rest(chance: Chance, true: Below, hours: NDArray[np.float64]) -> dict[tuple[str, str], Floats]:
    """What no counted criterion asks for: small numbers with some chance in them."""
    there = _there(true)

    def some(name: str, low: float, high: float, spread: float) -> Floats:
        """Around the mine's own middle, which is between `low` and `high`."""
        rng = chance.of(name)
        return rng.normal(rng.uniform(low, high), spread, true.days)

    online = 1.0 - np.abs(some("online", 0.0, 0.004, 0.004))
    belt = np.clip(some("belt", 15.0, 19.0, 2.0), 4.0, 24.0)
    found = {
        "points_online_rate": np.round(online, 4),
        "points_good_rate": np.round(online - np.abs(some("good", 0.0, 0.002, 0.003)), 4),
        "belt_running_hours": np.round(belt, 2),
        "belt_remote_hours": np.round(belt * np.clip(some("remote", 0.4, 0.99, 0.04), 0.0, 1.0), 2),
        "unattended_hours_share": np.round(np.clip(some("unattended", 0.2, 0.95, 0.05), 0.0, 1.0), 3),
        "persons_at_face": np.rint(np.clip(some("face persons", 5, 22, 1.5), 2, 60)),
        "max_persons_per_shift": np.rint(np.clip(some("persons", 45, 240, 8.0), 10, 400)),
        "network_delay_ms": np.round(np.abs(some("network", 8, 40, 4.0)), 1),
        "exceedances": (np.nan_to_num(hours) >= LIMIT).sum(axis=(0, 2)).astype(np.float64),
    }
    return {(name, ""): np.where(there, values, np.nan) for name, values in found.items()}


def _hours(chance: Chance, true: Below, done: Deeds, stills: Stills) -> NDArray[np.float64]:
    """Hourly maxima as uploaded, in the sensor's last digit. What stands is no maximum: those hours are left out."""
    gas = true.hours.astype(np.float64)
    jitter = chance.whole("cap", 0, 3, (true.days, len(gas), 24)).transpose(1, 0, 2) / 100.0
    cap = done.cap[None, :, None]
    gas = np.where(np.isnan(cap), gas, np.minimum(gas, np.where(gas > cap, cap - jitter, gas)))
    gas = np.round(gas, 2).reshape(len(gas), -1)
    for row, point in enumerate(true.mine.watched):
        for at in np.flatnonzero(stills.point == point).tolist():
            first, end = int(stills.first[at]), int(stills.first[at] + stills.windows[at])
            gas[row, -(-first // 12) : end // 12] = np.nan
    return np.where(_there(true)[None, :, None], gas.reshape(true.hours.shape), np.nan)


def _there(true: Below) -> Bools:
    return np.asarray(true.recorded >= ENOUGH * MINUTES)


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
