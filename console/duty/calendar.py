"""A mine's days: which day a moment is of, and its span. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from console.duty.shifts import Pattern, Turn, day_start, turns
from contracts.clock import DAY, HOUR, SECOND
from contracts.errors import BadConfig

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class MineDay:
    """A day of a mine: [start, end) µs UTC, and its shifts."""

    day: str
    start: int
    end: int
    turns: tuple[Turn, ...]


def midnight_of(day: str, zone_hours: int) -> int:
    """µs UTC of 00:00 of an ISO date in a zone; BadConfig for what is no date."""
    try:
        found = date.fromisoformat(day) if _ISO.match(day) else None
    except ValueError:
        found = None
    if found is None or not _FIRST <= found <= _LAST:
        raise BadConfig("day", day[:20], "a date such as 2026-11-30")
    return int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()) * SECOND - zone_hours * HOUR


def mine_day(pattern: Pattern | None, day: str, zone_hours: int) -> MineDay:
    """The day by its date: from the first shift's start, or midnight where the mine set no shifts."""
    midnight = midnight_of(day, zone_hours)
    start = day_start(pattern, midnight)
    return MineDay(day, start, start + DAY, tuple(turns(pattern, day, midnight)))


def day_at(pattern: Pattern | None, now: int, zone_hours: int) -> MineDay:
    """The day a moment is of."""
    local = datetime.fromtimestamp(now // SECOND, UTC) + timedelta(hours=zone_hours)
    today = mine_day(pattern, local.date().isoformat(), zone_hours)
    return today if now >= today.start else day_before(pattern, today, zone_hours)


def before(day: str) -> str:
    """The date before."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def day_before(pattern: Pattern | None, day: MineDay, zone_hours: int) -> MineDay:
    return mine_day(pattern, before(day.day), zone_hours)


def turn_at(pattern: Pattern | None, now: int, zone_hours: int) -> Turn | None:
    """The shift a moment is of; None where the mine set none."""
    return next((turn for turn in day_at(pattern, now, zone_hours).turns if turn.start <= now < turn.end), None)
