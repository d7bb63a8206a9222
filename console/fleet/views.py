"""The province on a day by a pack, read from the log alone. A page is drawn from this; nothing is kept here between two readings.

What makes it quick with 900 mines: the line comes from the published counts (one entry a day), verdicts are read of two days only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
from sqlalchemy import Connection

from console.fleet import registers
from console.fleet.mine_view import mine
from console.fleet.registers import Kept, bodies, name_of
from console.fleet.wording import known, pack_named, title_of
from contracts.facts import CITIES
from fleet.bodies import Assessment, Object, Profile, Status, Verdict
from fleet.packs.pack import Pack
from fleet.series import official, told
from fleet.series.changes import changes, worst
from fleet.series.evidence import COUNTED, ByEvidence, by_evidence
from fleet.series.forecast import forecast
from fleet.series.official import Assessed, Officially
from fleet.series.pipeline import of_kind, projects, step_counts
from fleet.view import (
    ChangeView,
    CityView,
    EvidenceCount,
    LineView,
    OfficialView,
    PackView,
    ProvinceView,
    SuspicionView,
    TileView,
    Words,
)
from store.records import fleet_log

__all__ = ["mine", "province", "suspicions"]
WEEK = 7


class _Brief(msgspec.Struct, frozen=True):
    """What the line needs of a published count."""

    day: str
    pack_hash: str
    by_evidence: dict[str, dict[str, int]]


class Slim(msgspec.Struct, frozen=True):
    """A verdict set without what no page of the province draws: of 900 mines that is most of its bytes."""

    mine: str
    pack_hash: str
    outcome: Status
    verdicts: tuple[Verdict, ...]


class _Outcome(msgspec.Struct, frozen=True):
    """Enough of a verdict set to tell whether a mine changed."""

    outcome: Status


_read_brief = msgspec.json.Decoder(_Brief).decode
_read_slim = msgspec.json.Decoder(Slim).decode
_read_outcome = msgspec.json.Decoder(_Outcome).decode


@dataclass(frozen=True, slots=True)
class _Registered:
    """Everything registered, as of one reading."""

    profiles: Mapping[str, Kept[Profile]]
    notices: Mapping[str, Kept[Assessment]]
    assessments: Sequence[Assessment]

    names: Mapping[str, Words]
    """Of the mines, without washeries."""


def _registered(db: Connection) -> _Registered:
    profiles, notices = registers.profiles(db), registers.assessments(db)
    names = {id_: name_of(one, id_) for id_, one in profiles.items() if one.body.object is Object.MINE}
    return _Registered(profiles, {one.body.id: one for one in notices}, bodies(notices), names)


def province(db: Connection, pack: str, day: str, today: str) -> ProvinceView:
    """The province by a pack on a day; `day` empty: the newest one with a count or verdicts, else `today`."""
    rules, counts = pack_named(pack), _counts(db, pack)
    day = day or max(counts, default="") or registers.newest_day(db, "verdicts") or today
    found = _registered(db)
    sets = verdict_sets(db, pack, day)
    said = by_evidence(day, sets.values(), bodies(found.profiles.values()), bodies(registers.workplaces(db)))
    suspects = suspicions(db, (_before(day, WEEK - 1), day), found.profiles)
    standing = official.standing(found.assessments, day)
    reported = bodies(registers.reported(db))
    under_way = projects(bodies(registers.stages(db)), found.assessments, day)
    mines = of_kind(under_way, Object.MINE)
    last = fleet_log.head(db)
    return ProvinceView(
        day=day,
        pack=pack,
        pack_hash=next(iter(sets.values())).pack_hash if sets else rules.hash,
        pack_title=title_of(pack),
        packs=_packs(db, pack, day, said),
        evidence={kind: said.count(kind) for kind in Object},
        official=_official(found, standing, day),
        reported=told.reported_views(reported),
        targets=told.target_views(bodies(registers.targets(db)), reported, found.assessments, day),
        line=_line(counts, found.assessments, told.told(reported), day, said),
        forecast=forecast(mines, day),
        pipeline=step_counts(mines),
        cities=_cities(found, said, standing, {one.mine for one in suspects}),
        gaps=worst((sets[id_] for id_ in found.names if id_ in sets), known(rules)),
        changes=_changes(db, rules, day, sets, found.names),
        suspects=suspects,
        head=(last.n, last.hash) if last else (0, ""),
        first_day=min(counts, default=""),
        last_day=max(counts, default=""),
        mines=len(found.names),
    )


def verdict_sets(db: Connection, pack: str, day: str) -> dict[str, Slim]:
    """The verdicts that count of a day by a pack, by mine."""
    return {entry.mine: _read_slim(entry.body) for entry in fleet_log.current(db, "verdicts", days=(day, day), key=pack)}


def suspicions(db: Connection, days: tuple[str, str], profiles: Mapping[str, Kept[Profile]]) -> tuple[SuspicionView, ...]:
    """What does not fit within these days: of each mine and kind the newest day."""
    told = fleet_log.current(db, "suspicion", days=days)
    views = (registers.suspicion_view(entry, name_of(profiles.get(entry.mine), entry.mine)) for entry in told)
    found = {(one.mine, one.kind): one for one in views if one.stands}
    return tuple(one for _, one in sorted(found.items()))


def _before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days)).isoformat()


def _counts(db: Connection, pack: str) -> dict[str, _Brief]:
    """The published counts of a pack, by day ascending."""
    return {entry.day: _read_brief(entry.body) for entry in fleet_log.current(db, "count", mine="", key=pack)}


def _packs(db: Connection, pack: str, day: str, said: ByEvidence) -> tuple[PackView, ...]:
    """The published counts of the day by every pack, side by side; that of the view's own pack as its verdicts say now."""
    found = {entry.key: _read_brief(entry.body) for entry in fleet_log.current(db, "count", mine="", days=(day, day))}
    views = []
    for name in sorted({*found, pack}):
        counts = said.count(Object.MINE) if name == pack else _mines(found[name])
        hash_ = found[name].pack_hash if name in found else pack_named(name).hash
        views.append(PackView(name, hash_, title_of(name), counts))
    return tuple(views)


