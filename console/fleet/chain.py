"""The log of the fleet, read for an export and signed day by day. Reads and one append; the form of both is `fleet.audit`'s."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from contracts.clock import HOUR, SECOND
from contracts.errors import GiveUp
from fleet.audit.heads import signed_head
from fleet.audit.link import GENESIS, Record, hash_of
from fleet.bodies import Head, read, write
from store.records import fleet_log
from store.records.fleet_log import Entry, New

AT_ONCE = 500
"""Entries read in one go: the thread of the store has other work too."""
ACTOR = "centre"
ZONE_HOURS = 8
"""Heads are signed by the province's day."""


class BrokenLog(GiveUp):
    """The log was tampered with where it lies; the message says where. It is not signed."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The log as it stood: its last entry, and the last (m, hash) of every mine."""

    head: Record
    tails: dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """Up to which entry the links were found whole."""

    n: int = 0
    hash: str = GENESIS


def record_of(entry: Entry) -> Record:
    """The same, as `fleet.audit` has it."""
    return Record(*(getattr(entry, name) for name in Record.__slots__))


def snapshot(db: Connection) -> Snapshot | None:
    """None where nothing was written yet."""
    last = fleet_log.head(db)
    return None if last is None else Snapshot(record_of(last), fleet_log.tails(db))


def page(db: Connection, first: int, last: int, mines: Sequence[str] | None) -> list[Record]:
    """The next entries in [first, last], of these mines and the province's own, or of all."""
    only = None if mines is None else ["", *mines]
    return [record_of(entry) for entry in fleet_log.span(db, first, last, AT_ONCE, mines=only)]


def day_at(time: int) -> str:
    """The province's ISO date at a moment (µs UTC)."""
    return datetime.fromtimestamp((time + ZONE_HOURS * HOUR) // SECOND, UTC).date().isoformat()


def heads(db: Connection, limit: int, before: int = 1 << 60) -> list[tuple[int, Head]]:
    """Signed heads with the number of their own entry, newest first."""
    found = fleet_log.newest(db, "head", limit, before)
    return [(entry.n, read(entry.body, Head)) for entry in found]


def start_of_check(db: Connection) -> Checked:
    """From the newest signed head on: what is before it was looked at when it was signed."""
    found = heads(db, 1)
    return Checked(found[0][1].n, found[0][1].hash) if found else Checked()


def checked_on(db: Connection, done: Checked) -> tuple[Checked, bool]:
    """Some entries further, and whether there are more. BrokenLog where one was changed, taken out or put in."""
    records = page(db, done.n + 1, 1 << 60, None)
    n, previous = done.n, done.hash
    for record in records:
        if (record.n, record.previous) != (n + 1, previous) or hash_of(record) != record.hash:
            raise BrokenLog(f"entry {record.n} of the fleet's log does not follow entry {n} as it was written")
        n, previous = record.n, record.hash
    return Checked(n, previous), len(records) == AT_ONCE


def sign(db: Connection, secret: bytes, done: Checked, now: int) -> Entry | None:
    """Append the head of today, of a log that was checked up to its end; None where something was written since."""
    last = fleet_log.head(db)
    if last is None or (last.n, last.hash) != (done.n, done.hash):
        return None
    day = day_at(now)
    body = signed_head(secret, day, last.n, last.hash, fleet_log.tails(db))
    (entry,) = fleet_log.append(db, [New("head", "", day, day, write(body))], ACTOR, now)
    return entry
