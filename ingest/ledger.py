"""The gap ledger: per gateway and day, what was made and what came, which instants were due and which were answered.

Two figures, never one: *sequence completeness* (items committed / items made) and *coverage* (polls answered / polls due).
An agent that was off made nothing, so the first alone would read 100 %.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from contracts.payload import Poll
from contracts.ranges import Ranges


class Word(StrEnum):
    """What happened to a range. Different words for different things."""

    NOT_SAMPLED = "not_sampled"
    UNANSWERED = "unanswered"
    MISSING = "missing"
    LOST = "lost"
    DEAD = "dead_lettered"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Gap:
    """One range. Of items (`epoch`, numbers) or of instants (`source`, µs UTC); `start`/`end` say when, as far as known."""

    word: Word
    first: int
    last: int
    start: int
    end: int
    epoch: str = ""
    source: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """One gateway's day (UTC day starting at `day`, µs)."""

    gateway: str
    day: int
    made: int = 0
    committed: int = 0
    late: int = 0
    replayed: int = 0
    missing: int = 0
    lost: int = 0
    dead: int = 0
    duplicate: int = 0
    conflict: int = 0
    due: int = 0
    answered: int = 0
    gaps: list[Gap] = field(default_factory=list)

    @property
    def completeness(self) -> float | None:
        """Items committed / items made; None where nothing was made (never 100 %)."""
        return self.committed / self.made if self.made else None

    @property
    def coverage(self) -> float | None:
        """Polls answered / polls due; None where no poll is known to have been due."""
        return self.answered / self.due if self.due else None


def polled(runs: Iterable[Poll], start: int, end: int) -> tuple[int, int, list[Gap]]:
    """(due, answered, gaps) of the instants in [start, end), from the poll runs of one gateway (and the nearest before and after).

    The grid of a source is the multiples of its period between its first and its last known poll: an instant of it that no run
    names was *not sampled* (nobody polled); one that a run names without an answer is *unanswered*. What lies after the last
    known poll is not known yet, and is not in the figures.
    """
    due = answered = 0
    gaps: list[Gap] = []
    for source, of_source in _by_source(runs).items():
        expected: int | None = None
        for run in of_source:
            period = run.period or 1  # an instant alone may have none: it says nothing about others
            skip = 0 if expected is None else max(0, -(-(expected - run.first) // period))
            if skip >= run.count:
                continue
            first, after = run.first + skip * period, run.first + run.count * period
            if expected is not None and run.period and (missed := _instants(expected, first, period, start, end)):
                due += missed
                low, high = max(expected, start), min(first, end)
                gaps.append(Gap(Word.NOT_SAMPLED, missed, missed, low, high, source=source, reason="nobody polled"))
            there = _instants(first, after, period, start, end)
            due += there
            silent = min(run.count - run.answered, there)
            answered += there - silent
            if silent:
                gaps.append(Gap(Word.UNANSWERED, silent, silent, max(first, start), min(after, end), source=source, reason="no answer"))
            expected = after
    return due, answered, joined(gaps)


def _instants(first: int, after: int, period: int, start: int, end: int) -> int:
    """How many of first, first + period, ... below `after` lie in [start, end)."""
    low = first if first >= start else first + -(-(start - first) // period) * period
    high = min(after, end)
    return max(0, -(-(high - low) // period))


def _by_source(runs: Iterable[Poll]) -> dict[str, list[Poll]]:
    sources: dict[str, list[Poll]] = {}
    for run in runs:
        sources.setdefault(run.source, []).append(run)
    return {source: sorted(of_source, key=lambda run: run.first) for source, of_source in sources.items()}


def joined(gaps: list[Gap]) -> list[Gap]:
    """Gaps of one word and source that touch become one."""
    out: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: (gap.source, gap.word, gap.start)):
        last = out[-1] if out else None
        if last and (last.word, last.source) == (gap.word, gap.source) and last.end == gap.start:
            out[-1] = replace(last, first=last.first + gap.first, last=last.last + gap.last, end=gap.end)
        else:
            out.append(gap)
    return out


@dataclass(frozen=True, slots=True)
class Made:
    """Items of one epoch and stream that the centre holds, ascending by number: numbers, `made` and `received` stamps, and how they came.
    All columns of shape (n,)."""

    seq: NDArray[np.int64]
    made: NDArray[np.int64]
    received: NDArray[np.int64]
    replayed: NDArray[np.bool_]
    dead: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.seq)

    def __contains__(self, number: int) -> bool:
        at = int(np.searchsorted(self.seq, number))
        return at < len(self) and int(self.seq[at]) == number

    def take(self, those: NDArray[np.bool_]) -> "Made":
        """Some of them."""
        return Made(*(getattr(self, name)[those] for name in Made.__slots__))

    def newest_before(self, number: int, otherwise: int) -> int:
        """The largest `made` of items below a number."""
        below = self.made[: int(np.searchsorted(self.seq, number))]
        return int(below.max()) if len(below) else otherwise


def missing(held: Ranges, lost: Ranges, made: int, of_day: Made) -> list[tuple[int, int]]:
    """The numbers of one epoch and stream that are neither held nor lost, as far as they belong to the day of `of_day`.

    A hole belongs to the day of the item before it (the first item's day, where there is none before).
    """
    first_of_all, lasts = next(iter(held), None), [last for _, last, _ in held]
    opens_here = first_of_all is not None and first_of_all[0] in of_day
    holes = [part for low, high in held.missing(0, made - 1) for part in lost.missing(low, high)]
    return [hole for hole in holes if (lasts[at - 1] in of_day if (at := bisect_left(lasts, hole[0])) else opens_here)]
