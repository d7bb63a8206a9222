"""Every cut function with its last test and when the next is due (CMSR 2025 Art. 531). Pure.

*Unknown* is what nobody can say: no test can be recognised there, or the pack knows no period. It is never taken for tested.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.limits import FIRST_CUT, Limits
from alerts.locktests import FAN_RULE, TEST_RULE
from alerts.packs.pack import Duty, Pack
from contracts.clock import DAY, MINUTE
from contracts.points import Point, Registry

AHEAD = 5 * MINUTE
"""A test stamped further in the future comes from a wrong clock, and counts for nothing."""


class Standing(StrEnum):
    """How a lock stands, worst first."""

    OVERDUE = "overdue"
    NEVER = "never"
    UNKNOWN = "unknown"
    TESTED = "tested"


@dataclass(frozen=True, slots=True)
class Filed:
    """A test as the rules filed it: over at `time` (µs UTC, source); `numbers` in seconds from its first sign (alarm_s, cut_s,
    feed_off_s, restore_s). `unverified`: known by its shape alone, or otherwise doubted."""

    point: str
    rule: str
    time: int
    alarm: int
    unverified: bool
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lock:
    """A cut function: of a methane point (`lock.test`) or of a supply whose fans stop (`lock.fan`), on `feeds`.

    `last`: its newest test that counts; `doubted`: a newer one that does not. `due` (µs UTC): when the next test was or is due;
    None where nobody knows. `why`: a code where it is unknown.
    """

    point: Point
    rule: str
    feeds: tuple[str, ...]
    standing: Standing
    why: str = ""
    last: Filed | None = None
    doubted: Filed | None = None
    due: int | None = None
    every_days: int | None = None
    clause: str = ""
    confidence: str = ""


def locks(registry: Registry, pack: Pack, limits: Limits, filed: Iterable[Filed], now: int) -> list[Lock]:
    """Every lock of the points in use at `now`, the worst first, then in the registry's order.

    Half a month; half a year where the cut takes the local fan itself. A test before the point was installed is none of it.
    """
    tests: dict[tuple[str, str], list[Filed]] = {}
    for one in filed:
        if one.time <= now + AHEAD:
            tests.setdefault((one.point, one.rule), []).append(one)
    found = [
        _standing(point, rule, feeds, why, _days(pack.duties.get("lock_test"), limits, at), tests.get((point.id, rule), []), now, pack)
        for at, point, rule, feeds, why in _functions(registry, limits)
        if point.valid_from <= now and (point.valid_to is None or now < point.valid_to)
    ]
    return sorted(found, key=lambda lock: list(Standing).index(lock.standing))


def _functions(registry: Registry, limits: Limits) -> Iterator[tuple[int, Point, str, tuple[str, ...], str]]:
    """(number, point, rule, feeds, why nobody can recognise its test)."""
    for at, point in enumerate(registry.points):
        cuts = bool(limits.used[at, FIRST_CUT:].any())
        if point.feeds or cuts:
            yield at, point, TEST_RULE, point.feeds, "" if point.feeds and cuts else "no_feed" if cuts else "no_cut_value"
    for at, point in enumerate(registry.points):
        if point.quantity == "feed_state" and point.fans:
            yield at, point, FAN_RULE, (point.id,), ""


def _days(duty: Duty | None, limits: Limits, at: int) -> int | None:
    if duty is None:
        return None
    row = limits.rows[at]
    takes_fan = row is not None and any("局部通风机" in cut.scope_zh for cut in row.cuts)
    return duty.fan_every_days if takes_fan and duty.fan_every_days else duty.every_days


def _standing(
    point: Point, rule: str, feeds: tuple[str, ...], why: str, days: int | None, tests: list[Filed], now: int, pack: Pack
) -> Lock:
    counted = [one for one in tests if not one.unverified and one.time >= point.valid_from]
    last = max(counted, key=lambda one: one.time, default=None)
    doubted = max((one for one in tests if one.unverified), key=lambda one: one.time, default=None)
    if last is not None and doubted is not None and doubted.time <= last.time:
        doubted = None
    due = None if last is None or days is None else last.time + days * DAY
    why = why or ("" if days is not None else "no_period")
    if why:
        standing = Standing.UNKNOWN
    elif due is None:
        standing = Standing.NEVER
    else:
        standing = Standing.OVERDUE if now > due else Standing.TESTED
    duty = pack.duties.get("lock_test")
    clause, confidence = (duty.reference, duty.confidence) if duty else ("", "")
    return Lock(point, rule, feeds, standing, why, last, doubted, due, days, clause, confidence)
