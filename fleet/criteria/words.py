"""Words of verdicts in both languages: statuses, why-codes, kinds of steps. Pure data."""

from fleet.bodies import Status

Both = tuple[str, str]
"""Chinese, English."""

STATUS_WORDS: dict[Status, Both] = {
    Status.MET: ("符合", "met"),
    Status.NOT_MET: ("不符合", "not met"),
    Status.NO_EVIDENCE: ("无证据", "no evidence"),
    Status.OPEN: ("未定", "open"),
}

WHY_WORDS: dict[str, Both] = {
    "": ("符合要求", "as asked"),
    "no_number": ("无已知的官方数值, 只展示, 不计入", "no official number is known: shown, not counted"),
    "no_query": ("没有可查的数据, 只展示, 不计入", "nothing we can ask our data: shown, not counted"),
    "not_in_force": ("所依据的文件当日尚未施行, 不计入", "its paper was not in force on that day: not counted"),
    "no_fact": ("没有有效数据", "no data that count"),
    "few_days": ("窗口内有效天数不足", "too few days of the window count"),
    "no_subject": ("没有登记的工作面", "no face is registered"),
    "broken": ("连续天数被无证据的日子打断", "days without evidence break the row of days"),
    "nothing_to_divide": ("窗口内没有生产时间, 无法求比值", "nothing to divide by in the window"),
    "too_low": ("低于要求", "lower than asked"),
    "too_high": ("高于要求", "higher than asked"),
    "not_equal": ("不等于要求的值", "not the value asked"),
    "not_so": ("申报为否", "declared as not so"),
    "expired": ("已过期", "expired"),
    "no_profile": ("矿井未登记, 不知是否适用", "the mine is not registered: nobody knows whether it applies"),
}

CORRECTION_WORDS: dict[str, Both] = {
    "facts_changed": ("窗口内的事实有更正", "facts of its window were corrected"),
    "pack_changed": ("按另一版本的判据重新判断", "judged by another version of the pack"),
    "register_changed": ("矿井或工作面登记有变更", "the register of the mine or its workplaces changed"),
    "verdicts_changed": ("判断或评定公告有变更", "verdicts, notices or suspicions changed"),
}
"""Why a verdict set or a count replaces the one before it."""

KIND_WORDS: dict[str, Both] = {
    "document": ("补登文件", "enter a document"),
    "evidence": ("补数据", "supply data"),
    "performance": ("改进", "improve"),
}

ORDER: Both = (
    "先补证据, 后改进: 补登一份文件最省事, 其次是补齐测得的数据, 最后是改进; 改进中离要求近的在前。",
    "Evidence before performance: a document to enter is the cheapest, then data to measure, then what has to improve; "
    "of these, what is nearest to what is asked comes first.",
)


def why(code: str) -> Both:
    """Words of a code; the code itself where there are none."""
    return WHY_WORDS.get(code, (code, code))
