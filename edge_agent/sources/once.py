"""One look at a source, outside the agent's own polling: nothing is kept, and what the source remembers is thrown away."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from contracts.columns import Block, join
from contracts.points import Registry
from edge_agent.sources import AnySource, Source, make_source
from edge_agent.sources.settings import DropFolderSettings, ModbusRtuSettings, ModbusTcpSettings, MqttJsonSettings, ReplaySettings
from edge_agent.sources.source import Answer, ShowsRaw

EVERY_S = 0.2
ASKED = (ModbusTcpSettings, ModbusRtuSettings, ReplaySettings)
"""Kinds that answer when they are asked; the others tell when they have something."""


@dataclass(frozen=True, slots=True)
class Look:
    """`block`: all readings that came. `silent`: polls nobody answered. `raw`: point number to what stood behind it; points without
    an answer too, where the kind can say. `seconds`: how long it took."""

    block: Block | None
    why: str
    silent: tuple[str, ...]
    raw: dict[int, str]
    seconds: float


async def look(section: AnySource, registry: Registry, now: Callable[[], int], wait_s: float) -> Look:
    """Made as the agent would make it, asked once; kinds that tell by themselves are waited for, `wait_s` seconds at most.

    BadConfig where its files are wrong.
    """
    with tempfile.TemporaryDirectory() as memory:
        if isinstance(section, DropFolderSettings):
            section = msgspec.structs.replace(section, memory=memory)
        elif isinstance(section, MqttJsonSettings):
            section = msgspec.structs.replace(section, client_id=f"davy-probe-{section.name}")
        source = make_source(section, registry)
        began = time.monotonic()
        try:
            source.resume(0)
            blocks, last = await _asked(source, now, began + (0.0 if isinstance(section, ASKED) else wait_s))
            seconds = time.monotonic() - began
            raw = source.raw() if isinstance(source, ShowsRaw) else {}
        finally:
            await source.close()
    why = "; ".join(dict.fromkeys(part.why for part in last.parts if part.why))
    silent = tuple(poll.source for part in last.parts for poll in part.polls if not poll.answered)
    return Look(join(blocks) if blocks else None, why, silent, raw, seconds)


async def _asked(source: Source, now: Callable[[], int], end: float) -> tuple[list[Block], Answer]:
    blocks: list[Block] = []
    while True:
        answer = await source.poll(now())
        blocks += [part.block for part in answer.parts if part.block is not None]
        complete = blocks and all(not part.why and all(poll.answered for poll in part.polls) for part in answer.parts)
        if complete or time.monotonic() >= end:
            return blocks, answer
        await asyncio.sleep(EVERY_S)
