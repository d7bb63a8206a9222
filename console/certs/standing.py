"""How each certificate stands, and which names need a new one. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from contracts.clock import DAY

WARN_DAYS = 30


class State(StrEnum):
    """Of a certificate. Revoked comes before expired: it says more."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Standing:
    """One certificate. `end` in µs UTC; `days` left, rounded down, below 0 once it is over."""

    name: str
    serial: str
    end: int
    state: State
    days: int


def standing(name: str, serial: str, end: int, *, revoked: bool, now: int, warn_days: int = WARN_DAYS) -> Standing:
    """The standing of a certificate at `now`."""
    days = (end - now) // DAY
    if revoked:
        state = State.REVOKED
    elif now >= end:
        state = State.EXPIRED
    else:
        state = State.EXPIRING if end - now < warn_days * DAY else State.VALID
    return Standing(name, serial, end, state, days)


def due(rows: Iterable[Standing]) -> list[Standing]:
    """For each name that has no valid certificate beyond the warning time: its longest.

    A name whose every certificate was revoked is not among them: it was shut out on purpose.
    """
    best: dict[str, Standing] = {}
    for row in rows:
        if row.state is not State.REVOKED and (row.name not in best or row.end > best[row.name].end):
            best[row.name] = row
    return [row for row in best.values() if row.state is not State.VALID]
