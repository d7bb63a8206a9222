"""Verdicts of many mines on many days by one pack, as arrays; and one of them as people and the log want it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from fleet.bodies import Object, Status, Verdict, VerdictSet
from fleet.packs.pack import CONDITIONS, Criterion, Op, Pack

Codes = NDArray[np.int8]
Floats = NDArray[np.float64]
Counts = NDArray[np.int16]
OPEN, MET, NO_EVIDENCE, NOT_MET = np.int8(0), np.int8(1), np.int8(2), np.int8(3)
"""Codes in the arrays, ordered so that of several the greatest speaks: one not met fails, else one without evidence is no evidence."""
STATUS = (Status.OPEN, Status.MET, Status.NO_EVIDENCE, Status.NOT_MET)
"""Code to status."""
WHY = (
    "",
    "no_number",
    "no_query",
    "not_in_force",
    "no_fact",
    "few_days",
    "no_subject",
    "broken",
    "nothing_to_divide",
    "too_low",
    "too_high",
    "not_equal",
    "not_so",
    "expired",
    "no_profile",
)
"""Why-codes; their words are in `fleet.criteria.words`. The arrays hold indices into this."""
NO_PROFILE = WHY.index("no_profile")


@dataclass(frozen=True, slots=True)
class Result:
    """One criterion. All arrays (rows, days): `status` codes, the folded `value` (NaN: none), `days` of the window that counted, `why`.

    `names`: (mine, subject) of the rows, sorted. `bounds[i]` to `bounds[i + 1]`: the rows of the i-th mine. `asked`: whether the row is
    asked at all on the day: a subject that the day's facts name, or a face that is registered.
    """

    criterion: Criterion
    names: tuple[tuple[str, str], ...]
    bounds: NDArray[np.intp]
    status: Codes
    value: Floats
    days: Counts
    why: Codes
    asked: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """`status[criterion]`, `systems[system]`, `outcome`: codes (mines, days), see STATUS; `applies[criterion]`: bool (mines, days).

    `away`: how many counted criteria are not met, (mines, days). `speaker[criterion]`: the row of `results[criterion]` that speaks for
    the mine (-1: none). `objects`: what each mine is; a washery is asked nothing by a pack of mines.
    """

    pack: Pack
    mines: tuple[str, ...]
    first: date
    days: int
    status: dict[str, Codes]
    applies: dict[str, NDArray[np.bool_]]
    why: dict[str, Codes]
    speaker: dict[str, NDArray[np.intp]]
    results: dict[str, Result]
    systems: dict[str, Codes]
    outcome: Codes
    away: Counts
    objects: tuple[Object, ...]
    index: Mapping[str, int]
    present: NDArray[np.bool_]

    def column(self, day: date | str) -> int:
        """The index of a day; IndexError where it was not judged."""
        at = ((date.fromisoformat(day) if isinstance(day, str) else day) - self.first).days
        if not 0 <= at < self.days:
            raise IndexError(f"{day} is outside {self.first} to {self.first + timedelta(days=self.days - 1)}")
        return at

    def status_of(self, mine: str, day: date | str) -> Status:
        """The outcome of a mine's day."""
        return STATUS[self.outcome[self.index[mine], self.column(day)]]

    def verdicts(self, mine: str, day: date | str, facts: tuple[str, ...] = ()) -> VerdictSet:
        """A mine's day, with the trace of each criterion; `facts`: hashes of the log entries it rests on."""
        column = self.column(day)
        return self.trace(mine, column, column + 1, [facts])[0]

    def trace(self, mine: str, first: int, end: int, facts: Sequence[tuple[str, ...]]) -> list[VerdictSet]:
        """The same of the days of the columns from `first` to before `end`; one entry of `facts` a day."""
        row, dates = self.index[mine], [self.first + timedelta(days=column) for column in range(first, end)]
        told: list[list[Verdict]] = [[] for _ in dates]
        for criterion in self.pack.criteria:
            self._tell(criterion, row, slice(first, end), dates, told)
        systems = {name: [STATUS[code] for code in codes[row, first:end].tolist()] for name, codes in self.systems.items()}
        outcomes = self.outcome[row, first:end].tolist()
        return [
            VerdictSet(
                mine=mine,
                day=when.isoformat(),
                pack=self.pack.id,
                pack_hash=self.pack.hash,
                outcome=STATUS[outcomes[at]],
                systems={name: said[at] for name, said in systems.items()},
                verdicts=tuple(told[at]),
                facts=facts[at],
                before_valid=when < self.pack.starts,
            )
            for at, when in enumerate(dates)
        ]

    def _tell(self, criterion: Criterion, row: int, days: slice, dates: list[date], told: list[list[Verdict]]) -> None:
        """Add the verdicts of one criterion to those of each day."""
        name, result = criterion.id, self.results[criterion.id]
        applies, status, why = (of[name][row, days].tolist() for of in (self.applies, self.status, self.why))
        of, asked = criterion.query.days if criterion.query else 0, [threshold(criterion, when) for when in dates]
        rows = [_row(result, one, days, asked, of) for one in range(result.bounds[row], result.bounds[row + 1])]
        for at, applied in enumerate(applies):
            if applied:
                said = [verdicts[at] for there, verdicts in rows if there[at]] if why[at] != NO_PROFILE else []
                told[at] += said or [Verdict(name, STATUS[status[at]], threshold=asked[at], of=of, why=WHY[why[at]])]


def _row(result: Result, row: int, days: slice, asked: list[float | None], of: int) -> tuple[list[bool], list[Verdict]]:
    """On which days one subject is asked, and its verdict of each. Lists: item by item an array is slow."""
    arrays = (result.status, result.value, result.days, result.why)
    each = zip(*(array[row, days].tolist() for array in arrays), asked, strict=True)
    name, subject = result.criterion.id, result.names[row][1]
    verdicts = [
        Verdict(name, STATUS[status], subject, None if value != value else value, wanted, counted, of, WHY[why])  # noqa: PLR0124  # NaN
        for status, value, counted, why, wanted in each
    ]
    return result.asked[row, days].tolist(), verdicts


def threshold(criterion: Criterion, day: date) -> float | None:
    """What a value is held against on a day; conditions have theirs, open criteria none."""
    if criterion.op is Op.HOLDS:
        return 1.0
    if criterion.op in CONDITIONS:
        return float(day.toordinal())
    return criterion.threshold
