"""Two packs side by side on one day: who falls out, who comes in, and by which criterion. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fleet.bodies import Status
from fleet.criteria.judged import MET, STATUS, Judged


@dataclass(frozen=True, slots=True)
class Change:
    """A mine that one pack says yes to and the other does not. `by`: the counted criteria of that other pack which it does not meet."""

    mine: str
    before: Status
    after: Status
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`falls_out`: met by `before` and not by `after`; `comes_in`: the other way round; both by mine. `same`: how many have one outcome in
    both, by status; `other`: mines whose outcome differs and that neither meets. `marks`: packs not in force on that day, by id."""

    day: str
    before: str
    after: str
    falls_out: tuple[Change, ...]
    comes_in: tuple[Change, ...]
    other: tuple[Change, ...]
    same: dict[str, int]
    marks: tuple[str, ...]


def compare(before: Judged, after: Judged, day: date | str) -> Comparison:
    """Mines known to both, on one day."""
    at, then = before.column(day), after.column(day)
    falls, comes, other = list[Change](), list[Change](), list[Change]()
    same = {status.value: 0 for status in Status}
    for mine, row in before.index.items():
        if mine not in after.index:
            continue
        one, two = before.outcome[row, at], after.outcome[after.index[mine], then]
        if one == two:
            same[STATUS[one].value] += 1
        elif one == MET:
            falls.append(Change(mine, STATUS[one], STATUS[two], lacking(after, mine, then)))
        elif two == MET:
            comes.append(Change(mine, STATUS[one], STATUS[two], lacking(before, mine, at)))
        else:
            other.append(Change(mine, STATUS[one], STATUS[two], lacking(after, mine, then)))
    when = before.first + timedelta(days=at)
    marks = tuple(one.pack.id for one in (before, after) if not in_force(one, when))
    return Comparison(when.isoformat(), before.pack.id, after.pack.id, tuple(falls), tuple(comes), tuple(other), same, marks)


def together(found: Sequence[Comparison]) -> Comparison | None:
    """Comparisons of the same packs and day over different mines, as one; None of none."""
    if not found:
        return None
    first = found[0]
    same = {name: sum(one.same[name] for one in found) for name in first.same}
    falls, comes, other = (tuple(change for one in found for change in getattr(one, name)) for name in ("falls_out", "comes_in", "other"))
    return Comparison(first.day, first.before, first.after, falls, comes, other, same, first.marks)


def lacking(judged: Judged, mine: str, column: int) -> tuple[str, ...]:
    """Counted criteria that the mine does not meet on that day, in the pack's order."""
    row = judged.index[mine]
    return tuple(name for name, codes in judged.status.items() if codes[row, column] > MET)


def in_force(judged: Judged, day: date) -> bool:
    """Whether the pack was in force on the day."""
    pack = judged.pack
    return pack.starts <= day and (pack.valid_to is None or day <= date.fromisoformat(pack.valid_to))
