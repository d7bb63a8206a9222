"""The messages, as structs. MessagePack arrays on the wire (append-only fields); JSON objects with the same fields are read too.

`decode` turns any bytes into a message or into BadPayload; nothing else is raised. The largest payload is MAX_BYTES.
"""

from functools import cache
from typing import Annotated, TypeVar

import msgspec

from contracts.clock import END_OF_TIME
from contracts.errors import BadPayload
from contracts.twin import read_twin

VERSION = 1
READS = (1,)
"""Major versions this code reads (two, from version 2 on)."""
MAX_BYTES = 64 * 1024
_MAX_DETAIL = 300

Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
Stamp = Annotated[int, msgspec.Meta(ge=0, lt=END_OF_TIME)]
Bits = Annotated[int, msgspec.Meta(ge=0, lt=1 << 16)]
Signed = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class Wire(msgspec.Struct, array_like=True, frozen=True):
    """Positional fields; new ones are only ever appended, with a default."""


class Versioned(Wire, frozen=True):
    """What stands alone on a lane. `v`: major version of the protocol."""

    v: int


class Poll(Wire, frozen=True):
    """Instants a source was due to be polled: `count` instants from `first` (µs UTC) in steps of `period` (µs).

    `answered` of them were answered. `cursor` is the source's own place after it (row of a file; 0 where it has none).
    """

    source: str
    period: Count
    first: Stamp
    count: Count = 1
    answered: Count = 1
    cursor: Signed = 0


class Batch(Wire, frozen=True, tag="batch"):
    """Readings as columns. See `contracts.codec` for the meaning of the packed columns."""

    registry: str
    t0: Stamp
    points: list[int]
    times: list[int]
    values: bytes | list[float | None]
    quality: list[int] = []
    polls: list[Poll] = []
    flags: Count = 0


CLOCK_SET_BACK = 1
"""Batch flag: the wall clock went back, so these times may have been used before."""
CLOCK_UNSURE = 2
"""Batch flag: the gateway cannot vouch for its wall clock."""


class RegistryPart(Wire, frozen=True, tag="registry"):
    """A piece of a registry's canonical bytes, ahead of the data that uses it."""

    name: str
    part: Count
    parts: Count
    data: bytes


class Event(Wire, frozen=True, tag="event"):
    """One transition decided at the edge. `clause` and `limit` say why; `decided` is the gateway's wall clock (µs)."""

    point: str
    rule: str
    change: str
    time: Stamp
    value: float | None
    limit: float | None
    quality: Bits
    clause: str
    reason: str
    decided: Stamp
    pack: str = ""
    unverified: bool = False
    numbers: dict[str, float] = {}


class Returns(Wire, frozen=True, tag="returns"):
    """First good readings after a start that show nothing raised: as an Event of each point, in one item. `values`: one a point."""

    rule: str
    change: str
    time: Stamp
    reason: str
    decided: Stamp
    points: list[str]
    values: list[float | None]
    quality: Bits = 0
    limit: float | None = None
    clause: str = ""
    pack: str = ""


class Finding(Wire, frozen=True, tag="finding"):
    """What the models on the gateway see. Advisory: it is filed, never an alarm, and leaves the mine only when an engineer forwards it.

    `what` is the kind of finding (models/words.py); `subject` keeps two of a kind apart (a point, an area, a fan); `since` is when it
    was first seen, `ended` when it was over (0: it goes on). `sure` 0 to 1. `parts`: what each of `points` gave to the score. `models`:
    number@digest of the bundle that said so.
    """

    what: str
    subject: str
    points: list[str]
    since: Stamp
    time: Stamp
    ended: Stamp
    sure: float
    decided: Stamp
    models: str
    parts: dict[str, float] = {}


class Lost(Wire, frozen=True, tag="lost"):
    """Items the gateway made and no longer has: they will not come."""

    stream: str
    epoch: str
    first: Count
    last: Count
    reason: str


Body = Batch | RegistryPart | Event | Returns | Finding | Lost


class Item(Versioned, frozen=True):
    """What an outbox keeps and sends byte for byte. Identity: (mine, gateway) of the topic, epoch, seq."""

    epoch: str
    seq: Count
    made: Stamp
    body: Body


class Extent(Wire, frozen=True):
    """One epoch in a birth's catalogue: `made` items so far, the first `held` one still on disk, whether it is closed for ever."""

    epoch: str
    stream: str
    made: Count
    first_held: Count
    closed: bool
    predecessor: str = ""
    through: Signed = -1
    """As far as receipts of `generation` (see Birth) have told the gateway: a witness against a centre put back to a backup."""
    last_time: Stamp = 0
    """`made` stamp of its newest item."""


class Birth(Versioned, frozen=True):
    """Who I am. Retained; repeated at each connection and whenever a receipt is asked for (a new nonce)."""

    agent: str
    nonce: int
    clock: Stamp
    clock_state: str
    registry: str
    pack: str
    period: Count
    generation: str
    catalogue: list[Extent]
    blank_disk: bool = False


class State(Versioned, frozen=True):
    """`online` at birth, `offline` as the will."""

    online: bool
    at: Stamp


class Told(Wire, frozen=True):
    """What the centre holds of one epoch. Ranges are [first, last, digest]; `dead` and `lost` are [first, last]."""

    epoch: str
    stream: str
    through: Signed
    held: list[tuple[Count, Count, int]]
    dead: list[tuple[Count, Count]] = []
    lost: list[tuple[Count, Count]] = []


class Receipt(Versioned, frozen=True):
    """State, not an event: replaces whatever was told before. Answers the birth's `nonce`; `serial` counts up within a generation."""

    generation: str
    nonce: int
    serial: Count
    credit: Count
    epochs: list[Told]


Message = TypeVar("Message", bound=Versioned)

MESSAGES: tuple[type, ...] = (Item, Birth, State, Receipt)
DATA_STREAM, EVENT_STREAM = "data", "event"

_encoder = msgspec.msgpack.Encoder()
_decoder = cache(msgspec.msgpack.Decoder)
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError)


def encode(message: Versioned) -> bytes:
    """The message's bytes."""
    return _encoder.encode(message)


def decode(kind: type[Message], data: bytes) -> Message:
    """The message these bytes are, MessagePack or JSON (told apart by the first byte), or BadPayload."""
    if len(data) > MAX_BYTES:
        raise BadPayload("too-large", f"{len(data)} bytes; the limit is {MAX_BYTES}")
    if not data:
        raise BadPayload("empty", "0 bytes")
    try:
        if data[:1] not in b"{ \t\r\n":
            message: Message = _decoder(kind).decode(data)
        else:
            message = read_twin(kind, data)
            encode(message)  # JSON knows numbers of any length, the wire does not
    except _BAD as error:
        raise BadPayload("malformed", f"not a {kind.__name__}: {str(error)[:_MAX_DETAIL]}") from error
    if message.v not in READS:
        raise BadPayload("version", f"protocol version {message.v}; this centre reads {', '.join(map(str, READS))}")
    return message
