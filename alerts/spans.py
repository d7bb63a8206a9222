"""When alarms were active, chattered, came and went, or waited for somebody: found in their transitions. Pure; times µs."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from alerts.alarm import Kind, State
from contracts.clock import MINUTE, SECOND

Key = TypeVar("Key", bound=Hashable)
CHATTER, CHATTER_WITHIN = 3, MINUTE
"""Raised so often within that time. General practice: B. Hollifield (PAS), "Shut up! Fixing chattering and fleeting alarms"."""
FLEETING = 10 * SECOND
"""Came and went within that time, and nobody acknowledged it. Project setting: the sources only say "within a few seconds"."""
_ON, _OFF = (Kind.RAISE, Kind.CUT), (Kind.RETURN, Kind.RESTORE)


class Stepping(Protocol):
    """A transition of an alarm."""

    @property
    def alarm(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def change(self) -> str: ...
    @property
    def after(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Span:
    """An alarm was active in [start, end); None: it still is."""

    alarm: int
    start: int
    end: int | None


def spans_of(steps: Iterable[Stepping], until: int) -> list[Span]:
    """The spans that began before `until`, each as it stood then. A raise while active, or a return while not, changes nothing."""
    since: dict[int, int] = {}
    found = []
    for step in steps:
        if step.at >= until:
            continue
        if step.change in _ON:
            since.setdefault(step.alarm, step.at)
        elif (step.change in _OFF or step.after in (State.NORMAL, State.RETURNED)) and step.alarm in since:
            found.append(Span(step.alarm, since.pop(step.alarm), step.at))
    return found + [Span(alarm, start, None) for alarm, start in since.items()]


def peak(times: Sequence[int], within: int) -> tuple[int, int | None]:
    """The most of these (ascending) in any time of that length, and when it began."""
    most, at, first = 0, None, 0
    for last, time in enumerate(times):
        while time - times[first] >= within:
            first += 1
        if last - first + 1 > most:
            most, at = last - first + 1, times[first]
    return most, at


def chattering(times: Mapping[Key, Sequence[int]]) -> Counter[Key]:
    """How often each chattered: bursts of CHATTER or more within CHATTER_WITHIN; a burst lasts until it has been quiet for as long."""
    bursts: Counter[Key] = Counter()
    for key, own in times.items():
        quiet_from = None
        for at in range(CHATTER - 1, len(own)):
            if own[at] - own[at - CHATTER + 1] <= CHATTER_WITHIN:
                bursts[key] += quiet_from is None or own[at] - quiet_from > CHATTER_WITHIN
                quiet_from = own[at]
    return bursts


def fleeting(spans: Iterable[Span], steps: Iterable[Stepping], start: int, end: int) -> list[Span]:
    """The spans begun in [start, end) that were over within FLEETING before anybody acknowledged."""
    seen: dict[int, list[int]] = defaultdict(list)
    for step in steps:
        if step.change == "acknowledge":
            seen[step.alarm].append(step.at)
    return [
        span
        for span in spans
        if start <= span.start < end
        and span.end is not None
        and span.end - span.start <= FLEETING
        and not any(span.start <= at <= span.end for at in seen[span.alarm])
    ]


def acknowledged(steps: Iterable[Stepping], start: int, end: int) -> tuple[list[int], int]:
    """(waits from the first call in [start, end) to the acknowledgement that followed by `end`, calls that had none). `steps`: what called,
    and acknowledgements; an alarm called again before anybody acknowledged is one wait, from the first call on."""
    since: dict[int, int] = {}
    waits = []
    for step in steps:
        if step.at >= end:
            continue
        if step.change != "acknowledge":
            since.setdefault(step.alarm, step.at)
        elif step.alarm in since and (began := since.pop(step.alarm)) >= start:
            waits.append(step.at - began)
    return waits, sum(began >= start for began in since.values())
