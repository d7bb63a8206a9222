"""A mine's own shifts: which one a moment is of, and from when to when its day goes. Pure.

No source names a pattern, so there is no default: a mine that set none has days from midnight, and no shift.
"""

import re
from dataclasses import dataclass

import msgspec

from contracts.clock import DAY, MINUTE
from contracts.errors import BadConfig

STEP_MIN = 5
"""Shifts begin at whole windows of the 5-minute statistics: what a report says of a shift is not cut."""
MOST = 6
LONGEST_NAME = 20
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")


class Shift(msgspec.Struct, frozen=True):
    """One shift by name; it begins at `start` (`HH:MM`, the mine's zone) and ends where the next begins."""

    zh: str
    en: str
    start: str

    @property
    def minute(self) -> int:
        """Minutes after midnight."""
        hours, _, minutes = self.start.partition(":")
        return int(hours) * 60 + int(minutes)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The shifts of a day, in their order. The mine's day begins with the first."""

    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift of one day: [start, end) µs UTC. `day`: the mine's day, ISO; `at`: its place in the day, 0 the first."""

    day: str
    at: int
    shift: Shift
    following: Shift
    start: int
    end: int


def checked(shifts: tuple[Shift, ...]) -> Pattern:
    """A pattern; BadConfig naming what is refused."""
    if not 1 <= len(shifts) <= MOST:
        raise BadConfig("shifts", len(shifts), f"1 to {MOST} shifts")
    for at, shift in enumerate(shifts):
        if not (shift.zh.strip() and shift.en.strip() and max(len(shift.zh), len(shift.en)) <= LONGEST_NAME):
            raise BadConfig(
                f"shifts[{at}].zh, en", f"{shift.zh} / {shift.en}", f"a name in both languages, at most {LONGEST_NAME} characters"
            )
        if not _CLOCK.match(shift.start) or shift.minute % STEP_MIN:
            raise BadConfig(f"shifts[{at}].start", shift.start, f"HH:MM, 00:00 to 23:55, a multiple of {STEP_MIN} minutes")
    first = shifts[0].minute
    after = [(shift.minute - first) % (24 * 60) for shift in shifts]
    if after != sorted(set(after)):
        raise BadConfig(
            "shifts", " ".join(shift.start for shift in shifts), "shifts one after the other within 24 hours, each at another time"
        )
    return Pattern(shifts)


def written(pattern: Pattern) -> str:
    """As the records keep it."""
    return msgspec.json.encode(pattern.shifts).decode()


def read(text: str | None) -> Pattern | None:
    """What the records kept; None where there is none."""
    return None if text is None else Pattern(msgspec.json.decode(text, type=tuple[Shift, ...]))


def day_start(pattern: Pattern | None, midnight: int) -> int:
    """When the mine's day begins whose midnight (µs UTC of its zone's 00:00) this is."""
    return midnight + (pattern.shifts[0].minute * MINUTE if pattern else 0)


def turns(pattern: Pattern | None, day: str, midnight: int) -> list[Turn]:
    """The shifts of a day, without gap from its start to the next day's; none where the mine set no pattern."""
    if pattern is None:
        return []
    first, count = pattern.shifts[0].minute, len(pattern.shifts)
    begin = day_start(pattern, midnight)
    starts = [begin + (shift.minute - first) % (24 * 60) * MINUTE for shift in pattern.shifts] + [begin + DAY]
    return [Turn(day, at, shift, pattern.shifts[(at + 1) % count], starts[at], starts[at + 1]) for at, shift in enumerate(pattern.shifts)]
