"""What is said of bad messages in the log: a few lines a minute of each gateway, the rest as a number. Pure.

Whoever sends nonsense in a flood fills no disk with our words about it; the metrics count every message.
"""

from dataclasses import dataclass, field

from contracts.clock import MINUTE

LINES = 10
"""Lines of one gateway in EVERY (project setting)."""
EVERY = MINUTE
MOST = 10_000


@dataclass(slots=True)
class _Said:
    since: int
    lines: int = 0
    held_back: int = 0


@dataclass(slots=True)
class Complaints:
    """By whoever is complained of; times are monotonic µs."""

    _of: dict[str, _Said] = field(default_factory=dict)

    def due(self, who: str, now: int) -> int | None:
        """None: say nothing of this one. Else say it, and how many were held back since the last line."""
        said = self._of.get(who)
        if said is None:
            if len(self._of) >= MOST:
                self._of.clear()
            said = self._of[who] = _Said(now)
        if now - said.since >= EVERY:
            said.since, said.lines = now, 0
        if said.lines >= LINES:
            said.held_back += 1
            return None
        said.lines += 1
        held_back, said.held_back = said.held_back, 0
        return held_back
