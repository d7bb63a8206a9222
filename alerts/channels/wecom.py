"""WeCom's group robots (企业微信群机器人): 20 messages a minute, 2,048 bytes each."""

from typing import ClassVar

from alerts.channels.by_apprise import ByApprise


class WeCom(ByApprise):
    """`wecombot://KEY`. Codes: the maker's global return codes; what is not named here is tried again."""

    SCHEMES = ("wecombot",)
    EXAMPLE = "wecombot://KEY"
    PER_MINUTE = 20
    MOST_BYTES = 2_048
    CODES = ("errcode",)
    NEVER: ClassVar = {93000: "no such robot", 93008: "the robot is not in a group any more"}
