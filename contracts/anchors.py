"""An anchor: a head of the log that somebody else keeps. Whoever has one can tell a log that was cut or made anew from the one it knew."""

import re
from dataclasses import dataclass

from contracts.errors import BadPayload

_FORM = re.compile(r"([1-9]\d{0,17}):([0-9a-f]{64}):(\d{4}-\d\d-\d\d)")
MOST_LINES = 100_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """Entry `n` had this hash; it was the head signed on `day` (ISO date)."""

    n: int
    hash: str
    day: str

    def __str__(self) -> str:
        return f"{self.n}:{self.hash}:{self.day}"


def read_anchors(text: str) -> tuple[Anchor, ...]:
    """All anchors of a text, one a line as `n:hash:day`; what follows a blank on the line is for people, as is a line that begins with #.

    BadPayload naming the line that is none.
    """
    found = []
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise BadPayload("anchor", f"{len(lines)} lines; at most {MOST_LINES}")
    for number, line in enumerate(lines, 1):
        if not (words := line.split()) or words[0].startswith("#"):
            continue
        fit = _FORM.fullmatch(words[0])
        if fit is None:
            raise BadPayload("anchor", f"line {number}: {line[:100]!r} is no anchor; one looks like 12:<64 hex digits>:2026-11-30")
        found.append(Anchor(int(fit[1]), fit[2], fit[3]))
    if not found:
        raise BadPayload("anchor", "no anchor in it; one looks like 12:<64 hex digits>:2026-11-30")
    return tuple(found)
