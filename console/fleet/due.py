"""Which days of a mine's facts are to be gathered now. Pure."""

from collections.abc import Collection
from datetime import date, timedelta

from contracts.clock import HOUR
from fleet.facts.day import date_at

SETTLE = 2 * HOUR
"""A day is gathered so long after the mine's midnight: what is late by minutes is in it at once (project setting)."""
LOOK_BACK = 31
"""Days of a mine that was never gathered, at most (project setting)."""
AGAIN = 3
"""Days before the last one that are gathered once more each night: answers, closed permits and calibrations come late (project setting)."""


def last_day(zone_hours: int, now: int) -> str:
    """The newest day that is over and settled."""
    return _shifted(date_at(now - SETTLE, zone_hours), -1)


def due_days(zone_hours: int, first_heard: int, newest: str, late: Collection[str], now: int) -> list[str]:
    """Days to gather, ascending. `newest`: the last day the log has facts of, "" none; `late`: days whose statistics changed since.

    `first_heard`: µs UTC, of the mine's first gateway: before it there is nothing to say.
    """
    last, first = last_day(zone_hours, now), date_at(first_heard, zone_hours)
    begin = _shifted(newest, 1) if newest else max(first, _shifted(last, 1 - LOOK_BACK))
    days = set(_days(begin, last))
    if newest and days:
        days.update(_days(_shifted(newest, 1 - AGAIN), newest))
    days.update(day for day in late if day <= last)
    return sorted(day for day in days if day >= first)


def days_after(last: str, until: str) -> list[str]:
    """Days after `last` ("" never) up to `until`, LOOK_BACK at most."""
    return _days(max(_shifted(until, 1 - LOOK_BACK), _shifted(last, 1) if last else ""), until)


def _days(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=at)).isoformat() for at in range((end - start).days + 1)]


def _shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
