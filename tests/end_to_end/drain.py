"""An agent without sources: sends what its outbox still holds, and ends when the centre has told that it holds everything."""

import asyncio
import contextlib
import sys
from pathlib import Path

from alerts.packs import load
from contracts.clock import SystemClock
from contracts.config import load as load_config
from contracts.points import Registry, read_registry
from edge_agent.agent import Agent
from edge_agent.config import EdgeSettings
from edge_agent.outbox import OutboxLimits


async def drain(settings: EdgeSettings, registry: Registry) -> None:
    agent = Agent(settings.name, registry, [], Path(settings.folder), settings.broker, OutboxLimits(), load(), SystemClock())
    task = asyncio.ensure_future(agent.run())
    while agent.link.receipts == 0 or agent.data.waiting + agent.events.waiting or agent.data.pending + agent.events.pending:
        await asyncio.sleep(0.1)
        if task.done():
            task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


told = load_config(EdgeSettings, Path(sys.argv[1]).read_text(encoding="utf-8"), {})
asyncio.run(drain(told, read_registry(Path(told.points).read_bytes())))
