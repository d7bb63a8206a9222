"""What the API says of a control room's duty: running log, shifts, handovers. Moments as in `console.web.shapes`."""

from dataclasses import dataclass
from typing import Any

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the running log. `at`: written; `time`: when it happened. `by` empty: the system. `corrects`: the line it puts right."""

    id: str
    at: str
    at_us: int
    time_us: int
    kind: str
    kind_words: Words
    words: Words
    by: str
    alarm: str | None
    corrects: str | None


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift by name; it begins at `start` (HH:MM, the mine's zone) and ends where the next begins."""

    zh: str
    en: str
    start: str


@dataclass(frozen=True, slots=True)
class ShiftsView:
    """A mine's shifts; none: it set no pattern. `now`: which one it is (its place, 0 the first), null where there is none."""

    mine: str
    shifts: list[ShiftView]
    now: int | None


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A handover with what was open when it was given (`frozen`), named by `hash`. `taken_by` empty: nobody took over yet."""

    id: str
    mine: str
    shift: Words
    following: Words
    start_us: int
    end_us: int
    given: str
    given_us: int
    given_by: str
    words: str
    taken: str | None
    taken_us: int | None
    taken_by: str
    taken_words: str
    hash: str
    frozen: dict[str, Any]
    waits: bool
    """Whether it is the newest of its mine and waits for somebody to take over."""
