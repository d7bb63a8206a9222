"""The drawn figures of the fleet's pages: progress over time, the tiles of cities, small lines of facts. Pure; parts of a box, y upward."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from contracts.facts import CITIES
from fleet.bodies import Status
from fleet.view import CityView, ForecastPoint, LineView, TileView

Pair = tuple[float, float]
_AT = ((1, 2), (2, 0), (2, 2), (2, 3), (2, 4), (1, 0), (1, 3), (0, 4), (1, 1), (0, 3), (0, 2))
PLACES = dict(zip(CITIES, _AT, strict=True))
"""Column and row of each city in a map-like arrangement: north is up, west is left. No map: distances and areas mean nothing."""
NEAR = 0.06
"""Parts of the chart's width within which two numbers would cover each other."""
STATUSES = (Status.MET, Status.NOT_MET, Status.NO_EVIDENCE)
_STEPS = (1, 2, 3, 6, 12, 24, 60)
"""Months between two ticks."""


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A total told by the press: anywhere between `start` and `end` (it was told of a day, a month or a year), drawn in the middle."""

    start: float
    end: float
    y: float
    date: str
    total: int
    beside: bool = False
    """Its number stands beside it, not above: another dot is there."""

    @property
    def x(self) -> float:
        return (self.start + self.end) / 2


@dataclass(frozen=True, slots=True)
class Chart:
    """Progress over time. `official` None: not loaded. `low`, `middle`, `high`: the forecast, empty where there is none."""

    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    evidence: tuple[Pair, ...]
    official: tuple[Pair, ...] | None
    dots: tuple[Dot, ...]
    low: tuple[Pair, ...]
    middle: tuple[Pair, ...]
    high: tuple[Pair, ...]


def told_span(told: str) -> tuple[date, date]:
    """First and last day of a date as exact as it was told: 2024-12-31, 2023-04, 2023."""
    parts = [int(part) for part in told.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    if len(parts) == 2:
        return date(parts[0], parts[1], 1), date(parts[0], parts[1], monthrange(*parts)[1])
    return date(parts[0], 1, 1), date(parts[0], 12, 31)


def chart_of(line: LineView, forecast: Sequence[ForecastPoint], most_ticks: int = 8) -> Chart | None:
    """The chart of three lines side by side; None where there is nothing to draw. The forecast adds to the newest official number."""
    start = line.official[-1][1] if line.official else 0
    ahead = [(one.day, start + one.low, start + one.middle, start + one.high) for one in forecast] if line.official else []
    days = [date.fromisoformat(day) for day, _ in (*line.evidence, *(line.official or ()))]
    days += [date.fromisoformat(day) for day, *_ in ahead]
    days += [day for told, _ in line.reported for day in told_span(told)]
    if not days:
        return None
    first, last = min(days), max(days) + timedelta(1)
    span = (last - first).days
    top = _above(max([count for _, count in (*line.evidence, *(line.official or ()), *line.reported)] + [high for *_, high in ahead]))

    def across(day: date) -> float:
        return round((day - first).days / span, 5)

    def pairs(found: Iterable[tuple[str, int]]) -> tuple[Pair, ...]:
        return tuple((across(date.fromisoformat(day)), round(count / top, 5)) for day, count in found)

    def dot(told: str, total: int) -> Dot:
        start, end = told_span(told)
        return Dot(across(start), across(end), round(total / top, 5), told, total)

    return Chart(
        tuple(Tick(across(day), f"{day:%Y-%m}") for day in _months(first, last, most_ticks)),
        tuple(Tick(count / top, str(count)) for count in range(0, top + 1, top // 4)),
        pairs(line.evidence),
        None if line.official is None else pairs(line.official),
        _apart([dot(told, total) for told, total in line.reported]),
        *(pairs((day, counts[at]) for day, *counts in ahead) for at in range(3)),
    )


def _apart(dots: Sequence[Dot]) -> tuple[Dot, ...]:
    """Dots whose numbers do not cover each other: where a later one stands near and above, the number goes to the left."""
    found = []
    for at, one in enumerate(dots):
        near = [other for other in dots[at + 1 :] if abs(other.x - one.x) < NEAR and abs(other.y - one.y) < 2 * NEAR]
        found.append(replace(one, beside=bool(near)))
    return tuple(found)


def _above(highest: int) -> int:
    """A round number at or above, that four steps divide."""
    size = 4
    while size * 10 < highest:
        size *= 10
    return next(size * times for times in (1, 2, 3, 4, 5, 6, 8, 10) if size * times >= highest)


def _months(first: date, last: date, most: int) -> list[date]:
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in _STEPS if months / step <= most), _STEPS[-1])
    begun = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    found = [date(month // 12, month % 12 + 1, 1) for month in begun if month % step == 0]
    return [day for day in found if first <= day < last] or [first]


@dataclass(frozen=True, slots=True)
class Box:
    """A picture's size and where in it the box lies, in user units."""

    width: float
    height: float
    left: float = 44
    right: float = 14
    top: float = 14
    bottom: float = 26

    def x(self, at: float) -> float:
        return round(self.left + at * (self.width - self.left - self.right), 1)

    def y(self, of: float) -> float:
        return round(self.height - self.bottom - of * (self.height - self.top - self.bottom), 1)

    def path(self, pairs: Sequence[Pair]) -> str:
        """`d` of a line through the pairs; a single one as a short stroke."""
        if len(pairs) == 1:
            return f"M{self.x(pairs[0][0])} {self.y(pairs[0][1])}h1.5"
        return "M" + "L".join(f"{self.x(at)} {self.y(of)}" for at, of in pairs) if pairs else ""

    def steps(self, pairs: Sequence[Pair]) -> str:
        """`d` of a count that jumps on its days."""
        if not pairs:
            return ""
        first, *rest = pairs
        return f"M{self.x(first[0])} {self.y(first[1])}" + "".join(f"H{self.x(at)}V{self.y(of)}" for at, of in rest) + "h1.5"

    def band(self, low: Sequence[Pair], high: Sequence[Pair]) -> str:
        """`d` of the area between two lines."""
        return self.path([*low, *reversed(high)]) + "Z" if low else ""


