"""Daily facts that rest on the regulation pack: settings against Table 19, must-have methane points, calibrations on time, permits. Pure.

Rows of the records in, `contracts.facts.Fact`s out; who reads the rows is `console/fleet/gather.py`. What is not known is no evidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.calibration import Due, Standing
from alerts.packs.pack import Pack
from alerts.transitions import SETTING_RULE
from contracts.facts import Fact
from contracts.points import Point
from store.records.alarms import AlarmRow
from store.records.permits import PermitRow

SETTINGS, PLACES, CALIBRATED, PERMITS = "settings.table19@1", "places.art537@1", "calibration.calendar@1", "permits.overrun@1"
TABLE_19 = "Art.536, Table 19"
LONG_M = 1000.0
"""A roadway longer than this carries a sensor in its middle, in high-gas and outburst mines (Art. 537, as noted at the rows)."""
CLASSES = ("low", "high", "outburst")
MOST_EVIDENCE = 20


@dataclass(frozen=True, slots=True)
class Span:
    """The mine's day, [start, end) µs UTC."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Workplace:
    """A face or heading as it is registered; empty or None: not stated. `areas`: what its points may be filed under."""

    id: str
    kind: str
    areas: frozenset[str]
    gas_class: str = ""
    length_m: float | None = None
    series_ventilation: bool | None = None


def settings_wider(span: Span, points: Iterable[Point], pack: Pack, loose: Sequence[AlarmRow], compared: Mapping[str, int]) -> Fact:
    """Methane points whose setting in the mine's own system was looser than their row of Table 19 at any time of the day.

    `loose`: alarms that touch the day; `compared`: by point when (µs UTC) its settings were last found within the regulation's. None were
    looser, but not all were compared: no evidence.
    """
    rows = {name for name, row in pack.rows.items() if row.quantity == "methane" and row.clause == TABLE_19 and row.alarm_ge is not None}
    mapped = {point.id for point in points if point.quantity == "methane" and point.limit_row in rows and _hangs(point, span)}
    wider = [row for row in loose if row.rule == SETTING_RULE and row.quantity == "methane"]
    known = mapped & ({row.point for row in wider} | {point for point, at in compared.items() if at < span.end})
    numbers = {"points_mapped": float(len(mapped)), "points_compared": float(len(known))}
    complete = len(known) / len(mapped) if mapped else 0.0
    value: float | None = float(len({row.point for row in wider}))
    why = ""
    if (not value and known != mapped) or not mapped:
        value, why = None, "settings_not_compared" if mapped else "no_limits"
    return _fact(span, "settings_wider_than_table19", SETTINGS, value, complete, why, numbers, [f"alarm:{row.id}" for row in wider])


def must_have(span: Span, points: Sequence[Point], workplaces: Sequence[Workplace]) -> list[Fact]:
    """must_methane_points_missing, one a workplace: rows of Table 19 that no methane point of its area is mapped to.

    Which rows a workplace needs is our reading of Art. 537 with Table 19 (`needed`); of the article's 14 places only those at a face or
    heading can be told from the register. A machine's own sensor (shearer, road-header) is not among them.
    """
    if not workplaces:
        return [_fact(span, "must_methane_points_missing", PLACES, None, 0.0, "no_workplaces", {}, ())]
    return [_missing(span, points, one) for one in workplaces]


def needed(place: Workplace) -> tuple[list[frozenset[str]], bool]:
    """Rows a workplace needs a point of (any row of a set will do), and whether that is all: what is not stated may ask for more."""
    always = {
        "face": [{"face_return_corner"}, {"face_low_high", "face_outburst"}, {"face_return_airway"}],
        "heading": [{"heading_face"}, {"heading_return"}],
    }.get(place.kind, [])
    in_outburst = {"face": {"face_intake_outburst"}, "heading": {"heading_intake_split_outburst"}}
    in_series = {"face": {"face_intake_series", "face_intake_outburst"}, "heading": {"heading_series_before_fan"}}
    in_long = {"face": {"face_return_mid"}, "heading": {"heading_mid"}}
    rows = [frozenset(row) for row in always]
    classed, long = place.gas_class in CLASSES, None if place.length_m is None else place.length_m > LONG_M
    if place.gas_class == "outburst" and place.kind in in_outburst:
        rows.append(frozenset(in_outburst[place.kind]))
    if place.series_ventilation and place.kind in in_series:
        rows.append(frozenset(in_series[place.kind]))
    if long and place.gas_class in ("high", "outburst") and place.kind in in_long:
        rows.append(frozenset(in_long[place.kind]))
    whole = bool(rows) and classed and place.series_ventilation is not None and (long is not None or place.gas_class == "low")
    return rows, whole


