"""What the other side really answered. Apprise says yes or no only, and yes to a 200 in which DingTalk or WeCom refuse the message."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import msgspec
import requests

LONGEST = 2_000
_heard: ContextVar["list[Answer] | None"] = ContextVar("heard", default=None)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `wait`: seconds the other side asks for; 0 where it does not say."""

    status: int
    text: str
    wait: float

    def number(self, *names: str) -> int | None:
        """The first of these numbers in a JSON answer; None where there is none."""
        try:
            told = msgspec.json.decode(self.text)
        except msgspec.DecodeError:
            return None
        found = [told[name] for name in names if isinstance(told, dict) and isinstance(told.get(name), int)]
        return found[0] if found else None


@contextmanager
def listening() -> Iterator[list[Answer]]:
    """The answers to requests made in this thread inside the block, oldest first."""
    heard: list[Answer] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


class _Listening(requests.Session):
    """`requests.post` opens a session for each call; this one tells what it heard to whoever listens in the same thread."""

    def send(self, request: Any, **named: Any) -> Any:
        answer = super().send(request, **named)
        heard = _heard.get()
        if heard is not None:
            asked = answer.headers.get("Retry-After", "")
            heard.append(Answer(answer.status_code, answer.text[:LONGEST], float(asked) if asked.isdecimal() else 0.0))
        return answer


requests.sessions.Session = _Listening  # type: ignore[misc]  # where requests.api looks for it; Apprise has no other way in
