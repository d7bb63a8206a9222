"""A limit holds whatever kind of cancelling comes out of a library, and a real cancelling stays one."""

import asyncio

import pytest

from edge_agent.sources.patient import within


class Other(asyncio.CancelledError):
    """As wait_for2 raises it."""


async def hears_late() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError as error:
        raise Other("with a result") from error


async def test_a_limit_that_is_over_is_a_timeout_whatever_came_out() -> None:
    with pytest.raises(TimeoutError):
        async with within(0.01):
            await hears_late()


async def test_who_is_cancelled_from_outside_is_cancelled() -> None:
    async def waits() -> None:
        async with within(60.0):
            await hears_late()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()


async def test_nothing_happens_to_what_is_in_time() -> None:
    async with within(60.0):
        await asyncio.sleep(0)
