"""Exceedances of a day and which of them nobody answered, from the alarm journal. Pure.

What counts: an alarm by a limit of the regulation pack (at a point without one, by the device's own), raised that day by source time,
that was neither planned (a permit spoke for it and fits) nor of a sensor out of service. Answered: the mine answered since it was last
raised, as of when the fact was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.facts import Fact
from fleet.facts.day import made, nothing
from fleet.facts.grid import Grid

COUNTED, UNANSWERED = "alarms.exceedances@1", "alarms.unanswered@1"


@dataclass(frozen=True, slots=True)
class Exceedance:
    """One alarm by a limit. `counts`: neither planned nor out of service; `unverified`: under calibration, not confirmed."""

    alarm: int
    point: str
    counts: bool
    answered: bool
    unverified: bool = False


def exceedances(grid: Grid, found: Sequence[Exceedance], limited: frozenset[str]) -> list[Fact]:
    """exceedances and exceedances_unanswered. `limited`: points with a limit; as complete as their readings are."""
    chosen = grid.where([point.id in limited for point in grid.points])
    if not chosen.points:
        return [
            nothing(grid.day, "exceedances", COUNTED, "no_limits"),
            nothing(grid.day, "exceedances_unanswered", UNANSWERED, "no_limits"),
        ]
    seen = (chosen.count > 0) & chosen.installed
    complete = float(seen.sum()) / max(1, int(chosen.installed.sum()))
    those = [one for one in found if one.counts]
    open_still = [one for one in those if not one.answered]
    numbers = {"unverified": float(sum(one.unverified for one in those)), "planned": float(len(found) - len(those))}
    numbers["points_with_limit"] = float(len(chosen.points))
    return [
        _fact(grid, "exceedances", COUNTED, those, complete, numbers),
        _fact(grid, "exceedances_unanswered", UNANSWERED, open_still, complete, {"exceedances": float(len(those))}),
    ]


def _fact(grid: Grid, name: str, how: str, alarms: Sequence[Exceedance], complete: float, numbers: dict[str, float]) -> Fact:
    """`at_least` stays where the day is not complete: what was seen is seen."""
    evidence = [f"alarm:{one.alarm}" for one in alarms]
    return made(grid.day, name, how, float(len(alarms)), complete, numbers=numbers | {"at_least": float(len(alarms))}, evidence=evidence)
