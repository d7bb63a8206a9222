"""How the alarms themselves are doing: rates, peaks, standing and chattering alarms, time to acknowledge (ISA-18.2, EEMUA 191). Pure.

What counts is what people were called for: raises, cut values, past alarms, and planned ones that turned out not to be. Drills, filed
tests and what only repeats count nowhere; planned, shelved and suppressed raises are counted apart. Times µs UTC of the centre.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from alerts.alarm import Kind, State
from alerts.spans import Span, acknowledged, chattering, fleeting, peak, spans_of
from contracts.clock import DAY, HOUR, MINUTE

RAISES = (Kind.RAISE, Kind.CUT, Kind.PAST, Kind.UNPLAN)
REPEATS = frozenset({"raised_again", "earlier_start", "within_the_told_span"})
"""Reasons of steps that only repeat what was told."""
ASIDE = {State.PLANNED: "planned", State.SHELVED: "shelved", State.SUPPRESSED: "suppressed", State.OUT_OF_SERVICE: "out_of_service"}
TEN = 10 * MINUTE
STALE_AFTER = DAY
TOP = 10
Key = tuple[str, str, str]
"""Mine, subject, rule: one alarm as people know it, however often it came."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transition, as far as it matters here. `alarm`: the row's id."""

    alarm: int
    at: int
    change: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What an alarm row is about; `cause`: what the mine answered it was, empty: not answered."""

    id: int
    mine: str
    subject: str
    rule: str
    point: str
    place: tuple[str, str]
    priority: int
    cause: str = ""

    @property
    def key(self) -> Key:
        return self.mine, self.subject, self.rule


@dataclass(frozen=True, slots=True)
class Actor:
    """An alarm with how often it came; `share` of all, 0 to 1."""

    about: Known
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that is active at the end of the time looked at."""

    about: Known
    since: int
    age: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Time to acknowledge, µs; None where nothing was acknowledged. `never`: not acknowledged by the end of the time looked at."""

    count: int
    median: int | None
    p90: int | None
    longest: int | None
    never: int


@dataclass(frozen=True, slots=True)
class Health:
    """Alarm health of [start, end). `called`: what people were called for. `operators`: on duty on average, None: not known."""

    start: int
    end: int
    called: int
    operators: float | None
    per_hour: float
    per_operator_hour: float | None
    peak: int
    peak_at: int | None
    floods: float
    """Share of the ten-minute periods with more than 10, 0 to 1."""
    busy: float
    """Share of the hours with more than 30, 0 to 1."""
    tens: list[tuple[int, int]]
    """(start, count) of every ten-minute period with any."""
    standing: list[Standing]
    stale: list[Standing]
    chattering: list[Actor]
    """`count`: bursts."""
    fleeting: list[Actor]
    top: list[Actor]
    top_share: float
    priorities: dict[int, int]
    waits: Waits
    aside: dict[str, int]
    """Raises nobody was called for: planned, shelved, suppressed, out of service."""
    causes: dict[str, int] = field(default_factory=dict)
    """Alarm rows by what the mine answered; empty key: not answered."""


def called(step: Step) -> bool:
    """Whether people were called by this step."""
    return step.change in RAISES and step.reason not in REPEATS and step.after in (State.UNACKNOWLEDGED, State.RETURNED)


def health(steps: Sequence[Step], known: Mapping[int, Known], start: int, end: int, operators: float | None = None) -> Health:
    """Of the alarms in `known`; `steps` ascending by time, from before `start` where an alarm stood then."""
    told = [step for step in steps if start <= step.at < end and called(step)]
    spans = spans_of(steps, end)
    counts = Counter(known[step.alarm].key for step in told)
    newest = {one.key: one for one in known.values()}
    hours, (most, most_at) = (end - start) / HOUR, peak([step.at for step in told], TEN)
    tens = Counter(step.at - step.at % TEN for step in told)
    standing = sorted((_standing(known, span, end) for span in spans if span.end is None), key=lambda one: one.since)
    top = [Actor(newest[key], count, count / len(told)) for key, count in counts.most_common(TOP)]
    return Health(
        start=start,
        end=end,
        called=len(told),
        operators=operators,
        per_hour=len(told) / hours,
        per_operator_hour=len(told) / hours / operators if operators else None,
        peak=most,
        peak_at=most_at,
        floods=_share(tens.values(), 10, (end - start) / TEN),
        busy=_share(Counter(step.at // HOUR for step in told).values(), 30, hours),
        tens=sorted(tens.items()),
        standing=standing,
        stale=[one for one in standing if one.age >= STALE_AFTER],
        chattering=_actors(newest, chattering(_times(told, known)), len(told)),
        fleeting=_actors(newest, Counter(known[span.alarm].key for span in fleeting(spans, steps, start, end)), len(told)),
        top=top,
        top_share=sum(one.share for one in top),
        priorities=dict(sorted(Counter(known[step.alarm].priority for step in told).items())),
        waits=_waits(steps, start, end),
        aside=_aside(steps, start, end),
        causes=dict(Counter(known[alarm].cause for alarm in {step.alarm for step in told}).most_common()),
    )


def _times(told: Sequence[Step], known: Mapping[int, Known]) -> dict[Key, list[int]]:
    times: dict[Key, list[int]] = defaultdict(list)
    for step in told:
        times[known[step.alarm].key].append(step.at)
    return times


def _standing(known: Mapping[int, Known], span: Span, end: int) -> Standing:
    return Standing(known[span.alarm], span.start, end - span.start)


def _actors(newest: Mapping[Key, Known], counts: Mapping[Key, int], total: int) -> list[Actor]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [Actor(newest[key], count, count / total if total else 0.0) for key, count in ordered if count]


def _share(counts: Iterable[int], above: int, periods: float) -> float:
    over = sum(count > above for count in counts)
    return min(1.0, over / periods) if periods > 0 else 0.0


def _aside(steps: Sequence[Step], start: int, end: int) -> dict[str, int]:
    found = Counter(
        ASIDE[State(step.after)]
        for step in steps
        if start <= step.at < end and step.change in RAISES and step.reason not in REPEATS and step.after in ASIDE
    )
    return {name: found[name] for name in ASIDE.values()}


def _waits(steps: Sequence[Step], start: int, end: int) -> Waits:
    waits, never = acknowledged([step for step in steps if called(step) or step.change == "acknowledge"], start, end)
    ordered = sorted(waits)
    if not ordered:
        return Waits(0, None, None, None, never)
    return Waits(len(ordered), _nearest(ordered, 0.5), _nearest(ordered, 0.9), ordered[-1], never)


def _nearest(ordered: Sequence[int], share: float) -> int:
    """The nearest rank: a wait that was measured, never one between two."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
