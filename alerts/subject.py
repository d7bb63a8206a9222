"""What an alarm is about: the point or gateway, its place and names, and what people do first. Also: whether an event makes sense. Pure."""

import math
import re
from dataclasses import dataclass, replace
from typing import Any

from alerts import doors, fans, shadow, still, trend
from alerts.alarm import Kind
from alerts.drill import RULE as DRILL_RULE
from alerts.limits import ALARM_RULE, CUT_RULE
from alerts.locktests import FILED_RULES
from alerts.packs.pack import Pack
from alerts.priority import priority_of
from alerts.stale import POINTS_RULE, SOURCE_RULE
from alerts.transitions import EVERY_RULE, SETTING_RULE, Change
from contracts.errors import BadPayload
from contracts.payload import Event
from contracts.points import Registry
from contracts.topics import Gateway

SOURCE_RULES = (SOURCE_RULE, POINTS_RULE)
POINT_RULES = (trend.RULE, still.RULE, doors.RULE, fans.RULE, shadow.ABNORMAL_RULE, shadow.UNFED_RULE, SETTING_RULE, DRILL_RULE)
_LIMIT_RULE = re.compile(r"(limit\.alarm|limit\.cut\.\d|device\.alarm|\*)\Z")
_CODE = re.compile(r"[a-z0-9_]{1,60}\Z")
_POINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")
LONGEST_AREA = 40
_MOST_NUMBERS, _LONGEST_CLAUSE, _LONGEST_SOURCE = 12, 200, 40
_DUTIES = {
    doors.RULE: "air_doors",
    shadow.ABNORMAL_RULE: "feed_state",
    fans.RULE: "fan_stop",
    still.RULE: "sensor_fault",
    SOURCE_RULE: "sensor_fault",
    POINTS_RULE: "sensor_fault",
}
_KINDS = {
    EVERY_RULE: (Kind.RETURN,),
    DRILL_RULE: (Kind.DRILL,),
    "cut": (Kind.CUT, Kind.RESTORE, Kind.PAST),
    "alarm": (Kind.RAISE, Kind.RETURN, Kind.PAST),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One alarm's key (mine, subject, rule) and its names. Pairs are (zh, en)."""

    mine: str
    gateway: str
    subject: str
    rule: str
    point: str
    mine_names: tuple[str, str]
    place: tuple[str, str]
    quantity: str = ""
    unit: str = ""
    action: tuple[str, str] = ("", "")
    action_clause: str = ""
    priority: int = 0
    area: str = ""

    def columns(self) -> dict[str, Any]:
        """As columns of an alarm row."""
        names = {"mine": self.mine_names, "place": self.place, "action": self.action}
        pairs = {f"{name}_{lang}": text for name, pair in names.items() for lang, text in zip(("zh", "en"), pair, strict=True)}
        own = ("mine", "gateway", "subject", "rule", "point", "quantity", "unit", "action_clause", "priority", "area")
        return pairs | {name: getattr(self, name) for name in own}


def check_event(event: Event, registry: Registry | None) -> None:
    """Nothing, or BadPayload: an event nobody's rules can have made."""
    if not _known(event.rule):
        raise BadPayload("event", f"rule {event.rule[:60]!r}")
    kinds = (Change.FILED,) if event.rule in FILED_RULES else _KINDS[_kind(event.rule)]
    if event.change not in kinds:
        raise BadPayload("event", f"change {event.change[:60]!r} of rule {event.rule}; allowed: {', '.join(kinds)}")
    if not (_CODE.match(event.reason) and len(event.clause) <= _LONGEST_CLAUSE):
        raise BadPayload("event", f"reason {event.reason[:60]!r}, clause of {len(event.clause)} characters")
    if not all(value is None or math.isfinite(value) for value in (event.value, event.limit)):
        raise BadPayload("event", "a value or limit that is not a number")
    if len(event.numbers) > _MOST_NUMBERS or not all(_CODE.match(key) and math.isfinite(n) for key, n in event.numbers.items()):
        raise BadPayload("event", f"{len(event.numbers)} numbers; at most {_MOST_NUMBERS}, named, finite")
    if event.rule in SOURCE_RULES:
        if not 0 < len(event.point) <= _LONGEST_SOURCE:
            raise BadPayload("event", f"source {event.point[:60]!r}; 1 to {_LONGEST_SOURCE} characters")
        return
    if not _POINT.match(event.point) or (registry is not None and event.point not in registry.number):
        raise BadPayload("event", f"point {event.point[:40]!r} is not in the registry")


def _known(rule: str) -> bool:
    return bool(_LIMIT_RULE.match(rule)) or rule in (*POINT_RULES, *SOURCE_RULES, *FILED_RULES)


def _kind(rule: str) -> str:
    return rule if rule in (EVERY_RULE, DRILL_RULE) else "cut" if rule.startswith(CUT_RULE) else "alarm"


def source_subject(gateway: str, source: str, rule: str, registry: Registry | None, pack: Pack) -> Subject:
    """One source of a gateway. Its name stands beside the gateway's: two gateways may name their sources alike."""
    own = gateway_subject(gateway, rule, registry)
    name, (zh, en) = f"{own.subject}/{source}"[:_LONGEST_SOURCE], own.place
    action, clause = _first_action("", rule, pack)
    return replace(own, subject=name, place=(f"{zh} 数据源 {source}", f"{en}, source {source}"), action=action, action_clause=clause)


def point_subject(mine: str, gateway: str, point: str, rule: str, registry: Registry | None, pack: Pack) -> Subject:
    """A point's alarm by one rule. Without a registry its id stands for its place."""
    if registry is None:
        return Subject(mine, gateway, point, rule, point, (mine, mine), ("", ""), priority=priority_of(rule))
    found = registry.points[registry.number[point]]
    measures = found.measures
    action, clause = _first_action(found.limit_row, rule, pack)
    names, place = (registry.mine_zh, registry.mine_en), (found.place_zh, found.place_en)
    area = found.area[:LONGEST_AREA]
    priority = priority_of(rule, found.quantity, pack.rows.get(found.limit_row))
    return Subject(mine, gateway, point, rule, point, names, place, measures.name, measures.unit, action, clause, priority, area)


def gateway_subject(gateway: str, rule: str, registry: Registry | None) -> Subject:
    """A gateway's own alarm. Without a registry the mine's id stands for its name."""
    known = Gateway.parse(gateway)
    names = (registry.mine_zh, registry.mine_en) if registry else (known.mine, known.mine)
    place = (f"网关 {known.name}", f"gateway {known.name}")
    return Subject(known.mine, gateway, known.name, rule, "", names, place, priority=priority_of(rule))


def centre_subject(rule: str, place: tuple[str, str]) -> Subject:
    """The centre's own alarm, of no mine and no gateway."""
    return Subject("", "", "centre", rule, "", ("中心", "centre"), place, priority=priority_of(rule))


def _first_action(limit_row: str, rule: str, pack: Pack) -> tuple[tuple[str, str], str]:
    """Of a limit: its row's; of the rules beside the limits: their duty's; else what is due after any alarm."""
    row = pack.rows.get(limit_row) if rule == ALARM_RULE or rule.startswith(CUT_RULE) else None
    duty = pack.duties.get(_DUTIES.get(rule, ""))
    action = row.action if row else pack.actions.get(duty.action if duty and duty.action else "after_alarm")
    if row and rule.startswith(CUT_RULE):
        stage = int(rule.removeprefix(CUT_RULE))
        action = row.cuts[stage].action if stage < len(row.cuts) else action
    return ((action.zh, action.en), action.reference) if action else (("", ""), "")
