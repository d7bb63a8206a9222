"""Feishu's group robots (飞书自定义机器人): 100 messages a minute, 5 a second."""

from typing import ClassVar

from alerts.channels.by_apprise import ByApprise


class Feishu(ByApprise):
    """`feishu://TOKEN`. Codes: the maker's documents for custom bots; what is not named here is tried again."""

    SCHEMES = ("feishu",)
    EXAMPLE = "feishu://TOKEN"
    PER_MINUTE = 60
    MOST_BYTES = 19_000
    CODES = ("code", "StatusCode")
    NEVER: ClassVar = {19001: "no such token", 19022: "our address is not allowed", 19024: "the robot's keyword is missing"}
