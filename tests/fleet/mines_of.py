"""Fact sets of mines that do not exist, for the tests of verdicts."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from contracts.facts import Fact, FactSet
from fleet.bodies import Profile, Workplace

FIRST = date(2026, 3, 1)
Cell = tuple[float | None, float]
"""Value and completeness."""

GOOD: dict[tuple[str, str], Cell] = {
    ("systems_running_share", ""): (0.99, 1.0),
    ("upgrade_done", ""): (1.0, 1.0),
    ("organisation_set_up", ""): (1.0, 1.0),
    ("face_auto_hours", "face-1"): (15.0, 1.0),
    ("face_producing_hours", "face-1"): (16.0, 1.0),
    ("calibration_on_time_rate", ""): (1.0, 1.0),
    ("must_methane_points_missing", ""): (0.0, 1.0),
    ("settings_wider_than_table19", ""): (0.0, 1.0),
    ("plan_uploaded", ""): (1.0, 1.0),
}
"""A day of a mine that meets `shanxi-2025` and `shanxi-2023`."""


def day(ahead: int) -> str:
    """ISO date, so many days after FIRST."""
    return (FIRST + timedelta(days=ahead)).isoformat()


def fact_set(mine: str, ahead: int, cells: Mapping[tuple[str, str], Cell]) -> FactSet:
    """A mine's day; cells by (name, subject)."""
    facts = (
        Fact(name, value, completeness, 0, 1, "test@1", subject=subject) for (name, subject), (value, completeness) in sorted(cells.items())
    )
    return FactSet(mine, day(ahead), tuple(facts))


def good_days(mine: str, days: Iterable[int], **other: float | None) -> list[FactSet]:
    """Days of a mine that meets everything but for what `other` says: a fact's value, or None for no evidence."""
    changed = {(name, subject): cell for (name, subject), cell in GOOD.items() if name not in other}
    subjects = dict(GOOD.keys())
    changed |= {(name, subjects.get(name, "")): (value, 1.0 if value is not None else 0.0) for name, value in other.items()}
    return [fact_set(mine, ahead, changed) for ahead in days]


def profile(mine: str, *, under_construction: bool = False) -> Profile:
    """A registered mine."""
    return Profile(mine=mine, name_zh=mine, name_en=mine, under_construction=under_construction)


def face(mine: str, name: str = "face-1", *, intelligent: bool | None = True, valid_to: str = "") -> Workplace:
    """A registered face."""
    named = {"mine": mine, "id": name, "name_zh": name, "name_en": name}
    return Workplace(**named, kind="face", intelligent=intelligent, valid_from="2020-01-01", valid_to=valid_to)
