"""What a mine does next to meet the criteria: the cheapest step first, with the order's reason in words. Pure."""

from dataclasses import dataclass
from datetime import date

from contracts.facts import FACTS
from fleet.bodies import Status, Verdict, VerdictSet
from fleet.criteria.judged import MET, Judged
from fleet.criteria.words import KIND_WORDS, ORDER, why
from fleet.packs.pack import CONDITIONS, Criterion, Fold, Pack

_KINDS = ("document", "evidence", "performance")
_BAD = {Status.NO_EVIDENCE: 1, Status.NOT_MET: 2}


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion away from yes. `kind`: document, evidence or performance; `to_go`: days in a row still missing, where the criterion is
    one of days; `gap`: how far the value is from what is asked, as a share of it."""

    criterion: str
    subject: str
    kind: str
    why: str
    to_go: int | None
    gap: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Next:
    """`away`: how many criteria are missing; `steps`: one each, in the order `order_zh` and `order_en` explain."""

    away: int
    steps: tuple[Step, ...]
    order_zh: str
    order_en: str


def next_steps(judged: Judged, mine: str, day: date | str) -> Next:
    """All steps of a mine on a day; none where it meets the criteria, or is asked nothing."""
    steps = steps_of(judged.pack, judged.verdicts(mine, day))
    return Next(len(steps), steps, *ORDER)


def steps_of(pack: Pack, said: VerdictSet) -> tuple[Step, ...]:
    """The same from a verdict set made by this pack: one step for each counted criterion that is not met, in the order of ORDER.

    Of several subjects the worst speaks, and of equally bad ones the one farthest away: the others come right on the way.
    """
    found: dict[str, tuple[Verdict, Step]] = {}
    for verdict in said.verdicts:
        criterion = pack.criterion(verdict.criterion)
        if criterion is None or verdict.status not in _BAD:
            continue
        step, held = _step(criterion, verdict), found.get(criterion.id)
        if held is None or _badness(verdict, step) > _badness(*held):
            found[criterion.id] = (verdict, step)
    steps = (step for _, step in found.values())
    return tuple(sorted(steps, key=lambda one: (_KINDS.index(one.kind), one.gap, one.criterion)))


def nearest(judged: Judged, day: date | str, most: int = 20) -> list[tuple[str, int]]:
    """Mines that do not meet the criteria yet, by how many are missing: the fewest first."""
    column = judged.column(day)
    missing = [(int(judged.away[at, column]), mine) for mine, at in judged.index.items() if judged.outcome[at, column] > MET]
    return [(mine, away) for away, mine in sorted(missing)[:most]]


def _step(criterion: Criterion, verdict: Verdict) -> Step:
    query = criterion.query
    assert query is not None
    declared = query.fact in FACTS and FACTS[query.fact].declared
    lacks = verdict.status is Status.NO_EVIDENCE
    kind = ("document" if declared else "evidence") if lacks else "performance"
    gap = _gap(criterion, verdict)
    to_go = None
    if query.fold is Fold.STREAK and verdict.threshold is not None:
        to_go = max(0, round(verdict.threshold - (verdict.value or 0.0)))
    zh, en = _words(criterion, verdict, kind, to_go)
    return Step(criterion.id, verdict.subject, kind, verdict.why, to_go, gap, zh, en)


def _badness(verdict: Verdict, step: Step) -> tuple[int, float]:
    return _BAD[verdict.status], step.gap


def _gap(criterion: Criterion, verdict: Verdict) -> float:
    if criterion.op in CONDITIONS or verdict.value is None or verdict.threshold is None:
        return 1.0
    return abs(verdict.threshold - verdict.value) / max(abs(verdict.threshold), 1.0)


def _words(criterion: Criterion, verdict: Verdict, kind: str, to_go: int | None) -> tuple[str, str]:
    place = f" [{verdict.subject}]" if verdict.subject else ""
    (doing_zh, doing_en), (why_zh, why_en) = KIND_WORDS[kind], why(verdict.why)
    zh, en = f"{doing_zh}: {criterion.zh}{place}: {why_zh}", f"{doing_en}: {criterion.en}{place}: {why_en}"
    if to_go and kind == "performance":
        return f"{zh}; 还需连续 {to_go} 天", f"{en}; {to_go} more days in a row"
    if verdict.why == "few_days" and criterion.query:
        some = f"{verdict.days}/{criterion.query.least}"
        return f"{zh} ({some} 天)", f"{en} ({some} days)"
    if kind == "performance" and verdict.value is not None and criterion.op not in CONDITIONS:
        some = f"{verdict.value:g} → {criterion.op.value} {verdict.threshold:g}{criterion.unit and ' ' + criterion.unit}"
        return f"{zh} ({some})", f"{en} ({some})"
    return zh, en
