"""A backlog in a gateway's outbox, by the real Outbox and codec with a stepped clock, and what stands in an outbox in the end."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.clock import SECOND
from contracts.codec import unpack
from contracts.columns import Block
from contracts.payload import DATA_STREAM, VERSION, Batch, Body, Item, Poll, decode, encode
from contracts.points import Registry
from edge_agent.bodies import batches, registry_parts
from edge_agent.outbox import Outbox, OutboxLimits
from sim_sensors.device import Device

INSTANTS = 64
"""Different instants; then the values begin again."""
AT_ONCE = 60
"""Seconds of the stepped clock whose items are committed together."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a gateway read in `seconds` seconds up to `end` (µs UTC, whole seconds): each second an item a source, its points in order."""

    registry: Registry
    shares: tuple[NDArray[np.int32], ...]
    seconds: int
    end: int
    values: NDArray[np.float64]
    quality: NDArray[np.uint16]
    epoch: str

    @classmethod
    def of(cls, device: Device, sources: int, seconds: int, end: int) -> "Backlog":
        """Of a device whose points are read by so many sources."""
        points = np.arange(len(device.registry.points), dtype=np.int32)
        read = [device.read(end + at * SECOND) for at in range(INSTANTS)]
        shares = tuple(np.array_split(points, sources))
        values, quality = np.stack([one for one, _ in read]), np.stack([one for _, one in read])
        return cls(device.registry, shares, seconds, end // SECOND * SECOND, values, quality, secrets.token_hex(8))

    @property
    def readings(self) -> int:
        return self.seconds * len(self.registry.points)

    def instants(self) -> range:
        """Due times, µs UTC."""
        return range(self.end - self.seconds * SECOND, self.end, SECOND)

    def block(self, due: int, source: int) -> Block:
        """What that source read then."""
        row, at = due // SECOND % INSTANTS, self.shares[source]
        return Block(at, np.full(len(at), due, np.int64), self.values[row, at], self.quality[row, at])

    def bodies(self, due: int) -> Iterator[Body]:
        """The items of an instant as the agent cuts them."""
        for source in range(len(self.shares)):
            polls = (Poll(f"field{source}", SECOND, due, 1, 1, due),)
            yield from batches(self.block(due, source), self.registry.name, polls, 0)

    def items(self) -> Iterator[tuple[int, Body]]:
        """(made, body) of every item of the epoch, the registry first: what `write` writes."""
        start = self.end - self.seconds * SECOND
        yield from ((start, part) for part in registry_parts(self.registry))
        yield from ((due, body) for due in self.instants() for body in self.bodies(due))

    def write(self, folder: Path, limits: OutboxLimits) -> tuple[int, int]:
        """Into the outbox there, as an epoch of its own, durably; how many items and bytes on disk."""
        box = Outbox(folder, DATA_STREAM, limits, self.epoch)
        at_once = AT_ONCE * len(self.shares)
        for made, body in self.items():
            box.append(body, made)
            if box.pending >= at_once:
                box.commit()
        box.commit()
        found = box.current.made, sum(segment.size for segment in box.current.segments)
        box.close()
        return found

    def altered(self, box: Outbox) -> int:
        """Items of it that the outbox does not give back byte for byte as they were made, missing ones included."""
        found, wrong = box.items(self.epoch), 0
        for seq, (made, body) in enumerate(self.items()):
            wrong += next(found, None) != (seq, encode(Item(VERSION, self.epoch, seq, made, body)))
        return wrong + sum(1 for _ in found)


@dataclass(slots=True)
class Kept:
    """What an outbox holds of the time before `until` (µs UTC): readings by point number, instants polled and answered by source, and
    when the first batch of each epoch was made."""

    readings: NDArray[np.int64]
    polls: dict[str, set[int]]
    first_made: dict[str, int]


def kept(folder: Path, points: int, until: int, passed_over: str = "") -> Kept:
    """Every item of every epoch but one, read back and decoded."""
    box, out = Outbox(folder, DATA_STREAM), Kept(np.zeros(points, np.int64), {}, {})
    for epoch in [epoch for epoch in box.epochs if epoch != passed_over]:
        for _, data in box.items(epoch):
            item = decode(Item, data) if data is not None else None
            if item is None or not isinstance(item.body, Batch):
                continue
            out.first_made.setdefault(epoch, item.made)
            for poll in item.body.polls:
                if poll.answered:
                    out.polls.setdefault(poll.source, set()).add(poll.first)
            block = unpack(item.body)
            out.readings += np.bincount(block.point[block.time < until], minlength=points)
    box.close()
    return out
