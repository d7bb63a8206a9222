"""What a point is, said honestly: pure decisions from the newest reading, the gateway, the limits and the alarm.

Silence is never normal. `normal` needs all of: gateway heard, reading fresh, quality 0, a limit known, value within it, no active alarm,
and an alarm list that could be read. Everything else has a name of its own, and a reason with its numbers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.packs.pack import LimitRow
from contracts import quality as q
from contracts.clock import SECOND
from ingest.live import PERIODS_TO_SILENCE
from store.interface import Last


class State(StrEnum):
    """States of a point, worst first."""

    ALARM = "alarm"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    FAULT = "fault"
    DOUBTFUL = "doubtful"
    CALIBRATION = "calibration"
    NO_LIMIT = "no_limit"
    NORMAL = "normal"


class MineState(StrEnum):
    """States of a mine: `partial` is "part of it is not known to be normal"."""

    ALARM = "alarm"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    PARTIAL = "partial"
    NO_LIMIT = "no_limit"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code of the words table (`reason.<code>`) and the numbers behind it."""

    code: str
    numbers: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """The gateway that reports a point. `period` and `offset` (its clock minus ours) in µs; `since`: its last sign of life, 0 never."""

    silent: bool
    period: int
    offset: int = 0
    since: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """An active alarm of a point: its id, and whether it was raised under calibration and is not verified."""

    alarm: str
    unverified: bool = False


DELIVERY = 2 * SECOND
"""Allowance between a reading and its commit (the aim for committed p99): without it a healthy 1 s point would flicker."""
AHEAD = 5 * SECOND
"""A reading stamped further in the future than this is not believed to be fresh."""
FAULTY = q.SUBSTATION_FAULT | q.SENSOR_FAULT | q.NOT_A_NUMBER | q.OUT_OF_RANGE
UNPOLLED = q.NOT_POLLED | q.PAUSED


def fresh_for(period: int) -> int:
    """How old (µs) a reading of a gateway with this reporting period may be before its point is unknown."""
    return PERIODS_TO_SILENCE * period + DELIVERY


def age_of(last: Last, heard: Heard, now: int) -> int:
    """Age of a reading in µs, with the offset of the gateway's clock taken out; negative for a stamp in the future."""
    return now - (last.time - heard.offset)


def point_state(
    last: Last | None, heard: Heard | None, now: int, row: LimitRow | None, alarm: Standing | None, alarms_known: bool = True
) -> tuple[State, Reason]:
    """The state of a point and why. `row` None: the place was not mapped to a limit row ("limit class unknown").

    An unknown point keeps its active alarm beside it (the caller shows both): unknown never ends an alarm.
    """
    silence = _silence(last, heard, now)
    if silence is not None or last is None or heard is None:
        return State.UNKNOWN, silence or Reason("never")
    danger = _danger(last, _reached(last, row), alarm)
    if danger is not None:
        return danger
    against = _against(last, heard, now)
    if against is not None:
        return against
    return _within(row, alarms_known)


def _within(row: LimitRow | None, alarms_known: bool) -> tuple[State, Reason]:
    """A fresh reading that nothing speaks against: is there a limit it is within?"""
    if row is None:
        return State.NO_LIMIT, Reason("limit_unknown")
    if row.alarm_ge is None:
        return State.NO_LIMIT, Reason("no_official_value")
    return (State.NORMAL, Reason("within_limits")) if alarms_known else (State.UNKNOWN, Reason("alarms_unread"))


def _silence(last: Last | None, heard: Heard | None, now: int) -> Reason | None:
    if heard is None:
        return Reason("no_gateway")
    if heard.silent:
        return Reason("gateway_silent", {"seconds": (now - heard.since) // SECOND}) if heard.since else Reason("gateway_never")
    if last is None:
        return Reason("never")
    age = age_of(last, heard, now)
    if age > fresh_for(heard.period):
        return Reason("stale", {"seconds": age // SECOND})
    return Reason("not_polled") if last.quality & UNPOLLED else None


def _reached(last: Last, row: LimitRow | None) -> float | None:
    """The alarm limit that a usable value has reached (over range has reached any), or None."""
    if row is None or row.alarm_ge is None or last.quality & q.UNUSABLE or not math.isfinite(last.value):
        return None
    return row.alarm_ge if last.value >= row.alarm_ge or last.quality & q.OVER_RANGE else None


def _danger(last: Last, limit: float | None, alarm: Standing | None) -> tuple[State, Reason] | None:
    if alarm is not None:
        return (State.UNVERIFIED, Reason("alarm_unverified")) if alarm.unverified else (State.ALARM, Reason("alarm_active"))
    told = last.quality & (q.ALARM | q.POWER_CUT)
    if not told and limit is None:
        return None
    if last.quality & q.CALIBRATION:
        return State.UNVERIFIED, Reason("alarm_in_calibration")
    if limit is not None:
        return State.ALARM, Reason("over_range" if last.quality & q.OVER_RANGE else "beyond_limit", {"limit": limit})
    return State.ALARM, Reason("source_cut" if told & q.POWER_CUT else "source_alarm")


def _against(last: Last, heard: Heard, now: int) -> tuple[State, Reason] | None:
    """What speaks against this reading, or None."""
    if last.quality & FAULTY or not math.isfinite(last.value):
        return State.FAULT, Reason("quality")
    if last.quality & q.CALIBRATION:
        return State.CALIBRATION, Reason("quality")
    if age_of(last, heard, now) < -AHEAD:
        return State.DOUBTFUL, Reason("ahead", {"seconds": -age_of(last, heard, now) // SECOND})
    return (State.DOUBTFUL, Reason("quality")) if last.quality else None


def mine_state(
    seen: Mapping[State, int], alarms: int, unverified: int, gateway: int, alarms_known: bool = True
) -> tuple[MineState, Reason]:
    """The state of a mine from how many of its points are in each state and from its active alarms: `alarms` of points, `unverified` of
    them raised under calibration, `gateway` of its gateways (link down, identity conflict).

    `normal` only where every point is normal or has no limit, at least one is normal, and no alarm is active.
    """
    of, normal, without = sum(seen.values()), seen.get(State.NORMAL, 0), seen.get(State.NO_LIMIT, 0)
    hazards, doubted = max(alarms - unverified, seen.get(State.ALARM, 0)), max(unverified, seen.get(State.UNVERIFIED, 0))
    calm = normal + without
    cases = (
        (hazards, MineState.ALARM, Reason("mine_alarm", {"count": max(alarms, hazards)})),
        (doubted, MineState.UNVERIFIED, Reason("mine_unverified", {"count": doubted})),
        (seen.get(State.UNKNOWN, 0) == of, MineState.UNKNOWN, Reason("mine_unknown")),
        (not alarms_known, MineState.UNKNOWN, Reason("alarms_unread")),
        (calm < of, MineState.PARTIAL, Reason("mine_partial", {"count": of - calm, "of": of})),
        (gateway, MineState.PARTIAL, Reason("mine_gateway", {"count": gateway})),
        (not normal, MineState.NO_LIMIT, Reason("mine_no_limit")),
    )
    calmest = (MineState.NORMAL, Reason("mine_normal", {"count": normal, "without": without}))
    return next(((state, reason) for applies, state, reason in cases if applies), calmest)
