"""Hours of automatic and remote running, from switch points whose places say so in the registry's words (`fleet.facts.systems`). Pure.

What is not known helps nobody: hours that count for a mine are those that were seen; of hours that they are held against, an unknown window
counts as running.
"""

from collections.abc import Iterable

import numpy as np

from contracts.facts import Fact
from fleet.facts.day import made, nothing
from fleet.facts.grid import Flags, Grid, Numbers
from fleet.facts.systems import Role, role_of
from store.interface import WINDOW

SEEN, AGAINST, RECORDS = "run_state.hours@1", "run_state.hours_unknown_as_running@1", "run_state.records@1"
HOUR_OF_WINDOW = WINDOW / 3_600_000_000


def work(grid: Grid) -> list[Fact]:
    """face_auto_hours and face_producing_hours by face; belt_remote_hours, belt_running_hours and fan_remote_records of the mine."""
    roles = np.array([str(role_of(point) or "") for point in grid.points], dtype=object)
    of = {role: grid.where(roles == role.value) for role in Role}
    producing, auto = of[Role.FACE_PRODUCES], of[Role.FACE_AUTO]
    faces = sorted({point.area for point in (*producing.points, *auto.points)})
    facts = [fact for face in faces for fact in (_hours_of(auto, face, against=False), _hours_of(producing, face, against=True))]
    if not faces:
        facts = [nothing(grid.day, "face_auto_hours", SEEN, "no_points"), nothing(grid.day, "face_producing_hours", AGAINST, "no_points")]
    belts = [_hours(of[Role.BELT_REMOTE], "belt_remote_hours", "", against=False)]
    belts.append(_hours(of[Role.BELT_RUNS], "belt_running_hours", "", against=True))
    return [*facts, *belts, _records(of[Role.FAN_REMOTE])]


def _hours_of(grid: Grid, face: str, *, against: bool) -> Fact:
    here = grid.where([point.area == face for point in grid.points])
    return _hours(here, "face_producing_hours" if against else "face_auto_hours", face, against=against)


def _hours(grid: Grid, name: str, subject: str, *, against: bool) -> Fact:
    """Hours of several machines add up: two belts that run an hour are two hours."""
    how = AGAINST if against else SEEN
    if not grid.points:
        return nothing(grid.day, name, how, "no_points", subject=subject)
    known, on = _shares(grid)
    seen = float(np.where(known, on, 0.0).sum() * HOUR_OF_WINDOW)
    unknown = float((grid.installed & ~known).sum() * HOUR_OF_WINDOW)
    complete = float(known.sum()) / max(1, int(grid.installed.sum()))
    numbers = {"hours_seen": seen, "hours_unknown": unknown, "points": float(len(grid.points))}
    value = seen + unknown if against else seen
    return made(grid.day, name, how, value, complete, subject=subject, numbers=numbers, evidence=_points(grid))


def _shares(grid: Grid) -> tuple[Flags, Numbers]:
    """Which windows are known, and the share of each in which the switch was on: good readings only, what is not good is not known."""
    known = np.asarray(grid.installed & (grid.good >= np.maximum(1.0, np.floor(grid.due / 2))[:, None]) & np.isfinite(grid.mean))
    return known, np.clip(np.nan_to_num(grid.mean), 0.0, 1.0)


def _records(grid: Grid) -> Fact:
    """How often remote operation of a main fan began: windows that saw it on right after one that is known not to have."""
    if not grid.points:
        return nothing(grid.day, "fan_remote_records", RECORDS, "no_points")
    known, _ = _shares(grid)
    on = known & (np.nan_to_num(grid.maximum) > 0)
    begins = on.copy()
    begins[:, 1:] &= known[:, :-1] & ~on[:, :-1]
    begins[:, :1] = False
    numbers = {"windows_remote": float(on.sum()), "points": float(len(grid.points))}
    complete = float(known.sum()) / max(1, int(grid.installed.sum()))
    return made(grid.day, "fan_remote_records", RECORDS, float(begins.sum()), complete, numbers=numbers, evidence=_points(grid))


def _points(grid: Grid) -> Iterable[str]:
    return (f"point:{point.id}" for point in grid.points)
