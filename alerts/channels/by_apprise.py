"""What the channels that go through Apprise share: its addresses, one call, and what an answer means."""

import logging
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from alerts.channels.aside import aside
from alerts.message import Message
from alerts.text import body, subject
from contracts.errors import BadConfig, GiveUp, Retry

AGAIN = (408, 425, 429)
"""HTTP answers below 500 that are not for good."""

for _name in ("apprise", "urllib3", "httpx"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # they log addresses, and those are secrets; what fails is ours to tell


class ByApprise:
    """A kind of Apprise addresses. A subclass says which, and how the makers refuse inside of a 200."""

    SCHEMES: ClassVar[tuple[str, ...]] = ()
    EXAMPLE: ClassVar[str] = ""
    PER_MINUTE: ClassVar[int] = 20
    MOST_BYTES: ClassVar[int] = 0
    BOTH: ClassVar[bool] = True
    CODES: ClassVar[tuple[str, ...]] = ()
    """Names of the number in the answer that is 0 where the message was taken. Empty: the HTTP status says all."""
    NEVER: ClassVar[Mapping[int, str]] = {}
    """Such numbers that mean never. Any other is tried again."""

    @classmethod
    def check(cls, key: str, address: str) -> None:
        allowed = f"one address such as {cls.EXAMPLE}"
        if urlsplit(address).scheme not in cls.SCHEMES or plugin(address) is None:
            raise BadConfig(key, f"{urlsplit(address).scheme}://***", allowed)

    @classmethod
    def reach(cls, address: str) -> tuple[str, int] | None:
        made = plugin(address)
        parts = urlsplit(str(getattr(made, "notify_url", "") or getattr(made, "api_url", "")))
        return (parts.hostname, parts.port or (80 if parts.scheme == "http" else 443)) if parts.hostname else None

    async def send(self, address: str, message: Message) -> None:
        await aside(lambda: self._send(address, message))

    def _send(self, address: str, message: Message) -> None:
        from alerts.channels.answers import listening  # noqa: PLC0415  # most processes never send

        made = plugin(address)
        if made is None:
            raise GiveUp(f"not one address such as {self.EXAMPLE}")
        with listening() as answers:
            taken = made.notify(body=body(message, self.MOST_BYTES, both=self.BOTH), title=subject(message) if made.title_maxlen else "")
        if not answers:
            raise Retry("no answer", 0.0)
        last = answers[-1]
        said = f"HTTP {last.status} {' '.join(last.text.split())[:200]}"
        if 400 <= last.status < 500 and last.status not in AGAIN:
            raise GiveUp(said)
        if last.status >= 300 or last.status in AGAIN:
            raise Retry(said, last.wait)
        code = last.number(*self.CODES) if self.CODES else 0
        if code in self.NEVER:
            raise GiveUp(f"{self.NEVER[code or 0]}: {said}")
        if code != 0 or not taken:
            raise Retry(said, 0.0)

    async def close(self) -> None:
        """Nothing stays open."""


def plugin(address: str) -> Any:
    """Apprise's own view of an address; None where it is none."""
    from apprise import Apprise  # noqa: PLC0415  # loaded where somebody is told through it

    return Apprise.instantiate(address)
