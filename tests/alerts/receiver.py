"""A real HTTP server that keeps what it accepted and fails as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.alerts.listening import Asked, listening


@dataclass
class Receiver:
    """`answers`: HTTP codes to give first; then 200. Codes from 200 to 299 accept."""

    answers: list[int] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    tries: int = 0
    address: str = ""
    on_try: Callable[[int], None] = lambda number: None

    def take(self, key: str, body: bytes) -> int:
        self.tries += 1
        self.on_try(self.tries)
        code = self.answers.pop(0) if self.answers else 200
        if 200 <= code < 300:
            self.accepted.append(json.loads(body))
            self.keys.append(key)
        return code


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Serve on a free port of the loopback, until the block ends."""
    lock = threading.Lock()

    def answer(asked: Asked) -> None:
        with lock:
            code = receiver.take(asked.headers["Idempotency-Key"], asked.body)
        asked.answer(code)

    with listening(answer) as address:
        receiver.address = f"{address}/hook"
        yield receiver
