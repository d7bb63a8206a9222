"""DingTalk's group robots (钉钉自定义机器人): 20 messages a minute; a robot that sends more is silenced for ten."""

from typing import ClassVar

from alerts.channels.by_apprise import ByApprise


class DingTalk(ByApprise):
    """`dingtalk://SECRET@TOKEN/`, or `dingtalk://TOKEN/` for a robot that knows its messages by a keyword or our address.

    Codes: the maker's documents for custom robots; what is not named here is tried again.
    """

    SCHEMES = ("dingtalk",)
    EXAMPLE = "dingtalk://SECRET@TOKEN/"
    PER_MINUTE = 20
    MOST_BYTES = 19_000
    CODES = ("errcode",)
    NEVER: ClassVar = {
        310000: "refused by the robot's security settings",
        300001: "no such token",
        400101: "no such token",
        400102: "the robot is switched off",
    }
