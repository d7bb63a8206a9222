"""Bodies of items: what a poll brought, and the registry it is understood by."""

from collections.abc import Iterator, Sequence

import numpy as np

from contracts.codec import MAX_READINGS, pack
from contracts.columns import Block
from contracts.payload import Batch, Poll, RegistryPart
from contracts.points import Registry

PART_BYTES = 48 * 1024


def batches(block: Block | None, registry: str, polls: Sequence[Poll], flags: int) -> Iterator[Batch]:
    """The readings of an answer in as many batches as it takes; the polls stand in the last. Without readings, the polls alone."""
    if block is None or not len(block):
        yield Batch(registry, polls[0].first, [], [], b"", [], list(polls), flags)
        return
    for at in range(0, len(block), MAX_READINGS):
        yield pack(block.rows(at, at + MAX_READINGS), registry, polls if at + MAX_READINGS >= len(block) else (), flags)


def twice(block: Block) -> bool:
    """Whether one point has two readings of one time: then the centre has to look, or the second would take the place of the first."""
    if (np.diff(block.point) > 0).all():
        return False
    order = np.lexsort((block.time, block.point))
    return bool(((np.diff(block.point[order]) == 0) & (np.diff(block.time[order]) == 0)).any())


class Stamps:
    """The newest time each source has stamped."""

    def __init__(self) -> None:
        self._newest = dict[str, int]()

    def used_before(self, source: str, block: Block | None) -> bool:
        """Whether readings carry times this source has stamped already: then the centre looks before it stores. They count from now on."""
        if block is None or not len(block):
            return False
        before = self._newest.get(source, 0)
        self._newest[source] = max(before, int(block.time.max()))
        return int(block.time.min()) <= before or twice(block)


def registry_parts(registry: Registry) -> list[RegistryPart]:
    """A registry in pieces that fit into an item each."""
    data = registry.data
    pieces = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
    return [RegistryPart(registry.name, at, len(pieces), piece) for at, piece in enumerate(pieces)]
