"""A recipient who cannot be reached is an alarm of the centre: told to others, on another channel where there is one, until one message
got through again. It stands in the records beside the delivery that failed, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from alerts.alarm import Kind, Signal
from alerts.audience import Everyone
from alerts.book import Book, Cause
from alerts.config import Recipient
from alerts.packs.pack import Documented
from alerts.subject import Subject, centre_subject
from contracts.digest import content_name
from store.records import alarms as table

RULE = "centre.delivery"
TRIES = 8
"""So often one message is tried before somebody hears of it: minutes, with the waits between."""


class Trouble:
    """Knows whom to tell of whom."""

    def __init__(self, documents: Mapping[str, Documented], recipients: Sequence[Recipient]) -> None:
        self._documents, self._recipients = documents, tuple(recipients)

    def failed(self, db: Connection, recipient: Recipient, reason: str, why: str, now: int) -> bool:
        """Raise it, whether anybody was told anew. `reason`: `delivery_refused` or `delivery_waits`; `why`: what the channel said."""
        if self._open(db, recipient):
            return False
        signal = Signal(Kind.RAISE, now, reason)
        return bool(self._book(recipient).apply(db, _subject(recipient), signal, now, Cause(now, detail=why)).transitions)

    def well(self, db: Connection, recipient: Recipient, now: int) -> bool:
        """One message got through: the alarm of this recipient, if there is one, returns."""
        if not self._open(db, recipient):
            return False
        signal = Signal(Kind.RETURN, now, "delivery_well")
        return bool(self._book(recipient).apply(db, _subject(recipient), signal, now, Cause(now)).transitions)

    def _open(self, db: Connection, recipient: Recipient) -> bool:
        subject = _subject(recipient)
        known = table.open_alarm(db, subject.mine, subject.subject, subject.rule)
        return known is not None and known.active

    def _book(self, recipient: Recipient) -> Book:
        return Book(self._documents, Everyone(told_of(recipient, self._recipients)))


def told_of(recipient: Recipient, recipients: Sequence[Recipient]) -> list[Recipient]:
    """Who hears that this recipient cannot be reached: of the admins (without any: of those who hear of everything) those on another
    channel; where there are none, the others. Never the recipient itself."""
    others = [one for one in recipients if one.name != recipient.name]
    everything = [one for one in others if not one.mines and not one.role]
    heads = [one for one in others if one.admin or one.role == "admin"] or everything or [one for one in others if not one.mines]
    return [one for one in heads if one.channel != recipient.channel] or heads


def _subject(recipient: Recipient) -> Subject:
    name, place = content_name(recipient.name.encode()), (f"收件人 {recipient.name}", f"recipient {recipient.name}")
    own = centre_subject(RULE, place)
    return replace(own, subject=f"recipient {name}")
