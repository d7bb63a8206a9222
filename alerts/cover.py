"""The seam between the journal and the permits: does one speak for this raise, and is that in order? `alerts.planned` answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from contracts.payload import Event
from contracts.points import Registry
from store.records.alarms import TransitionRow


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the permits say of a raise. `planned`: `permit` (its id) speaks for it, nobody is called; `contradiction`: why the inspector
    must see it (a reason of `alerts.referral`), with `detail`."""

    planned: bool = False
    permit: int = 0
    contradiction: str = ""
    detail: str = ""


class Cover(Protocol):
    """Asked in the transaction of the raise; it reads the records only, so it blocks nobody."""

    def weigh(self, db: Connection, mine: str, event: Event, received: int, registry: Registry | None) -> Weighed:
        """Before the step of the alarm's life."""
        ...

    def took(self, db: Connection, weighed: Weighed, event: Event, rows: Sequence[TransitionRow], now: int) -> None:
        """After it: `rows` were written."""
        ...

    def filed(self, db: Connection, mine: str, event: Event, rows: Sequence[TransitionRow], now: int) -> None:
        """A lock test was filed."""
        ...


class NoCover:
    """Nobody asks for permits: every raise is as the rules say."""

    def weigh(self, _db: Connection, _mine: str, _event: Event, _received: int, _registry: Registry | None) -> Weighed:
        return Weighed()

    def took(self, db: Connection, weighed: Weighed, event: Event, rows: Sequence[TransitionRow], now: int) -> None: ...

    def filed(self, db: Connection, mine: str, event: Event, rows: Sequence[TransitionRow], now: int) -> None: ...
