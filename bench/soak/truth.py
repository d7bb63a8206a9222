"""What the agents kept, copied beside the night as it goes: a full disk may free what the centre holds, the copy never."""

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.codec import unpack
from contracts.payload import DATA_STREAM, Batch, Item, Poll, decode
from edge_agent.outbox.segment import Segment

ROW = np.dtype([("point", np.int32), ("time", np.int64), ("value", np.int64), ("quality", np.uint16)])
"""A reading; the value by its bits."""


@dataclass(slots=True)
class Stash:
    """Copies of one agent's segments."""

    outbox: Path
    copies: Path

    def take(self) -> None:
        """Copy what has grown. A segment that vanishes meanwhile was copied before."""
        self.copies.mkdir(parents=True, exist_ok=True)
        for path in (self.outbox / DATA_STREAM).glob("*.seg"):
            copy = self.copies / path.name
            try:
                if not copy.exists() or copy.stat().st_size != path.stat().st_size:
                    shutil.copy2(path, copy)  # with its time
            except FileNotFoundError:
                continue

    def items(self) -> dict[tuple[str, int], bytes]:
        """Every item of the data stream, by (epoch, number), in the order they were made. Epochs by the times of their files, which the
        machine's clock tells, not the gateway's."""
        found = dict[tuple[str, int], bytes]()
        paths = [path for folder in (self.copies, self.outbox / DATA_STREAM) for path in folder.glob("*.seg")]
        written = dict[str, float]()
        for path in paths:
            written[_epoch(path)] = min(written.get(_epoch(path), math.inf), path.stat().st_mtime)
        for path in sorted(paths, key=lambda path: (written[_epoch(path)], path.name)):
            segment = Segment.open(path)
            for seq in range(segment.first, segment.last + 1) if segment else ():
                data = segment.read(seq) if segment else None
                if data is not None:
                    found[_epoch(path), seq] = data
        return found


def _epoch(path: Path) -> str:
    return path.name.partition("-")[0]


@dataclass(slots=True)
class Made:
    """One agent's readings in the order they were made. `item`: to which of `items` each row belongs; `polls`: instants polled."""

    rows: NDArray[np.void]
    item: NDArray[np.int64]
    items: list[tuple[str, int]]
    polls: list[Poll]


def made(items: dict[tuple[str, int], bytes]) -> Made:
    """All items decoded, in their order."""
    order = list(items)
    parts, item_of, polls = list[NDArray[np.void]](), list[NDArray[np.int64]](), list[Poll]()
    for at, key in enumerate(order):
        body = decode(Item, items[key]).body
        if isinstance(body, Batch):
            block = unpack(body)
            polls += body.polls
            parts.append(rows_of(block.point, block.time, block.value, block.quality))
            item_of.append(np.full(len(block), at, np.int64))
    empty = np.empty(0, ROW)
    return Made(np.concatenate([empty, *parts]), np.concatenate([np.empty(0, np.int64), *item_of]), order, polls)


def rows_of(
    point: NDArray[np.int32] | int, time: NDArray[np.int64], value: NDArray[np.float64], quality: NDArray[np.uint16] | int
) -> NDArray[np.void]:
    """Columns as rows."""
    out = np.empty(len(time), ROW)
    out["point"], out["time"], out["quality"] = point, time, quality
    out["value"] = np.ascontiguousarray(value, np.float64).view(np.int64)
    return out


def instants(polls: list[Poll], source: str) -> Iterator[tuple[int, bool]]:
    """(instant, answered) of a source's polls; of a run it is not known which were answered, so all or none."""
    for poll in polls:
        if poll.source == source:
            yield from ((poll.first + at * poll.period, poll.answered == poll.count) for at in range(poll.count))
