"""Totals told by the press and the programme's targets. A total names no mine, and is no assessment; both baselines of 2024 stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from fleet.bodies import Assessment, Object, Reported, Target
from fleet.series.official import new_in
from fleet.view import BaselineView, ReportedView, TargetView, Words

TOTAL = "intelligent_mines_total"
"""What is drawn as the third line; other things told (faces, new in a year) stand in the table only."""


@dataclass(frozen=True, slots=True)
class Told:
    """The press series: totals by date, ascending. It adds to nothing."""

    totals: tuple[Reported, ...]


def told(reported: Iterable[Reported]) -> Told:
    """The totals of intelligent mines."""
    return Told(tuple(sorted((one for one in reported if one.what == TOTAL), key=lambda one: (one.date, one.id))))


def told_until(series: Told, day: str) -> tuple[tuple[str, int], ...]:
    """(date as told, total) of the dots up to a day. A month is taken as begun."""
    return tuple((one.date, one.total) for one in series.totals if one.date <= day)


def reported_views(reported: Iterable[Reported]) -> tuple[ReportedView, ...]:
    """Everything told, by date."""
    return tuple(
        ReportedView(one.id, one.date, one.total, one.what, one.told_on, one.where, one.confidence, one.baseline, _note(one))
        for one in sorted(reported, key=lambda one: (one.date, one.what, one.id))
    )


def _note(one: Reported) -> Words:
    """What was noted in one language only stands for both."""
    return Words(one.note_zh or one.note, one.note or one.note_zh)


def at_end_of(series: Told, year: int) -> Reported | None:
    """The total told of a year's end: the last of its December."""
    found = [one for one in series.totals if one.date.startswith(f"{year}-12")]
    return found[-1] if found else None


def target_views(
    targets: Iterable[Target], reported: Sequence[Reported], assessments: Sequence[Assessment], day: str
) -> tuple[TargetView, ...]:
    """The programme as seen from a day: what each year asked for, what the press told of it, what was officially assessed new."""
    series, year = told(reported), date.fromisoformat(day).year
    ordered = sorted(targets, key=lambda one: (one.year, one.id))
    coming = next((one.year for one in ordered if one.year > year), None)
    return tuple(_view(one, series, reported, assessments, day, _when(one.year, year, coming)) for one in ordered)


def _when(year: int, now: int, coming: int | None) -> str:
    if year < now:
        return "past"
    if year == now:
        return "now"
    return "next" if year == coming else "later"


def _view(one: Target, series: Told, reported: Sequence[Reported], assessments: Sequence[Assessment], day: str, when: str) -> TargetView:
    total = at_end_of(series, one.year)
    dates = {other.baseline: other.date for other in reported}

    def told_first(base: tuple[str, int]) -> tuple[str, str]:
        return dates.get(base[0], "9"), base[0]

    return TargetView(
        id=one.id,
        year=one.year,
        kind=one.kind,
        value=one.value,
        note=Words(one.note_zh, one.note_en),
        source=one.source,
        confidence=one.confidence,
        when=when,
        baselines=tuple(_baseline(id_, value, one, total, reported) for id_, value in sorted(one.baselines.items(), key=told_first)),
        official_new=new_in(assessments, one.year, day, Object.MINE) if one.year <= int(day[:4]) else None,
    )


def _baseline(id_: str, value: int, one: Target, total: Reported | None, reported: Sequence[Reported]) -> BaselineView:
    source = next((other.where for other in reported if other.baseline == id_), "")
    if total is None:
        return BaselineView(id_, value, None, None, None, source, "")
    new = total.total - value
    return BaselineView(id_, value, total.total, new, None if one.value is None else new >= one.value, source, total.where)
