"""Who is to be told of a transition: decided in the transaction that writes it, told later by `alerts.deliver`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from alerts.alarm import Alarm
from alerts.config import Recipient
from alerts.subject import Subject
from store.records.alarms import TransitionRow
from store.records.deliveries import add_delivery


@dataclass(frozen=True, slots=True)
class Told:
    """A transition people must hear of, and the alarm after it. `hold`: µs from now before anybody is told."""

    subject: Subject
    alarm: Alarm
    row: TransitionRow
    now: int
    hold: int = 0


class Audience(Protocol):
    """Writes a delivery for everybody who must hear of it."""

    def tell(self, db: Connection, told: Told) -> None: ...


class Everyone:
    """Each of these recipients who hears of the mine, at once."""

    def __init__(self, recipients: Sequence[Recipient]) -> None:
        self._recipients = tuple(recipients)

    def tell(self, db: Connection, told: Told) -> None:
        for recipient in self._recipients:
            if recipient.hears_of(told.subject.mine):
                add_delivery(db, told.row, recipient.name, recipient.channel, told.now + told.hold)
