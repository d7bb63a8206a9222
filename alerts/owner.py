"""Who may end an alarm: the edge, where it judges by our limits; where its limits are others, only a value below ours ends it. Pure.

Either side raises. A return decided under another pack is taken where the value satisfies our pack too, or where we know no limit.
"""

from alerts.alarm import Kind
from alerts.limits import ALARM, ALARM_RULE, CUT_RULE, DEVICE, FIRST_CUT, compile_limits
from alerts.packs.pack import Pack
from alerts.transitions import EVERY_RULE
from contracts.payload import Event
from contracts.points import Registry

ENDS = (Kind.RETURN, Kind.RESTORE)


def may_end(event: Event, rule: str, registry: Registry | None, pack: Pack) -> bool:
    """Whether this event ends the alarm of `rule` (`*`: of every limit) at its point."""
    if event.change not in ENDS or event.pack == pack.name or registry is None or event.point not in registry.number:
        return True
    point = registry.points[registry.number[event.point]]
    (latches,) = compile_limits(Registry(registry.mine, registry.mine_zh, registry.mine_en, (point,)), pack).columns
    asked = [leave for column, _, leave in latches if _is_of(column, rule)]
    return not asked or (event.value is not None and all(event.value < leave for leave in asked))


def _is_of(column: int, rule: str) -> bool:
    if rule == EVERY_RULE:
        return column != DEVICE
    if rule.startswith(CUT_RULE):
        return column == FIRST_CUT + int(rule.removeprefix(CUT_RULE))
    return rule == ALARM_RULE and column == ALARM
