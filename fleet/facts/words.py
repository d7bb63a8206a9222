"""Why there is no evidence, in both languages."""

WHYS: dict[str, tuple[str, str]] = {
    "too_little_data": ("数据不足", "too little data"),
    "no_points": ("登记表中没有这类测点", "no such points in the registry"),
    "no_gateway": ("没有网关", "no gateway"),
    "not_connected": ("当日尚未接入", "not connected on that day"),
    "items_missing": ("有未收到的数据条目", "items have not come"),
    "no_items": ("当日没有数据条目", "no items on that day"),
    "no_limits": ("没有已归类限值的测点", "no point is mapped to a limit"),
    "settings_not_compared": ("监控系统的设定未被核对", "the monitoring system's settings were not compared"),
    "no_workplaces": ("采掘工作面登记表为空", "no workplace is registered"),
    "workplace_incomplete": ("工作面登记不全", "the workplace's entry is incomplete"),
    "places_not_known": ("第537条的地点未全部掌握", "not all places of Art. 537 are known here"),
    "period_unknown": ("调校周期未知", "the calibration period is not known"),
    "no_sensors": ("没有需调校的传感器", "no sensor to calibrate"),
    "no_permits": ("没有许可记录", "no permits are on record"),
    "no_main_return": ("没有登记断面的总回风测流", "no main return with a section is registered"),
    "no_methane": ("当日没有测到甲烷", "no methane was measured on that day"),
    "no_good_readings": ("没有质量良好的读数", "no readings of good quality"),
    "instrument_missing": ("测流缺少所需的仪表", "an instrument that the stream needs is missing"),
    "two_instruments": ("同一时间有两台同类仪表", "two instruments of one kind at the same time"),
    "link_not_measured": ("网关不测量自己的链路", "the gateway does not measure its link"),
    "not_declared": ("没有申报", "not declared"),
    "declaration_expired": ("申报已过期", "declaration expired"),
    "declaration_not_yet_valid": ("申报尚未生效", "declaration not valid yet"),
}
"""By the code in `Fact.why`."""


def why_words(code: str) -> tuple[str, str]:
    """(zh, en) of a code; the code itself where nobody knows it."""
    return WHYS.get(code, (code, code))
