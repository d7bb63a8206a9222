"""What changed between two days and why, and which criteria most mines miss."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from fleet.bodies import Status, Verdict
from fleet.series.evidence import Said, together
from fleet.view import ChangeView, GapView, ReasonView, Words


@dataclass(frozen=True, slots=True)
class About:
    """A criterion as the pack words it."""

    title: Words
    system: str
    clause: Words
    unit: str
    basis: str
    confidence: str = ""


Known = Callable[[str], About]


def reasons(before: Said | None, after: Said | None, known: Known) -> tuple[ReasonView, ...]:
    """Criteria whose status is another; what was not judged counts as no evidence. The worst news first."""
    old, new = _verdicts(before), _verdicts(after)
    found = []
    for which in dict.fromkeys((*new, *old)):
        was, now = old.get(which), new.get(which)
        if _status(was) is not _status(now) and Status.OPEN not in (_status(was), _status(now)):
            found.append(_reason(which, was, now, known(which[0])))
    return tuple(sorted(found, key=lambda one: (one.after is Status.MET, one.criterion, one.subject)))


def changes(
    before: Mapping[str, Said], after: Mapping[str, Said], days: tuple[str, str], names: Mapping[str, Words], known: Known
) -> tuple[ChangeView, ...]:
    """Registered mines (`names`) whose outcome is another on the second of `days` than on the first; those that fell out come first."""
    found = []
    for mine, name in names.items():
        old, new = before.get(mine), after.get(mine)
        was, now = old.outcome if old else Status.NO_EVIDENCE, new.outcome if new else Status.NO_EVIDENCE
        if was is not now:
            other = old is not None and new is not None and old.pack_hash != new.pack_hash
            found.append(ChangeView(mine, name, *days, was, now, reasons(old, new, known), other))
    return tuple(sorted(found, key=lambda one: (one.before is not Status.MET, one.after is not Status.MET, one.mine)))


def worst(sets: Iterable[Said], known: Known, most: int = 10, examples: int = 5) -> tuple[GapView, ...]:
    """Criteria most mines miss (not met, then without evidence). Those without an official number are open, and no gap."""
    missing: dict[str, dict[str, list[str]]] = {}
    alone: dict[str, int] = {}
    mines = 0
    for one in sets:
        mines += 1
        short = {id_: status for id_, status in _by_criterion(one).items() if status is not Status.MET}
        for id_, status in short.items():
            missing.setdefault(id_, {}).setdefault(status, []).append(one.mine)
        if len(short) == 1:
            only = next(iter(short))
            alone[only] = alone.get(only, 0) + 1
    views = [_gap(id_, found, alone.get(id_, 0), mines, known(id_), examples) for id_, found in missing.items()]
    return tuple(sorted(views, key=lambda one: (-one.not_met, -one.no_evidence, one.criterion))[:most])


def _gap(id_: str, found: Mapping[str, list[str]], alone: int, mines: int, about: About, examples: int) -> GapView:
    not_met, nothing = found.get(Status.NOT_MET, []), found.get(Status.NO_EVIDENCE, [])
    shown = tuple([*not_met, *nothing][:examples])
    return GapView(id_, about.title, about.system, about.clause, len(not_met), len(nothing), mines, alone, shown)


def _by_criterion(one: Said) -> dict[str, Status]:
    """The mine's status in each criterion that counts: of several subjects, what they say together."""
    found: dict[str, list[Status]] = {}
    for verdict in one.verdicts:
        if verdict.status is not Status.OPEN:
            found.setdefault(verdict.criterion, []).append(verdict.status)
    return {id_: together(statuses) for id_, statuses in found.items()}


def _verdicts(one: Said | None) -> dict[tuple[str, str], Verdict]:
    return {(verdict.criterion, verdict.subject): verdict for verdict in one.verdicts} if one else {}


def _status(one: Verdict | None) -> Status:
    return one.status if one else Status.NO_EVIDENCE


def _reason(which: tuple[str, str], was: Verdict | None, now: Verdict | None, about: About) -> ReasonView:
    newest = now or was
    return ReasonView(
        criterion=which[0],
        title=about.title,
        subject=which[1],
        before=_status(was),
        after=_status(now),
        value_before=was.value if was else None,
        value_after=now.value if now else None,
        threshold=newest.threshold if newest else None,
        unit=about.unit,
        why=now.why if now else "not_judged",
    )
