"""An accusation as it goes into the log: its sentence in both languages, its numbers, and what a person can follow. Pure.

Evidence: the log's entries of the fact sets of the days that count (`log:<n>`), and the points these facts name (`point:T07`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from contracts.facts import FactSet
from fleet.bodies import Suspicion
from fleet.suspect.finding import Found
from fleet.suspect.kinds import WINDOW_DAYS, Cheat, Finder

MOST_DAYS, MOST_POINTS = 12, 24
"""Days and points named; the numbers say how many there are."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A fact set, and the number of its entry in the log."""

    n: int
    facts: FactSet


def accusation(found: Found, mine: int, day: int, held: Mapping[str, Logged]) -> Suspicion:
    """What is held against the mine (its index) on a day (its column). `held`: the mine's fact sets by ISO date."""
    finder, days = found.finder, found.days(mine, day)
    named = sorted(days[:MOST_DAYS])
    dates = [(found.first + timedelta(days=at)).isoformat() for at in named]
    highest = float(found.amounts[mine, days[0]]) if days else 0.0
    numbers = {
        "days": float(len(days)),
        "of_days": float(min(WINDOW_DAYS, day + 1)),
        "highest": round(highest, 6),
        "usual": round(float(found.usual[mine, day]), 6),
        "least_days": float(finder.least_days),
    }
    sets = [held[date] for date in dates if date in held]
    return Suspicion(
        mine=found.mines[mine],
        day=(found.first + timedelta(days=day)).isoformat(),
        kind=finder.kind.value,
        score=round(float(found.score[mine, day]), 6),
        threshold=finder.threshold,
        why_zh=_why_zh(finder, numbers, dates),
        why_en=_why_en(finder, numbers, dates),
        evidence=(*(f"log:{one.n}" for one in sets), *_points(finder, sets)),
        numbers=numbers,
    )


def accused(found: Mapping[Cheat, Found], mine: int, day: int) -> list[Cheat]:
    """Of which kinds the mine is accused on that day."""
    return [kind for kind, one in found.items() if one.accused[mine, day]]


def _points(finder: Finder, sets: Iterable[Logged]) -> list[str]:
    """Points first that are named on most days."""
    named: dict[str, int] = {}
    for one in sets:
        for ref in dict.fromkeys(ref for fact in one.facts.facts if fact.name in finder.facts for ref in fact.evidence):
            named[ref] = named.get(ref, 0) + 1
    return sorted(named, key=lambda ref: (-named[ref], ref))[:MOST_POINTS]


def _number(finder: Finder, value: float) -> str:
    return f"{value:.1%}" if finder.share else f"{value:g}"


def _why_zh(finder: Finder, numbers: Mapping[str, float], dates: list[str]) -> str:
    return (
        f"近{numbers['of_days']:.0f}天中有{numbers['days']:.0f}天,{finder.amount_zh}超出通常水平"
        f"(最高{_number(finder, numbers['highest'])},通常不超过{_number(finder, numbers['usual'])});{finder.zh}的疑点,由人核实。"
        f"日期:{'、'.join(dates)}"
    )


def _why_en(finder: Finder, numbers: Mapping[str, float], dates: list[str]) -> str:
    return (
        f"On {numbers['days']:.0f} of the last {numbers['of_days']:.0f} days there were more {finder.amount_en} than usual "
        f"(highest {_number(finder, numbers['highest'])}, usually no more than {_number(finder, numbers['usual'])}): "
        f"it looks like {finder.en}; a person has to check. Days: {', '.join(dates)}"
    )
