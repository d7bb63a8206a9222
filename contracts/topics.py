"""Topics: `davy/v1/<mine>/<gateway>/<lane>`. Ids are `[a-z0-9-]`, so a topic needs no escaping."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from contracts.errors import BadConfig, BadTopic

PREFIX = "davy/v1"
ID_RULE = "1 to 40 of a-z, 0-9 and -, not starting with -"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")


class Lane(StrEnum):
    """The lanes of a gateway. Up: gateway to centre; down: centre to gateway."""

    BIRTH = "birth"
    STATE = "state"
    LIVE = "live"
    REPLAY = "replay"
    EVENT = "event"
    RECEIPT = "receipt"
    DESIRED = "desired"
    REPORTED = "reported"
    COMMAND = "command"
    ANSWER = "answer"


UP = (Lane.BIRTH, Lane.STATE, Lane.LIVE, Lane.REPLAY, Lane.EVENT, Lane.REPORTED, Lane.ANSWER)
DOWN = (Lane.RECEIPT, Lane.DESIRED, Lane.COMMAND)
RETAINED = frozenset({Lane.BIRTH, Lane.STATE, Lane.DESIRED, Lane.REPORTED})


def check_id(key: str, value: str) -> str:
    """The id itself, or BadConfig naming the key."""
    if not _ID.match(value):
        raise BadConfig(key, value, ID_RULE)
    return value


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway's full name, `mine/gateway`: certificate name, client id, key in every ledger."""

    mine: str
    name: str
    _text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_text", f"{self.mine}/{self.name}")

    def __str__(self) -> str:
        return self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @classmethod
    def parse(cls, text: str) -> "Gateway":
        mine, slash, name = text.partition("/")
        if not slash:
            raise BadConfig("gateway", text, "mine/gateway")
        return cls(check_id("mine", mine), check_id("gateway", name))

    def topic(self, lane: Lane) -> str:
        return f"{PREFIX}/{self.mine}/{self.name}/{lane}"


@lru_cache(maxsize=10_000)
def parse_topic(topic: str) -> tuple[Gateway, Lane]:
    """The gateway and lane a topic names, or BadTopic."""
    parts = topic.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != PREFIX or not (_ID.match(parts[2]) and _ID.match(parts[3])):
        raise BadTopic(f"{topic[:200]!r} is not {PREFIX}/<mine>/<gateway>/<lane>")
    try:
        return _gateway(parts[2], parts[3]), Lane(parts[4])
    except ValueError as error:
        raise BadTopic(f"{parts[4][:40]!r} is not a lane; lanes: {', '.join(Lane)}") from error


@lru_cache(maxsize=10_000)
def _gateway(mine: str, name: str) -> Gateway:
    """One object a gateway: a look-up by it needs no comparison."""
    return Gateway(mine, name)


def every(lane: Lane) -> str:
    """The filter for one lane of all gateways."""
    return f"{PREFIX}/+/+/{lane}"
