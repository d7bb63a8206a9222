"""How many people were where, from the personnel position system's counts by area (no names, no cards). Pure.

A highest number needs the whole day: it may stand in the part that is missing. Which shift it was of is in `numbers` (start of the window);
the shift's own number is taken as the highest number at once (project): the position system's counts tell no more.
"""

import numpy as np

from contracts.facts import Fact
from fleet.facts.day import WHOLE, made, nothing
from fleet.facts.grid import Grid
from fleet.facts.systems import Role, role_of

UNATTENDED, HIGHEST = "persons.none@1", "persons.highest@1"


def persons(grid: Grid) -> list[Fact]:
    """unattended_hours_share by post, persons_at_face by face, max_persons_per_shift of the mine."""
    roles = np.array([str(role_of(point) or "") for point in grid.points], dtype=object)
    of = {role: grid.where(roles == role.value) for role in (Role.POST_PERSONS, Role.FACE_PERSONS, Role.MINE_PERSONS)}
    posts, faces = of[Role.POST_PERSONS], of[Role.FACE_PERSONS]
    areas = sorted({point.area for point in faces.points})
    facts = [_unattended(posts.where([other.id == point.id for other in posts.points]), point.id) for point in posts.points]
    facts = facts or [nothing(grid.day, "unattended_hours_share", UNATTENDED, "no_points")]
    facts += [_highest(faces.where([point.area == area for point in faces.points]), "persons_at_face", area) for area in areas]
    if not areas:
        facts.append(nothing(grid.day, "persons_at_face", HIGHEST, "no_points"))
    return [*facts, _highest(of[Role.MINE_PERSONS], "max_persons_per_shift", "")]


def _unattended(grid: Grid, post: str) -> Fact:
    """Windows in which nobody was counted, of the whole day; what is not known counts as attended."""
    known = (grid.good >= 1) & grid.installed
    empty = known & (grid.maximum <= 0)
    total = max(1, int(grid.installed.sum()))
    numbers = {"windows_empty": float(empty.sum()), "windows_known": float(known.sum()), "windows": float(total)}
    evidence = (f"point:{post}",)
    value = float(empty.sum()) / total
    return made(
        grid.day, "unattended_hours_share", UNATTENDED, value, known.sum() / total, subject=post, numbers=numbers, evidence=evidence
    )


def _highest(grid: Grid, name: str, subject: str) -> Fact:
    """The highest number at once; several points of one face add up (of each its highest in the window)."""
    if not grid.points:
        return nothing(grid.day, name, HIGHEST, "no_points", subject=subject)
    known = ((grid.good >= 1) | ~grid.installed).all(axis=0) & grid.installed.any(axis=0)
    people = np.where(grid.installed, np.nan_to_num(grid.maximum), 0.0).sum(axis=0)
    at = int(np.argmax(people))
    numbers = {"windows_known": float(known.sum()), "windows": float(grid.day.windows)}
    if known.any():
        numbers |= {"at_hour": at / 12, "highest_seen": float(people.max())}
    evidence = [f"point:{point.id}" for point in grid.points]
    value = float(people.max()) if known.any() else None
    return made(grid.day, name, HIGHEST, value, float(known.mean()), enough=WHOLE, subject=subject, numbers=numbers, evidence=evidence)
