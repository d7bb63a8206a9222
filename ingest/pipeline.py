"""Is this an item, and may its readings go into the store? Pure: bytes in, a verdict with its reason out.

Only what cannot be understood or placed is refused, and what is refused is kept as a dead letter with the reason.
A value that is physically impossible is not refused: it is stored as it came, with a quality bit.
"""

from collections.abc import Callable

import msgspec
import numpy as np

from contracts.checks import Bounds, flagged
from contracts.clock import DAY, MINUTE, iso
from contracts.codec import unpack
from contracts.columns import Block
from contracts.digest import item_digest
from contracts.errors import BadPayload
from contracts.payload import CLOCK_SET_BACK, DATA_STREAM, EVENT_STREAM, Batch, Event, Finding, Item, Lost, RegistryPart, Returns, decode
from contracts.points import Registry
from contracts.topics import Gateway, Lane

FUTURE = 5 * MINUTE
"""Readings further ahead of the centre's clock are dead-lettered: nobody could tell what they mean."""

STREAM = {Lane.LIVE: DATA_STREAM, Lane.REPLAY: DATA_STREAM, Lane.EVENT: EVENT_STREAM}


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """An item's bytes as received; `received` µs UTC of the centre."""

    gateway: Gateway
    lane: Lane
    payload: bytes
    received: int

    @property
    def replayed(self) -> bool:
        return self.lane is Lane.REPLAY


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Which item it is, whatever is in it."""

    gateway: Gateway
    stream: str
    epoch: str
    seq: int
    made: int
    digest: int


class Opened(msgspec.Struct, frozen=True):
    """A decoded item."""

    arrival: Arrival
    item: Item
    identity: Identity


class Refused(msgspec.Struct, frozen=True):
    """Not to be stored. Without `identity` the bytes are not even an item (or its number is held with other content)."""

    arrival: Arrival
    reason: str
    detail: str
    identity: Identity | None = None


class Placed(msgspec.Struct, frozen=True, eq=False):
    """Readings ready for the store. `span`: their smallest and largest time, None where there is none."""

    opened: Opened
    registry: Registry
    block: Block
    doubt: bool
    span: tuple[int, int] | None = None


def open_item(arrival: Arrival, digest: int | None = None) -> Opened | Refused:
    """Decode; the lane must carry what the body is. `digest`: of its bytes, where it is known already."""
    try:
        item = decode(Item, arrival.payload)
    except BadPayload as error:
        return Refused(arrival, error.reason, error.detail)
    if not _epoch_fits(item.epoch) or not 0 <= item.seq < 1 << 62:
        return Refused(arrival, "identity", f"epoch {item.epoch[:40]!r}, number {item.seq}: not 16 hex digits and a number from 0")
    opened = Opened(arrival, item, _identity(arrival, item.epoch, item.seq, item.made, digest))
    belongs = (Event, Returns, Finding, Lost) if arrival.lane is Lane.EVENT else (Batch, RegistryPart)
    if not isinstance(item.body, belongs):
        return Refused(arrival, "wrong-lane", f"{type(item.body).__name__} on lane {arrival.lane}", opened.identity)
    return opened


def _identity(arrival: Arrival, epoch: str, seq: int, made: int, digest: int | None = None) -> Identity:
    return Identity(arrival.gateway, STREAM[arrival.lane], epoch, seq, made, item_digest(arrival.payload) if digest is None else digest)


def peek(arrival: Arrival) -> Identity | None:
    """The identity alone, without touching the body: for an item that is not to be opened any more."""
    try:
        _, epoch, seq, made, _ = _peek.decode(arrival.payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return _identity(arrival, epoch, seq, made) if _epoch_fits(epoch) and 0 <= seq < 1 << 62 else None


_peek = msgspec.msgpack.Decoder(tuple[int, str, int, int, msgspec.Raw])


def _epoch_fits(epoch: str) -> bool:
    return len(epoch) == 16 and not epoch.strip("0123456789abcdef")


def _nowhere(_epoch: str, _first: int, _last: int) -> bool:
    return False


class Window(msgspec.Struct, frozen=True):
    """Times a reading may have, µs UTC, and whether an item's times may be used already."""

    now: int
    retention: int
    used_before: Callable[[str, int, int], bool] = _nowhere


def place(opened: Opened, registry: Registry, bounds: Bounds, window: Window) -> Placed | Refused:
    """Check a batch against its registry and the time window, and add what the values themselves say."""
    batch = opened.item.body
    assert isinstance(batch, Batch)
    try:
        block = unpack(batch)
    except BadPayload as error:
        return Refused(opened.arrival, error.reason, error.detail, opened.identity)
    if not len(block):
        return Placed(opened, registry, block, doubt=False)
    highest = block.run.stop - 1 if block.run is not None else int(block.point.max())
    if highest >= len(registry.points):
        return Refused(opened.arrival, "unknown-point", f"point number {highest}; the registry has {len(registry.points)}", opened.identity)
    first, last = span = _span(batch, block)
    if last > window.now + FUTURE:
        return Refused(opened.arrival, "future", f"{iso(last)} is more than 5 minutes after {iso(window.now)}", opened.identity)
    if first < window.now - window.retention:
        days = window.retention // DAY
        return Refused(opened.arrival, "too-old", f"{iso(first)} is older than the retention of {days} days", opened.identity)
    doubt = bool(batch.flags & CLOCK_SET_BACK) or _repeats(block) or window.used_before(opened.item.epoch, first, last)
    return Placed(opened, registry, flagged(block, bounds), doubt, span)


def _span(batch: Batch, block: Block) -> tuple[int, int]:
    """The smallest and largest time: of one run what the batch says, which the block was made of."""
    if len(batch.times) == 2:
        at = batch.t0 + batch.times[0]
        return at, at
    return int(block.time.min()), int(block.time.max())


def _repeats(block: Block) -> bool:
    """Whether a (point, time) stands twice in the block itself."""
    if block.run is not None:
        return False
    pairs = np.stack([block.point.astype(np.int64), block.time])
    return bool(np.unique(pairs, axis=1).shape[1] != len(block))
