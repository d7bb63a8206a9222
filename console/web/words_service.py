"""Words of an alarm's states, priority and what stands beside it: (Chinese, English) by key."""

WORDS: dict[str, tuple[str, str]] = {
    "alarm.state.planned": ("计划内（许可期间）", "planned (under a permit)"),
    "alarm.state.out_of_service": ("已停用", "out of service"),
    "alarm.priority.0": ("优先级未定", "priority not known"),
    "alarm.priority.1": ("优先级 1（最高）", "priority 1 (highest)"),
    "alarm.priority.2": ("优先级 2（高）", "priority 2 (high)"),
    "alarm.priority.3": ("优先级 3（中）", "priority 3 (medium)"),
    "alarm.priority.4": ("优先级 4（低）", "priority 4 (low)"),
    "alarm.priority.why": ("优先级（本项目设定）：", "Priority (project setting): "),
    "alarm.said": (
        "最近一次消息（含馈电、人数和电话，均为当时情况）",
        "The latest message (with feed, people and telephone as they were then)",
    ),
    "alarm.again": ("首次 {first}，再次自 {again} 起", "first at {first}, again since {again}"),
    "alarms.aside": (
        "{count} 个计划内或停用的报警（不通知任何人）",
        "{count} alarm(s) planned or out of service (nobody is told)",
    ),
    "act.unshelve": ("取消搁置", "Unshelve"),
    "act.service": ("恢复使用", "Back in service"),
    "act.remove": ("停用", "Take out of service"),
    "service.title": ("报警的停用与恢复", "Alarms out of service"),
    "service.note": (
        "停用没有时限：该报警继续记录和显示，但不再通知任何人，直至有人恢复。煤矿安全监控系统的报警、断电不受影响。",
        "Out of service has no time limit: the alarm is recorded and shown on, and nobody is told until a person brings it back. "
        "The mine's certified system alarms and cuts as before.",
    ),
    "service.rule": ("报警", "Alarm"),
    "service.out": ("已停用", "out of service"),
    "service.all_in": ("本测点没有停用的报警。", "No alarm of this point is out of service."),
    "service.since": ("{time} {name}：{words}", "{time} {name}: {words}"),
    "service.rule.limit.alarm": ("报警值", "alarm value"),
    "service.rule.limit.cut": ("断电值（第 {stage} 级）", "cut value (stage {stage})"),
}
