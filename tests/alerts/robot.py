"""A real HTTP server that answers as a maker's robot does, and keeps what it heard."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.alerts.listening import Asked, listening


@dataclass
class Robot:
    """`status` and `body` are given to every request."""

    status: int
    body: dict[str, Any]
    raw: list[bytes] = field(default_factory=list)
    address: str = ""

    @property
    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.raw]


@contextmanager
def answering(robot: Robot) -> Iterator[Robot]:
    """Serve on a free port of the loopback, until the block ends."""

    def answer(asked: Asked) -> None:
        robot.raw.append(asked.body)
        asked.answer(robot.status, json.dumps(robot.body).encode())

    with listening(answer) as robot.address:
        yield robot