WIDE, NARROW = Box(960, 300), Box(360, 260, left=34, right=10)
"""For a desk and for a phone: words in a picture keep their size."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A city of the arrangement: `column`, `row` from 0 (None: the register names no city, it stands below). `squares`: `d` by status."""

    view: CityView
    column: int | None
    row: int | None
    squares: dict[Status, str]
    official: str
    suspects: str
    rows: int


ACROSS, PITCH, SIDE = 16, 10, 8
"""Squares in a row of a tile; units from one to the next; side of one."""


def tiles_of(cities: Sequence[CityView]) -> list[Tile]:
    """Every city in its place; what has none comes last."""
    known = {one.city: one for one in cities}
    order = [*(city for city in CITIES if city in known), *(one.city for one in cities if one.city not in CITIES)]
    return [_tile(known[city]) for city in order]


def _tile(view: CityView) -> Tile:
    order = {status: at for at, status in enumerate(STATUSES)}
    tiles = sorted(view.tiles, key=lambda one: (order.get(one.outcome, len(order)), one.mine))
    at = {one.mine: (index % ACROSS * PITCH, index // ACROSS * PITCH) for index, one in enumerate(tiles)}

    def squares(which: Iterable[TileView], inset: float) -> str:
        side = SIDE - 2 * inset
        return "".join(f"M{at[one.mine][0] + inset:g} {at[one.mine][1] + inset:g}h{side:g}v{side:g}h{-side:g}z" for one in which)

    column, row = PLACES.get(view.city, (None, None))
    return Tile(
        view,
        column,
        row,
        {status: squares((one for one in tiles if one.outcome is status), 0.5) for status in STATUSES},
        squares((one for one in tiles if one.official is not None), 2.5),
        squares((one for one in tiles if one.suspect), -0.6),
        -(-len(tiles) // ACROSS),
    )


@dataclass(frozen=True, slots=True)
class Small:
    """A small line of days: `d` of what is known, and `d` of short strokes for days without evidence, in a box of 120 × 24."""

    line: str
    absent: str
    low: float | None
    high: float | None


def small_of(values: Sequence[float | None]) -> Small:
    """One value a day, None: no evidence. A gap breaks the line."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=None), max(known, default=None)
    wide = 120 / max(len(values), 1)
    line, absent, drawing = [], [], False
    for at, value in enumerate(values):
        x = round((at + 0.5) * wide, 1)
        if value is None:
            absent.append(f"M{x} 20v4")
            drawing = False
            continue
        part = 0.5 if low == high or low is None or high is None else (value - low) / (high - low)
        line.append(f"{'L' if drawing else 'M'}{x} {round(19 - 16 * part, 1)}" + ("" if drawing else "h.01"))
        drawing = True
    return Small("".join(line), "".join(absent), low, high)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a split bar, in percent of its width."""

    status: str
    count: int
    at: float
    width: float


def split_status(counts: Sequence[tuple[str, int]]) -> list[Piece]:
    """Counts side by side as one bar; what is 0 has no piece."""
    total, at, pieces = sum(count for _, count in counts), 0.0, []
    for status, count in counts:
        if count:
            width = 100 * count / total
            pieces.append(Piece(status, count, round(at, 2), round(width, 2)))
            at += width
    return pieces


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row with one status, in a strip 8 high: the better, the higher the bar, so that it reads without colour."""

    status: Status
    at: int
    width: int
    y: float
    height: float


_HEIGHTS = {Status.MET: 8.0, Status.NOT_MET: 4.0, Status.NO_EVIDENCE: 1.0, Status.OPEN: 1.0}


def runs_of(days: Sequence[Status]) -> list[Run]:
    """A mine's outcome by day as bars."""
    runs: list[Run] = []
    for at, status in enumerate(days):
        if runs and runs[-1].status is status:
            runs[-1] = replace(runs[-1], width=runs[-1].width + 1)
        else:
            runs.append(Run(status, at, 1, 8 - _HEIGHTS[status], _HEIGHTS[status]))
    return runs
