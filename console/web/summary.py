"""A mine in figures, from columns: how many of its points are in each state, and its newest reading.

The same verdicts as `states.point_state` gives of each point, for all points of a mine at once: a province has 180,000, and whoever looks
at all of its mines must not take the processor from what is being received.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.packs.pack import Pack
from console.web.board import Place, former, gateways_of, places_of, row_of
from console.web.states import AHEAD, DELIVERY, FAULTY, UNPOLLED, Standing, State
from contracts import quality as q
from contracts.points import Registry
from contracts.units import OWN_WORD
from ingest.live import PERIODS_TO_SILENCE, GatewayLive, Live, Newest

STATES = tuple(State)
_CODE = {state: at for at, state in enumerate(STATES)}
NEVER = -1
"""The time of no reading, and the gateway of a point that nobody reports."""
_FOREVER = 1 << 62

Readings = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]
"""Time (NEVER where there is none), value and quality, by point."""


@dataclass(frozen=True, slots=True)
class Tally:
    """`counts`: registered points by state, without those of a gateway's own word. `newest`: time and age (µs) of the newest reading."""

    counts: Mapping[State, int]
    newest: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The points of a mine, first the registered ones: what changes with registries only. Arrays of shape (n,).

    `gateway`: which of `gateways` reports it. `limit`: its alarm value, NaN where there is none or none is known. `own`: a gateway's own
    word, which is in no figure. `sources`: the columns of newest readings, each with its gateway and the number here of each of its
    points. `recalled`: what the store knew at the start.
    """

    key: tuple[object, ...]
    gateways: Sequence[str]
    number: Mapping[str, int]
    registered: int
    gateway: NDArray[np.int64]
    limit: NDArray[np.float64]
    own: NDArray[np.bool_]
    sources: Sequence[tuple[int, Newest, NDArray[np.int64]]]
    recalled: Readings


class Summaries:
    """Keeps the layout of each mine for as long as its registries stay."""

    def __init__(self) -> None:
        self._layouts: dict[str, Layout] = {}

    def of(self, live: Live, pack: Pack, mine: str, standing: Mapping[str, Standing], now: int, alarms_known: bool) -> Tally:
        """The figures of a mine at `now` (µs UTC). `standing`: the active alarms of its points."""
        gateways, layout = gateways_of(live, mine), self._layouts.get(mine)
        key = _key(live, pack, mine, gateways)
        if layout is None or layout.key != key:
            layout = self._layouts[mine] = _layout(live, pack, mine, key)
        return tally(layout, gateways, standing, now, alarms_known)


def _key(live: Live, pack: Pack, mine: str, gateways: Sequence[GatewayLive]) -> tuple[object, ...]:
    """What a layout is made of. Where several gateways name a point, whoever reported it last is one of its facts."""
    registries = [live.registries.get(one.registry) for one in gateways]
    owners = tuple(live.owners(mine).items()) if len(gateways) > 1 and _shared([one for one in registries if one]) else ()
    current = tuple((str(one.gateway), one.registry, known is None) for one, known in zip(gateways, registries, strict=True))
    newest = tuple((name, id(one)) for name, one in live.newest(mine))
    return current, newest, id(live.recalled.get(mine)), id(pack), owners


def _shared(registries: Sequence[Registry]) -> bool:
    """Whether several of them name one point."""
    return len({id_ for one in registries for id_ in one.number}) < sum(len(one.points) for one in registries)


def _layout(live: Live, pack: Pack, mine: str, key: tuple[object, ...]) -> Layout:
    sources, recalled = live.newest(mine), live.recalled.get(mine, {})
    places = {id_: place for id_, place in places_of(live, mine).items() if place.registered}
    ended = sorted(({point.id for _, one in sources for point in one.registry.points} | recalled.keys()) - places.keys())
    every = [*places.values(), *(Place(former(live, mine, id_), None, registered=False) for id_ in ended)]
    names = sorted({str(one.gateway.gateway) for one in every if one.gateway} | {name for name, _ in sources})
    number = {id_: at for at, id_ in enumerate((*places, *ended))}
    rows = [row_of(one.point, pack) for one in every]
    known = [recalled.get(id_) for id_ in number]
    return Layout(
        key,
        names,
        number,
        len(places),
        np.array([names.index(str(one.gateway.gateway)) if one.gateway else NEVER for one in every], np.int64),
        np.array([math.nan if row is None or row.alarm_ge is None else row.alarm_ge for row in rows], np.float64),
        np.array([one.point.quantity in OWN_WORD for one in every], np.bool_),
        [(names.index(name), one, np.array([number[point.id] for point in one.registry.points], np.int64)) for name, one in sources],
        (
            np.array([NEVER if last is None else last.time for last in known], np.int64),
            np.array([math.nan if last is None else last.value for last in known], np.float64),
            np.array([0 if last is None else last.quality for last in known], np.int64),
        ),
    )


def tally(layout: Layout, gateways: Sequence[GatewayLive], standing: Mapping[str, Standing], now: int, alarms_known: bool) -> Tally:
    """The figures of a layout at `now`; `gateways`: the mine's as they are."""
    (time, value, quality), reporter = _readings(layout)
    there = time != NEVER
    heard = {str(one.gateway): one for one in gateways}
    known = [heard.get(name) for name in layout.gateways]
    at = np.where(np.arange(len(time)) < layout.registered, layout.gateway, reporter)  # the last one (NEVER) stands for nobody
    silent = np.array([*(one is None or one.silent(now) for one in known), True], np.bool_)[at]
    period = np.array([*(one.period if one else 0 for one in known), 0], np.int64)[at]
    offset = np.array([*(one.clock_offset if one else 0 for one in known), 0], np.int64)[at]
    reported = there & np.array([*(one is not None for one in known), False], np.bool_)[at]
    age = now - (time - offset)
    late = age > PERIODS_TO_SILENCE * period + DELIVERY
    code = _codes(layout, value, quality, age < -AHEAD, alarms_known)
    for point, alarm in standing.items():
        if (number := layout.number.get(point)) is not None:
            code[number] = _CODE[State.UNVERIFIED if alarm.unverified else State.ALARM]
    code[silent | ~there | late | (quality & UNPOLLED != 0)] = _CODE[State.UNKNOWN]
    counted = np.bincount(code[: layout.registered][~layout.own[: layout.registered]], minlength=len(STATES)).tolist()
    ages = np.where(reported & ~layout.own, age, _FOREVER)
    newest = int(ages.argmin()) if len(ages) else 0
    has_one = len(ages) and ages[newest] != _FOREVER
    return Tally(dict(zip(STATES, counted, strict=True)), (int(time[newest]), int(age[newest])) if has_one else None)


