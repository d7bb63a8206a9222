"""The verdict of one criterion for one mine on one day, the long way round. What the arrays are held against."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.facts import FactSet
from fleet.bodies import Status
from fleet.packs import Criterion, Fold, Op

BAD = (Status.MET, Status.NO_EVIDENCE, Status.NOT_MET)


@dataclass(frozen=True)
class Slow:
    """One subject."""

    status: Status
    value: float | None
    days: int


def of_mine(one: Criterion, sets: dict[tuple[str, str], FactSet], mine: str, day: date) -> Status:
    """The worst subject that the day's own facts name."""
    assert one.query
    today = sets.get((mine, day.isoformat()))
    subjects = {fact.subject for fact in today.facts if fact.name == one.query.fact} if today else set()
    if one.scope == "face":
        subjects.discard("")
    found = [of_subject(one, sets, mine, subject, day).status for subject in subjects]
    return max(found, key=BAD.index) if found else Status.NO_EVIDENCE


def of_subject(one: Criterion, sets: dict[tuple[str, str], FactSet], mine: str, subject: str, day: date) -> Slow:
    """One subject by itself."""
    query = one.query
    assert query
    window = [(day - timedelta(days=ago)).isoformat() for ago in range(query.days - 1, -1, -1)]
    seen = [_counts(one, sets.get((mine, when)), subject) for when in window]
    known = [pair for pair in seen if pair is not None]
    if query.fold is Fold.STREAK:
        return _streak(one, seen)
    value = _folded(one, known)
    value = None if value is None else round(value, 9)
    if not known or len(known) < query.least or value is None:
        return Slow(Status.NO_EVIDENCE, value, len(known))
    assert one.threshold is not None
    held = {Op.GE: value >= one.threshold, Op.LE: value <= one.threshold, Op.EQ: value == one.threshold}[one.op]
    return Slow(Status.MET if held else Status.NOT_MET, value, len(known))


def _counts(one: Criterion, held: FactSet | None, subject: str) -> tuple[float, float] | None:
    """Value and divisor of a day; None where it does not count."""
    assert one.query
    found = []
    for name in one.query.facts:
        facts = [fact for fact in (held.facts if held else ()) if (fact.name, fact.subject) == (name, subject)]
        if not facts or facts[-1].value is None or facts[-1].completeness < one.query.completeness:
            return None
        found.append(facts[-1].value)
    return found[0], found[-1]


def _good(one: Criterion, value: float) -> bool:
    assert one.query
    return value <= one.query.at_most if one.query.at_most is not None else value >= (one.query.at or 0)


def _folded(one: Criterion, known: list[tuple[float, float]]) -> float | None:
    assert one.query
    values = [value for value, _ in known]
    if not values:
        return None
    if one.query.fold is Fold.RATIO:
        below = sum(under for _, under in known)
        return sum(values) / below if below > 0 else None
    folds: dict[Fold, Callable[[], float]] = {
        Fold.LAST: lambda: values[-1],
        Fold.MIN: lambda: min(values),
        Fold.MAX: lambda: max(values),
        Fold.SUM: lambda: sum(values),
        Fold.MEAN: lambda: sum(values) / len(values),
        Fold.SHARE: lambda: sum(_good(one, value) for value in values) / len(values),
    }
    return folds[one.query.fold]()


def _streak(one: Criterion, seen: list[tuple[float, float] | None]) -> Slow:
    run, best, broken = 0, 0, False
    for pair in reversed(seen):
        if pair is not None and not _good(one, pair[0]):
            break
        broken = broken or pair is None
        run += not broken
        best += 1
    days = sum(pair is not None for pair in seen)
    assert one.threshold is not None
    if run >= one.threshold:
        return Slow(Status.MET, run, days)
    return Slow(Status.NO_EVIDENCE if best >= one.threshold or not days else Status.NOT_MET, run if days else None, days)
