"""Mines and points as they stand at one instant: pure functions of the live view, the limits and the active alarms."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from alerts import words as told
from alerts.packs.pack import LimitRow, Pack
from console.web import times
from console.web.shapes import AlarmCount, CutView, Duty, GatewayView, Installed, LimitsView, MineView, PointView, Words
from console.web.states import Heard, MineState, Reason, Standing, State, age_of, fresh_for, mine_state, point_state
from console.web.words import LANGUAGES, say
from contracts import quality
from contracts.clock import SECOND, iso
from contracts.points import Point, Registry
from contracts.units import OWN_WORD, QUANTITIES, SCORED_EVERY
from ingest.live import GatewayLive, Live
from store.interface import Last
from store.records.alarms import AlarmRow


@dataclass(frozen=True, slots=True)
class Active:
    """The active alarms as last read at `at` (µs, 0 never): by mine and point, the gravest first; counts by mine."""

    at: int = 0
    known: bool = False
    standing: Mapping[tuple[str, str], Standing] = field(default_factory=dict)
    counts: Mapping[str, AlarmCount] = field(default_factory=dict)
    rows: tuple[AlarmRow, ...] = ()
    """The open alarms: what needs a person first, then the newest."""
    version: int = 0
    """Changes whenever any active alarm does."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What every view is made from: the live view, the regulation pack, the active alarms, and one `now` (µs UTC)."""

    live: Live
    pack: Pack
    active: Active
    now: int


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a mine with the gateway that reports it; `registered` False: its installation has ended."""

    point: Point
    gateway: GatewayLive | None
    registered: bool = True


def mines_of(live: Live) -> list[str]:
    """Ids of all mines anything is known of, ascending."""
    return sorted({gateway.gateway.mine for gateway in live.gateways.values()} | live.mines)


def gateways_of(live: Live, mine: str) -> list[GatewayLive]:
    """The gateways of a mine, by name."""
    return live.of_mine(mine)


def places_of(live: Live, mine: str) -> dict[str, Place]:
    """Every point of a mine in registry order; points with readings that no current registry names come last."""
    owners, places = live.owners(mine), dict[str, Place]()
    for gateway in gateways_of(live, mine):
        registry = live.registries.get(gateway.registry)
        for point in registry.points if registry else ():
            if point.id not in places or owners.get(point.id) == str(gateway.gateway):
                places[point.id] = Place(point, gateway)
    for ended in sorted(live.values(mine).keys() - places.keys()):
        places[ended] = Place(former(live, mine, ended), live.gateways.get(owners.get(ended, "")), registered=False)
    return places


def former(live: Live, mine: str, point: str) -> Point:
    """A point as a registry that is not in use any more names it."""
    known = (
        registry.points[registry.number[point]]
        for registry in live.registries.values()
        if registry.mine == mine and point in registry.number
    )
    return next(known, Point(point, "", "", "", ""))


def points_of(scene: Scene, mine: str) -> list[PointView]:
    """All points of a mine."""
    values = scene.live.values(mine)
    return [_point(scene, mine, place, values.get(id_)) for id_, place in places_of(scene.live, mine).items()]


def row_of(point: Point, pack: Pack) -> LimitRow | None:
    """The limit row the place was mapped to; None where it was not, or where the row is of another quantity."""
    row = pack.rows.get(point.limit_row)
    return row if row is not None and row.quantity == point.quantity else None


def heard_of(gateway: GatewayLive | None, now: int, quantity: str = "") -> Heard | None:
    """The gateway's silence at `now`, for a point of that quantity."""
    if gateway is None:
        return None
    period = max(gateway.period, SCORED_EVERY) if quantity in OWN_WORD else gateway.period
    return Heard(gateway.silent(now), period, gateway.clock_offset, gateway.heard)


@cache
def in_words(key: str) -> Words:
    """The text of a key in both languages."""
    return Words(*(say(lang, key) for lang in LANGUAGES))


def reason_words(reason: Reason) -> Words:
    """A reason with its numbers in both languages."""
    key = f"reason.{reason.code}"
    return Words(*(say(lang, key, reason.numbers) for lang in LANGUAGES)) if reason.numbers else in_words(key)


@lru_cache(1024)
def quality_words(bits: int) -> Mapping[str, list[str]]:
    """The names of the bits that are set, by language; bits without a name as their number."""
    rest = bits & ~sum(quality.NAMES)
    return {lang: quality.words(bits, lang) + ([f"0x{rest:04x}"] if rest else []) for lang in LANGUAGES}


def text_of(value: float | None, decimals: int, limit: float | None) -> str:
    """The value as shown; with two more decimals where rounding would carry it up to the limit."""
    text = times.value_text(value, decimals)
    if value is None or limit is None or not math.isfinite(value) or (value >= limit) == (float(text) >= limit):
        return text
    return times.value_text(value, decimals + 2)


