"""A time limit around a library that cancels in words of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """`asyncio.timeout`, whatever kind of CancelledError comes out of it.

    asyncua waits by wait_for2, which raises a kind of its own where an answer comes in the moment of the cancelling; `asyncio.timeout`
    of Python 3.11 makes a TimeoutError of the plain one only, and the other would end whoever waits.
    """
    async with asyncio.timeout(seconds):
        try:
            yield
        except asyncio.CancelledError as error:
            if type(error) is asyncio.CancelledError:
                raise
            raise asyncio.CancelledError(*error.args[:1]) from None
