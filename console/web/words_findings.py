"""Words of what the models found. Chinese first, as in `words`."""

WORDS: dict[str, tuple[str, str]] = {
    "findings.title": ("模型发现", "Findings of the models"),
    "findings.lead": (
        "模型只作提示，不是官方报警，不影响任何报警的统计；没有发现不代表安全。",
        "Advisory: never an official alarm, and no count of alarms depends on it. No finding does not mean safety.",
    ),
    "findings.none": ("没有模型发现；没有装模型的网关也不会有", "no findings; a gateway without models never has any"),
    "findings.sure": ("把握", "how sure"),
    "findings.since": ("自", "since"),
    "findings.points": ("测点", "points"),
    "findings.could_be": ("可能是", "could be"),
    "findings.check_first": ("先查", "check first"),
    "findings.models": ("模型包", "models"),
    "findings.score": ("占比", "part"),
    "finding.mark": ("标记", "mark"),
    "finding.mark.true": ("属实", "true"),
    "finding.mark.test_gas": ("标校气体", "test gas"),
    "finding.mark.maintenance": ("检修", "maintenance"),
    "finding.mark.nonsense": ("误判", "nonsense"),
    "finding.mark.forwarded": ("已上报", "forwarded"),
    "finding.forward": ("上报", "forward"),
    "finding.ended": ("已结束", "ended"),
}
