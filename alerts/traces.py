"""The readings around an alarm: its own point, its neighbours, the supplies it cuts and the fans of its place; and what they say of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from alerts.form import Facts
from alerts.limits import CUT_RULE
from alerts.locktests import FILED_RULES, HIGHEST
from alerts.packs.handling import Handling, Tolerance
from contracts import quality as q
from contracts.clock import HOUR, MINUTE, SECOND
from contracts.points import Point, Registry
from store.interface import Series, Store
from store.records.alarms import AlarmRow

LONGEST = 12 * HOUR
"""Of an alarm that goes on for longer, so much is looked at from its beginning; the journal's own peak and times stand for the whole."""
BEFORE = 5 * MINUTE
"""A neighbour is called calm against its highest value in this time before."""
LEAST = 5
"""Readings below this number have no shape."""
OWN, NEIGHBOUR, FEED, FAN = "own", "neighbour", "feed", "fan"


@dataclass(frozen=True, slots=True)
class Trace:
    """One point's readings. `role`: own, neighbour, feed, fan. Pairs are (zh, en)."""

    point: str
    role: str
    quantity: str
    unit: str
    place: tuple[str, str]
    series: Series


def window(row: AlarmRow, pack: Handling, now: int) -> tuple[int, int]:
    """[start, end) of the trace around an alarm, µs UTC; cut at now."""
    before, after = pack.around
    end = now if row.active else row.changed
    return row.raised_at - before, min(min(end, row.raised_at + LONGEST) + after, now) + 1


def traces(store: Store, registry: Registry | None, row: AlarmRow, span: tuple[int, int]) -> list[Trace]:
    """What is known of the points that belong to an alarm, its own first. Without a registry: its own alone."""
    if not row.point:
        return []
    own = registry.points[registry.number[row.point]] if registry is not None and row.point in registry.number else None
    if registry is None or own is None:
        found = store.series(row.mine, row.point, *span)
        return [Trace(row.point, OWN, row.quantity, row.unit, (row.place_zh, row.place_en), found)]
    out = []
    for role, point in _belonging(registry, own):
        measures = point.measures
        found = store.series(row.mine, point.id, *span)
        out.append(Trace(point.id, role, measures.name, measures.unit, (point.place_zh, point.place_en), found))
    return out


def _belonging(registry: Registry, own: Point) -> Iterable[tuple[str, Point]]:
    yield OWN, own
    for point in registry.points:
        if point.area == own.area and point.quantity == own.quantity and point.id != own.id:
            yield NEIGHBOUR, point
    for role, names in ((FEED, own.feeds), (FAN, own.fans)):
        for name in dict.fromkeys(names):
            yield role, registry.points[registry.number[name]]


def facts_of(row: AlarmRow, kin: Sequence[AlarmRow], found: Sequence[Trace], pack: Handling, now: int, *, permit: bool = False) -> Facts:
    """What the data say. `kin`: the other alarms of the point (cuts, filed lock tests). `permit`: one speaks for this alarm. Pure."""
    end = now if row.active else row.changed
    own = [trace for trace in found if trace.role == OWN]
    near = [_rise(trace.series, row.raised_at, end) for trace in found if trace.role == NEIGHBOUR and trace.quantity == "methane"]
    rises = [rise for rise in near if rise is not None]
    inside = _within(own[0].series, row.raised_at, end) if own else None
    beside = [other for other in kin if other.raised_at <= end and (other.active or other.changed >= row.raised_at)]
    feeds = [trace.series for trace in found if trace.role == FEED]
    return Facts(
        quantity=row.quantity,
        unit=row.unit,
        peak=_peak(row, inside),
        limit=row.limit,
        start=row.raised_at,
        end=None if row.active else row.changed,
        duration_s=max(end - row.raised_at, 0) / SECOND,
        ongoing=row.active,
        readings=0 if inside is None else len(inside.time),
        flagged=0 if inside is None else int(np.count_nonzero(inside.quality & q.CALIBRATION)),
        faults=0 if inside is None else int(np.count_nonzero(inside.quality & q.UNUSABLE)),
        plateau=None if inside is None else plateau(inside, row, pack.tolerance),
        neighbours=len(near),
        neighbours_rise=max(rises) if rises else None,
        cut_reached=row.cut or any(other.rule.startswith(CUT_RULE) for other in beside),
        feed=_feed(feeds, row.raised_at, end),
        fans_stopped=_stopped([trace.series for trace in found if trace.role == FAN], row.raised_at - BEFORE, end),
        lock_test=any(other.rule in FILED_RULES for other in beside) if feeds else None,
        permit=permit,
    )


def _peak(row: AlarmRow, inside: Series | None) -> float | None:
    """The journal's peak, or a higher usable reading: while an alarm goes on the journal knows its beginning only."""
    read = inside.value[(inside.quality & q.UNUSABLE) == 0].tolist() if inside is not None else []
    known = (value for value in (row.peak, row.value, *read) if value is not None and math.isfinite(value))
    return max(known, default=None)


def plateau(inside: Series, row: AlarmRow, allowed: Tolerance) -> bool | None:
    """Whether methane above the limit has the shape of test gas: most of the time near its highest value, below 3 %CH4 as in the lock
    tests. None: no limit, another quantity, or too few readings. Pure."""
    if row.quantity != "methane" or row.limit is None:
        return None
    above = inside.value[(inside.value >= row.limit) & ((inside.quality & q.UNUSABLE) == 0)]
    if len(above) < LEAST:
        return None
    highest = float(above.max())
    return highest < HIGHEST and float(np.mean(above >= highest - allowed.plateau_within)) >= allowed.plateau_share


def _within(series: Series, start: int, end: int) -> Series:
    keep = (series.time >= start) & (series.time <= end)
    return Series(series.time[keep], series.value[keep], series.quality[keep], series.fold[keep])


def _good(series: Series, start: int, end: int) -> Series:
    inside = _within(series, start, end)
    keep = (inside.quality & q.UNUSABLE) == 0
    return Series(inside.time[keep], inside.value[keep], inside.quality[keep], inside.fold[keep])


def _rise(series: Series, start: int, end: int) -> float | None:
    before, during = _good(series, start - BEFORE, start - 1).value, _good(series, start, end).value
    return float(during.max() - before.max()) if len(before) and len(during) else None


def _feed(feeds: Sequence[Series], start: int, end: int) -> str:
    """`off` where any supply was seen off, `on` where all were seen and none was; empty: not known."""
    seen = [_good(series, start, end).value for series in feeds]
    if any(bool((values < 0.5).any()) for values in seen):
        return "off"
    return "on" if seen and all(len(values) for values in seen) else ""


def _stopped(fans: Sequence[Series], start: int, end: int) -> bool | None:
    seen = [_good(series, start, end).value for series in fans]
    if any(bool((values < 0.5).any()) for values in seen):
        return True
    return False if seen and all(len(values) for values in seen) else None
