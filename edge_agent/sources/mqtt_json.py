"""MQTT from third parties: JSON documents on their broker, mapped to points. It only subscribes; it publishes nothing, no will either."""

import asyncio
import time
from collections import Counter

import msgspec

from contracts.clock import SECOND
from contracts.payload import Poll
from contracts.points import Registry
from edge_agent.sources.gathered import Gathered
from edge_agent.sources.json_mapping import Reader, matches, read_mapping
from edge_agent.sources.secret import read_secret
from edge_agent.sources.settings import MqttJsonSettings
from edge_agent.sources.source import Answer
from edge_agent.sources.stopped import stop
from wire.client import Arrived, Link, keep_connected
from wire.tls import context_of

MOST_DOUBTS = 5
"""Told of each topic and poll; all are counted."""
MOST_BYTES = 1 << 20
"""A larger document is refused (and counted)."""


class MqttJson:
    """One broker. Each topic filter has polls of its own, named `<source>/<filter>`: answered while something fresh keeps coming."""

    def __init__(self, settings: MqttJsonSettings, readers: list[Reader], registry: Registry) -> None:
        self.name, self.period = settings.name, round(settings.period_s * SECOND)
        self._settings, self._readers, self._registry = settings, readers, registry
        self._gathered = {reader.filter: Gathered(settings.most_kept) for reader in readers}
        self._quiet = settings.silent_periods * self.period
        self._heard: dict[str, int] = {}
        self._doubts: dict[str, list[str]] = {reader.filter: [] for reader in readers}
        self.counts: Counter[str] = Counter()
        """Since the start: messages `fresh`, `retained` (not taken), `damaged` (no document), `doubtful` (something missing or unclear)."""
        self._state = "not connected yet"
        self._task: asyncio.Task[None] | None = None
        self._raw: dict[int, str] = {}

    def resume(self, cursor: int) -> None:
        """What was published while we were off has passed."""

    async def poll(self, due: int) -> Answer:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        now = _now()
        return Answer.of(*(self._answer(reader, due, now) for reader in self._readers))

    def _answer(self, reader: Reader, due: int, now: int) -> Answer:
        name, fresh, gathered = reader.filter, self._fresh(reader, now), self._gathered[reader.filter]
        whys = [self._state, "" if fresh else f"{name}: nothing fresh", *self._doubts[name], gathered.overflow()]
        self._doubts[name] = []
        poll = Poll(f"{self.name}/{name}", self.period, due, 1, int(fresh))
        return Answer(gathered.take(due, now), (poll,), "; ".join(filter(None, whys)))

    def _fresh(self, reader: Reader, now: int) -> bool:
        return now - self._heard.get(reader.filter, now - self._quiet) < self._quiet

    async def _listen(self) -> None:
        identity = self._settings.client_id or f"davy-read-{self.name}"
        try:
            await keep_connected(self._settings.broker, identity, self._session, on_state=self._on_state)
        except OSError as error:
            self._on_state(False, str(error))

    def _on_state(self, up: bool, why: str) -> None:
        self._state = "" if up else f"no broker: {why}"

    async def _session(self, link: Link) -> None:
        await link.subscribe(*(reader.filter for reader in self._readers))
        async for message in link.messages():
            link.progress()
            self.take(message, _now())

    def take(self, message: Arrived, now: int) -> None:
        """A message that arrived at `now` (monotonic µs). A retained one is what somebody once said: no reading."""
        if message.retained:
            self.counts["retained"] += 1
            return
        for reader in self._readers:
            if matches(reader.filter, message.topic):
                self._read(reader, message, now)

    def _read(self, reader: Reader, message: Arrived, now: int) -> None:
        size = len(message.payload)
        rows, doubts = reader.rows(message.payload) if size <= MOST_BYTES else ([], [f"{size} bytes are too many"])
        self.counts["fresh" if rows else "damaged"] += 1
        if doubts:
            self.counts["doubtful"] += bool(rows)
            if len(self._doubts[reader.filter]) < MOST_DOUBTS:
                self._doubts[reader.filter].append(f"{message.topic}: {', '.join(doubts[:5])}")
        if rows:
            self._heard[reader.filter] = now
        for point, stamp, value, quality in rows:
            self._gathered[reader.filter].add(point, now, stamp, value, quality)
            self._raw[point] = f"{message.topic} {reader.path_of(point)}"

    def raw(self) -> dict[int, str]:
        """Where the newest reading of each point stood, by point number."""
        return {point: self._raw.get(point, "") for reader in self._readers for point in reader.numbers}

    async def close(self) -> None:
        await stop(self._task)


def _now() -> int:
    return time.monotonic_ns() // 1000


def make(settings: MqttJsonSettings, registry: Registry) -> MqttJson:
    """The source, its mapping and password read from the files the settings name."""
    if settings.password_file:
        settings = msgspec.structs.replace(
            settings, broker=msgspec.structs.replace(settings.broker, password=read_secret(settings.password_file))
        )
    context_of(settings.broker)  # certificates that cannot be read are refused now
    return MqttJson(settings, read_mapping(settings.mapping, registry), registry)
