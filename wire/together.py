"""Coroutines side by side that end when they are told to, also where one of them swallows the telling."""

import asyncio
from collections.abc import Coroutine

AGAIN_S = 5.0
"""Who has not ended so long after being cancelled is cancelled again. `asyncio.wait_for` of Python 3.11 loses a cancellation that comes
in the same turn of the loop as its result (CPython gh-86296), and both aiomqtt and pymodbus wait with it."""


async def together(*work: Coroutine[None, None, None], again_s: float = AGAIN_S) -> None:
    """Run coroutines until one fails (its error is raised) or all end. Being cancelled comes before any of their errors.

    Not a task group: that of Python 3.11 leaves its own cancel count behind, and cancels its members once only.
    """
    tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
    if not tasks:
        return
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        while left := [task for task in tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=again_s)
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for task, result in zip(tasks, results, strict=True):
        if task in done and isinstance(result, BaseException):
            raise result
