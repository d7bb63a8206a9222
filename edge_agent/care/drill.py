"""A drill at the gateway: a marked event through the outbox, and when each step of it was reached here."""

import asyncio
from collections.abc import Mapping

from contracts.care import DRILL_STEPS
from contracts.errors import BadConfig
from contracts.payload import EVENT_STREAM
from edge_agent.agent import Agent

PATIENCE_S = 10.0
"""So long the receipt is waited for; what is not known by then is not told."""
LOOK_S = 0.002


async def drill(agent: Agent, arguments: Mapping[str, str]) -> str:
    """Begin the drill that the arguments name; `decided=...`, `sent=...`, `receipted=...` (µs UTC by our clock), a line each."""
    point, number = _checked(agent, arguments)
    decided = agent.watch.now()
    epoch, seq = agent.events.current.epoch, agent.deciding.drill(point, number, decided)
    steps = {"decided": decided}
    end = agent.clock.monotonic() + round(PATIENCE_S * 1e6)
    with agent.lanes.noting(EVENT_STREAM, epoch, seq) as sent:
        while "receipted" not in steps and agent.clock.monotonic() < end:
            await asyncio.sleep(LOOK_S)
            _look(agent, epoch, seq, sent(), steps)
    return "\n".join(f"{name}={steps[name]}" for name in DRILL_STEPS if name in steps)


def _look(agent: Agent, epoch: str, seq: int, sent: int | None, steps: dict[str, int]) -> None:
    now, ago = agent.watch.now(), agent.clock.monotonic()
    if sent is not None:
        steps.setdefault("sent", now - (ago - sent))
    state = agent.events.epochs.get(epoch)
    if state is None or seq in state.received:
        steps["receipted"] = now


def _checked(agent: Agent, arguments: Mapping[str, str]) -> tuple[str, int]:
    point, number = arguments.get("point", ""), arguments.get("drill", "0")
    if point not in agent.registry.number:
        raise BadConfig("point", point[:80], "a point of this gateway's registry")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise BadConfig("drill", number[:80], "the number of a drill, as the console gives it")
    return point, int(number)
