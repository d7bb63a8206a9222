"""The life of a permit: planned, opened on a call from underground, extended once, closed; or overrun, or cancelled. Pure.

One permit is for one point and one call. How long it lasts, that it can be extended once, and what smells of opening in bulk are this
project's own rules: no clause known to us names them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from contracts.clock import MINUTE

USUAL_MIN = LONGEST_MIN = 30
"""Minutes a permit lasts by default, and at most; an extension as well (project settings)."""
BULK, BULK_WITHIN = 3, 10 * MINUTE
"""More openings than this at one mine within this time smell of opening in bulk (project settings)."""


class Work(StrEnum):
    """标校, 检修, 测试."""

    CALIBRATION = "calibration"
    MAINTENANCE = "maintenance"
    TEST = "test"


class Standing(StrEnum):
    """States. Overrun: its time is over and nobody closed it; it speaks for nothing any more."""

    PLANNED = "planned"
    OPEN = "open"
    OVERRUN = "overrun"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit as it stands. Times µs UTC, 0: not yet. `start` to `end`: when its plan allows to open it."""

    state: Standing = Standing.PLANNED
    start: int = 0
    end: int = 0
    opened: int = 0
    ends: int = 0
    extended: int = 0
    overrun: int = 0
    closed: int = 0
    dispatcher: str = ""
    caller: str = ""
    reason: str = ""
    closer: str = ""
    words: str = ""
    gas: float | None = None

    def speaks(self, now: int) -> bool:
        """Whether it covers an exceedance at `now`."""
        return self.state is Standing.OPEN and self.opened <= now <= self.ends


@dataclass(frozen=True, slots=True)
class Opening:
    """A call from underground: `caller` stands at the sensor, `dispatcher` takes the call. `gas`: test gas, in the point's unit."""

    dispatcher: str
    caller: str
    reason: str
    minutes: int = USUAL_MIN
    gas: float | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands at the mine when a permit is to be opened: whether one stands at this point, who called for the others that stand, and
    how many were opened within BULK_WITHIN."""

    here: bool = False
    callers: Sequence[str] = ()
    lately: int = 0


Step = tuple[Permit, str]
"""The permit after a deed, and why it was refused (then it is as it was); empty: it was done."""


def open_(permit: Permit, call: Opening, around: Around, now: int) -> Step:
    """Open it for this call."""
    refusal = _opening_refusal(permit, call, around, now)
    if refusal:
        return permit, refusal
    ends = now + call.minutes * MINUTE
    opened = replace(permit, state=Standing.OPEN, opened=now, ends=ends, gas=call.gas)
    return replace(opened, dispatcher=call.dispatcher.strip(), caller=call.caller.strip(), reason=call.reason.strip()), ""


def _opening_refusal(permit: Permit, call: Opening, around: Around, now: int) -> str:
    why = {
        "permit_not_planned": permit.state is not Standing.PLANNED,
        "permit_outside_its_plan": not permit.start <= now < permit.end,
        "permit_needs_two_names": not (call.dispatcher.strip() and call.caller.strip()),
        "permit_needs_two_people": _same(call.dispatcher, call.caller),
        "permit_needs_a_reason": not call.reason.strip(),
        "permit_too_long": not 1 <= call.minutes <= LONGEST_MIN,
        "point_has_a_permit": around.here,
        "caller_has_a_permit": any(_same(call.caller, other) for other in around.callers),
        "permits_in_bulk": around.lately >= BULK,
    }
    return next((code for code, holds in why.items() if holds), "")


def extend(permit: Permit, minutes: int, words: str, now: int) -> Step:
    """Let it last so many minutes longer; once."""
    if permit.state is not Standing.OPEN or now > permit.ends:
        return permit, "permit_not_open"
    if permit.extended:
        return permit, "permit_extended_already"
    if not words.strip():
        return permit, "words_missing"
    if not 1 <= minutes <= LONGEST_MIN:
        return permit, "permit_too_long"
    return replace(permit, ends=permit.ends + minutes * MINUTE, extended=now, words=words.strip()), ""


def close(permit: Permit, name: str, words: str, now: int) -> Step:
    """The work is done. An overrun permit is closed too: that it was overrun stays."""
    if permit.state not in (Standing.OPEN, Standing.OVERRUN):
        return permit, "permit_not_open"
    if not name.strip():
        return permit, "name_missing"
    if not words.strip():
        return permit, "words_missing"
    permit = run_out(permit, now)
    said = " · ".join(part for part in (permit.words, words.strip()) if part)
    return replace(permit, state=Standing.CLOSED, closed=now, closer=name.strip(), words=said), ""


def cancel(permit: Permit, name: str, words: str, now: int) -> Step:
    """It will not be opened."""
    if permit.state is not Standing.PLANNED:
        return permit, "permit_not_planned"
    if not (name.strip() and words.strip()):
        return permit, "words_missing" if name.strip() else "name_missing"
    return replace(permit, state=Standing.CANCELLED, closed=now, closer=name.strip(), words=words.strip()), ""


def run_out(permit: Permit, now: int) -> Permit:
    """What time alone does."""
    if permit.state is Standing.OPEN and now > permit.ends:
        return replace(permit, state=Standing.OVERRUN, overrun=permit.ends)
    return permit


def _same(one: str, other: str) -> bool:
    """Whether these are one name: blanks and case make no second person."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
