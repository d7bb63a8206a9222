"""Officially assessed: by named notices alone. Each object once, at its highest level that is valid on the day.

A notice counts from its own date on, as it was given: a later rule does not judge it again. Mines, faces and washeries stay apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fleet.bodies import Assessment, Level, Object

RANK = {Level.PRIMARY: 1, Level.INTERMEDIATE: 2, Level.ADVANCED: 3}
Assessed = tuple[Object, str, str]
"""What is assessed: its kind, the mine, and which one of the mine (empty for the mine itself)."""


@dataclass(frozen=True, slots=True)
class Officially:
    """Official counts of a day, by object and level. Made from notices only; it adds to nothing."""

    day: str
    counts: Mapping[Object, Mapping[Level, int]]


def assessed(one: Assessment) -> Assessed:
    """What a notice is about."""
    return one.object, one.mine, one.subject


def valid(one: Assessment, day: str) -> bool:
    """Whether a notice holds on a day (ISO): from its date to its last day, and not from the day it was revoked."""
    return one.notice_date <= day and (not one.valid_to or day <= one.valid_to) and (not one.revoked or day < one.revoked)


def standing(assessments: Iterable[Assessment], day: str) -> dict[Assessed, Assessment]:
    """For each object the notice that counts on a day: of the valid ones the highest level, of equal levels the newest."""
    found: dict[Assessed, Assessment] = {}
    for one in assessments:
        if not valid(one, day):
            continue
        kept = found.get(assessed(one))
        if kept is None or _order(one) > _order(kept):
            found[assessed(one)] = one
    return found


def officially(assessments: Sequence[Assessment], day: str) -> Officially | None:
    """The official series on a day; None where no notice was ever entered: not loaded, which is not zero."""
    if not assessments:
        return None
    counts: dict[Object, dict[Level, int]] = {}
    for one in standing(assessments, day).values():
        levels = counts.setdefault(one.object, {})
        levels[one.level] = levels.get(one.level, 0) + 1
    return Officially(day, counts)


def line(assessments: Sequence[Assessment], days: Sequence[str], kind: Object) -> tuple[tuple[str, int], ...] | None:
    """How many objects of a kind were officially assessed on each of `days` (ISO, ascending); None: not loaded."""
    if not assessments:
        return None
    steps: dict[int, int] = {}
    spans: dict[Assessed, list[tuple[int, int]]] = {}
    for one in assessments:
        if one.object is kind:
            spans.setdefault(assessed(one), []).append(_span(one))
    for found in spans.values():
        for first, end in _joined(found):
            steps[first] = steps.get(first, 0) + 1
            steps[end] = steps.get(end, 0) - 1
    left, now, points = sorted(steps, reverse=True), 0, []
    for day in days:
        number = date.fromisoformat(day).toordinal()
        while left and left[-1] <= number:
            now += steps[left.pop()]
        points.append((day, now))
    return tuple(points)


def new_in(assessments: Sequence[Assessment], year: int, day: str, kind: Object) -> int | None:
    """Objects whose first notice is of that year and that still hold one at its end, or on `day` if that is earlier; None: not loaded."""
    if not assessments:
        return None
    first: dict[Assessed, str] = {}
    for one in assessments:
        if one.object is kind:
            first[assessed(one)] = min(one.notice_date, first.get(assessed(one), one.notice_date))
    held = standing(assessments, min(day, f"{year}-12-31"))
    return sum(1 for which, told in first.items() if told.startswith(f"{year}-") and which in held)


def duplicate_of(one: Assessment, others: Iterable[Assessment]) -> Assessment | None:
    """The notice this one repeats: same object, level and date, by whatever id or spelling of the document."""
    for other in others:
        same = assessed(other) == assessed(one) and other.level is one.level and other.notice_date == one.notice_date
        if same and other.id != one.id:
            return other
    return None


def _order(one: Assessment) -> tuple[int, str, str]:
    return RANK[one.level], one.notice_date, one.id


def _span(one: Assessment) -> tuple[int, int]:
    """[first, end) as day numbers; empty where it ends before it begins."""
    first = date.fromisoformat(one.notice_date).toordinal()
    end = date.max.toordinal()
    if one.valid_to:
        end = date.fromisoformat(one.valid_to).toordinal() + 1
    if one.revoked:
        end = min(end, date.fromisoformat(one.revoked).toordinal())
    return first, max(first, end)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((first, end))
    return joined
