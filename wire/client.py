"""The only MQTT client: QoS 1, a will, and a connection that heals itself.

MQTT 3.1.1 is enough for everything here. A publish that the broker acknowledged proves nothing (see receipts), so `send` does
not wait for it; what matters is that the number of unanswered publishes stays bounded.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiomqtt
import msgspec
import structlog

from contracts.config import BrokerAddress
from contracts.errors import Retry
from wire.backoff import full_jitter
from wire.incoming import PUBACK, PUBLISH_1, Incoming
from wire.tls import context_of

log = structlog.get_logger("wire")

_ACK = bytes((PUBACK, 2))

GOODBYE_S = 2.0
"""How long to wait for a broker that does not answer our goodbye."""
OUTSTANDING = 64
"""Publishes without PUBACK at a time; more wait."""
PUBACK_S = 10.0
"""A broker that answers none of them for so long is gone."""
GATHER_S = 0.01
"""Messages that follow others gather so long in the socket: to be woken by each of them costs more than to read it."""


class LinkDown(Retry):
    """The broker cannot be reached or went away."""


class Arrived(msgspec.Struct, frozen=True):
    """A message as received."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes (retained) when we vanish."""

    topic: str
    payload: bytes


class Link:
    """One live connection. Any method may raise LinkDown; then the session is over."""

    def __init__(self, client: "_Client") -> None:
        self._client = client
        self.progressed = False

    def progress(self) -> None:
        """The session did what it is for (a receipt came, a message was taken in): the next back-off starts small again."""
        self.progressed = True

    async def subscribe(self, *filters: str) -> None:
        with _translated():
            await self._client.subscribe([(name, 1) for name in filters])

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish and wait for the broker's acknowledgement."""
        with _translated():
            await self._client.publish(topic, payload, qos=1, retain=retain)

    async def send(self, topic: str, payload: bytes) -> None:
        """Publish in order without waiting for the acknowledgement; waits only while too many are outstanding."""
        await self.send_all([(topic, payload)])

    async def send_all(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """`send` of (topic, payload) one after the other; what there is room for goes to the socket in one piece."""
        at = 0
        with _translated():
            while at < len(messages):
                await self._client.room()
                some = messages[at : at + OUTSTANDING - len(self._client.unanswered)]
                self._client.post(some)
                at += len(some)

    def on_answer(self, told: Callable[[float], None]) -> None:
        """Call with the seconds from handing a `send` to the socket to the broker's acknowledgement."""
        self._client.answered = told

    async def messages(self) -> AsyncIterator[Arrived]:
        arrived = self._client.arrived
        while True:
            while arrived:
                yield arrived.popleft()
            with _translated():
                await self._client.more()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except aiomqtt.MqttError as error:
        raise LinkDown(str(error)) from error


class _Client(aiomqtt.Client):
    """Also notices a broker that hangs up without a CONNACK: aiomqtt would wait for its whole timeout.

    `arrived`: messages in order. aiomqtt's own iterator makes a task for each of them, which costs more than reading it.
    `unanswered`: numbers of what was posted and the broker has not acknowledged, to when (s, monotonic), oldest first. Not by the loop's
    clock, which knows whole ms only.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        self.arrived: deque[Arrived] = deque()
        self.unanswered: dict[int, float] = {}
        self.answered: Callable[[float], None] | None = None
        self._woken, self._roomy = asyncio.Event(), asyncio.Event()
        super().__init__(*given, **named)

    async def more(self) -> None:
        """Until there are messages; MqttError where the connection is over and there are none."""
        self._disconnected.add_done_callback(self._wake)
        try:
            while not self.arrived:
                if self._disconnected.done():
                    raise aiomqtt.MqttError("disconnected while waiting for messages") from self._disconnected.exception()
                self._woken.clear()
                await self._woken.wait()
        finally:
            self._disconnected.remove_done_callback(self._wake)

    def _wake(self, _: object) -> None:
        self._woken.set()
        self._roomy.set()

    async def room(self) -> None:
        """Until fewer than OUTSTANDING posts are unanswered; MqttError where the connection is over, or no answer came in PUBACK_S."""
        self._check_answers()
        if len(self.unanswered) < OUTSTANDING:
            return
        self._disconnected.add_done_callback(self._wake)
        try:
            while len(self.unanswered) >= OUTSTANDING:
                self._roomy.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PUBACK_S):
                        await self._roomy.wait()
                self._check_answers()
        finally:
            self._disconnected.remove_done_callback(self._wake)

    def _check_answers(self) -> None:
        if self._disconnected.done():
            raise aiomqtt.MqttError("disconnected") from self._disconnected.exception()
        oldest = next(iter(self.unanswered.values()), None)
        if oldest is not None and monotonic() - oldest >= PUBACK_S:
            raise aiomqtt.MqttError(f"the broker acknowledges nothing for {PUBACK_S:.0f} s")

    def post(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish at QoS 1, after `room`. paho's own way through its locks and our tasks takes ten times as long."""
        client: Any = self._client
        packets, number, now = bytearray(), 0, monotonic()
        for topic, payload in messages:
            number, name = client._mid_generate(), topic.encode()
            packets.append(PUBLISH_1)
            client._pack_remaining_length(packets, 4 + len(name) + len(payload))
            packets += b"%b%b%b%b" % (len(name).to_bytes(2, "big"), name, number.to_bytes(2, "big"), payload)
            self.unanswered[number] = now
        client._packet_queue(PUBLISH_1, bytes(packets), number, 1)

    def _is_answered(self, number: int) -> bool:
        """Whether the PUBACK of that number is of a post."""
        posted = self.unanswered.pop(number, None)
        if posted is None:
            return False
        self._roomy.set()
        if self.answered is not None:
            self.answered(monotonic() - posted)
        return True

    def _on_message(self, *told: Any) -> None:
        message = told[2]
        self.arrived.append(Arrived(message.topic, message.payload, message.retain))
        self._woken.set()

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:
        client._sock = incoming = Incoming(sock, self._is_answered)
        super()._on_socket_open(client, userdata, incoming)
        self._loop.call_soon_threadsafe(self._loop.add_reader, sock.fileno(), self._read, client, incoming)  # instead of aiomqtt's

    def _read(self, client: Any, incoming: Incoming) -> None:
        acks, read = bytearray(), False
        try:
            for message in incoming.packets():
                if message is not None:
                    topic, payload, retained, number = message
                    self.arrived.append(Arrived(topic, payload, retained))
                    acks += _ACK + number
                    continue
                client.loop_read()
                if client._sock is not incoming:
                    break
            if acks:
                client._packet_queue(PUBACK, bytes(acks), 0, 1)
                self._gather(client, incoming)
            read = True
        finally:
            if not read and not self._disconnected.done():  # whatever paho raised (the event loop logs it), the connection is over
                self._disconnected.set_exception(aiomqtt.MqttError("what the broker sent could not be read"))
            self._woken.set()

    def _gather(self, client: Any, incoming: Incoming) -> None:
        """Messages came: those behind them are read together in a moment."""
        if incoming.drained and client._sock is incoming:
            self._loop.remove_reader(incoming.fileno())
            self._loop.call_later(GATHER_S, self._read_on, client, incoming)

    def _read_on(self, client: Any, incoming: Incoming) -> None:
        if client._sock is incoming:
            self._loop.add_reader(incoming.fileno(), self._read, client, incoming)

    def _on_disconnect(self, *told: Any) -> None:
        if self._connected.cancelled():
            return  # who waited for it was stopped; aiomqtt would ask it for its result
        if self._connected.done():
            super()._on_disconnect(*told)
        else:
            self._connected.set_exception(aiomqtt.MqttError("the broker hung up without an answer"))
            self._connected.exception()  # nobody may be waiting for it any more

    def abandon(self) -> None:
        """Hang up on a broker that has not let us in: otherwise socket and keep-alive would live on without us."""
        self._client.disconnect()


@contextlib.asynccontextmanager
async def open_link(address: BrokerAddress, identity: str, will: Will | None = None) -> AsyncIterator[Link]:
    """One connection with a clean session; LinkDown where there is none."""
    client = _Client(
        address.host,
        address.port,
        username=address.username or None,
        password=address.password or None,
        identifier=identity,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=True,
        keepalive=address.keepalive_s,
        timeout=10,
        max_inflight_messages=OUTSTANDING,
        will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=True) if will else None,
        tls_context=context_of(address),
    )
    client.pending_calls_threshold = 10 * OUTSTANDING
    try:
        with _translated():
            await client.__aenter__()
    except BaseException:
        client.abandon()
        raise
    link = Link(client)
    try:
        yield link
    finally:
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await client.__aexit__(None, None, None)


async def keep_connected(
    address: BrokerAddress,
    identity: str,
    session: Callable[[Link], Awaitable[None]],
    will: Will | None = None,
    on_state: Callable[[bool, str], None] = lambda _up, _why: None,
) -> None:
    """Run `session` on one connection after another until it returns by itself. Back-off: full jitter, at most 30 s."""
    attempt = 0
    while True:
        progressed = False
        try:
            async with open_link(address, identity, will) as link:
                on_state(True, "connected")
                log.info("link up", broker=f"{address.host}:{address.port}", attempt=attempt)
                try:
                    await session(link)
                    return
                finally:
                    progressed = link.progressed
        except LinkDown as error:
            on_state(False, str(error))
            log.info("link down", broker=f"{address.host}:{address.port}", why=str(error), attempt=attempt)
        attempt = 0 if progressed else attempt + 1
        await asyncio.sleep(full_jitter(attempt))
