"""The agent's side of the wire: birth, lanes, receipts. Liveness is the progress of receipts, never "connected"."""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from contracts.clock import SECOND, Clock
from contracts.config import BrokerAddress
from contracts.errors import BadPayload
from contracts.payload import VERSION, Birth, Receipt, State, decode, encode
from contracts.topics import RETAINED, Gateway, Lane, parse_topic
from edge_agent.lanes import Lanes
from wire.client import Arrived, Link, LinkDown, Will, keep_connected
from wire.together import together

log = structlog.get_logger("edge.link")

WITHOUT_WORD = 5 * SECOND
"""So long after connecting without any receipt the backlog is sent all the same: a centre that cannot answer may still store."""
STUCK = 45 * SECOND
"""In flight and no receipt for so long: this connection carries nothing, so make another."""


MOST_UNSAID = 100
"""Answers that wait for a connection; the oldest is forgotten first."""
MOST_IN_BIRTH = 200
"""A birth that listed so many epochs may not have listed all: ask again with the rest."""


class EdgeLink:
    """Sends what the lanes pick, and takes receipts."""

    def __init__(
        self,
        gateway: Gateway,
        broker: BrokerAddress,
        lanes: Lanes,
        birth: Callable[[int], Birth],
        clock: Clock,
        on_conflict: Callable[[str, int, int], None],
    ) -> None:
        self.gateway, self.broker, self.lanes, self._birth, self._clock = gateway, broker, lanes, birth, clock
        self._on_conflict = on_conflict
        self._wake = asyncio.Event()
        self._nonce = self._nonce_at = self._session_at = self._serial = 0
        self._answered = False
        self._ask_again = False
        self.orders: Callable[[Lane, bytes], None] | None = None
        """Who takes what comes down `desired` and `command`; None: this gateway trusts nobody's orders and does not listen for any."""
        self.quiet: Callable[[], Awaitable[None]] | None = None
        """Waits until nobody reads a device: the backlog is not in a hurry, a decision is."""
        self._unsaid: deque[tuple[Lane, bytes]] = deque(maxlen=MOST_UNSAID)
        self._standing: dict[Lane, bytes] = {}
        self._to_say = asyncio.Event()
        self.generation = ""
        self.connected = False
        self.why, self.ended = "not connected yet", ""
        """What the link is now, and why the last connection ended or was none."""
        self.connections = 0
        self.last_receipt = 0
        self.sent_items = self.receipts = 0

    def wake(self) -> None:
        """Something was committed."""
        self._wake.set()

    def say(self, lane: Lane, payload: bytes) -> None:
        """Publish when there is a connection; on a retained lane the newest, again on each one."""
        if lane in RETAINED:
            self._standing[lane] = payload
        else:
            self._unsaid.append((lane, payload))
        self._to_say.set()

    async def run(self) -> None:
        will = Will(self.gateway.topic(Lane.STATE), encode(State(VERSION, False, 0)))
        await keep_connected(self.broker, str(self.gateway), self._session, will, self._on_state)

    def _on_state(self, up: bool, why: str) -> None:
        self.connected, self.why = up, why
        if up:
            self.connections += 1
        else:
            self.ended = why

    async def _session(self, link: Link) -> None:
        self.lanes.restart()
        self._session_at = self._clock.monotonic()
        link.on_answer(self.lanes.meter.answered)
        lanes = (Lane.RECEIPT,) if self.orders is None else (Lane.RECEIPT, Lane.DESIRED, Lane.COMMAND)
        await link.subscribe(*(self.gateway.topic(lane) for lane in lanes))
        await self._bear(link)
        await link.publish(self.gateway.topic(Lane.STATE), encode(State(VERSION, True, self._clock.now())), retain=True)
        await together(self._listen(link), self._send(link), self._watch(link), self._say_all(link))

    async def _bear(self, link: Link) -> None:
        """A birth with a new nonce: who we are, and a question what the centre holds."""
        self._nonce, self._nonce_at, self._answered = secrets.randbits(62), self._clock.monotonic(), False
        await link.publish(self.gateway.topic(Lane.BIRTH), encode(self._birth(self._nonce)), retain=True)

    async def _listen(self, link: Link) -> None:
        async for message in link.messages():
            lane = parse_topic(message.topic)[1]
            if lane is Lane.RECEIPT:
                self._take(message, link)
            elif self.orders is not None:
                self.orders(lane, message.payload)
        raise LinkDown("the broker ended the connection")

    def _take(self, message: Arrived, link: Link) -> None:
        try:
            receipt = decode(Receipt, message.payload)
        except BadPayload as error:
            log.warning("receipt refused", why=str(error))
            return
        if receipt.nonce != self._nonce:
            return
        if receipt.generation == self.generation and receipt.serial <= self._serial and self._answered:
            return
        first_word = not self._answered
        if self.generation and receipt.generation != self.generation:
            for box in (self.lanes.data, self.lanes.event):
                box.doubt_everything()
            self.lanes.registry_known = False
            self._ask_again = True
        self.generation, self._serial, self._answered = receipt.generation, receipt.serial, True
        self.last_receipt = self._clock.monotonic()
        self.receipts += 1
        link.progress()
        for epoch, first, last in self.lanes.told(receipt, self.last_receipt):
            self._on_conflict(epoch, first, last)
        if first_word:
            self._ask_again |= len(receipt.epochs) >= MOST_IN_BIRTH
            self.lanes.resend(self._nonce_at)
        self._wake.set()

    async def _say_all(self, link: Link) -> None:
        said: dict[Lane, bytes] = {}
        while True:
            self._to_say.clear()
            for lane, payload in list(self._standing.items()):
                if said.get(lane) != payload:
                    await link.publish(self.gateway.topic(lane), payload, retain=True)
                    said[lane] = payload
            while self._unsaid:
                lane, payload = self._unsaid[0]
                await link.publish(self.gateway.topic(lane), payload)
                self._unsaid.popleft()
            await self._to_say.wait()

    async def _send(self, link: Link) -> None:
        topics = {lane: self.gateway.topic(lane) for lane in (Lane.LIVE, Lane.REPLAY, Lane.EVENT)}
        while True:
            self._wake.clear()
            while (pick := self.lanes.next(backlog=self._may_send_backlog())) is not None:
                if pick.lane is Lane.REPLAY and self.quiet is not None:
                    await self.quiet()
                await link.send(topics[pick.lane], pick.data)
                self.lanes.sent(pick, self._clock.monotonic())
                self.sent_items += 1
                await asyncio.sleep(0)  # a device's answer waits behind one item of a backlog, not behind all the credit allows
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._wake.wait()

    def _may_send_backlog(self) -> bool:
        return self.last_receipt > self._session_at or self._clock.monotonic() - self._session_at > WITHOUT_WORD

    async def _watch(self, link: Link) -> None:
        """Ask again (a new birth) when receipts are overdue; give the connection up when asking does not help."""
        since = self._clock.monotonic()
        while True:
            await asyncio.sleep(1.0)
            now = self._clock.monotonic()
            if self.lanes.in_flight == 0:
                since = now
            elif now - max(since, self.last_receipt) > STUCK:
                raise LinkDown("no receipt for 45 s with items in flight")
            if self._ask_again:
                self._ask_again = False
                await self._bear(link)
            elif self.lanes.overdue(now) and now - self._nonce_at > max(3 * self.lanes.usual_wait, WITHOUT_WORD):
                await self._bear(link)
