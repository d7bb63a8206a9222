"""OPC UA: a read of all nodes at each poll, and in mode `subscribe` every change between two polls besides. It calls no write service."""

import asyncio
import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.common.subscription import DataChangeEvent, StatusChangeEvent, Subscription
from asyncua.ua.uaerrors import UaError

from contracts.clock import SECOND
from contracts.columns import Block, join
from contracts.payload import Poll
from contracts.points import Registry
from edge_agent.sources.backoff import Patience
from edge_agent.sources.gathered import Gathered
from edge_agent.sources.opc_nodes import NO_NODE, OpcNode, number_of, overflowed, quality_of, read_nodes
from edge_agent.sources.opc_security import Identity, identity_of, secured
from edge_agent.sources.patient import within
from edge_agent.sources.settings import OpcUaSettings
from edge_agent.sources.source import Answer
from edge_agent.sources.stopped import stop

MOST_NODES = 500
"""Nodes of one read."""
GOODBYE_S = 1.0
FAILURES = (OSError, TimeoutError, UaError, EOFError, ValueError)
"""What a server that is away, hung, or speaks nonsense makes of a call."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OpcUa:
    """One server. A session is held in the background; a lost one is made anew and subscribed again."""

    def __init__(self, settings: OpcUaSettings, nodes: list[OpcNode], registry: Registry, identity: Identity | None) -> None:
        self.name, self.period = settings.name, round(settings.period_s * SECOND)
        self._settings, self._nodes, self._identity = settings, nodes, identity
        self._numbers = [registry.number[node.point] for node in nodes]
        self._gathered = Gathered(settings.most_kept)
        self._client: Client | None = None
        self._places: list[tuple[int, Node]] = []
        """Of the session: index into `_nodes`, and the node."""
        self._lost = asyncio.Event()
        self._state = "not connected yet"
        self._missing: dict[int, str] = {}
        self._refused: dict[int, str] = {}
        self._kept: dict[int, tuple[int | None, float, int]] = {}
        self._raw: dict[int, str] = {}
        self._dropped, self.dropped = 0, 0
        """Values that the server says it dropped (at least), since the last poll and since the start."""
        self._task: asyncio.Task[None] | None = None
        self.sessions = 0

    def resume(self, cursor: int) -> None:
        """A server is read as it is now."""

    # ------------------------------------------------------------ polling

    async def poll(self, due: int) -> Answer:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_session())
        rows, why = await self._read()
        between = self._gathered.take(due, _now())
        for point, stamp, value, quality in rows:
            self._gathered.add(point, _now(), due if stamp is None else stamp, value, quality)
        read = self._gathered.take(due, _now())
        blocks: list[Block] = [block for block in (between, read) if block is not None]
        poll = Poll(self.name, self.period, due, 1, 0 if why else 1)
        return Answer(join(blocks) if blocks else None, (poll,), "; ".join(filter(None, (why, *self._troubles()))))

    def _troubles(self) -> list[str]:
        out = [f"{self._nodes[at].point}: {why}" for at, why in list((self._refused | self._missing).items())[:5]]
        if self._dropped:
            out.append(f"the server dropped values of {self._dropped} nodes (its queue is shorter than what it sampled)")
            self._dropped = 0
        if overflow := self._gathered.overflow():
            out.append(overflow)
        return out

    async def _read(self) -> tuple[list[tuple[int, int | None, float, int]], str]:
        """What the server says now: fresh rows, and why it said nothing (empty where it answered)."""
        client, places = self._client, self._places
        if client is None:
            return [], self._state
        values: list[ua.DataValue] = []
        try:
            async with within(self._settings.timeout_s):
                for at in range(0, len(places), MOST_NODES):
                    values += await client.read_attributes([node for _, node in places[at : at + MOST_NODES]])
        except TimeoutError:  # slow, or hung: the library's own watch ends a session that is dead
            return [], f"no answer in {self._settings.timeout_s} s"
        except FAILURES as error:
            self._state = f"session lost: {type(error).__name__} {error}".rstrip()
            self._client = None
            self._lost.set()
            return [], self._state
        rows = [self._row(at, value) for (at, _), value in zip(places, values, strict=True)]
        return [row for row in rows if row is not None], ""

    def _row(self, at: int, data: ua.DataValue) -> tuple[int, int | None, float, int] | None:
        """Point, stamp, value, quality; None where it is no reading or was kept already."""
        status = int(data.StatusCode.value) if data.StatusCode is not None else 0
        if status >> 16 in NO_NODE:
            self._missing[at] = data.StatusCode.name if data.StatusCode else ""
            return None
        self._missing.pop(at, None)
        found = data.Value.Value if data.Value is not None else None
        value, quality = number_of(found, self._nodes[at])
        quality |= quality_of(status)
        dropped = overflowed(status)
        self._dropped, self.dropped = self._dropped + dropped, self.dropped + dropped
        point, stamp = self._numbers[at], self._stamp(data)
        self._raw[point] = f"{found!r:.40} {data.StatusCode.name if data.StatusCode else 'Good'}"
        if stamp is not None and self._kept.get(point, ("", 0.0, 0)) == (stamp, value, quality):
            return None
        self._kept[point] = (stamp, value, quality)
        return point, stamp, value, quality

    def _stamp(self, data: ua.DataValue) -> int | None:
        """µs UTC of the clock that the settings name; None: ours."""
        if self._settings.times == "gateway":
            return None
        found = data.SourceTimestamp if self._settings.times == "source" else data.ServerTimestamp
        if found is None:
            return None
        stamp: datetime = found if found.tzinfo else found.replace(tzinfo=UTC)
        return (stamp - _EPOCH) // timedelta(microseconds=1)

    # ------------------------------------------------------------ the session

    async def _keep_session(self) -> None:
        patience = Patience()
        while True:
            began = _now()
            try:
                await self._session(patience)
            except FAILURES as error:
                self._state = f"no session: {type(error).__name__} {error}".rstrip()
            self._client = None
            patience.failed(began)
            await asyncio.sleep(patience.wait_s(_now()))

    async def _session(self, patience: Patience) -> None:
        """Connect, subscribe, and stay until the session is lost."""
        client = Client(self._settings.url, timeout=self._settings.timeout_s)
        client.session_timeout = 60_000
        self._lost = lost = asyncio.Event()

        async def told(_: Exception) -> None:
            lost.set()

        client.connection_lost_callback = told
        await secured(client, self._settings, self._identity)
        try:
            async with within(5 * self._settings.timeout_s):
                await client.connect()
                self._places = await self._resolved(client)
                changes = await self._subscribed(client) if self._settings.mode == "subscribe" else None
            self._client, self._state = client, ""
            self.sessions += 1
            patience.succeeded()
            listener = asyncio.create_task(self._listen(changes)) if changes else None
            try:
                await lost.wait()
            finally:
                await stop(listener)
            self._state = self._state or "session lost"
        finally:
            self._client = None
            await _goodbye(client)

    async def _resolved(self, client: Client) -> list[tuple[int, Node]]:
        """The nodes by the namespace numbers of this session; a namespace the server does not have is told."""
        spaces = await client.get_namespace_array() if any(node.node.startswith("nsu=") for node in self._nodes) else []
        places = []
        self._missing = {}
        for at, node in enumerate(self._nodes):
            text = node.node
            if text.startswith("nsu="):
                uri, _, rest = text.removeprefix("nsu=").partition(";")
                if uri not in spaces:
                    self._missing[at] = f"the server has no namespace {uri}"
                    continue
                text = f"ns={spaces.index(uri)};{rest}"
            places.append((at, client.get_node(text)))
        return places

    async def _subscribed(self, client: Client) -> Subscription:
        changes = await client.create_subscription(max(self._settings.sampling_ms, 10.0), queue_maxsize=0)
        wanted: Iterable[Node] = [node for _, node in self._places]
        sampling = ua.Double(self._settings.sampling_ms)
        handles = await changes.subscribe_data_change(wanted, queuesize=self._settings.queue, sampling_interval=sampling)
        self._refused = {
            at: f"cannot be subscribed to: {handle.name}"
            for (at, _), handle in zip(self._places, handles, strict=True)
            if isinstance(handle, ua.StatusCode)
        }
        return changes

    async def _listen(self, changes: Subscription) -> None:
        by_node = {node.nodeid: at for at, node in self._places}
        async for event in changes:
            if isinstance(event, StatusChangeEvent):  # the server gave the subscription up
                self._state = f"subscription lost: {event.notification.Status.name}"
                break
            if isinstance(event, DataChangeEvent) and (data := event.data.monitored_item.Value) is not None:
                row = self._row(by_node[event.node.nodeid], data)
                if row is not None:
                    point, stamp, value, quality = row
                    self._gathered.add(point, _now(), stamp, value, quality)
        self._lost.set()

    def raw(self) -> dict[int, str]:
        """The newest value and status of each point as the server gave them."""
        return {point: self._raw.get(point, "") for point in self._numbers}

    async def close(self) -> None:
        await stop(self._task)


async def _goodbye(client: Client) -> None:
    """Close the session if the server listens; a dead one is left."""
    try:
        async with within(GOODBYE_S):
            await client.disconnect()
    except FAILURES:
        client.disconnect_socket()


def _now() -> int:
    return time.monotonic_ns() // 1000


def make(settings: OpcUaSettings, registry: Registry) -> OpcUa:
    """The source; node file, certificates and password are read now, so that what is wrong with them is said now."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # what happens is said in `why`, once
    return OpcUa(settings, read_nodes(settings.nodes, registry), registry, identity_of(settings))
