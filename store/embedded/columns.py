"""Deliveries as columns of whole tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.embedded.partition import Span
from store.interface import Delivery

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings by series number; each of shape (n,)."""

    series: Ids
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]
    fold: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.series)

    def table(self) -> dict[str, NDArray[np.generic]]:
        return {"series": self.series, "time": self.time, "value": self.value, "quality": self.quality, "fold": self.fold}

    @classmethod
    def of(cls, table: dict[str, NDArray[np.generic]]) -> "Rows":
        """The inverse of `table`; further columns are ignored."""
        return cls(*(np.ascontiguousarray(table[name]) for name in cls.__slots__))


NO_ROWS = Rows(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint16), np.empty(0, np.uint8))


def join(rows: Sequence[Rows]) -> Rows:
    """All rows, one after the other."""
    if not rows:
        return NO_ROWS
    return Rows(*(np.concatenate([getattr(part, name) for part in rows]) for name in Rows.__slots__))


def readings(deliveries: Sequence[Delivery], numbers: Callable[[Delivery], Ids]) -> Rows:
    """The readings of all deliveries, fold 0. `numbers(delivery)` maps its point numbers to series."""
    if not deliveries:
        return NO_ROWS
    blocks = [delivery.block for delivery in deliveries]
    series = np.concatenate([numbers(delivery)[delivery.block.point] for delivery in deliveries])
    return Rows(
        series,
        np.concatenate([block.time for block in blocks]),
        np.concatenate([block.value for block in blocks]),
        np.concatenate([block.quality for block in blocks]),
        np.zeros(len(series), np.uint8),
    )


def items(deliveries: Sequence[Delivery], epochs: Sequence[int]) -> dict[str, NDArray[np.generic]]:
    """The held rows; `oldest` and `newest` are the item's reading times (an empty span where it has none)."""
    spans = [reading_times(delivery) for delivery in deliveries]
    return {
        "epoch": np.array(epochs, np.int32),
        "seq": np.array([d.seq for d in deliveries], np.int64),
        "digest": np.array([d.digest for d in deliveries], np.uint64),
        "made": np.array([d.made for d in deliveries], np.int64),
        "received": np.array([d.received for d in deliveries], np.int64),
        "replayed": np.array([d.replayed for d in deliveries], np.bool_),
        "readings": np.array([len(d.block) for d in deliveries], np.int32),
        "oldest": np.array([span.low for span in spans], np.int64),
        "newest": np.array([span.high for span in spans], np.int64),
    }


def reading_times(delivery: Delivery) -> Span:
    """The span of an item's reading times; empty where it has none."""
    times = delivery.block.time
    return Span(int(times.min()), int(times.max())) if len(times) else Span()


def polls(deliveries: Sequence[Delivery], sources: Sequence[int]) -> dict[str, NDArray[np.generic]]:
    """The poll runs of all deliveries; `sources` numbers them in the same order."""
    runs = [poll for delivery in deliveries for poll in delivery.polls]
    return {
        "source": np.array(sources, np.int32),
        "period": np.array([poll.period for poll in runs], np.int64),
        "first": np.array([poll.first for poll in runs], np.int64),
        "count": np.array([poll.count for poll in runs], np.int64),
        "answered": np.array([poll.answered for poll in runs], np.int64),
        "cursor": np.array([poll.cursor for poll in runs], np.int64),
    }
