"""The pages' share of the store's one thread: only so much of their work stands in its queue at a time.

Whatever is asked of the pages, and by however many, what was just received waits for no more than this to be committed and alarmed.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from console.web.plant import Run

T = TypeVar("T")
MOST = 4
"""Pieces of the pages' work in the queue (project setting)."""
BESIDE = 2
"""Short looks of the pages beside that thread, at a time (project setting): what they use of the processor, commits do not have."""


class Turns:
    """A `Run` that lets `most` pieces into another one at a time; the others wait here, in order."""

    def __init__(self, run: Run, most: int = MOST) -> None:
        self._run, self._free = run, asyncio.Semaphore(most)

    async def __call__(self, work: Callable[[], T], /) -> T:
        async with self._free:
            return await self._run(work)
