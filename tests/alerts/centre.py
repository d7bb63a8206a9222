"""The journal on records in memory, and events to give it."""

from dataclasses import dataclass

from alerts.config import Recipient
from alerts.journal import Journal
from contracts.clock import BUILD_TIME
from contracts.payload import Event
from store.records import alarms as table
from store.records.deliveries import due_deliveries
from store.records.engine import Records

NOW = BUILD_TIME
GATEWAY = "m1/gw1"
INSPECTOR = Recipient(name="inspector", address="http://127.0.0.1:1/")
OTHER_MINE = Recipient(name="other", address="http://127.0.0.1:1/", mines=("m2",))
CLAUSE = "CMSR2025 Art.536, Table 19"


def event(change: str = "raise", time: int = NOW, value: float = 1.2, **facts) -> Event:
    rule = facts.pop("rule", "limit.alarm")
    given = {"limit": 1.0, "quality": 0, "clause": CLAUSE, "reason": "limit_reached", "decided": time, "pack": "p"} | facts
    return Event(
        point=facts.get("point", "T01"),
        rule=rule,
        change=change,
        time=time,
        value=value,
        **{k: v for k, v in given.items() if k != "point"},
    )


@dataclass
class Centre:
    """The journal on records in memory."""

    records: Records
    journal: Journal
    registry: object
    now: int = NOW

    def take(self, *events: Event, received: int | None = None) -> list[table.TransitionRow]:
        with self.records.begin() as db:
            return [
                row
                for given in events
                for row in self.journal.event(db, "m1", GATEWAY, given, self.now if received is None else received, self.registry)
            ]

    def call(self, name: str, *arguments, **named):
        with self.records.begin() as db:
            return getattr(self.journal, name)(db, *arguments, **named)

    def due(self, name: str = "inspector", now: int | None = None) -> list:
        with self.records.begin() as db:
            return due_deliveries(db, name, self.now if now is None else now, 100)