def _mines(one: _Brief) -> EvidenceCount:
    counts = one.by_evidence.get(Object.MINE, {})
    return EvidenceCount(*(counts.get(status, 0) for status in COUNTED))


def _official(found: _Registered, standing: Mapping[Assessed, Assessment], day: str) -> OfficialView | None:
    counts: Officially | None = official.officially(found.assessments, day)
    if counts is None:
        return None
    counted = sorted(standing.values(), key=lambda one: (one.object, one.mine, one.subject))
    views = (registers.notice_view(found.notices[one.id], name_of(found.profiles.get(one.mine), one.mine)) for one in counted)
    return OfficialView(counts.counts, tuple(views))


def _line(counts: Mapping[str, _Brief], assessments: Sequence[Assessment], series: told.Told, day: str, said: ByEvidence) -> LineView:
    evidence = {on: _mines(one).met for on, one in counts.items() if on <= day}
    if any(one for one in said.objects.get(Object.MINE, {}).values() if one is not Status.NO_EVIDENCE):
        evidence[day] = said.count(Object.MINE).met
    turns = {turn for one in assessments for turn in (one.notice_date, one.revoked, _after(one.valid_to)) if turn and turn <= day}
    days = sorted({*evidence, *turns, day})
    return LineView(tuple(sorted(evidence.items())), official.line(assessments, days, Object.MINE), told.told_until(series, day))


def _after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(1)).isoformat() if day else ""


def _cities(found: _Registered, said: ByEvidence, standing: Mapping[Assessed, Assessment], suspects: Iterable[str]) -> tuple[CityView, ...]:
    tiles: dict[str, list[TileView]] = {}
    doubted = set(suspects)
    for id_, name in found.names.items():
        level = standing.get((Object.MINE, id_, ""))
        outcome = said.objects[Object.MINE][id_]
        tile = TileView(id_, name, outcome, level.level if level else None, id_ in doubted)
        tiles.setdefault(found.profiles[id_].body.city, []).append(tile)
    order = [*CITIES, *sorted(set(tiles) - {*CITIES, ""}), ""]
    return tuple(_city(city, tiles[city], bool(found.assessments)) for city in order if city in tiles)


def _city(city: str, tiles: list[TileView], loaded: bool) -> CityView:
    outcomes = [one.outcome for one in tiles]
    count = EvidenceCount(*(outcomes.count(status) for status in COUNTED))
    return CityView(city, count, sum(one.official is not None for one in tiles) if loaded else None, tuple(tiles))


def _changes(db: Connection, rules: Pack, day: str, sets: Mapping[str, Slim], names: Mapping[str, Words]) -> tuple[ChangeView, ...]:
    """Against the day a week before; nothing where one of the two has no verdicts at all. Most mines did not change: of these only the
    outcome is read."""
    since, before, changed = _before(day, WEEK), dict[str, Slim](), dict[str, Words]()
    bodies_ = {entry.mine: entry.body for entry in fleet_log.current(db, "verdicts", days=(since, since), key=rules.id)}
    if not bodies_ or not sets:
        return ()
    for mine_, name in names.items():
        body, now = bodies_.get(mine_), sets.get(mine_)
        was = _read_outcome(body).outcome if body is not None else Status.NO_EVIDENCE
        if was is not (now.outcome if now else Status.NO_EVIDENCE):
            changed[mine_] = name
            if body is not None:
                before[mine_] = _read_slim(body)
    return changes(before, sets, (since, day), changed, known(rules))