def _missing(span: Span, points: Sequence[Point], place: Workplace) -> Fact:
    here = [point for point in points if point.quantity == "methane" and point.area in place.areas and _hangs(point, span)]
    mapped = {point.limit_row for point in here}
    rows, whole = needed(place)
    lacking = [row for row in rows if not row & mapped]
    numbers = {
        "rows_needed": float(len(rows)),
        "points": float(len(here)),
        "points_unmapped": float(sum(not point.limit_row for point in here)),
    }
    numbers |= {f"missing:{'/'.join(sorted(row))}": 1.0 for row in lacking}
    value, why = float(len(lacking)), ""
    if not lacking and not whole:
        return _fact(span, "must_methane_points_missing", PLACES, None, 0.5, "workplace_incomplete", numbers, (), place.id)
    evidence = [f"point:{point.id}" for point in here if any(point.limit_row in row for row in rows)]
    return _fact(span, "must_methane_points_missing", PLACES, value, 1.0 if whole else 0.5, why, numbers, evidence, place.id)


def calibrations(span: Span, due: Sequence[Due]) -> Fact:
    """calibration_on_time_rate (Art. 531): sensors that are not late at the day's end, of those whose period is known.

    A sensor never calibrated is late. Where none is late but a period is unknown, nobody can say that all are on time: no evidence.
    """
    known = [one for one in due if one.standing is not Standing.UNKNOWN]
    late = [one for one in known if one.standing in (Standing.OVERDUE, Standing.NEVER)]
    numbers = {"sensors": float(len(due)), "period_known": float(len(known)), "late": float(len(late))}
    numbers["never"] = float(sum(one.standing is Standing.NEVER for one in late))
    numbers["test_gas_seen"] = float(sum(one.last is not None and one.last.seen for one in known))
    evidence = [f"point:{one.point.id}" for one in late] or [f"point:{one.point.id}" for one in due if one.standing is Standing.UNKNOWN]
    complete = len(known) / len(due) if due else 0.0
    if not due:
        return _fact(span, "calibration_on_time_rate", CALIBRATED, None, 0.0, "no_sensors", numbers, ())
    if not late and len(known) < len(due):
        return _fact(span, "calibration_on_time_rate", CALIBRATED, None, complete, "period_unknown", numbers, evidence)
    return _fact(span, "calibration_on_time_rate", CALIBRATED, 1.0 - len(late) / len(known), complete, "", numbers, evidence)


def permits_overrun(span: Span, found: Sequence[PermitRow]) -> Fact:
    """permits_open_overrun: permits whose time was over at any time of the day while nobody had closed them. `found`: all of the mine's."""
    over = [row for row in found if row.overrun and row.overrun < span.end and (not row.closed or row.closed >= span.start)]
    opened = [row for row in found if row.opened and row.opened < span.end and (not row.closed or row.closed >= span.start)]
    numbers = {"open_on_the_day": float(len(opened))}
    planned = [row for row in found if row.start < span.end]
    if not planned:
        return _fact(span, "permits_open_overrun", PERMITS, None, 0.0, "no_permits", {}, ())
    return _fact(span, "permits_open_overrun", PERMITS, float(len(over)), 1.0, "", numbers, [f"permit:{row.id}" for row in over])


def _hangs(point: Point, span: Span) -> bool:
    """At the day's end."""
    return point.valid_from < span.end and (point.valid_to is None or point.valid_to >= span.end)


def _fact(
    span: Span,
    name: str,
    how: str,
    value: float | None,
    complete: float,
    why: str,
    numbers: Mapping[str, float],
    evidence: Iterable[str],
    subject: str = "",
) -> Fact:
    shown = tuple(dict.fromkeys(evidence))[:MOST_EVIDENCE]
    return Fact(name, value, round(complete, 4), span.start, span.end, how, subject=subject, why=why, numbers=dict(numbers), evidence=shown)
