"""A message as `davy tail` sees it: read as the centre reads it, with the registries that came by; and its JSON. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np

from contracts.care import Answer, Reported, Sealed
from contracts.clock import iso
from contracts.codec import unpack
from contracts.columns import Block
from contracts.errors import BadPayload, BadTopic
from contracts.payload import Batch, Birth, Item, Receipt, RegistryPart, State, decode
from contracts.points import Registry
from contracts.topics import Gateway, Lane, parse_topic
from contracts.twin import to_json
from ingest.assembly import Assembly
from ingest.pipeline import STREAM, Arrival, Opened, Refused, open_item
from wire.client import Arrived

Message = Item | Birth | State | Receipt | Sealed | Reported | Answer

READ: dict[Lane, Callable[[bytes], Message]] = {
    Lane.BIRTH: lambda data: decode(Birth, data),
    Lane.STATE: lambda data: decode(State, data),
    Lane.RECEIPT: lambda data: decode(Receipt, data),
    Lane.DESIRED: lambda data: decode(Sealed, data),
    Lane.COMMAND: lambda data: decode(Sealed, data),
    Lane.REPORTED: lambda data: decode(Reported, data),
    Lane.ANSWER: lambda data: decode(Answer, data),
}
"""What the lanes beside the streams carry. An empty retained message takes the last one back, so it is no refusal."""

CLEARED = (Lane.BIRTH, Lane.STATE, Lane.DESIRED, Lane.REPORTED)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as far as it could be read. `at`: µs UTC of its arrival here; `refused`: why the centre would not take it."""

    at: int
    arrived: Arrived
    gateway: Gateway | None = None
    lane: Lane | None = None
    message: Message | None = None
    refused: tuple[str, str] | None = None
    block: Block | None = None
    registry: Registry | None = None
    """That of the batch, of the event's mine, or the one this piece completed; None where it was not seen."""


class Reader:
    """Reads messages, and remembers the registries that came by, so that points have names."""

    def __init__(self) -> None:
        self._assembly = Assembly()
        self._in_use: dict[Gateway, str] = {}

    def read(self, arrived: Arrived, at: int) -> Seen:
        """Whatever came, told; nothing is raised."""
        try:
            gateway, lane = parse_topic(arrived.topic)
        except BadTopic as error:
            return Seen(at, arrived, refused=("topic", str(error)))
        if lane in STREAM:
            return self._item(Seen(at, arrived, gateway, lane), gateway, lane)
        message, refused = None, None
        try:
            message = READ[lane](arrived.payload) if arrived.payload or lane not in CLEARED else None
        except BadPayload as error:
            refused = (error.reason, error.detail)
        if isinstance(message, Birth):
            self._in_use[gateway] = message.registry
        return Seen(at, arrived, gateway, lane, message, refused)

    def _item(self, seen: Seen, gateway: Gateway, lane: Lane) -> Seen:
        opened = open_item(Arrival(gateway, lane, seen.arrived.payload, seen.at))
        if isinstance(opened, Refused):
            return Seen(seen.at, seen.arrived, gateway, lane, refused=(opened.reason, opened.detail))
        body, refused, block = opened.item.body, None, None
        registry = self._known(self._in_use.get(gateway, ""))
        if isinstance(body, RegistryPart):
            registry, refused = self._piece(opened)
        elif isinstance(body, Batch):
            registry = self._known(body.registry)
            try:
                block = unpack(body)
            except BadPayload as error:
                refused = (error.reason, error.detail)
        return Seen(seen.at, seen.arrived, gateway, lane, opened.item, refused, block, registry)

    def _piece(self, opened: Opened) -> tuple[Registry | None, tuple[str, str] | None]:
        settled = self._assembly.part(opened)
        if settled.registry is not None:
            self._assembly.learn(settled.registry)
        return settled.registry, settled.why

    def _known(self, name: str) -> Registry | None:
        known = self._assembly.known.get(name)
        return known.registry if known else None


def as_json(seen: Seen) -> bytes:
    """One line: when, where, and the message with its field names; where it cannot be read, the reason and its bytes (base64)."""
    told: dict[str, object] = {
        "at": iso(seen.at),
        "topic": seen.arrived.topic,
        "gateway": str(seen.gateway) if seen.gateway else None,
        "lane": seen.lane,
        "retained": seen.arrived.retained,
        "bytes": len(seen.arrived.payload),
        "message": msgspec.Raw(to_json(open_values(seen.message))) if seen.message is not None else None,
    }
    if seen.refused:
        told["refused"] = {"reason": seen.refused[0], "detail": seen.refused[1]}
    if seen.message is None:
        told["payload"] = seen.arrived.payload
    return msgspec.json.encode(told)


def open_values(message: Message) -> Message:
    """A batch's values as numbers (null for NaN). JSON has no infinity: then they are packed, as on the wire."""
    if not (isinstance(message, Item) and isinstance(message.body, Batch)):
        return message
    told = message.body.values
    if isinstance(told, bytes):
        if len(told) % 8:
            return message
        told = [None if math.isnan(value) else value for value in np.frombuffer(told, "<f8").tolist()]
    if any(value is not None and math.isinf(value) for value in told):
        told = np.array([math.nan if value is None else value for value in told], "<f8").tobytes()
    return msgspec.structs.replace(message, body=msgspec.structs.replace(message.body, values=told))
