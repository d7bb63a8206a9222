"""What the API says of deliveries: the gap ledger and the dead letters."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class LedgerGap:
    """One range of a gateway's day: of items (`epoch`, numbers) or of instants (`source`)."""

    word: str
    words: Words
    first: int
    last: int
    start_us: int
    end_us: int
    epoch: str
    source: str
    reason: str
    reason_words: Words


@dataclass(frozen=True, slots=True)
class DayView:
    """A gateway's day (UTC). Items: `expected` were made, `received` are committed. A share is null where nothing was due."""

    gateway: str
    day: str
    expected: int
    received: int
    late: int
    replayed: int
    missing: int
    lost: int
    dead: int
    duplicate: int
    conflict: int
    polls_due: int
    polls_answered: int
    completeness: float | None
    coverage: float | None
    gaps: list[LedgerGap]
    gaps_total: int


@dataclass(frozen=True, slots=True)
class DeadView:
    """An item that could not be stored, kept with its reason. `davy deadletters replay` brings it back. `epoch` null: not readable."""

    id: str
    gateway: str
    topic: str
    received: str
    received_us: int
    reason: str
    reason_words: Words
    detail: str
    epoch: str | None
    seq: int | None
    size: int


@dataclass(frozen=True, slots=True)
class ReplayView:
    """What came of replaying a dead letter: `outcome` is `stored` or `refused`."""

    id: str
    outcome: str
    reason: str
