"""Points online, of good quality, and the heartbeat of a mine's systems. Pure.

Online in a window of 5 minutes: half or more of the readings that were due came, and were good (a valid value in the last two periods,
MT/T 1201's update period taken as the poll period of the gateway's slowest source: project). A sensor under calibration is not online.
"""

from collections.abc import Sequence

import numpy as np

from contracts.facts import Fact
from fleet.facts.day import made, nothing
from fleet.facts.grid import Flags, Grid, Numbers
from fleet.facts.systems import SYSTEMS, system_of

ONLINE, GOOD, WIND, RUNNING = "points.online@1", "points.good@1", "points.wind.online@1", "systems.heartbeat@1"
_WORST_SHOWN = 10


def presence(grid: Grid) -> list[Fact]:
    """points_online_rate, points_good_rate, wind_points_online_rate."""
    wind = grid.where([point.quantity == "wind_speed" for point in grid.points])
    return [_online(grid, "points_online_rate", ONLINE), _good(grid), _online(wind, "wind_points_online_rate", WIND)]


def online(grid: Grid) -> Flags:
    """(P, W)."""
    return np.asarray((grid.good >= np.maximum(1.0, np.floor(grid.due / 2))[:, None]) & grid.installed)


def _online(grid: Grid, name: str, how: str) -> Fact:
    """Windows in which the point is online, of all windows in which it hangs there: what is not known is not online."""
    total = int(grid.installed.sum())
    if not total:
        return nothing(grid.day, name, how, "no_points")
    here = online(grid)
    numbers = {"points": float(len(grid.points)), "windows_online": float(here.sum()), "windows": float(total)}
    return made(grid.day, name, how, here.sum() / total, grid.known, numbers=numbers, evidence=_worst(grid, here))


def _good(grid: Grid) -> Fact:
    """Good readings of those that were due; a missing one is none."""
    total = int(grid.installed.sum())
    if not total:
        return nothing(grid.day, "points_good_rate", GOOD, "no_points")
    due = np.where(grid.installed, grid.due[:, None], 0.0)
    good = np.minimum(grid.good, due)
    numbers = {"points": float(len(grid.points)), "readings": float(grid.count.sum()), "good": float(good.sum()), "due": float(due.sum())}
    share = good / grid.due[:, None]
    return made(grid.day, "points_good_rate", GOOD, good.sum() / due.sum(), grid.known, numbers=numbers, evidence=_worst(grid, share))


def _worst(grid: Grid, share: Flags | Numbers) -> Sequence[str]:
    """The points that lack most, where any lacks anything."""
    lack = np.where(grid.installed, 1.0 - share, 0.0).sum(axis=1)
    order = np.argsort(-lack, kind="stable")[:_WORST_SHOWN]
    return [f"point:{grid.points[at].id}" for at in order if lack[at] > 1e-9]


def running(grid: Grid) -> list[Fact]:
    """systems_running_share, one a system: windows in which any of its points gave a good reading, of the whole day.

    A system here is a group of points by quantity, area and the words of its place (project rule, `fleet.facts.systems`).
    """
    of = np.array([system_of(point) for point in grid.points], dtype=object)
    facts = [_heartbeat(grid.where(of == system), system) for system in SYSTEMS if (of == system).any()]
    return facts or [nothing(grid.day, "systems_running_share", RUNNING, "no_points")]


def _heartbeat(grid: Grid, system: str) -> Fact:
    beats = ((grid.good >= 1) & grid.installed).any(axis=0)
    asked = (grid.asked & grid.installed).any(axis=0)
    numbers = {"points": float(len(grid.points)), "windows_with_heartbeat": float(beats.sum()), "windows": float(grid.day.windows)}
    return made(
        grid.day,
        "systems_running_share",
        RUNNING,
        float(beats.mean()),
        float(asked.mean()),
        subject=system,
        numbers=numbers,
        evidence=[f"point:{point.id}" for point in grid.points[:_WORST_SHOWN]],
    )
