"""A simulated gateway that keeps every item until its receipt, over any number of connections: its memory is its disk."""

import asyncio
import contextlib
import secrets
from array import array
from collections import deque

import numpy as np

from bench.soak.values import POINTS, load_mine, load_registry, load_values
from contracts.clock import SECOND, Clock, ClockState
from contracts.codec import pack
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.digest import MASK, item_digest
from contracts.payload import DATA_STREAM, EVENT_STREAM, VERSION, Birth, Body, Extent, Item, Poll, Receipt, State, Told, decode, encode
from contracts.topics import Gateway, Lane
from edge_agent.bodies import registry_parts
from wire.client import Link, LinkDown, Will, keep_connected
from wire.together import together

SHORTEST_PATIENCE = 5 * SECOND
"""In flight without a receipt for so long, and for three usual waits: asked again by a new birth."""
STUCK = 45 * SECOND
_FIRST_CREDIT = 256 * 1024
_POINTS = np.arange(POINTS, dtype=np.int32)


class KeepingGateway:
    """Mine `number` of the load. Item n after the registry holds the values of step n, stamped with the second it was due."""

    def __init__(self, number: int, pack_name: str, clock: Clock) -> None:
        self.number, self.gateway = number, Gateway(load_mine(number), "gw")
        self._registry, self._pack, self._clock = load_registry(self.gateway.mine), pack_name, clock
        self._epoch, self._event_epoch, self._nonce = secrets.token_hex(8), secrets.token_hex(8), 0
        self._sums = array("Q", [0])
        """Digest sum of the items below each number."""
        self._kept: dict[int, tuple[bytes, int]] = {}
        """Item number to its bytes and the instant it was due (µs UTC; 0: none), without receipt yet."""
        self._live, self._backlog = deque[int](), deque[int]()
        self._flight: dict[int, tuple[int, int]] = {}
        """To its bytes, and when it was sent (µs, monotonic)."""
        self._bytes, self._credit = 0, _FIRST_CREDIT
        self._answered, self._told_at, self._born_at, self._usual = False, 0, 0, 0.0
        self._wake = asyncio.Event()
        self.times = array("q")
        """Of every batch."""
        self.due, self.waits = array("q"), array("q")
        """Of receipted live batches: when due (µs UTC), and µs until the receipt."""
        self.altered = self.dead = 0
        for part in registry_parts(self._registry):
            self._keep(part, 0)

    @property
    def waiting(self) -> int:
        """Items without receipt."""
        return len(self._kept)

    def make(self, due: int) -> None:
        """What was read at a second, as an item."""
        block = Block.of(_POINTS, due, load_values(self.number, len(self.times)))
        self.times.append(due)
        self._keep(pack(block, self._registry.name, (Poll("load", SECOND, due),)), due)

    def _keep(self, body: Body, due: int) -> None:
        seq = len(self._sums) - 1
        data = encode(Item(VERSION, self._epoch, seq, self._clock.now(), body))
        self._sums.append((self._sums[-1] + item_digest(data)) & MASK)
        self._kept[seq] = data, due
        self._live.append(seq)
        self._wake.set()

    async def run(self, broker: BrokerAddress) -> None:
        """Until cancelled."""
        will = Will(self.gateway.topic(Lane.STATE), encode(State(VERSION, False, 0)))
        await keep_connected(broker, str(self.gateway), self._session, will)

    async def _session(self, link: Link) -> None:
        await link.subscribe(self.gateway.topic(Lane.RECEIPT))
        await self._bear(link)
        await link.publish(self.gateway.topic(Lane.STATE), encode(State(VERSION, True, self._clock.now())), retain=True)
        await together(self._listen(link), self._send(link), self._watch(link))

    async def _bear(self, link: Link) -> None:
        """Who we are, and a question what is held; what is in flight counts as not sent until that is answered."""
        self._nonce, self._answered, self._born_at = secrets.randbits(62), False, self._clock.monotonic()
        self._flight.clear()
        self._live.clear()
        self._backlog.clear()
        self._bytes, now = 0, self._clock.now()
        made = len(self._sums) - 1
        catalogue = [
            Extent(self._epoch, DATA_STREAM, made, 0, False, last_time=now),
            Extent(self._event_epoch, EVENT_STREAM, 0, 0, False, last_time=now),
        ]
        birth = Birth(VERSION, "bench", self._nonce, now, ClockState.TRUSTED, self._registry.name, self._pack, SECOND, "", catalogue, True)
        await link.publish(self.gateway.topic(Lane.BIRTH), encode(birth), retain=True)

    async def _listen(self, link: Link) -> None:
        async for message in link.messages():
            receipt = decode(Receipt, message.payload)
            if receipt.nonce != self._nonce:
                continue
            self._credit, self._told_at = receipt.credit, self._clock.monotonic()
            for told in receipt.epochs:
                if told.epoch == self._epoch:
                    self._take(told)
            if not self._answered:
                self._answered = True
                fresh = set(self._live)
                self._backlog.extend(seq for seq in self._kept if seq not in fresh)
            link.progress()
            self._wake.set()
        raise LinkDown("the broker ended the connection")

    def _take(self, told: Told) -> None:
        now = self._clock.now()
        self.dead = sum(last - first + 1 for first, last in told.dead)
        for first, last, digest in told.held:
            if last >= len(self._sums) - 1 or digest != (self._sums[last + 1] - self._sums[first]) & MASK:
                self.altered += 1
                continue
            for seq in [seq for seq in self._kept if first <= seq <= last]:
                _, due = self._kept.pop(seq)
                size, sent = self._flight.pop(seq, (0, 0))
                self._bytes -= size
                self._usual += (self._told_at - sent - self._usual) / 8 if sent else 0.0
                if due:
                    self.due.append(due)
                    self.waits.append(now - due)

    async def _send(self, link: Link) -> None:
        while True:
            self._wake.clear()
            while (seq := self._next()) is not None:
                data, due = self._kept[seq]
                late = due == 0 or self._clock.now() - due > 2 * SECOND
                self._flight[seq] = len(data), self._clock.monotonic()
                self._bytes += len(data)
                await link.send(self.gateway.topic(Lane.REPLAY if late else Lane.LIVE), data)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._wake.wait()

    def _next(self) -> int | None:
        """Nothing before the birth is answered; then the registry, live items, the backlog; within the credit."""
        if not self._answered or (self._flight and self._bytes >= self._credit):
            return None
        for queue in (self._live, self._backlog) if 0 not in self._kept else (self._backlog, self._live):
            while queue:
                seq = queue.popleft()
                if seq in self._kept and seq not in self._flight:
                    return seq
        return None

    async def _watch(self, link: Link) -> None:
        since = self._clock.monotonic()
        while True:
            await asyncio.sleep(1.0)
            now = self._clock.monotonic()
            since = max(since, self._told_at) if self._flight or not self._answered else now
            if now - since > STUCK:
                raise LinkDown("no receipt for 45 s")
            oldest = min((sent for _, sent in self._flight.values()), default=now)
            patience = max(3 * self._usual, SHORTEST_PATIENCE)
            if now - self._born_at > patience and (now - oldest > patience or not self._answered):
                await self._bear(link)
