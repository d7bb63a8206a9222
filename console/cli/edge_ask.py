"""Asking an agent on this machine: a request in its folder, its answer beside it."""

import time
from collections.abc import Mapping
from pathlib import Path

from contracts.care import Answer, Command
from contracts.clock import MINUTE, SystemClock
from contracts.errors import GiveUp
from contracts.payload import VERSION
from contracts.twin import to_json
from edge_agent.care.door import answer_in, put
from edge_agent.config import EdgeSettings

PATIENCE_S = 60.0


def ask_agent(settings: EdgeSettings, name: str, arguments: Mapping[str, str], patience_s: float = PATIENCE_S) -> Answer:
    """What came of a command; GiveUp where no agent answers or it refuses."""
    now = SystemClock().now()
    request = Command(VERSION, str(settings.name), f"here-{now}", now, now + MINUTE, "local", name, dict(arguments))
    place = Path(settings.folder) / "requests" / f"{request.id}.json"
    put(place, to_json(request))
    end = time.monotonic() + patience_s
    while (answer := answer_in(place.with_suffix(".answer"))) is None:
        if time.monotonic() > end:
            place.unlink(missing_ok=True)
            raise GiveUp(f"没有代理应答 / no agent of {settings.name} answers; is it running?")
        time.sleep(0.1)
    place.with_suffix(".answer").unlink()
    if answer.state != "done":
        raise GiveUp(answer.why)
    return answer
