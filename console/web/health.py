"""Alarm health as the pages show it: rows of the records to `alerts.health`, and its figures to views."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

from alerts.health import ASIDE, Actor, Health, Known, Standing, health
from alerts.health_bounds import BOUNDS, Bound, verdict
from alerts.health_duty import operators
from alerts.health_read import read_health
from console.web.alarms import state_key
from console.web.board import in_words
from console.web.plant import Plant
from console.web.shapes import Words
from console.web.shapes_health import (
    ActorView,
    AsideView,
    BoundView,
    CauseCount,
    HealthView,
    PriorityCount,
    StandingView,
    TenMinutes,
    WaitsView,
)
from contracts.clock import SECOND, iso
from ingest.grafana_lines import rule_words
from store.records import alarm_health
from store.records.alarms import AlarmRow


def health_of(plant: Plant, db: Connection, mine: str, mines: Collection[str] | None, span: tuple[int, int]) -> HealthView:
    """The health of these mines (None: all) in [start, end) µs UTC; `mine` empty where it is more than one."""
    start, end = span
    found = read_health(db, mines, start, end)
    duty = operators(plant.rota, plant.recipients, mine, start, end) if mine else None
    aside = [_aside(row) for row in alarm_health.set_aside(db, mines)]
    return _view(plant, mine, health(found.steps, found.known, start, end, duty), aside, cut_short=found.cut_short)


def _view(plant: Plant, mine: str, found: Health, aside: list[AsideView], *, cut_short: bool) -> HealthView:
    words = {one.id: Words(one.zh, one.en) for one in plant.handling.causes} | {"": in_words("health.cause.none")}
    waits = found.waits
    return HealthView(
        mine=mine,
        start=iso(found.start),
        end=iso(found.end),
        start_us=found.start,
        end_us=found.end,
        called=found.called,
        operators=found.operators,
        per_hour=found.per_hour,
        per_operator_hour=found.per_operator_hour,
        peak=found.peak,
        peak_at_us=found.peak_at,
        floods=found.floods,
        busy=found.busy,
        tens=[TenMinutes(*one) for one in found.tens],
        standing=[_standing(one) for one in found.standing],
        stale=[_standing(one) for one in found.stale],
        chattering=[_actor(one) for one in found.chattering],
        fleeting=[_actor(one) for one in found.fleeting],
        top=[_actor(one) for one in found.top],
        top_share=found.top_share,
        priorities=[PriorityCount(name, count, count / found.called) for name, count in found.priorities.items()],
        waits=WaitsView(waits.count, _seconds(waits.median), _seconds(waits.p90), _seconds(waits.longest), waits.never),
        set_aside=found.aside,
        aside_now=aside,
        causes=[CauseCount(cause, words.get(cause, Words(cause, cause)), count) for cause, count in found.causes.items()],
        bounds={name: _bound(found, name, bound, one_mine=bool(mine)) for name, bound in BOUNDS.items()},
        notes=in_words("health.notes"),
        cut_short=cut_short,
    )


def _bound(found: Health, name: str, bound: Bound, *, one_mine: bool) -> BoundView:
    """Bounds are for the place of one operator: they are held against one mine, never against several."""
    return BoundView(bound.at_most, bound.manageable, Words(*bound.source), verdict(found, name) if one_mine else "unknown")


def _about(one: Known) -> dict[str, Any]:
    return {"mine": one.mine, "point": one.point, "subject": one.subject, "place": Words(*one.place), **_rule(one.rule)}


def _rule(rule: str) -> Mapping[str, Any]:
    return {"rule": rule, "rule_words": Words(*rule_words(rule))}


def _actor(one: Actor) -> ActorView:
    return ActorView(**_about(one.about), count=one.count, share=one.share)


def _standing(one: Standing) -> StandingView:
    return StandingView(**_about(one.about), since=iso(one.since), since_us=one.since, age_s=one.age / SECOND)


def _aside(row: AlarmRow) -> AsideView:
    """By what sets it aside first: its state where that says so, else the flag beside it."""
    state = row.state if row.state in ASIDE else "suppressed" if row.suppressed else "out_of_service" if row.out_of_service else "shelved"
    return AsideView(
        mine=row.mine,
        point=row.point,
        subject=row.subject,
        place=Words(row.place_zh, row.place_en),
        **_rule(row.rule),
        state=state,
        state_words=in_words(state_key(row) if row.state in ASIDE else f"alarm.state.{state}"),
        until=iso(row.shelved_until) if row.shelved_until is not None else None,
        until_us=row.shelved_until,
    )


def _seconds(micros: int | None) -> float | None:
    return None if micros is None else micros / SECOND
