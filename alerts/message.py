"""What a channel is given, and what it promises."""

from typing import ClassVar, Protocol

import msgspec


class Message(msgspec.Struct, frozen=True):
    """What one recipient is told at once. `key` is the same at every try. Times are ISO 8601 UTC; texts are keyed `zh` and `en`.
    `alarm`, `transition`: of the one that is told, of several the first. `test`: no alarm or a drill stands behind it, its texts say so.
    `kind`: `single`, or several together: `group` (of one cause), `clear` (all of it returned), `digest` (a storm). `parts`: then every
    transition in it, oldest first; `cause`: what they follow from."""

    key: str
    recipient: str
    lang: str
    text: dict[str, str]
    alarm: dict[str, object]
    transition: dict[str, object]
    test: bool = False
    kind: str = "single"
    parts: list[dict[str, object]] = []  # msgspec copies it
    cause: dict[str, object] | None = None


class Channel(Protocol):
    """A way to reach people."""

    PER_MINUTE: ClassVar[int]
    """Messages to one recipient within any 60 s; 0: no limit of ours."""

    @staticmethod
    def check(key: str, address: str) -> None:
        """Nothing, or BadConfig for `key`: this is no address of the channel. It never shows the address."""
        ...

    @staticmethod
    def reach(address: str) -> tuple[str, int] | None:
        """Host and port that an address stands behind; None where only its library knows."""
        ...

    async def send(self, address: str, message: Message) -> None:
        """Returns when the other side has accepted it. Raises Retry where that is unclear or not yet, GiveUp where it never will."""
        ...

    async def close(self) -> None: ...
