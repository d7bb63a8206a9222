"""A gateway as a province has them: an item each period, in order, within window and credit, and sent again as agents do."""

import asyncio

from bench.gateway import SimulatedGateway
from bench.supply import READINGS, Supply
from contracts.clock import SECOND, Clock
from contracts.codec import pack
from contracts.digest import MASK, item_digest
from contracts.payload import VERSION, Body, Item, Poll, Told, encode
from contracts.topics import Lane
from wire.client import Link

WITHOUT_WORD = 5 * SECOND
"""A gateway that has items in flight and heard nothing for so long sends them again (`edge_agent.link`: at least three usual waits)."""


class ProvinceGateway(SimulatedGateway):
    """`done`: (due, receipted) of every item, µs monotonic, in order."""

    def __init__(self, mine: str, supply: Supply, pack_name: str, window: int, clock: Clock) -> None:
        super().__init__(mine, supply, pack_name, window, clock)
        self._kept: dict[int, bytes] = {}
        self.done: list[tuple[int, int]] = []
        self.resent = 0
        self._heard = clock.monotonic()

    async def live(self, link: Link, period: int, late: float) -> None:
        """An item each `period` µs, the first after `late` of it, until cancelled. What could not be sent in time is sent late."""
        start = self._clock.monotonic()
        n = 0
        while True:
            due = start + round((n + late) * period)
            await asyncio.sleep(max(0, due - self._clock.monotonic()) / SECOND)
            await self._room(self._window)
            polls: tuple[Poll, ...] = ()
            if n % self._supply.runs == 0:
                self._time = max(self._time + 1, self._clock.now())
                polls = (Poll("bench", SECOND, self._time),)
            await self._send(link, pack(self._supply.batch(n, self._time), self._registry.name, polls), due)
            self.readings += READINGS
            n += 1

    async def _send(self, link: Link, body: Body, due: int) -> None:
        seq = len(self._sums) - 1
        data = encode(Item(VERSION, self._epoch, seq, self._clock.now(), body))
        self._sums.append((self._sums[-1] + item_digest(data)) & MASK)
        self._flight[seq] = len(data), due
        self._kept[seq] = data
        self._bytes += len(data)
        await link.send(self.gateway.topic(Lane.LIVE), data)

    def _take(self, told: Told) -> None:
        now = self._heard = self._clock.monotonic()
        received = [seq for seq in self._flight if seq <= told.through]
        for seq in received:
            size, due = self._flight.pop(seq)
            self._bytes -= size
            del self._kept[seq]
            self.done.append((due, now))
        self.altered += sum(
            last - first + 1 for first, last, digest in told.held if digest != (self._sums[last + 1] - self._sums[first]) & MASK
        )

    def forget_waits(self, before: int) -> None:
        """Items due before (µs monotonic) are of no interest any more."""
        self.done = [pair for pair in self.done if pair[0] >= before]

    def under_way(self) -> list[int]:
        """When each item without receipt was due."""
        return [due for _, due in self._flight.values()]

    async def again(self, link: Link) -> None:
        """Send what is in flight again where nothing was heard for long."""
        now = self._clock.monotonic()
        if self._flight and now - self._heard > WITHOUT_WORD and now - min(self.under_way()) > WITHOUT_WORD:
            self._heard = now
            for data in list(self._kept.values()):
                await link.send(self.gateway.topic(Lane.LIVE), data)
                self.resent += 1