def _point(scene: Scene, mine: str, place: Place, last: Last | None) -> PointView:
    point, quantity = place.point, QUANTITIES.get(place.point.quantity)
    row, heard = row_of(point, scene.pack), heard_of(place.gateway, scene.now, point.quantity)
    alarm = scene.active.standing.get((mine, point.id))
    state, reason = point_state(last, heard, scene.now, row, alarm, scene.active.known)
    if not place.registered:
        state, reason = State.UNKNOWN, Reason("ended")
    value = last.value if last is not None and math.isfinite(last.value) else None
    decimals = quantity.decimals if quantity else 2
    bits = last.quality if last else 0
    return PointView(
        id=point.id,
        quantity=point.quantity,
        measures=Words(quantity.zh, quantity.en) if quantity else Words(point.quantity, point.quantity),
        unit=quantity.unit if quantity else "",
        decimals=decimals,
        kind=str(quantity.kind) if quantity else "",
        area=point.area,
        place=Words(point.place_zh, point.place_en),
        gateway=str(place.gateway.gateway) if place.gateway else "",
        value=value,
        text=text_of(value, decimals, row.alarm_ge if row else None),
        time=iso(last.time) if last else None,
        time_us=last.time if last else 0,
        age_s=round(age_of(last, heard, scene.now) / SECOND, 1) if last and heard else None,
        fresh_for_s=fresh_for(heard.period) / SECOND if heard else 0.0,
        quality=bits,
        quality_words=quality_words(bits),
        state=state,
        state_words=in_words(f"state.{state}"),
        reason=reason.code,
        reason_words=reason_words(reason),
        alarm=alarm.alarm if alarm else None,
        limits=limits_view(scene.pack, row, point.mapped_by),
        installed=_installed(place),
    )


def limits_view(pack: Pack, row: LimitRow | None, mapped_by: str) -> LimitsView | None:
    """A limit row as the pages show it."""
    if row is None:
        return None
    cuts = [CutView(cut.cut_ge, cut.restore_lt, Words(cut.scope_zh, cut.scope_en)) for cut in row.cuts]
    action = Duty(clause_words(pack, row.action.reference), Words(row.action.zh, row.action.en)) if row.action else None
    location = Words(row.location_zh, row.location_en)
    return LimitsView(row.id, row.alarm_ge, cuts, clause_words(pack, row.reference), row.confidence, location, action, mapped_by)


def clause_words(pack: Pack, reference: str) -> Words:
    """A clause as people cite it; empty where there is none."""
    return Words(*(told.clause_words(reference, pack.documents, lang) for lang in LANGUAGES))


def _installed(place: Place) -> Installed:
    point = place.point
    return Installed(
        point.sensor,
        point.serial,
        iso(point.valid_from) if point.valid_from else None,
        iso(point.valid_to) if point.valid_to is not None else None,
        place.registered,
        point.identifier,
        point.stream,
    )


def mine_of(scene: Scene, mine: str, seen: Mapping[State, int], newest: tuple[int, int] | None) -> MineView:
    """A mine from its points by state, and the time and age (µs) of its newest reading (`summary.Tally`). What a gateway tells of itself is
    in neither: of the mine's state it says nothing."""
    gateways = gateways_of(scene.live, mine)
    registry = _registry(scene.live, gateways)
    count = scene.active.counts.get(mine, AlarmCount())
    state, reason = mine_state(seen, count.active - count.gateway, count.unverified, count.gateway, scene.active.known)
    return MineView(
        id=mine,
        name=_name(registry, mine),
        note=_note(registry.note if registry else ""),
        state=state,
        state_words=in_words(f"state.{MineState(state)}"),
        reason=reason.code,
        reason_words=reason_words(reason),
        newest=iso(newest[0]) if newest else None,
        newest_us=newest[0] if newest else 0,
        age_s=round(newest[1] / SECOND, 1) if newest else None,
        alarms=count if scene.active.known else None,
        points={str(kind): seen.get(kind, 0) for kind in State},
        gateways=[gateway_view(gateway, scene.now) for gateway in gateways],
    )


def mine_name(live: Live, mine: str) -> Words:
    """What a mine is called, without the rest of its picture: a province has many."""
    return _name(_registry(live, gateways_of(live, mine)), mine)


def names_of(live: Live) -> list[tuple[str, Words]]:
    """All mines with their names, by id."""
    return [(mine, mine_name(live, mine)) for mine in mines_of(live)]


def _name(registry: Registry | None, mine: str) -> Words:
    return Words(registry.mine_zh or mine, registry.mine_en or mine) if registry else Words(mine, mine)


def _registry(live: Live, gateways: Sequence[GatewayLive]) -> Registry | None:
    """The current registry of a mine: of the first of its gateways that has one."""
    return next((known for known in (live.registries.get(gateway.registry) for gateway in gateways) if known), None)


def _note(note: str) -> Words:
    """A registry's note; one written as `Chinese / English` is told apart."""
    zh, slash, en = note.partition(" / ")
    return Words(zh, en) if slash and en.isascii() and not zh.isascii() else Words(note, note)


def gateway_view(gateway: GatewayLive, now: int) -> GatewayView:
    """A gateway at `now`."""
    return GatewayView(
        id=str(gateway.gateway),
        online=gateway.online,
        silent=gateway.silent(now),
        heard=iso(gateway.heard) if gateway.heard else None,
        silent_s=round((now - gateway.heard) / SECOND, 1) if gateway.heard else None,
        period_s=gateway.period / SECOND,
        agent=gateway.agent,
        clock_state=gateway.clock_state,
        clock_offset_s=gateway.clock_offset / SECOND,
        registry=gateway.registry,
    )
