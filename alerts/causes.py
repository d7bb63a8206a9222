"""Which alarms have one cause: a fan that stopped and the gas that follows are one happening. Pure; all of it project settings.

A rule explains others within its reach: the area of a mine, or a gateway. What nothing explains is a cause of its own, and further alarms
by the same rule in the same area of a mine belong to it. Nothing graver than what was told of a cause so far is ever taken as a mere
follower.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts import doors, fans, shadow, still
from alerts.limits import ALARM_RULE, CUT_RULE
from alerts.stale import POINTS_RULE, SOURCE_RULE
from alerts.trend import RULE as RISE_RULE
from contracts.clock import MINUTE
from store.records.causes import CauseRow

WINDOW = 10 * MINUTE
"""Project setting: an alarm joins a cause whose newest alarm came no longer ago than this."""
LINK, LIMITS, CUTS, DEVICE = "link.down", ALARM_RULE, "limit.cut", "device.alarm"
_GAS = (LIMITS, CUTS, DEVICE, RISE_RULE)
_FEED = (shadow.ABNORMAL_RULE, shadow.UNFED_RULE)
_BLIND = (SOURCE_RULE, POINTS_RULE, still.RULE)


@dataclass(frozen=True, slots=True)
class Explains:
    """Rules that follow from one, within the same `reach` (a field of the alarm: `area` or `gateway`)."""

    rules: tuple[str, ...]
    reach: str = "area"


EXPLAINS: Mapping[str, Explains] = {
    fans.RULE: Explains((*_GAS, *_FEED)),
    shadow.UNFED_RULE: Explains((fans.RULE, *_GAS, *_BLIND)),
    shadow.ABNORMAL_RULE: Explains((shadow.UNFED_RULE,)),
    doors.RULE: Explains((fans.RULE, *_GAS)),
    LINK: Explains((*_BLIND, LINK), "gateway"),
    SOURCE_RULE: Explains((POINTS_RULE, still.RULE), "gateway"),
}
"""By rule. A fan stop brings gas and the lock's cut of power; lost power stops fans and sensors; a short circuit of air starves the face;
a gateway or source that is silent leaves its points without value."""
_GRAVITY = {CUTS: 1, LIMITS: 2, DEVICE: 2, fans.RULE: 2, shadow.ABNORMAL_RULE: 2}
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that was just raised. `priority`: 1 highest, 0 not known."""

    mine: str
    area: str
    gateway: str
    rule: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """What an alarm belongs to. `quiet`: it is explained, and may wait a little for others."""

    cause: CauseRow
    quiet: bool


def family(rule: str) -> str:
    """All stages of a cut are one."""
    return CUTS if rule.startswith(CUT_RULE) else rule


def rank_of(raised: Raised) -> int:
    """How grave it is, 1 highest: its priority where that is known."""
    return raised.priority or _GRAVITY.get(family(raised.rule), _LEAST)


def cause_for(raised: Raised, standing: Sequence[CauseRow], now: int) -> Joined | None:
    """The cause it joins, of those that are open in its mine, newest first; None: it is one of its own."""
    fresh = [one for one in standing if one.cleared is None and now - one.last <= WINDOW]
    rule = family(raised.rule)
    for one in fresh:
        reach = EXPLAINS.get(family(one.rule))
        if reach is not None and rule in reach.rules and _near(one, raised, reach.reach):
            return Joined(one, rank_of(raised) >= one.rank)
    for one in fresh:
        if family(one.rule) == rule and _near(one, raised, "area" if raised.area else "gateway"):
            return Joined(one, quiet=False)
    return None


def _near(cause: CauseRow, raised: Raised, reach: str) -> bool:
    place: str = getattr(raised, reach)
    return bool(place) and place == getattr(cause, reach)
