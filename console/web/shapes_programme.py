"""Gas drainage as the API answers with it. Moments µs UTC in names with `_us`."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from console.fleet.drainage_day import DrainageDay
from console.web.shapes import Words
from contracts.clock import SECOND
from contracts.facts import FACTS, Fact
from fleet.facts.drainage import FORMULA, SOURCE, STANDARD_C, STANDARD_KPA, Flows
from fleet.facts.words import why_words
from store.interface import WINDOW


@dataclass(frozen=True, slots=True)
class StreamShown:
    """One pipe or main return. `flow`: m³/min of methane by windows, null where not known; `m3`: volume of what was measured;
    `completeness`: 0 to 1 of the day. `why`: why nothing is known; null where something is."""

    name: str
    points: list[str]
    m3: float
    completeness: float
    flow: list[float | None]
    why: Words | None


@dataclass(frozen=True, slots=True)
class DrainageFact:
    """`value` null: no evidence, `why` says why."""

    name: str
    title: Words
    unit: str
    value: float | None
    completeness: float
    how: str
    why: Words | None


@dataclass(frozen=True, slots=True)
class DrainageShown:
    """`pipes` are summed, `branches` lead into them and are not; `returns`: what the ventilation carries off, as it is in the airway."""

    mine: str
    day: str
    start_us: int
    window_s: int
    over: bool
    standard_kpa: float
    standard_c: float
    formula: Words
    source: Words
    facts: list[DrainageFact]
    pipes: list[StreamShown]
    branches: list[StreamShown]
    returns: list[StreamShown]


def shown(found: DrainageDay) -> DrainageShown:
    """A day as it is shown."""
    day, seen = found.day, found.seen
    return DrainageShown(
        day.mine,
        day.day,
        day.start,
        WINDOW // SECOND,
        day.until >= day.end,
        STANDARD_KPA,
        STANDARD_C,
        Words(*FORMULA),
        Words(*SOURCE),
        [_fact(fact) for fact in found.facts.values()],
        _streams(seen.pipes),
        _streams(seen.branches),
        _streams(seen.returns),
    )


def _fact(fact: Fact) -> DrainageFact:
    meaning = FACTS[fact.name]
    why = Words(*why_words(fact.why)) if fact.why else None
    return DrainageFact(fact.name, Words(meaning.zh, meaning.en), meaning.unit, fact.value, fact.completeness, fact.how, why)


def _streams(some: Iterable[Flows]) -> list[StreamShown]:
    return [
        StreamShown(
            one.name,
            list(one.points),
            round(one.volume, 3),
            round(float(one.share.mean()), 4) if len(one.share) else 0.0,
            [None if np.isnan(flow) else round(float(flow), 4) for flow in one.flow],
            Words(*why_words(one.why)) if one.why else None,
        )
        for one in some
    ]
