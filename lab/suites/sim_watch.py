"""What watches a simulated day: our policy with its detectors, and the two baselines."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from lab.suites.sim_days import DAY_S, SimDay
from lab.suites.sim_rows import DayRows, render
from models.balance import Balance, BalanceSettings
from models.base import Frame
from models.health import Health, HealthSettings
from models.places import Spot, spots_of
from models.policy import DRIFT, WEAR, Finding, Policy
from models.trust import Trust, TrustSettings

RISE, RISE_SPAN = 0.1, 180
"""The slope baseline: %CH4 within so many seconds, as the rule on the spot has it."""


def spots_of_day(rows: DayRows) -> tuple[Spot, ...]:
    """The day's points with their alarm values; methane with the digits this mine shows."""
    limits = {point.id: float(limit) for point, limit in zip(rows.registry.points, rows.limits, strict=True) if np.isfinite(limit)}
    digits = 10.0**-rows.day.preset.methane_decimals
    return tuple(
        Spot(**{**{name: getattr(spot, name) for name in spot.__struct_fields__}, "step": digits}) if spot.quantity == "methane" else spot
        for spot in spots_of(rows.registry, limits)
    )


@lru_cache(maxsize=2)
def commissioned(day: SimDay) -> Frame:
    """One day of that mine in which nothing of a script happens, at 1 Hz."""
    rows = render(day)
    return Frame(rows.points, rows.times, rows.values)


def _of_mine(day: SimDay) -> SimDay:
    """The commissioning day: the same for all days of a mine."""
    return replace(
        day, name=f"commissioning-{day.mine}", start=DAY_S * 20_400, seconds=DAY_S, cadence=1, script=(), unmarked=(), suppress=0.0
    )


def watch(rows: DayRows) -> list[Finding]:
    """Findings of our policy on a day, from its first row."""
    spots = spots_of_day(rows)
    frame = Frame(rows.points, rows.times, rows.values)
    policy = policy_of(rows.day, spots)
    return policy.step(frame, rows.quality, rows.stamps)


def policy_of(day: SimDay, spots: tuple[Spot, ...]) -> Policy:
    """Our policy, its detectors fitted on the mine's commissioning day as this day's system would have shown it."""
    trust, health, balance = fitted(_of_mine(day), spots, day.cadence, day.suppress)
    return Policy(spots, trust, [(WEAR, health), (DRIFT, balance)])


@lru_cache(maxsize=4)
def fitted(mine: SimDay, spots: tuple[Spot, ...], cadence: int, suppress: float) -> tuple[Trust, Health, Balance]:
    """Habits from the commissioning day: trust at the system's own cadence, the slow detectors from a row every 30 s."""
    own = commissioned(mine)
    gas = np.array([spot.quantity == "methane" for spot in spots])
    values = np.where(gas & (own.values < suppress), 0.0, own.values)
    shown = Frame(own.points, own.times[::cadence], values[::cadence])
    slow = Frame(own.points, own.times[::30], values[::30])
    return Trust(TrustSettings(spots)).fit(shown), _health(spots, slow), Balance(BalanceSettings(spots)).fit(slow)


def _health(spots: tuple[Spot, ...], own: Frame) -> Health:
    points = tuple(spot.point for spot in spots if spot.quantity == "vibration")
    running = own.of(points)
    running = np.where(running > 0.3 * np.nanmax(running, axis=0), running, np.nan)
    return Health(HealthSettings(span_s=600.0, trend_s=3600.0, normal=8.0)).fit(Frame(points, own.times, running))


def baselines(rows: DayRows) -> dict[str, list[Finding]]:
    """`threshold`: the last value is at the alarm value. `slope`: methane rose by 0.1 % in three minutes, carbon monoxide by 4 ppm."""
    told: dict[str, list[Finding]] = {"threshold": [], "slope": []}
    behind = max(1, RISE_SPAN // rows.day.cadence)
    for column, point in enumerate(rows.registry.points):
        value = rows.values[:, column]
        kind = {"methane": "gas_accumulation", "carbon_monoxide": "belt_fire"}.get(point.quantity)
        if kind is None or not np.isfinite(rows.limits[column]):
            continue
        with np.errstate(invalid="ignore"):
            over = value >= rows.limits[column] - 1e-9
            rise = np.concatenate([np.zeros(behind, bool), value[behind:] - value[:-behind] >= (RISE if kind != "belt_fire" else 4.0)])
        for name, there in (("threshold", over), ("slope", rise)):
            for row in np.flatnonzero(there & ~np.concatenate([[False], there[:-1]])).tolist():
                time = int(rows.times[row])
                told[name].append(Finding(kind, point.id, (point.id,), time, time, 0.5))
    return {name: sorted(found, key=lambda finding: finding.since) for name, found in told.items()}
