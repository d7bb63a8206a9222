"""What a telemetry store promises. Addresses: `memory:`, a folder for the embedded store, `influx+http://...` for InfluxDB.

The order of things: `append` is durable and idempotent when it returns; only then is a receipt given.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Registry
from contracts.ranges import Ranges

WINDOW = 5 * MINUTE
"""µs: what kept statistics are of, aligned to 1970."""

Window = tuple[str, int]
"""(mine, start in µs) of one."""


class Delivery(msgspec.Struct, frozen=True, eq=False):
    """One checked item, ready to commit. `gateway` is `mine/gateway`; times are µs UTC.

    `replayed` and `received` are facts of the delivery, kept beside the item's identity, never in the readings.
    `doubt`: a (point, time) may be used already; only then does the store look for it and give a changed reading the next fold.
    `times`: the smallest and largest of the block, where they are known already.
    """

    gateway: str
    epoch: str
    seq: int
    digest: int
    made: int
    received: int
    replayed: bool
    registry: Registry
    block: Block
    polls: Sequence[Poll] = ()
    doubt: bool = False
    times: tuple[int, int] | None = None

    @property
    def span(self) -> tuple[int, int] | None:
        """Its smallest and largest reading time; None where it has no readings."""
        if self.times is None and len(self.block):
            return int(self.block.time.min()), int(self.block.time.max())
        return self.times


@dataclass(frozen=True, slots=True)
class HeldItem:
    """The row that says an item's readings are in this store."""

    epoch: str
    seq: int
    digest: int
    made: int
    received: int
    replayed: bool
    readings: int


@dataclass(frozen=True, slots=True)
class HeldColumns:
    """Held rows of one epoch, ascending by `seq`; all arrays of shape (n,)."""

    seq: NDArray[np.int64]
    made: NDArray[np.int64]
    received: NDArray[np.int64]
    replayed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Series:
    """Raw readings of one point, ascending by (time, fold); all arrays of shape (n,)."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]
    fold: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Statistics of one point per bucket [start, start + width). Empty buckets are absent. NaN values are counted, not averaged."""

    width: int
    start: NDArray[np.int64]
    minimum: NDArray[np.float64]
    mean: NDArray[np.float64]
    maximum: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    good: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Windows:
    """Statistics of one point, one row a window, ascending by `start`; all (n,). `numbers`: readings that are not NaN; `good`: those of
    them with no bit of `contracts.quality.NOT_CLEARING`. minimum, mean and maximum are of the numbers, NaN where there are none."""

    start: NDArray[np.int64]
    minimum: NDArray[np.float64]
    mean: NDArray[np.float64]
    maximum: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    numbers: NDArray[np.int64]
    good: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Last:
    """The newest reading of a point (largest time, then fold)."""

    time: int
    value: float
    quality: int


@dataclass(frozen=True, slots=True)
class RefusedReading:
    """A reading that the database refused alone, with its reason. `delivery`: which of the call."""

    delivery: int
    point: str
    time: int
    reason: str


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did, one entry per delivery: True where it was stored now, False where it was held already or is in `refused`."""

    stored: list[bool] = field(default_factory=list)
    folds: int = 0
    """Readings that met another reading at the same (point, time) and were kept beside it."""
    refused: list[RefusedReading] = field(default_factory=list)
    """Of deliveries that are not held for it: their other readings are stored, and they may be appended again."""


class Store(Protocol):
    """A telemetry store. One thread at a time may call it (but see `read_beside`); `append` may be long and belongs off the event loop."""

    generation: str
    """Changes whenever what was held may be held no more (restore, reconciliation)."""
    read_beside: bool
    """Whether `series` and `buckets` may also be asked from other threads, and wait for no `append`."""

    def append(self, deliveries: Sequence[Delivery]) -> Appended:
        """Readings, polls and held rows of all deliveries in one durable step. An (epoch, seq) of a gateway already held is
        skipped; one with another digest raises Conflict (the pipeline asks `digest_of` first)."""
        ...

    def held(self, gateway: str) -> dict[str, Ranges]:
        """Epoch to the ranges held, with digests."""
        ...

    def digest_of(self, gateway: str, epoch: str, seq: int) -> int | None:
        """The digest under which an item is held, or None."""
        ...

    def range_digest(self, gateway: str, epoch: str, first: int, last: int) -> int:
        """Sum modulo 2^64 of the digests of the items held in [first, last]."""
        ...

    def spans(self, gateway: str) -> dict[str, tuple[int, int]]:
        """Epoch to the smallest and largest reading time of its items (epochs without readings are absent)."""
        ...

    def items(self, gateway: str, start: int, end: int) -> list[HeldItem]:
        """Held rows whose `made` is in [start, end), ascending by (epoch, seq)."""
        ...

    def item_columns(self, gateway: str, start: int, end: int) -> dict[str, HeldColumns]:
        """The same as `items`, as columns by epoch: a day has 86,400."""
        ...

    def polls(self, gateway: str, start: int, end: int) -> list[Poll]:
        """Poll runs whose first instant is in [start, end), ascending by (source, first); `cursor` as sent."""
        ...

    def runs(self, gateway: str, start: int, end: int) -> list[Poll]:
        """The same as `polls` in as few runs as can be: those of one source and period that follow each other and were answered
        throughout are one, with the cursor of its last."""
        ...

    def series(self, mine: str, point: str, start: int, end: int) -> Series:
        """Raw readings with time in [start, end)."""
        ...

    def buckets(self, mine: str, point: str, start: int, end: int, width: int) -> Buckets:
        """Statistics per bucket of `width` µs, buckets aligned to multiples of `width`.

        Where `width` is a multiple of WINDOW, whole windows that are not dirty come from kept statistics, the rest from raw readings."""
        ...

    def windows(self, mine: str, start: int, end: int, points: Collection[str] | None = None) -> dict[str, Windows]:
        """Statistics of every point of a mine (or of these) that has readings in the whole windows of [start, end): kept ones, and where a
        window is dirty those of its raw readings. One question for all points; nothing is written."""
        ...

    def dirty(self) -> list[Window]:
        """Windows with readings that their kept statistics have not seen. `append` marks them in the same durable step as the readings,
        or before it; a store made before there were statistics is dirty all over."""
        ...

    def recompute(self, windows: Sequence[Window]) -> None:
        """Compute and keep the statistics of windows and clear their marks; durable when it returns, in any order with a crash.

        Statistics are never replaced by ones of fewer readings. Few windows of one hour make a short call. May run in a thread of its own
        beside `append`; a window that is being appended to may stay dirty."""
        ...

    def last(self, mine: str) -> dict[str, Last]:
        """The newest reading of every point of a mine."""
        ...

    def newest(self, gateway: str) -> int:
        """The largest reading time of any item of the gateway; 0 where there is none."""
        ...

    def count(self, mine: str, start: int, end: int) -> dict[str, int]:
        """Readings per point with time in [start, end): the completeness a ledger is held against."""
        ...

    def drop_before(self, time: int) -> int:
        """Forget whole partitions whose readings are all older than `time`; the number of readings dropped. Held rows stay, and so do
        the statistics: what of them is dirty is computed first."""
        ...

    def seal(self) -> int:
        """Rewrite what is complete so that it reads faster; how many partitions. May run in a thread of its own beside `append`."""
        ...

    def renew(self) -> str:
        """A new generation, durable when it returns."""
        ...

    def cached_bytes(self) -> int:
        """Bytes of memory in which it keeps what it has on disk, up to a bound of its own. From any thread."""
        ...

    def close(self) -> None: ...
