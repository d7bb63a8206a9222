"""Remote care, written down: every order that goes to a gateway and everything it says of it is a link of the audit chain.

Ingest obeys nothing of it and answers nothing; it sees what passes on the broker. What the broker keeps comes again at each connection, so
the last of each lane is remembered.
"""

from typing import Any

from contracts.care import Answer, Command, Desired, Reported, Sealed
from contracts.digest import content_name
from contracts.errors import BadPayload
from contracts.payload import decode
from contracts.topics import Gateway, Lane
from store.records import audit, marks
from store.records.engine import Records

LANES = (Lane.DESIRED, Lane.REPORTED, Lane.COMMAND, Lane.ANSWER)


class CareBook:
    """In the store's thread."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def note(self, gateway: Gateway, lane: Lane, payload: bytes, now: int) -> bool:
        """Whether it was new. BadPayload where it is no message of that lane."""
        if not payload:
            return False  # a retained message taken back
        actor, facts = facts_of(lane, payload)
        name, seen = f"care.{content_name(f'{gateway} {lane}'.encode())}", content_name(payload)
        with self._records.begin() as db:
            if marks.get(db, name) == seen:
                return False
            audit.append(db, f"care.{lane}", str(gateway), facts, audit.pseudonym(actor) if actor else str(gateway), now)
            marks.set(db, name, seen)
        return True


def facts_of(lane: Lane, payload: bytes) -> tuple[str, dict[str, Any]]:
    """Who, and what is written down: documents by their hash, since they may hold a broker's password."""
    if lane is Lane.REPORTED:
        told = decode(Reported, payload)
        return "", {"running": told.running, "state": told.state, "wanted": told.wanted, "why": told.why[:300]}
    if lane is Lane.ANSWER:
        answer = decode(Answer, payload)
        return "", {"id": answer.id[:80], "state": answer.state, "why": answer.why[:300]}
    sealed = decode(Sealed, payload)
    if lane is Lane.DESIRED:
        desired = decode(Desired, sealed.body)
        documents = {name[:80]: content_name(text.encode()) for name, text in desired.documents.items()}
        return desired.by[:80], {"version": desired.version, "key": sealed.key[:40], "documents": documents}
    if lane is Lane.COMMAND:
        command = decode(Command, sealed.body)
        facts = {"id": command.id[:80], "name": command.name[:80], "key": sealed.key[:40], "expires": command.expires}
        return command.by[:80], facts | {"arguments": {key[:40]: value[:200] for key, value in command.arguments.items()}}
    raise BadPayload("lane", f"{lane} is no lane of care")
