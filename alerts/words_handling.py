"""The words of answers and referrals: every reason and every contradiction has its pair (zh, en)."""

CONTRADICTIONS = {
    "peak_below_stored": ("填写的最高值低于存储的最高值", "the stated peak is below the stored one"),
    "shorter_than_stored": (
        "填写的持续时间短于存储的时间（允差为本项目设定）",
        "the stated duration is shorter than the stored one (tolerance: project setting)",
    ),
    "no_trace_of_test_gas": (
        "称为标准气，但无许可、无标校标志、曲线也无平台",
        "called test gas, but there is no permit, no calibration flag and no plateau",
    ),
    "no_lock_test_filed": ("称为闭锁测试，但未识别到断电和复电", "called a lock test, but no cut and restore were recognised"),
    "neighbours_rose": (
        "称仅此一处，但同区域相邻甲烷测点也升高（界限为本项目设定）",
        "said to be at one sensor, but methane rose at its neighbours too (bound: project setting)",
    ),
    "fans_ran_all_along": (
        "称为风机切换或停风，但供风的风机一直运转",
        "called a change or stop of the fans, but they were seen running all along",
    ),
    "cut_value_was_reached": ("称不应断电，但数值已达断电值", "said that no cut was due, but the cut value was reached"),
    "feed_was_never_off": ("称已断电，但馈电传感器一直显示有电", "said to be cut, but the feed sensor showed power all along"),
}
REASONS = {
    "flag_without_permit": ("标校标志没有对应的许可", "calibration flag without a permit"),
    "permit_misfit": (
        "与许可不符（不是标准气平台，或相邻测点也升高）",
        "it does not fit the permit (no test-gas plateau, or the neighbours rise)",
    ),
    "permit_overrun": ("许可超时", "the permit has run over"),
    "permits_overlap": ("相邻测点的许可重叠", "permits of neighbouring points overlap"),
    "unplanned": ("不再有许可对应", "no permit speaks for it any more"),
    "answer_contradicted": ("矿方答复与数据矛盾", "the mine's answer contradicts the data"),
    "answered_real": ("矿方答复：真实超限", "the mine answered: a real exceedance"),
    "unanswered": ("在规定时间内无人答复（时间为本项目设定）", "nobody answered in time (the time is a project setting)"),
    "handling_is_closed": ("已核销", "it is closed"),
    "not_referred": ("未呈送监管监察执法人员", "it was not referred to an inspector"),
    "answered_anew": ("矿方已另行答复，请先阅读新答复", "the mine has answered anew: read the new answer first"),
    "returned_already": ("已退回，等待矿方再次答复", "it was sent back already and waits for the mine"),
    "nothing_answered": ("矿方尚未答复（或再次报警后尚未答复）", "the mine has not answered (or not since it was raised again)"),
    "answered_with_its_exceedance": ("断电随其超限报警一并答复", "a cut is answered together with its exceedance"),
} | CONTRADICTIONS


def detail_words(reason: str, detail: str, lang: str) -> str:
    """The detail of a referral: of an answer its contradictions in `lang`, else as it was said."""
    if reason != "answer_contradicted":
        return detail
    return ("；" if lang == "zh" else "; ").join(CONTRADICTIONS.get(code, (code, code))[lang != "zh"] for code in detail.split())


def contradiction_words(codes: list[str]) -> str:
    """In both languages, for a note."""
    return "；".join(" / ".join(CONTRADICTIONS.get(code, (code,))) for code in codes)
