"""The facts of honesty of a mine's day at a centre: a fortnight's statistics of its methane points, flagged readings, permits, links that
were down. Read in the store's thread in short calls."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from alerts.packs.pack import Pack
from console.fleet.reading import Known
from console.web.plant import Plant
from contracts import quality as q
from contracts.clock import DAY
from contracts.facts import Fact, read_facts
from contracts.points import Point
from fleet.facts.day import Day
from fleet.facts.grid import Grid
from fleet.facts.honest_day import Stretch, honest_day
from fleet.facts.honest_late import Down, Items, late_undeclared
from fleet.facts.honesty import LOOKBACK_DAYS, WINDOWS
from fleet.facts.links import LinkDay
from store.interface import WINDOW, Windows
from store.records import duty_feed, fleet_log
from store.records.alarms import AlarmRow
from store.records.permits import PermitRow

LINK_DOWN = "link.down"
WORK = ("maintenance", "test")
"""Permits under which no test gas is due."""
_STATISTICS = ("minimum", "mean", "maximum", "numbers", "good")


async def honest(plant: Plant, found: Known, grid: Grid, paths: Sequence[LinkDay]) -> list[Fact]:
    """Of the mine's methane points, and of each gateway."""
    day = found.day
    methane = grid.where([point.quantity == "methane" for point in grid.points])
    table = {name: np.full((len(methane.points), LOOKBACK_DAYS * WINDOWS), np.nan) for name in _STATISTICS}
    if methane.points:
        await _read(plant, day, methane.points, table)
    flagged = await _flagged(plant, day, methane.points, table)
    before, downs = await plant.run(lambda: _records(plant, day, _before(day.day)))
    stretch = Stretch(
        day,
        tuple(point.id for point in methane.points),
        np.array([0.1**point.measures.decimals for point in methane.points]),
        np.array([_limit(point, plant.limits) for point in methane.points]),
        table["minimum"],
        table["mean"],
        table["maximum"],
        flagged,
        _worked(day, methane.points, found.permits),
        methane.known,
    )
    return [*honest_day(stretch, before), *(_late(day, path, downs.get(path.name, ())) for path in paths if day.until > day.start)]


def _before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


async def _read(plant: Plant, day: Day, points: Sequence[Point], table: Mapping[str, NDArray[np.float64]]) -> None:
    """Statistics of the stretch into the table."""
    start, names = day.end - LOOKBACK_DAYS * DAY, frozenset(point.id for point in points)
    for low in range(start, day.end, DAY):
        part = await plant.run(lambda low=low: plant.store.windows(day.mine, low, low + DAY, names))  # type: ignore[misc]
        for row, point in enumerate(points):
            if (found := part.get(point.id)) is not None:
                _fill(table, row, (found.start - start) // WINDOW, found)


def _fill(table: Mapping[str, NDArray[np.float64]], row: int, at: NDArray[np.int64], found: Windows) -> None:
    for name, column in table.items():
        column[row, at] = getattr(found, name)


async def _flagged(plant: Plant, day: Day, points: Sequence[Point], table: Mapping[str, NDArray[np.float64]]) -> NDArray[np.int64]:
    """Readings under the calibration flag, by window. Of the day: counted, where any reading is not good. Of the days before: windows
    without one good reading are taken for flagged, so that they give no maximum."""
    numbers, good = np.nan_to_num(table["numbers"]), np.nan_to_num(table["good"])
    flagged = np.where(good == 0, numbers, 0).astype(np.int64)
    flagged[:, -WINDOWS:] = 0
    for row, point in enumerate(points):
        if (numbers[row, -WINDOWS:] > good[row, -WINDOWS:]).any():
            series = await plant.run(lambda point=point: plant.store.series(day.mine, point.id, day.start, day.end))  # type: ignore[misc]
            under = series.time[(series.quality & np.uint16(q.CALIBRATION)) != 0]
            flagged[row, -WINDOWS:] = np.bincount((under - day.start) // WINDOW, minlength=WINDOWS)[:WINDOWS]
    return flagged


def _records(plant: Plant, day: Day, before: str) -> tuple[Fact | None, dict[str, list[Down]]]:
    """points_frozen of the day before, and when links were down, by gateway (short name)."""
    with plant.records.read() as db:
        entry = next(fleet_log.current(db, "facts", mine=day.mine, days=(before, before)), None)
        rows = [row for row in duty_feed.touching(db, day.mine, day.start, day.end) if row.rule == LINK_DOWN]
    facts = read_facts(entry.body).facts if entry is not None else ()
    downs: dict[str, list[Down]] = {}
    for row in rows:
        downs.setdefault(row.gateway.rpartition("/")[2], []).append(_down(row, day))
    return next((fact for fact in facts if fact.name == "points_frozen"), None), downs


def _down(row: AlarmRow, day: Day) -> Down:
    return Down(row.raised_at, day.end if row.active else row.changed, f"alarm:{row.id}")


def _limit(point: Point, pack: Pack) -> float:
    """Where its alarm stands, %CH4; NaN where nobody mapped it, or no official value is known."""
    row = pack.rows.get(point.limit_row)
    known = row is not None and row.quantity == "methane" and row.alarm_ge is not None
    return float(row.alarm_ge) if row is not None and row.alarm_ge is not None and known else float("nan")


def _worked(day: Day, points: Sequence[Point], permits: Sequence[PermitRow]) -> NDArray[np.bool_]:
    """Whether a permit for maintenance or a test was open, by window."""
    start = day.end - LOOKBACK_DAYS * DAY
    worked = np.zeros((len(points), LOOKBACK_DAYS * WINDOWS), np.bool_)
    rows = {point.id: row for row, point in enumerate(points)}
    for permit in permits:
        if permit.kind in WORK and permit.opened and permit.point in rows:
            end = permit.closed or permit.ends
            worked[rows[permit.point], max(permit.opened - start, 0) // WINDOW : max(end - start, 0) // WINDOW + 1] = True
    return worked


def _late(day: Day, path: LinkDay, downs: Sequence[Down]) -> Fact:
    made, received = (np.array([getattr(item, name) for item in path.items], np.int64) for name in ("made", "received"))
    return late_undeclared(day, path.name, Items(made, received), downs)
