"""What the path bench listens to: the gateway's lanes at the broker, and the page's stream. Both only note when something arrived."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from contracts.clock import Clock
from contracts.codec import unpack
from contracts.config import BrokerAddress
from contracts.errors import GiveUp
from contracts.payload import DATA_STREAM, Batch, Event, Item, Receipt, decode
from contracts.topics import Gateway, Lane, parse_topic
from wire.client import open_link


@dataclass(slots=True)
class Waits:
    """By the instant a reading was due (µs UTC): how long until what we wait for was there (µs). The first arrival counts."""

    of: dict[int, int] = field(default_factory=dict)

    def note(self, due: int, arrived: int) -> None:
        self.of.setdefault(due, arrived - due)

    def between(self, start: int, end: int) -> list[int]:
        """The waits of what was due in [start, end)."""
        return [wait for due, wait in self.of.items() if start <= due < end]


@dataclass(slots=True)
class Wire:
    """The lanes of one gateway: what the edge decided, and when each item was receipted."""

    decided: list[tuple[int, int]] = field(default_factory=list)
    """(time of the reading, time of the decision), both µs UTC by the gateway's clock, of each transition."""
    committed: Waits = field(default_factory=Waits)
    _waiting: dict[tuple[str, int], int] = field(default_factory=dict)
    _events: set[tuple[str, int]] = field(default_factory=set)

    def take(self, lane: Lane, payload: bytes, now: int) -> None:
        """A message arrived at `now`."""
        if lane is Lane.RECEIPT:
            for told in decode(Receipt, payload).epochs:
                if told.stream == DATA_STREAM:
                    self._told(told.epoch, told.through, now)
            return
        item = decode(Item, payload)
        if isinstance(item.body, Batch):
            block = unpack(item.body)
            if len(block):
                self._waiting.setdefault((item.epoch, item.seq), int(block.time[0]))
        elif isinstance(item.body, Event) and (item.epoch, item.seq) not in self._events:
            self._events.add((item.epoch, item.seq))
            self.decided.append((item.body.time, item.body.decided))

    def _told(self, epoch: str, through: int, now: int) -> None:
        for key in [key for key in self._waiting if key[0] == epoch and key[1] <= through]:
            self.committed.note(self._waiting.pop(key), now)


async def listen_to_wire(broker: BrokerAddress, gateway: Gateway, heard: Wire, clock: Clock) -> None:
    """Until cancelled."""
    async with open_link(broker, "bench-listener") as link:
        await link.subscribe(*(gateway.topic(lane) for lane in (Lane.LIVE, Lane.REPLAY, Lane.EVENT, Lane.RECEIPT)))
        async for message in link.messages():
            heard.take(parse_topic(message.topic)[1], message.payload, clock.now())


async def listen_to_page(address: str, mine: str, seen: Waits, clock: Clock) -> None:
    """Until cancelled: the stream that the mine's page is kept fresh by."""
    try:
        async with (
            httpx.AsyncClient(timeout=10.0, trust_env=False) as client,
            client.stream("GET", f"{address}/api/v1/stream", params={"mine": mine, "lang": "en"}) as answer,
        ):
            answer.raise_for_status()
            async for row in answer.aiter_lines():
                if row.startswith("data: "):
                    _look(json.loads(row[6:]), seen, clock.now())
    except httpx.HTTPError as error:
        raise GiveUp(f"the page's stream broke: {error}") from error


def _look(event: dict[str, Any], seen: Waits, now: int) -> None:
    for mine in event["mines"]:
        for due in {point["time_us"] for point in mine["changed"]}:
            seen.note(due, now)
