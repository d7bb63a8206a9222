"""Facts of many mines and days as columns: one array a fact, rows are (mine, subject), columns are days. Pure.

A province of 900 mines is judged on arrays. NaN is no evidence; it never becomes a number on the way.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.facts import FactSet

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Brief(msgspec.Struct, frozen=True, gc=False):
    """What the table needs of a fact. All else is skipped when it is read from bytes: a province has millions of them."""

    name: str
    value: float | None
    completeness: float
    subject: str = ""


class BriefSet(msgspec.Struct, frozen=True, gc=False):
    """A `FactSet`, read briefly."""

    mine: str
    day: str
    facts: tuple[Brief, ...]


read_brief = msgspec.json.Decoder(BriefSet).decode
"""A fact set's canonical JSON, as much of it as a table needs."""


@dataclass(frozen=True, slots=True)
class FactTable:
    """`values[name]` and `completeness[name]` (0 to 1): float64 (rows, days), NaN where there is no evidence; `stated[name]`: bool
    (rows, days), whether the day's set names the fact at all (with or without a value). Rows are sorted; subject "" is the whole mine.
    Every mine has its row (mine, ""), with facts or without. `present`: bool (mines, days), whether the day has a fact set.
    """

    rows: tuple[tuple[str, str], ...]
    first: date
    days: int
    values: dict[str, Floats]
    completeness: dict[str, Floats]
    stated: dict[str, Bools]
    mines: tuple[str, ...]
    present: Bools
    index: dict[tuple[str, str], int] = field(default_factory=dict, compare=False)

    @property
    def last(self) -> date:
        """The last day, included."""
        return self.first + timedelta(days=self.days - 1)

    def column(self, day: date | str) -> int:
        """The index of a day; IndexError where the table does not reach it."""
        at = ((date.fromisoformat(day) if isinstance(day, str) else day) - self.first).days
        if not 0 <= at < self.days:
            raise IndexError(f"{day} is outside {self.first} to {self.last}")
        return at

    def day(self, column: int) -> date:
        """The date of a column."""
        return self.first + timedelta(days=column)

    def subjects(self, mine: str, name: str) -> tuple[str, ...]:
        """Subjects of the mine that have this fact on any day."""
        if name not in self.stated:
            return ()
        stated = self.stated[name]
        return tuple(subject for (one, subject), row in self.index.items() if one == mine and stated[row].any())

    def series(self, mine: str, name: str, subject: str = "") -> Floats:
        """One fact over all days, (days,); all NaN where nothing is known of it."""
        row = self.index.get((mine, subject))
        if row is None or name not in self.values:
            return np.full(self.days, np.nan)
        known: Floats = self.values[name][row]
        return known

    @classmethod
    def of(
        cls,
        sets: Iterable[FactSet | BriefSet],
        *,
        names: Collection[str] | None = None,
        mines: Sequence[str] = (),
        span: tuple[date, date] | None = None,
    ) -> "FactTable":
        """The table of these sets. `names`: only these facts; `mines`: have rows even without facts; `span`: first and last day (default:
        those of the sets). A later set of the same mine and day replaces an earlier one whole."""
        held = {(one.mine, one.day): one for one in sets}
        found = sorted({day for _, day in held})
        if span is None and not found:
            raise ValueError("a table of nothing needs its span")
        first, last = span if span is not None else (date.fromisoformat(found[0]), date.fromisoformat(found[-1]))
        columns = {(first + timedelta(days=at)).isoformat(): at for at in range((last - first).days + 1)}
        return _Filling(columns, first, names).table(held, mines)


_Cells = tuple[list[int], list[int], list[float], list[float]]


@dataclass(slots=True)
class _Filling:
    """`cells[name]`: row, column, value and completeness of each fact; rows are numbered as they come, and sorted in the end."""

    columns: dict[str, int]
    first: date
    names: Collection[str] | None
    cells: dict[str, _Cells] = field(default_factory=dict)
    rows: dict[tuple[str, str], int] = field(default_factory=dict)

    def table(self, held: dict[tuple[str, str], FactSet | BriefSet], mines: Sequence[str]) -> FactTable:
        self.cells = {name: ([], [], [], []) for name in self.names or ()}
        present: list[tuple[str, int]] = []
        rows: dict[str, dict[str, int]] = {mine: {"": self._row(mine, "")} for mine in mines}
        for (mine, day), one in held.items():
            column = self.columns.get(day)
            if column is None:
                continue
            present.append((mine, column))
            if mine not in rows:
                rows[mine] = {"": self._row(mine, "")}
            self._take(mine, column, one, rows[mine])
        return self._made(present)

    def _row(self, mine: str, subject: str) -> int:
        return self.rows.setdefault((mine, subject), len(self.rows))

    def _take(self, mine: str, column: int, one: FactSet | BriefSet, rows: dict[str, int]) -> None:
        cells, nan, some = self.cells, float("nan"), self.names is not None
        for fact in one.facts:
            cell = cells.get(fact.name)
            if cell is None:
                if some:
                    continue
                cell = cells[fact.name] = ([], [], [], [])
            row = rows.get(fact.subject)
            if row is None:
                row = rows[fact.subject] = self._row(mine, fact.subject)
            value = fact.value
            cell[0].append(row)
            cell[1].append(column)
            cell[2].append(nan if value is None else value)
            cell[3].append(nan if value is None else fact.completeness)

    def _made(self, present: list[tuple[str, int]]) -> FactTable:
        rows = tuple(sorted(self.rows))
        index = {row: at for at, row in enumerate(rows)}
        order = np.empty(len(rows), np.intp)
        for row, was in self.rows.items():
            order[was] = index[row]
        days, shape = len(self.columns), (len(rows), len(self.columns))
        values: dict[str, Floats] = {}
        completeness: dict[str, Floats] = {}
        stated: dict[str, Bools] = {}
        for name in sorted(name for name, cell in self.cells.items() if cell[0]):
            places, at, value, complete = self.cells[name]
            where = (order[places], np.array(at, np.intp))
            values[name], completeness[name] = np.full(shape, np.nan), np.full(shape, np.nan)
            stated[name] = np.zeros(shape, np.bool_)
            values[name][where], completeness[name][where], stated[name][where] = value, complete, True
        mines = tuple(mine for mine, subject in rows if subject == "")
        number = {mine: at for at, mine in enumerate(mines)}
        there = np.zeros((len(mines), days), np.bool_)
        for mine, column in present:
            there[number[mine], column] = True
        return FactTable(rows, self.first, days, values, completeness, stated, mines, there, index)
