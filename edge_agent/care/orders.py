"""What a gateway does on a signed command. Nothing here acts on mine equipment: it sends, keeps, asks, or starts reading anew."""

import asyncio
from collections.abc import Iterator, Mapping

from contracts.clock import from_iso
from contracts.errors import BadConfig, BadPayload
from contracts.payload import Item, decode
from edge_agent.agent import Agent
from edge_agent.blackbox import Keeper
from edge_agent.care.commands import Handler
from edge_agent.care.drill import drill
from edge_agent.config import EdgeSettings
from edge_agent.outbox import Outbox
from edge_agent.sources import AnySource, make_source
from edge_agent.sources.once import look

MOST_RESENT = 200_000
PROBE_S = 10.0
"""How long a source that tells by itself is waited for."""


def handlers(agent: Agent, settings: EdgeSettings, keeper: Keeper) -> dict[str, Handler]:
    """By the command's name."""

    async def resend(arguments: Mapping[str, str]) -> str:
        first, last = _time(arguments, "from"), _time(arguments, "to")
        found = await asyncio.to_thread(lambda: [key for box in (agent.events, agent.data) for key in items_between(box, first, last)])
        if len(found) > MOST_RESENT:
            raise BadConfig("to", arguments["to"], f"a span of at most {MOST_RESENT} items; this one has {len(found)}")
        agent.lanes.ask_again(found)
        agent.link.wake()
        return f"{len(found)} items"

    async def freeze(arguments: Mapping[str, str]) -> str:
        keeper.freeze(arguments.get("why", "asked for"))
        return "frozen when its span is over"

    async def restart(arguments: Mapping[str, str]) -> str:
        source = _source(settings, arguments)
        agent.polling.replace(make_source(source, agent.registry))
        return f"{source.name} ({source.kind}) is set up anew before its next poll"

    async def probe(arguments: Mapping[str, str]) -> str:
        source = _source(settings, arguments)
        found = await look(source, agent.registry, agent.watch.now, PROBE_S)
        block = found.block
        if block is None or not len(block):
            raise BadConfig("source", source.name, f"one that answers ({found.why or 'it brought nothing'})")
        rows = zip(block.point.tolist(), block.value.tolist(), block.quality.tolist(), strict=True)
        return "\n".join(f"{agent.registry.points[point].id} {value:g} {quality:#06x}" for point, value, quality in rows)

    return {"resend": resend, "freeze": freeze, "probe": probe, "restart": restart, "drill": lambda given: drill(agent, given)}


def items_between(box: Outbox, first: int, last: int) -> Iterator[tuple[str, str, int]]:
    """(stream, epoch, number) of the items on disk that were made in [first, last] (µs UTC)."""
    for state in list(box.epochs.values()):
        for segment in list(state.segments):
            if segment.newest < first:
                continue
            for seq in range(segment.first, segment.last + 1):
                data = segment.read(seq)
                try:
                    made = decode(Item, data).made if data is not None else -1
                except BadPayload:
                    continue
                if first <= made <= last:
                    yield box.stream, state.epoch, seq


def _time(arguments: Mapping[str, str], key: str) -> int:
    text = arguments.get(key, "")
    try:
        return from_iso(text)
    except ValueError as error:
        raise BadConfig(key, text, "a time like 2026-11-24T08:00:00Z") from error


def _source(settings: EdgeSettings, arguments: Mapping[str, str]) -> AnySource:
    name = arguments.get("source", "")
    for source in settings.sources:
        if source.name == name:
            return source
    raise BadConfig("source", name, ", ".join(source.name for source in settings.sources))
