"""Handing a shift over: which shift it is, and what is frozen. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from console.duty.calendar import day_at, day_before
from console.duty.shifts import Pattern, Turn
from store.records.alarms import AlarmRow
from store.records.duty_feed import Happening
from store.records.permits import PermitRow

Pair = tuple[str, str]


def outgoing(pattern: Pattern, now: int, zone_hours: int) -> Turn:
    """The shift that hands over at `now`: the one whose end is nearest, be it a little early or late."""
    today = day_at(pattern, now, zone_hours)
    near = [*day_before(pattern, today, zone_hours).turns, *today.turns]
    return min(near, key=lambda turn: abs(turn.end - now))


def frozen_of(
    mine: str,
    turn: Turn,
    by: str,
    words: str,
    now: int,
    alarms: Iterable[tuple[AlarmRow, Pair]],
    reported: Mapping[int, Happening],
    permits: Iterable[PermitRow],
) -> dict[str, Any]:
    """What the content of a handover is: each open alarm by name, whatever its state, and open permits."""
    return {
        "mine": mine,
        "shift": [turn.shift.zh, turn.shift.en],
        "next": [turn.following.zh, turn.following.en],
        "start": turn.start,
        "end": turn.end,
        "given_by": by,
        "given_at": now,
        "words": words,
        "alarms": [_alarm(row, title, reported.get(row.id)) for row, title in alarms],
        "permits": [{"id": row.id, "point": row.point, "kind": row.kind, "state": row.state, "opened": row.opened} for row in permits],
    }


def _alarm(row: AlarmRow, title: Pair, report: Happening | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": list(title),
        "place": [row.place_zh, row.place_en],
        "point": row.point,
        "rule": row.rule,
        "state": row.state,
        "active": row.active,
        "unknown": row.unknown,
        "since": row.raised_at if row.raised_at > 0 else None,
        "value": row.value,
        "peak": row.peak,
        "unit": row.unit,
        "priority": row.priority,
        "reported": None if report is None else {"by": report.by, "to": report.detail, "at": report.at},
    }


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, as far as names tell."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
