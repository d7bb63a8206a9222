"""An alarm's priority, from what it may lead to and how long people have to respond (ISA-18.2, EEMUA 191). Pure.

No clause known to us names a priority: the grades are a project setting, each with its reason. An alarm under calibration that nobody has
verified keeps the priority of the hazard: a flag must not make it lighter.
"""

from dataclasses import dataclass
from enum import IntEnum

from alerts.limits import ALARM_RULE, CUT_RULE, DEVICE_RULE
from alerts.packs.pack import LimitRow

LOWEST = 4


class Harm(IntEnum):
    """What it may lead to."""

    LIVES = 0
    BLIND = 1
    RECORD = 2


class Respond(IntEnum):
    """When people must have responded: at once, within minutes, within the shift."""

    NOW = 0
    MINUTES = 1
    SHIFT = 2


@dataclass(frozen=True, slots=True)
class Grade:
    """A priority, 1 (highest) to 4, and why: (zh, en)."""

    harm: Harm
    respond: Respond
    why: tuple[str, str]

    @property
    def priority(self) -> int:
        return min(LOWEST, 1 + self.harm + self.respond)


_CUT = Grade(
    Harm.LIVES,
    Respond.NOW,
    ("达到断电值：应已断电，停止作业并撤人", "the cut value is reached: power should be off, work stops and people leave"),
)
_ALARM_IS_CUT = Grade(
    Harm.LIVES,
    Respond.NOW,
    ("此处报警值即断电值，没有余量", "at this place the alarm value is the cut value: there is no margin"),
)
_ALARM = Grade(
    Harm.LIVES,
    Respond.MINUTES,
    (
        "达到报警值，尚未达到断电值：几分钟内须有人处置",
        "the alarm value is reached, the cut value is not: somebody must act within minutes",
    ),
)
_DEVICE = Grade(
    Harm.LIVES,
    Respond.MINUTES,
    (
        "设备自报危险气体或烟雾报警，本系统没有可比的限值",
        "the device's own alarm of a dangerous gas or smoke, without a limit of ours to compare",
    ),
)
_OTHER_DEVICE = Grade(
    Harm.BLIND,
    Respond.MINUTES,
    ("设备自报报警，非危险气体：原因未知", "the device's own alarm, of no dangerous gas: its cause is not known"),
)
_BLIND = Grade(
    Harm.BLIND,
    Respond.MINUTES,
    ("数值未知：此时的超限无人看到", "values are unknown: an exceedance now is seen by nobody here"),
)
_DOUBT = Grade(
    Harm.BLIND,
    Respond.MINUTES,
    ("数据可能不真实，可能掩盖超限", "the data may be untrue and may hide an exceedance"),
)
_KEPT = Grade(Harm.RECORD, Respond.SHIFT, ("合规事件，归档备查", "a lawful event, kept on file"))

GRADES: dict[str, Grade] = {
    "fan.gas": Grade(Harm.LIVES, Respond.NOW, ("停风且瓦斯上升：人员可能处于瓦斯积聚中", "no air and gas rising: people may stand in it")),
    "feed.abnormal": Grade(
        Harm.LIVES, Respond.NOW, ("应断未断：瓦斯中可能有电", "power is on where it should be cut: there may be a spark in gas")
    ),
    "gas.rise": Grade(Harm.LIVES, Respond.MINUTES, ("按此速度几分钟内达到报警值", "at this rate the alarm value is minutes away")),
    "doors.open": Grade(
        Harm.LIVES, Respond.MINUTES, ("风流短路，下风侧风量下降", "the air takes a short circuit and places beyond lose it")
    ),
    "flags.bulk": _DOUBT,
    "gateway.conflict": _DOUBT,
    "kj.setting": Grade(
        Harm.BLIND,
        Respond.MINUTES,
        ("认证系统在规程限值处不报警、不断电", "the certified system would neither alarm nor cut at the regulation's value"),
    ),
    "link.down": _BLIND,
    "source.stale": _BLIND,
    "source.points": _BLIND,
    "sensor.stuck": _BLIND,
    "centre.delivery": Grade(Harm.BLIND, Respond.MINUTES, ("报警送不到人", "alarms do not reach people")),
    "centre.backup": Grade(Harm.RECORD, Respond.SHIFT, ("备份缺失，记录可能丢失", "without a backup records may be lost")),
    "feed.unexplained": Grade(Harm.RECORD, Respond.SHIFT, ("提示：无电而原因不明", "advice: no power, and no reason seen")),
    "lock.test": _KEPT,
    "lock.fan": _KEPT,
    "lock.fault": _KEPT,
    "drill.test": _KEPT,
}
_DANGEROUS = ("methane", "carbon_monoxide", "smoke")


def grade(rule: str, quantity: str, row: LimitRow | None) -> Grade | None:
    """The grade of a rule at a place; None where nobody graded the rule: then its priority is 0, not known."""
    if rule.startswith(CUT_RULE):
        return _CUT
    if rule == ALARM_RULE:
        none_left = row is not None and row.alarm_ge is not None and any(cut.cut_ge <= row.alarm_ge for cut in row.cuts)
        return _ALARM_IS_CUT if none_left else _ALARM
    if rule == DEVICE_RULE:
        return _DEVICE if quantity in _DANGEROUS else _OTHER_DEVICE
    return GRADES.get(rule)


def priority_of(rule: str, quantity: str = "", row: LimitRow | None = None) -> int:
    """1 (highest) to 4; 0: not known."""
    known = grade(rule, quantity, row)
    return known.priority if known else 0


def reason_of(rule: str, quantity: str, priority: int) -> tuple[str, str]:
    """Why an alarm stands at its priority, (zh, en); empty where nobody graded its rule."""
    known = _ALARM_IS_CUT if rule == ALARM_RULE and priority == _ALARM_IS_CUT.priority else grade(rule, quantity, None)
    return known.why if known is not None and known.priority == priority else ("", "")


def rank(priority: int) -> int:
    """What lists sort by: what nobody graded stands among the highest, never below."""
    return priority or 1
