"""Every word a person reads on the pages, Chinese first. Keys are English and dotted; a template asks by key, never writes text itself."""

from collections.abc import Mapping

from console.web import (
    words_alarms,
    words_delivery,
    words_desks,
    words_findings,
    words_fleet,
    words_health,
    words_overview,
    words_people,
    words_permits,
    words_points,
    words_programme,
    words_reports,
    words_routing,
    words_service,
    words_story,
    words_suspects,
)

LANGUAGES = ("zh", "en")
COOKIE = "lang"

WORDS: dict[str, tuple[str, str]] = {
    # the house
    "product": ("Davylamp 安全灯", "Davylamp"),
    "tagline": ("煤矿边缘监测", "Coal mine edge monitoring"),
    "role": (
        "本系统与矿井经认证的安全监控系统（KJ）并行工作，只读取其数据副本，不断电、不复电。本系统没有报警，不代表安全。",
        "Works beside the mine's certified safety monitoring system (KJ) on a copy of its data; it never cuts or restores power. "
        "Its silence does not mean safety.",
    ),
    "skip": ("跳到正文", "Skip to content"),
    "nav": ("主导航", "Main navigation"),
    "nav.overview": ("总览", "Overview"),
    "nav.alarms": ("报警", "Alarms"),
    "nav.receipts": ("回执", "Receipts"),
    "nav.locks": ("闭锁测试", "Lock tests"),
    "nav.findings": ("模型", "Models"),
    "nav.room.overview": ("总览", "Overview"),
    "nav.room.alarms": ("报警", "Alarms"),
    "nav.room.duty": ("值班", "Duty"),
    "nav.room.sensors": ("传感器", "Sensors"),
    "nav.room.findings": ("模型", "Models"),
    "nav.room.delivery": ("数据与通知", "Delivery"),
    "nav.language": ("English", "中文"),
    "link.wait": ("正在连接", "connecting"),
    "link.live": ("实时", "live"),
    "link.lost": ("连接中断", "no connection"),
    "link.since": ("自 {time} 起无连接：页面上的数值一律按未知处理", "No connection since {time}: every value on this page is unknown"),
    "noscript": (
        "浏览器未启用脚本：本页每 5 秒整页刷新一次，数值为 {time} 的情况。",
        "Scripts are off: this page reloads every 5 seconds; values are as of {time}.",
    ),
    "alarms.unread": (
        "报警记录自 {time} 起无法读取：不显示任何正常状态",
        "The alarm journal could not be read since {time}: nothing is shown as normal",
    ),
    # errors and units
    "error.title": ("无法显示", "Cannot be shown"),
    "error.404": ("没有这个页面、矿井、测点或报警：{value}", "There is no such page, mine, point or alarm: {value}"),
    "error.other": ("请求无法处理：{value}", "The request cannot be served: {value}"),
    "error.home": ("回到总览", "Back to the overview"),
    "unit.d": ("天", "d"),
    "unit.h": ("小时", "h"),
    "unit.min": ("分", "min"),
    "unit.s": ("秒", "s"),
    "unit.ms": ("毫秒", "ms"),
}
for _part in (
    *(words_alarms, words_delivery, words_desks, words_findings, words_fleet, words_health),
    *(words_overview, words_people, words_permits, words_points, words_programme, words_reports),
    *(words_routing, words_service, words_story, words_suspects),
):
    WORDS |= _part.WORDS


def say(lang: str, key: str, numbers: Mapping[str, object] | None = None) -> str:
    """The words of `key` in `lang` with its numbers; KeyError for a key that is not in the table."""
    text = WORDS[key][LANGUAGES.index(lang)]
    return text.format_map(numbers) if numbers else text


def pick_language(asked: str | None, cookie: str | None) -> str:
    """The language of a page: `?lang=`, else the cookie, else Chinese."""
    return next((lang for lang in (asked, cookie) if lang in LANGUAGES), LANGUAGES[0])
