"""The words of permits: why one is refused, what speaks for an alarm, and what does not fit (zh, en)."""

REASONS = {
    "permit_not_planned": ("该许可不是待开启状态", "the permit is not waiting to be opened"),
    "permit_outside_its_plan": ("不在计划的时间内", "outside the time of its plan"),
    "permit_needs_two_names": ("须写明调度员和井下来电人", "name the dispatcher and the caller underground"),
    "permit_needs_two_people": ("调度员和井下来电人须为两人", "the dispatcher and the caller must be two people"),
    "permit_needs_a_reason": ("缺少原因", "the reason is missing"),
    "permit_too_long": ("最长30分钟（本项目设定）", "30 minutes at most (project setting)"),
    "point_has_a_permit": ("该测点已有未关闭的许可", "a permit stands at this point: close it first"),
    "caller_has_a_permit": (
        "此人的另一许可尚未关闭：一次来电一个许可（本项目设定）",
        "this caller's other permit is not closed: one call, one permit (project setting)",
    ),
    "permits_in_bulk": (
        "本矿10分钟内已开启3个许可：不得批量开启（本项目设定）",
        "3 permits were opened here within 10 minutes: no opening in bulk (project setting)",
    ),
    "permit_not_open": ("许可未开启或已超时", "the permit is not open, or has run over"),
    "permit_extended_already": ("只能延长一次（本项目设定）", "it can be extended once only (project setting)"),
    "permit_changed": ("许可刚被他人更改，请重新查看", "somebody changed the permit just now: look again"),
    "no_such_permit": ("没有这个许可", "there is no such permit"),
    "planned_under_permit": (
        "许可期间、邻近测点平稳：先按计划内报警处理，数秒内核对曲线（时限为本项目设定）",
        "an open permit covers it: taken as planned while its curve is checked (time limit: project setting)",
    ),
    "fits_the_test_gas": (
        "曲线为标准气平台且邻近测点平稳，与许可相符（界限为本项目设定）",
        "a test-gas plateau with calm neighbours: it fits the permit (bounds: project settings)",
    ),
    "lock_test_under_permit": ("在许可期间完成的闭锁测试", "a lock test done under a permit"),
    "permit_closed": ("许可已关闭而报警未返回", "the permit was closed while the alarm was active"),
    "many_flags_without_permits": (
        "多个测点同时处于标校状态而没有许可（数量为本项目设定）",
        "several points under calibration at once without permits (the number is a project setting)",
    ),
    "flags_explained": ("没有许可的标校标志已少于限定数量", "fewer calibration flags without permits than the set number"),
}

DETAILS = {
    "above_the_test_gas": ("数值高于标准气可能的数值", "the value is above what the test gas can be"),
    "neighbours_rise": ("同区域相邻测点也升高", "neighbours in the area rise too"),
    "neighbours_unknown": ("相邻测点无读数，无法判断", "the neighbours have no readings: nobody can say"),
    "no_neighbour": ("无标校标志且没有相邻测点可比", "no calibration flag, and no neighbour to compare with"),
    "no_plateau": ("没有标准气平台", "no test-gas plateau"),
    "no_readings": ("没有读数可供核对", "no readings to check it by"),
    "nothing_before": ("没有此前的读数可比", "no readings from before to compare with"),
    "no_step": ("不是阶跃上升", "no step up"),
    "slow_rise": ("上升过慢，不像标准气", "it rose too slowly for test gas"),
    "not_the_test_gas": ("与所报标准气浓度不符", "it is not the test gas that was told"),
    "left_its_level": ("稳定后又升高", "it rose again after it had stood"),
    "flag_gone": ("标校状态已结束而数值仍超限", "the calibration state ended while the value was above the limit"),
    "points_unknown": ("测点表未知，无法核对相邻测点", "the point registry is not known: neighbours cannot be checked"),
    "permit_closed": ("许可已关闭而报警未返回", "the permit was closed while the alarm was active"),
    "raised_without_a_permit": ("没有许可涵盖", "no permit covers it"),
}


def detail_words(code: str, more: str = "") -> str:
    """A detail in both languages, for a timeline that people of both read."""
    zh, en = DETAILS.get(code, (code, code))
    return f"{zh} / {en}" + (f" ({more})" if more else "")
