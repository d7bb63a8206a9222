"""The words of an alarm's life, by ISA-18.2 / IEC 62682. Frozen data, no I/O."""

from dataclasses import dataclass
from enum import StrEnum

NEVER = -(1 << 62)
"""Before all times."""


class State(StrEnum):
    """What people see."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    PLANNED = "planned"
    OUT_OF_SERVICE = "out_of_service"


class Kind(StrEnum):
    """Signals. A cut is ended by a restore only, an alarm by a return only."""

    RAISE = "raise"
    RETURN = "return"
    CUT = "cut"
    RESTORE = "restore"
    PAST = "past"
    UNKNOWN = "unknown"
    KNOWN = "known"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    PLAN = "plan"
    UNPLAN = "unplan"
    DRILL = "drill"
    EXPIRE = "expire"


class Deed(StrEnum):
    """What a person may do."""

    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    REMOVE = "remove_from_service"
    RESTORE = "return_to_service"


@dataclass(frozen=True, slots=True)
class Signal:
    """What happened to the condition. `time`, `start`: source time, µs UTC; a past alarm spans start to time.

    `clock_suspect`: the stamp orders nothing. `momentary`: a happening without an end; acknowledging it ends it.
    `planned`: an open permit covers this raise; it is counted and nobody is called, until something contradicts (UNPLAN).
    `foreign`: a return decided under limits that are not ours, of a value not below ours: noted, and it ends and orders nothing.
    `told`: where its time lies within the span told so far, people held the point to be in alarm then; False: they were told it was well.
    `quiet`: nobody was told of the raise, so nobody hears of the return; where it was the alarm's first, nobody has to acknowledge.
    """

    kind: Kind
    time: int
    reason: str = ""
    peak: float | None = None
    start: int | None = None
    unverified: bool = False
    clock_suspect: bool = False
    momentary: bool = False
    quiet: bool = False
    planned: bool = False
    foreign: bool = False
    told: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """What a person did. `words` say why; `until` (µs UTC) is for shelving."""

    deed: Deed
    name: str
    words: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One step of an alarm; before = after: noted, nothing moved. `tell`: people must hear of it. `refused`: an action not taken."""

    kind: str
    before: State
    after: State
    reason: str
    tell: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it stands. Times are source times, µs UTC.

    `raised_at` to `changed` is the span told so far (`raised_at` NEVER: none); `since`: last raise; `changed`: newest raise or return.
    """

    active: bool = False
    acknowledged: bool = True
    unknown: bool = False
    suppressed: bool = False
    shelved_until: int | None = None
    unverified: bool = False
    late: bool = False
    momentary: bool = False
    cut: bool = False
    planned: bool = False
    out_of_service: bool = False
    raised_at: int = NEVER
    since: int = NEVER
    changed: int = NEVER
    peak: float | None = None

    @property
    def state(self) -> State:
        if self.out_of_service:
            return State.OUT_OF_SERVICE
        if self.suppressed:
            return State.SUPPRESSED
        if self.planned and self.active:
            return State.PLANNED
        if self.shelved_until is not None:
            return State.SHELVED
        if self.active:
            return State.ACKNOWLEDGED if self.acknowledged else State.UNACKNOWLEDGED
        return State.NORMAL if self.acknowledged else State.RETURNED

    @property
    def open(self) -> bool:
        """Whether it still concerns somebody."""
        return self.state is not State.NORMAL or self.unknown

    def told(self, time: int) -> bool:
        """Whether this time lies in the span told so far (up to now, where active)."""
        return self.raised_at != NEVER and self.raised_at <= time and (self.active or time <= self.changed)

    def earliest(self, time: int) -> int:
        """Start of the span when it comes to hold `time` too: this alarm's where it is open, else a new one's."""
        return min(self.raised_at, time) if self.open and self.raised_at != NEVER else time

    def highest(self, peak: float | None) -> float | None:
        """The peak when this value joins it."""
        known = self.peak if self.open else None
        return max((value for value in (known, peak) if value is not None), default=None)

    def doubted(self, unverified: bool) -> bool:
        """Whether all that was told so far, with this, is unverified."""
        return unverified and (self.unverified or not self.open)


Stepped = tuple[Alarm, list[Move]]


def moved(before: Alarm, after: Alarm, kind: str, reason: str, tell: bool = False) -> Stepped:
    """One move. Of an alarm that is shelved, out of service or planned nobody is told: a person decided each, and coming back tells."""
    aside = after.shelved_until is not None or after.out_of_service or after.planned
    return after, [Move(kind, before.state, after.state, reason, tell and not aside)]
