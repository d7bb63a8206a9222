"""When a backup is due, which old ones may go, and which raw readings. Pure."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.clock import DAY, HOUR, MINUTE, from_iso, iso
from store.backup.notes import Note

CLAUSE = "《煤矿安全规程》2025 第526条 / CMSR 2025 Art. 526"
EVERY_MONTHS = 3
KEPT_MONTHS = 24
"""Data are backed up every 3 months, and the backups and their media kept for 2 years or more."""


FIRST_AFTER = DAY
"""A new centre has something to back up by then."""
LONGEST_WAIT = 6 * HOUR


@dataclass(frozen=True, slots=True)
class Schedule:
    """`at`: when the next backup is due (µs UTC; 0 where there was none), `due`: whether that is now, and the clause it rests on."""

    due: bool
    at: int
    clause: str = CLAUSE


def backup_due(last: int | None, now: int) -> Schedule:
    """`last`: when the newest whole backup was made, None where there is none. A backup from the future proves nothing, so it is due."""
    if last is None:
        return Schedule(True, 0)
    at = months_later(last, EVERY_MONTHS)
    return Schedule(now >= at or last > now, at)


def next_due(last: int | None, since: int, every_days: int) -> int:
    """When the centre makes the next one (µs UTC): `every_days` after the last, three months at the latest; a new centre after a day."""
    return since + FIRST_AFTER if last is None else min(last + every_days * DAY, backup_due(last, last).at)


def retry_after(tries: int) -> int:
    """µs to wait after so many failures in a row: 1 minute, doubled, 6 hours at most."""
    return min(MINUTE << min(tries - 1, 20), LONGEST_WAIT)


def removable(kept: Sequence[Note], now: int, years: int, verified: Note) -> list[Note]:
    """Those older than `years` (2 or more), each older than the `verified` one, which stays."""
    return [one for one in kept if one.made < verified.made and months_later(one.made, max(12 * years, KEPT_MONTHS)) <= now]


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup as it is found today. `started` (µs UTC): what was stored before is in it. `trouble`: why it does not count, or nothing."""

    note: Note
    started: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """Readings older than `before` (µs UTC, a midnight) may go, because `note` has them; None with the reason."""

    before: int
    note: Note | None
    why: str = ""


def may_drop(kept: Sequence[Kept], now: int, keep_days: int) -> Drop:
    """The newest whole backup decides. A day more than `keep_days` stays, so that nothing ingest still takes can be of a dropped day."""
    whole = [one for one in kept if not one.trouble and one.started <= now]
    if not whole:
        return Drop(0, None, "; ".join(one.trouble for one in kept if one.trouble) or "there is no verified backup")
    newest = max(whole, key=lambda one: one.started)
    wanted = (now - keep_days * DAY) // DAY * DAY - DAY
    before = min(wanted, newest.started // DAY * DAY)
    return Drop(before, newest.note, "" if before == wanted else f"the newest verified backup was begun on {iso(newest.started)[:10]}")


def kept_until(made: int) -> int:
    """Nobody may delete a backup before this time (µs UTC)."""
    return months_later(made, KEPT_MONTHS)


def months_later(time: int, months: int) -> int:
    """The same day and time some months later; the month's last day where it has no such day (30 November + 3: 28 or 29 February)."""
    stamp = iso(time)
    year, month = divmod(int(stamp[:4]) * 12 + int(stamp[5:7]) - 1 + months, 12)
    day = min(int(stamp[8:10]), monthrange(year, month + 1)[1])
    return from_iso(f"{year:04d}-{month + 1:02d}-{day:02d}{stamp[10:-1]}")
