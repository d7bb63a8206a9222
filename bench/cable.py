"""The line between a gateway and its broker, which a bench cuts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sim_sensors.field.line import Line


@asynccontextmanager
async def laid(far: int) -> AsyncIterator[Line]:
    """A line that stands, cut at the end."""
    line = Line(far)
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()
