"""What stands in the fleet's log beside facts and verdicts, read back: profiles, workplaces, declarations, notices, stages, told totals."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import Connection, func, select

from contracts.facts import FACTS
from fleet.bodies import Assessment, Body, Declared, Profile, Reported, Stage, Suspicion, Target, Workplace, read
from fleet.series.pipeline import ORDER
from fleet.view import DeclaredView, NoticeView, ProfileView, StageView, SuspicionView, Words, WorkplaceView
from store.records import fleet_log
from store.records.fleet_log import Entry

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A body and its entry in the log."""

    n: int
    body: T


def kept(db: Connection, kind: str, type_: type[T], *, mine: str | None = None, key: str | None = None) -> list[Kept[T]]:
    """The bodies of a kind that count."""
    return [Kept(entry.n, read(entry.body, type_)) for entry in fleet_log.current(db, kind, mine=mine, key=key)]


def profiles(db: Connection) -> dict[str, Kept[Profile]]:
    """Everything registered, by mine."""
    return {one.body.mine: one for one in kept(db, "profile", Profile)}


def profile(db: Connection, mine: str) -> Kept[Profile] | None:
    """A mine (or a washery by itself) as registered."""
    return next(iter(kept(db, "profile", Profile, mine=mine)), None)


def assessments(db: Connection, mine: str | None = None) -> list[Kept[Assessment]]:
    return kept(db, "assessment", Assessment, mine=mine)


def workplaces(db: Connection, mine: str | None = None) -> list[Kept[Workplace]]:
    return kept(db, "workplace", Workplace, mine=mine)


def declared(db: Connection, mine: str | None = None) -> list[Kept[Declared]]:
    return kept(db, "declared", Declared, mine=mine)


def stages(db: Connection, mine: str | None = None) -> list[Kept[Stage]]:
    """By mine and project, in the order of the steps."""
    return sorted(kept(db, "stage", Stage, mine=mine), key=lambda one: (one.body.mine, one.body.project, ORDER.index(one.body.step)))


def reported(db: Connection) -> list[Kept[Reported]]:
    return kept(db, "reported", Reported, mine="")


def targets(db: Connection) -> list[Kept[Target]]:
    return kept(db, "target", Target, mine="")


def bodies(some: Iterable[Kept[T]]) -> list[T]:
    return [one.body for one in some]


def profile_view(one: Kept[Profile]) -> ProfileView:
    body = one.body
    return ProfileView(
        body.mine,
        Words(body.name_zh, body.name_en),
        body.city,
        body.object,
        body.capacity_mt,
        body.depth_m,
        body.gas_class,
        body.under_construction,
        body.zone_hours,
        one.n,
    )


def workplace_view(one: Kept[Workplace]) -> WorkplaceView:
    body = one.body
    return WorkplaceView(
        body.id,
        body.kind,
        Words(body.name_zh, body.name_en),
        body.gas_class,
        body.length_m,
        body.series_ventilation,
        body.intelligent,
        body.valid_from,
        body.valid_to,
        body.by,
        one.n,
    )


def declared_view(one: Kept[Declared], day: str) -> DeclaredView:
    body = one.body
    meaning = FACTS.get(body.name)
    title = Words(meaning.zh, meaning.en) if meaning else Words(body.name, body.name)
    return DeclaredView(
        body.name,
        title,
        body.subject,
        body.value,
        meaning.unit if meaning else "",
        body.valid_from,
        body.valid_to,
        body.document,
        body.document_name,
        body.by,
        body.valid_from <= day <= body.valid_to,
        one.n,
    )


def notice_view(one: Kept[Assessment], name: Words) -> NoticeView:
    body = one.body
    return NoticeView(
        body.id,
        body.mine,
        name,
        body.object,
        body.subject,
        body.level,
        body.authority,
        body.notice_date,
        body.document,
        body.document_sha256,
        body.rule,
        body.valid_to,
        body.revoked,
        one.n,
    )


def stage_view(one: Kept[Stage]) -> StageView:
    body = one.body
    return StageView(body.project, body.object, body.subject, body.step, body.date, body.authority, body.blocker, body.by, one.n)


def suspicion_view(entry: Entry, name: Words) -> SuspicionView:
    one = read(entry.body, Suspicion)
    why = Words(one.why_zh, one.why_en)
    return SuspicionView(one.mine, name, one.day, one.kind, one.score, one.threshold, why, one.evidence, one.numbers, entry.n)


def name_of(one: Kept[Profile] | None, mine: str) -> Words:
    """A mine's name as registered, else its id."""
    return Words(one.body.name_zh, one.body.name_en) if one else Words(mine, mine)


def newest_day(db: Connection, kind: str, mine: str | None = None) -> str:
    """The newest day of a kind, over all or of a mine; empty where there is none."""
    table = fleet_log.FLEET_LOG
    asked = select(func.max(table.c.day)).where(table.c.kind == kind)
    return db.execute(asked if mine is None else asked.where(table.c.mine == mine)).scalar() or ""


def newest(db: Connection, kind: str, mine: str, key: str) -> tuple[int, Body] | None:
    """The entry that counts of one thing registered, and its body."""
    entry = next(iter(fleet_log.current(db, kind, mine=mine, key=key)), None)
    return None if entry is None else (entry.n, _read(kind, entry.body))


def _read(kind: str, data: bytes) -> Body:
    return read(data, REGISTERED[kind])


REGISTERED: dict[str, type[Body]] = {
    "profile": Profile,
    "workplace": Workplace,
    "declared": Declared,
    "assessment": Assessment,
    "reported": Reported,
    "target": Target,
    "stage": Stage,
}
"""Kinds a person enters."""
