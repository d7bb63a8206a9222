"""What the records know of their backups: the newest one, and in the audit chain all of them."""

import msgspec
from sqlalchemy import Connection, select

from store.records import audit, marks

_MARK, _SINCE = "backup", "backup_since"
MADE, REMOVED = "store.backup", "store.backup.removed"


class Note(msgspec.Struct, frozen=True):
    """The newest backup: where it was written, the hash of its manifest, when it was made (µs UTC)."""

    place: str
    digest: str
    made: int


def note(db: Connection, place: str, digest: str, made: int, by: str) -> None:
    """A whole backup was made."""
    marks.set(db, _MARK, msgspec.json.encode(Note(place, digest, made)).decode())
    audit.append(db, MADE, place, {"manifest": digest, "made": made}, by, made)


def newest(db: Connection) -> Note | None:
    """The newest backup of these records, None where there was none."""
    found = marks.get(db, _MARK)
    return msgspec.json.decode(found, type=Note) if found else None


def every(db: Connection) -> list[Note]:
    """All backups of these records that were not removed since, oldest first."""
    kinds = audit.AUDIT.c.kind
    found: dict[str, Note] = {}
    query = select(kinds, audit.AUDIT.c.subject, audit.AUDIT.c.payload).where(kinds.in_((MADE, REMOVED))).order_by(audit.AUDIT.c.n)
    for kind, place, payload in db.execute(query):
        facts = msgspec.json.decode(payload)
        if kind == MADE:
            found[place] = Note(place, facts["manifest"], facts["made"])
        else:
            found.pop(place, None)
    return sorted(found.values(), key=lambda one: one.made)


def removed(db: Connection, note: Note, by: str, at: int) -> None:
    """A backup is taken away for its age."""
    audit.append(db, REMOVED, note.place, {"manifest": note.digest, "made": note.made}, by, at)


def since(db: Connection, now: int) -> int:
    """When the centre first looked whether a backup is due (µs UTC): now, where it never did."""
    known = marks.get(db, _SINCE)
    if known is None:
        marks.set(db, _SINCE, str(now))
    return int(known) if known is not None else now
