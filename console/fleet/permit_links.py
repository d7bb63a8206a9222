"""What the audit chain says of permits, copied into the fleet's log: each link once, by its number, also across restarts.

A link goes with everything its hash is made of, so that an export of the log shows by itself that nobody rewrote it on the way.
"""

import msgspec
from sqlalchemy import Connection

from console.fleet import registers
from console.fleet.chain import ACTOR
from fleet.bodies import Permit, write
from fleet.facts.day import date_at
from store.records import audit, fleet_log, marks
from store.records.audit import Link
from store.records.fleet_log import New

MARK = "fleet.permits"
KIND = "permit."
USUAL_ZONE = 8
AT_ONCE = 1_000


class _Payload(msgspec.Struct):
    mine: str = ""


_read = msgspec.json.Decoder(_Payload).decode


def copy_permits(db: Connection, now: int) -> bool:
    """Copy what is new of the next links, in the caller's transaction; whether there may be more."""
    links = audit.links(db, int(marks.get(db, MARK) or 0) + 1, AT_ONCE)
    if not links:
        return False
    found = [link for link in links if link.kind.startswith(KIND)]
    if found:
        zones = {mine: one.body.zone_hours for mine, one in registers.profiles(db).items()}
        fleet_log.append(db, [_new(link, zones) for link in found], ACTOR, now)
    marks.set(db, MARK, str(links[-1].n))
    return len(links) == AT_ONCE


def _new(link: Link, zones: dict[str, int]) -> New:
    mine = _read(link.payload).mine
    body = Permit(
        link=link.n,
        link_hash=link.hash,
        what=link.kind,
        payload=link.payload.decode(),
        at=link.at,
        subject=link.subject,
        actor=link.actor,
        previous=link.previous,
    )
    return New("permit", mine, date_at(link.at, zones.get(mine, USUAL_ZONE)), str(link.n), write(body))