def _readings(layout: Layout) -> tuple[Readings, NDArray[np.int64]]:
    """The newest reading of every point, and which gateway reported it (NEVER: it was recalled, or there is none)."""
    time, value, quality = layout.recalled[0].copy(), layout.recalled[1].copy(), layout.recalled[2].copy()
    reporter = np.full(len(time), NEVER, np.int64)
    for gateway, newest, at in layout.sources:
        fresh = (newest.time >= 0) & (newest.time >= time[at])
        taken = at[fresh]
        time[taken], value[taken], quality[taken] = newest.time[fresh], newest.value[fresh], newest.quality[fresh]
        reporter[taken] = gateway
    return (time, value, quality), reporter


def _codes(
    layout: Layout, value: NDArray[np.float64], quality: NDArray[np.int64], ahead: NDArray[np.bool_], alarms_known: bool
) -> NDArray[np.int64]:
    """States of points that are heard, alarms of the journal aside: the later line overrules the earlier, as `point_state` decides."""
    without, number, calibrated = np.isnan(layout.limit), np.isfinite(value), quality & q.CALIBRATION != 0
    with np.errstate(invalid="ignore"):
        beyond = (value >= layout.limit) | (quality & q.OVER_RANGE != 0)
    danger = (quality & (q.ALARM | q.POWER_CUT) != 0) | (beyond & ~without & number & (quality & q.UNUSABLE == 0))
    code = np.where(without, _CODE[State.NO_LIMIT], _CODE[State.NORMAL if alarms_known else State.UNKNOWN])
    code[ahead | (quality != 0)] = _CODE[State.DOUBTFUL]
    code[calibrated] = _CODE[State.CALIBRATION]
    code[~number | (quality & FAULTY != 0)] = _CODE[State.FAULT]
    code[danger] = _CODE[State.ALARM]
    code[danger & calibrated] = _CODE[State.UNVERIFIED]
    return code
