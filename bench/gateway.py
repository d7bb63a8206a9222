"""A gateway without a disk: on the wire it is an agent. Births, registry first, live items in order, and what receipts tell."""

import asyncio
import secrets

from bench.supply import READINGS, Supply
from contracts.clock import SECOND, Clock, ClockState
from contracts.codec import pack
from contracts.digest import MASK, item_digest
from contracts.payload import (
    DATA_STREAM,
    EVENT_STREAM,
    VERSION,
    Birth,
    Body,
    Extent,
    Item,
    Poll,
    Receipt,
    RegistryPart,
    State,
    Told,
    decode,
    encode,
)
from contracts.topics import Gateway, Lane
from wire.client import Link, LinkDown

_PART_BYTES = 48 * 1024
_FIRST_CREDIT = 256 * 1024


class SimulatedGateway:
    """Keeps at most `window` items, and no more bytes than the centre's credit, without receipt."""

    def __init__(self, mine: str, supply: Supply, pack_name: str, window: int, clock: Clock) -> None:
        self.gateway = Gateway(mine, "gw")
        self._supply, self._registry, self._pack, self._window, self._clock = supply, supply.of(mine), pack_name, window, clock
        self._epoch, self._event_epoch, self._nonce = secrets.token_hex(8), secrets.token_hex(8), secrets.randbits(62)
        self._sums = [0]
        """Digest sum of the items below each number."""
        self._flight: dict[int, tuple[int, int]] = {}
        """Item number to its bytes and the instant it was due (µs, monotonic), in order."""
        self._bytes, self._credit, self._time = 0, _FIRST_CREDIT, 0
        self._told = asyncio.Event()
        self.waits: list[int] = []
        """µs from due to receipt, of every batch."""
        self.readings = self.altered = self.last_receipt = 0

    async def introduce(self, link: Link) -> None:
        """Birth, state, registry; returns when the centre holds it."""
        await link.subscribe(self.gateway.topic(Lane.RECEIPT))
        await link.publish(self.gateway.topic(Lane.BIRTH), encode(self._birth()), retain=True)
        await link.publish(self.gateway.topic(Lane.STATE), encode(State(VERSION, True, self._clock.now())), retain=True)
        await self._next_receipt()  # the birth is retained, items are not: a centre that answers is there to take them
        data = self._registry.data
        parts = [data[at : at + _PART_BYTES] for at in range(0, len(data), _PART_BYTES)]
        for at, part in enumerate(parts):
            await self._room(len(parts))
            await self._send(link, RegistryPart(self._registry.name, at, len(parts), part), self._clock.monotonic())
        await self.all_received()
        self.waits.clear()

    def _birth(self) -> Birth:
        catalogue = [
            Extent(epoch, stream, 0, 0, False) for epoch, stream in ((self._epoch, DATA_STREAM), (self._event_epoch, EVENT_STREAM))
        ]
        now = self._clock.now()
        return Birth(VERSION, "bench", self._nonce, now, ClockState.TRUSTED, self._registry.name, self._pack, SECOND, "", catalogue, True)

    async def load(self, link: Link, seconds: float, pause: float, late: float) -> None:
        """Send batches for so long: one each `pause` µs (the first after `late` of it), or with 0 as fast as receipts allow."""
        start = self._clock.monotonic()
        end = start + round(seconds * SECOND)
        n = 0
        while (due := start + round((n + late) * pause) if pause else self._clock.monotonic()) < end:
            await asyncio.sleep(max(0, due - self._clock.monotonic()) / SECOND)
            await self._room(self._window)
            if self._clock.monotonic() >= end:
                return
            await self._send_batch(link, n, due)
            n += 1

    async def _send_batch(self, link: Link, n: int, due: int) -> None:
        polls: tuple[Poll, ...] = ()
        if n % self._supply.runs == 0:
            self._time = max(self._time + 1, self._clock.now())
            polls = (Poll("bench", SECOND, self._time),)
        await self._send(link, pack(self._supply.batch(n, self._time), self._registry.name, polls), due)
        self.readings += READINGS

    async def _send(self, link: Link, body: Body, due: int) -> None:
        seq = len(self._sums) - 1
        data = encode(Item(VERSION, self._epoch, seq, self._clock.now(), body))
        self._sums.append((self._sums[-1] + item_digest(data)) & MASK)
        self._flight[seq] = len(data), due
        self._bytes += len(data)
        await link.send(self.gateway.topic(Lane.LIVE), data)

    async def _room(self, window: int) -> None:
        while self._flight and (len(self._flight) >= window or self._bytes >= self._credit):
            await self._next_receipt()

    async def all_received(self) -> None:
        """Until nothing is without receipt."""
        while self._flight:
            await self._next_receipt()

    async def _next_receipt(self) -> None:
        self._told.clear()
        await self._told.wait()

    async def listen(self, link: Link) -> None:
        """Take receipts, until cancelled."""
        async for message in link.messages():
            receipt = decode(Receipt, message.payload)
            if receipt.nonce == self._nonce:
                self._credit = receipt.credit
                for told in receipt.epochs:
                    if told.epoch == self._epoch:
                        self._take(told)
                self._told.set()
        raise LinkDown("the broker ended the connection")

    def _take(self, told: Told) -> None:
        now = self._clock.monotonic()
        received = [seq for seq in self._flight if seq <= told.through]
        for seq in received:
            size, due = self._flight.pop(seq)
            self._bytes -= size
            self.waits.append(now - due)
        if received:
            self.last_receipt = now
        self.altered = sum(
            last - first + 1 for first, last, digest in told.held if digest != (self._sums[last + 1] - self._sums[first]) & MASK
        )
