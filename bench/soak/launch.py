"""Starts a real agent for the night: `python -m bench.soak.launch run|drain CONFIG CLOCK`.

Its wall clock is off by the seconds that stand in the file CLOCK (the product knows nothing of that). `drain`: without sources, until
the centre has told that it holds everything.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

from alerts.packs import load as load_pack
from contracts.clock import SECOND, SystemClock
from contracts.config import load
from contracts.points import read_registry
from edge_agent.agent import Agent
from edge_agent.config import EdgeSettings
from edge_agent.outbox import OutboxLimits
from edge_agent.process import run_agent


class SetClock(SystemClock):
    """The machine's clock, set off by what a file says."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> int:
        offset = 0.0
        with contextlib.suppress(OSError, ValueError):
            offset = float(self._path.read_text(encoding="ascii"))
        return super().now() + round(offset * SECOND)


async def drain(settings: EdgeSettings, clock: SystemClock) -> None:
    """Until nothing waits; killed by whoever has no more patience."""
    registry = read_registry(Path(settings.points).read_bytes())  # noqa: ASYNC240  # nothing else runs yet
    agent = Agent(settings.name, registry, [], Path(settings.folder), settings.broker, OutboxLimits(), load_pack(), clock)
    task = asyncio.ensure_future(agent.run())
    while agent.link.receipts == 0 or agent.data.waiting + agent.events.waiting or agent.data.pending + agent.events.pending:
        await asyncio.sleep(0.1)
        if task.done():
            task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """The process."""
    what, config, offset = sys.argv[1:]
    settings, clock = load(EdgeSettings, Path(config).read_text(encoding="utf-8"), {}), SetClock(Path(offset))
    asyncio.run(run_agent(settings, clock) if what == "run" else drain(settings, clock))


if __name__ == "__main__":
    main()
