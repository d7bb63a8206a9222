"""What the rules decide: one transition of one latch, and its form on the wire. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.packs.pack import Pack
from contracts.payload import Event, Returns
from contracts.points import Registry

PROJECT = "project"
"""Stands for the clause where a value is a setting of this project."""
EVERY_RULE = "*"
"""Rule of a first reading that is below every limit of its point: one event instead of one a latch."""

MOST_RETURNS = 1_000
"""Points in one item: it stays below the largest payload whatever their ids."""
SETTING_RULE = "kj.setting"
"""A setting of the mine's own monitoring system is looser than the regulation's."""


class Change(StrEnum):
    """What became of a latch. `past`: an exceedance in readings older than those judged; `filed`: lawful, kept, nobody called."""

    RAISE = "raise"
    RETURN = "return"
    CUT = "cut"
    RESTORE = "restore"
    PAST = "past"
    FILED = "filed"


class Reason(StrEnum):
    """Why."""

    LIMIT_REACHED = "limit_reached"
    OVER_RANGE = "over_range"
    UNDER_CALIBRATION = "alarm_under_calibration"
    VERIFIED = "verified"
    DEVICE_STATE = "device_state"
    BELOW_DEADBAND = "below_deadband"
    BELOW_RESTORE = "below_restore_value"
    NO_RESTORE_VALUE = "below_cut_no_official_restore_value"
    DEVICE_CLEARED = "device_state_cleared"
    FIRST_READING = "first_reading"
    OLDER_READINGS = "older_readings"
    RISING = "rising_towards_the_limit"
    RISES_NO_MORE = "rises_no_more"
    STANDS_STILL = "stands_still_beyond_its_habit"
    MOVES_AGAIN = "moves_again"
    NO_ANSWER = "no_answer_though_polled"
    ANSWERS_AGAIN = "answers_again"
    POINTS_UNKNOWN = "some_points_have_no_value"
    POINTS_KNOWN = "all_points_have_values"
    BOTH_OPEN = "both_doors_open"
    ONE_SHUT = "one_door_is_shut"
    FAN_STOPPED = "fan_stopped_gas_rising"
    FAN_RUNS = "fan_runs_again"
    FED_THOUGH_CUT = "fed_though_it_should_be_cut"
    FEED_AGREES = "feed_agrees"
    UNFED_WITHOUT_REASON = "feed_off_without_reason"
    FED_AGAIN = "fed_again"
    LOCK_TESTED = "lock_tested_under_calibration"
    LOCK_TESTED_BY_SHAPE = "lock_tested_by_shape"
    FAN_LOCK_ACTED = "fan_lock_acted"
    FAULT_LOCKED = "fault_lock_acted"


@dataclass(frozen=True, slots=True)
class Transition:
    """One decision. `point` is a number in the registry, `time` µs UTC of the reading, `limit` the value compared with.

    `numbers`: `peak`, `start`, `end` (µs), `count` of readings, `rise_per_min` in the point's unit, as far as known.
    """

    point: int
    rule: str
    change: Change
    time: int
    value: float
    limit: float | None
    quality: int
    clause: str
    reason: Reason
    unverified: bool = False
    numbers: dict[str, float] = field(default_factory=dict)
    source: str = ""
    """Name of the source this is about, where it is not about a point."""


def to_event(transition: Transition, registry: Registry, pack: Pack, decided: int) -> Event:
    """The transition as a message; `decided` is the deciding machine's wall clock (µs)."""
    return Event(
        point=transition.source or registry.points[transition.point].id,
        rule=transition.rule,
        change=transition.change.value,
        time=transition.time,
        value=transition.value if math.isfinite(transition.value) else None,
        limit=transition.limit,
        quality=transition.quality,
        clause=transition.clause,
        reason=transition.reason.value,
        decided=decided,
        pack=pack.name,
        unverified=transition.unverified,
        numbers=transition.numbers,
    )


def to_bodies(transitions: Sequence[Transition], registry: Registry, pack: Pack, decided: int) -> Iterator[Event | Returns]:
    """All of them as messages. First states of many points that say the same go together, ahead of the rest: nothing came before them."""
    alike: dict[tuple[object, ...], list[Transition]] = {}
    for one in transitions:
        if one.reason is Reason.FIRST_READING and not one.source and not one.unverified:
            alike.setdefault((one.rule, one.change, one.time, one.quality, one.limit, one.clause), []).append(one)
    together = {key: ones for key, ones in alike.items() if len(ones) > 1}
    for ones in together.values():
        for at in range(0, len(ones), MOST_RETURNS):
            yield _returns(ones[at : at + MOST_RETURNS], registry, pack, decided)
    said = {id(one) for ones in together.values() for one in ones}
    yield from (to_event(one, registry, pack, decided) for one in transitions if id(one) not in said)


def _returns(ones: Sequence[Transition], registry: Registry, pack: Pack, decided: int) -> Returns:
    first = ones[0]
    return Returns(
        first.rule,
        first.change.value,
        first.time,
        first.reason.value,
        decided,
        [registry.points[one.point].id for one in ones],
        [one.value if math.isfinite(one.value) else None for one in ones],
        first.quality,
        first.limit,
        first.clause,
        pack.name,
    )
