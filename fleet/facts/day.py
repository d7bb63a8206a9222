"""A mine's day, and how a fact of it is put together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from contracts.clock import DAY, HOUR, SECOND
from contracts.errors import BadConfig
from contracts.facts import Fact, Way
from store.interface import WINDOW

ENOUGH = 0.9
"""A fact needs so much of its data; with less there is no evidence (project setting)."""
WHOLE = 1.0
"""A highest number needs all of them: it may stand in the part that is missing."""
MOST_EVIDENCE = 20
"""References beside one fact; `numbers` say how many there are in all."""


@dataclass(frozen=True, slots=True)
class Day:
    """[start, end) µs UTC of the mine's own day (ISO date), 24 hours. What lies after `until` had not happened when it was read."""

    mine: str
    day: str
    start: int
    end: int
    until: int

    @property
    def windows(self) -> int:
        """Of 5 minutes, in the whole day."""
        return (self.end - self.start) // WINDOW


def day_of(mine: str, day: str, zone_hours: int, now: int) -> Day:
    """The day of an ISO date in a zone so many hours ahead of UTC. BadConfig where it is no date."""
    try:
        parsed = date.fromisoformat(day)
    except ValueError as error:
        raise BadConfig("day", day, "a date such as 2026-11-30") from error
    start = int(datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC).timestamp()) * SECOND - zone_hours * HOUR
    return Day(mine, parsed.isoformat(), start, start + DAY, max(start, min(now, start + DAY)))


def date_at(time: int, zone_hours: int) -> str:
    """The ISO date on which a moment (µs UTC) falls in that zone."""
    return datetime.fromtimestamp((time + zone_hours * HOUR) // SECOND, UTC).date().isoformat()


def made(
    day: Day,
    name: str,
    how: str,
    value: float | None,
    completeness: float,
    *,
    enough: float = ENOUGH,
    subject: str = "",
    why: str = "",
    numbers: Mapping[str, float] | None = None,
    evidence: Iterable[str] = (),
) -> Fact:
    """A measured fact. With less than `enough` of its data its value is None, "too_little_data"; `completeness` is rounded down."""
    complete = int(min(max(completeness, 0.0), 1.0) * 10_000 + 1e-6) / 10_000
    if value is not None and complete < enough:
        value, why = None, why or "too_little_data"
    shown = tuple(dict.fromkeys(evidence))[:MOST_EVIDENCE]
    rounded = None if value is None else round(float(value), 6)
    kept = {key: round(float(number), 6) for key, number in (numbers or {}).items()}
    return Fact(name, rounded, complete, day.start, day.end, how, subject=subject, why=why, numbers=kept, evidence=shown)


def nothing(day: Day, name: str, how: str, why: str, *, subject: str = "", completeness: float = 0.0) -> Fact:
    """No evidence, and why (a code of `fleet.facts.words`)."""
    return Fact(name, None, completeness, day.start, day.end, how, subject=subject, why=why)


def counts(fact: Fact, others: Iterable[Fact]) -> bool:
    """Whether this one counts of all facts of its name and subject: the measured one where it has a value, else the declared one."""
    rivals = [other for other in others if other is not fact]
    if fact.way == Way.MEASURED:
        return fact.value is not None or not any(other.way == Way.DECLARED and other.value is not None for other in rivals)
    return fact.value is not None and not any(other.way == Way.MEASURED and other.value is not None for other in rivals)


def ordered(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """As a FactSet holds them: by name and subject. Where a fact is both measured and declared both are there, and the one that counts
    stands last (a table of columns keeps the last one)."""
    of: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        of.setdefault((fact.name, fact.subject), []).append(fact)
    return tuple(fact for _, same in sorted(of.items()) for fact in sorted(same, key=lambda one: (counts(one, same), one.way, one.how)))
