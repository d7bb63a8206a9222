"""Waiting for what a test needs, however slow the machine is. The limits are no promises of anybody: they end a wait that is in vain."""

import asyncio
import time
from collections.abc import Callable

LIMIT_S = 120.0


def wait_until(true: Callable[[], object], limit_s: float = LIMIT_S, told: Callable[[], object] = str) -> None:
    """Until it is so; fails after `limit_s` with what is `told` then."""
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, f"not so within {limit_s:g} s: {told()}"
        time.sleep(0.05)


async def until(true: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """The same beside other tasks."""
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, f"not so within {limit_s:g} s"
        await asyncio.sleep(0.02)
