"""Ending a task that a source keeps between polls."""

import asyncio

AGAIN_S = 1.0
"""Libraries that wait with `asyncio.wait_for` lose a cancellation now and then (Python 3.11): then it is told again."""


async def stop(task: asyncio.Task[None] | None) -> None:
    """Cancel it and wait until it has ended, whatever it ended with."""
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_S)
