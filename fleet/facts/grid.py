"""5-minute statistics of all points of a mine's day as arrays of shape (points, windows). What a gateway did that day beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contracts.payload import Poll
from contracts.points import Point, Registry
from contracts.units import OWN_WORD
from fleet.facts.day import Day
from store.interface import WINDOW, Windows

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hole:
    """A span in which a source of a gateway gave nothing: [start, end) µs UTC. `word`: not_sampled, unanswered, missing, lost.

    `ref`: where to look, `gap:mine/gw/epoch-or-source/seq-or-start`. `items`: so many items are not there; of a source's polls 0.
    """

    source: str
    word: str
    start: int
    end: int
    ref: str
    items: int = 0


@dataclass(frozen=True, slots=True)
class GatewayDay:
    """What one gateway did in a day. `period` µs: of its slowest source, 0 unknown; `since` µs UTC: first heard.

    `runs`: its polls of the day (and the nearest before). `delays`: seconds from made to received of each item held; `made`: items made,
    held or not; `missing`, `lost`: of these.
    """

    gateway: str
    registry: Registry
    period: int
    since: int
    runs: Sequence[Poll] = ()
    holes: Sequence[Hole] = ()
    delays: Numbers = field(default_factory=lambda: np.empty(0))
    made: int = 0
    missing: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """P points, W windows of 5 minutes. NaN where a window has no number.

    `installed`: the point hangs there then; `asked`: somebody polled its gateway's sources, or anything of it came: what is not there of an
    asked window is known to be missing, the rest is not known. `due`: readings of a point a window, by the gateway's slowest source.
    """

    day: Day
    points: tuple[Point, ...]
    gateways: tuple[str, ...]
    due: Numbers
    installed: Flags
    asked: Flags
    count: Numbers
    good: Numbers
    minimum: Numbers
    mean: Numbers
    maximum: Numbers
    last: Numbers

    def where(self, chosen: Sequence[bool] | Flags) -> "Grid":
        """The grid of some of the points."""
        at = np.flatnonzero(np.asarray(chosen, np.bool_))
        arrays = (getattr(self, name)[at] for name in _ARRAYS)
        return Grid(self.day, tuple(self.points[n] for n in at), tuple(self.gateways[n] for n in at), *arrays)

    @property
    def known(self) -> float:
        """Share of the installed windows that are known: completeness of what rests on presence; 0 where nothing is installed."""
        all_of_them = int(self.installed.sum())
        return float((self.asked & self.installed).sum()) / all_of_them if all_of_them else 0.0


_ARRAYS = ("due", "installed", "asked", "count", "good", "minimum", "mean", "maximum", "last")


def grid_of(day: Day, gateways: Sequence[GatewayDay], found: Iterable[Mapping[str, Windows]]) -> Grid:
    """The grid of a mine's day. `found`: `Store.windows` of [start, end), in any number of parts. A point of several gateways counts once;
    the models' score and the gateway's link never.
    """
    owners: dict[str, tuple[Point, GatewayDay]] = {}
    for gateway in gateways:
        for point in gateway.registry.points:
            if point.quantity not in OWN_WORD and _hangs(point, day):
                owners.setdefault(point.id, (point, gateway))
    shape = (len(owners), day.windows)
    columns = {name: np.full(shape, 0.0 if name in ("count", "good") else np.nan) for name in _ARRAYS[3:]}
    row_of = {name: row for row, name in enumerate(owners)}
    for part in found:
        for name, windows in part.items():
            if name in row_of:
                at = (windows.start - day.start) // WINDOW
                inside = (at >= 0) & (at < day.windows)
                for column, values in columns.items():
                    values[row_of[name], at[inside]] = getattr(windows, column)[inside]
    of = [gateway.gateway for _, gateway in owners.values()]
    starts = day.start + np.arange(day.windows) * WINDOW
    return Grid(
        day,
        tuple(point for point, _ in owners.values()),
        tuple(of),
        np.array([_due(gateway.period) for _, gateway in owners.values()], np.float64),
        np.array([_installed(point, starts) for point, _ in owners.values()], np.bool_).reshape(shape),
        _asked(day, gateways, of, columns["count"]),
        **columns,
    )


def polled(day: Day, runs: Sequence[Poll]) -> Flags:
    """Windows in which an instant was polled, answered or not; shape (W,)."""
    edges = np.zeros(day.windows + 1, np.int64)
    for run in runs:
        last = run.first + max(run.count - 1, 0) * run.period
        low, high = max(run.first, day.start), min(last, day.end - 1)
        if run.count > 0 and low <= high:
            edges[(low - day.start) // WINDOW] += 1
            edges[(high - day.start) // WINDOW + 1] -= 1
    return np.asarray(np.cumsum(edges)[:-1] > 0)


def _asked(day: Day, gateways: Sequence[GatewayDay], of: Sequence[str], count: Numbers) -> Flags:
    out = np.zeros(count.shape, np.bool_)
    names = np.array(of, dtype=object)
    for gateway in gateways:
        rows = np.flatnonzero(names == gateway.gateway)
        if len(rows):
            out[rows] = polled(day, gateway.runs) | (count[rows] > 0).any(axis=0)
    return out


def _hangs(point: Point, day: Day) -> bool:
    return point.valid_from < day.end and (point.valid_to is None or point.valid_to > day.start)


def _installed(point: Point, starts: NDArray[np.int64]) -> Flags:
    until = np.iinfo(np.int64).max if point.valid_to is None else point.valid_to
    return np.asarray((starts >= point.valid_from) & (starts + WINDOW <= until))


def _due(period: int) -> float:
    return float(max(1, WINDOW // period)) if period > 0 else 1.0
