"""A block: readings as columns. The one shape that travels inside a process; per-reading Python cannot carry a province."""

import msgspec
import numpy as np
from numpy.typing import NDArray


class Block(msgspec.Struct, frozen=True, eq=False, gc=False):
    """n readings. `point` int32 numbers into a registry, `time` int64 µs UTC, `value` float64, `quality` uint16; each shape (n,).

    `run`: the same numbers as a slice, where it is known that each is one more than the one before: what is kept by number is then read
    and written in a tenth of the time.
    """

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]
    run: slice | None = None

    @property
    def at(self) -> "slice | NDArray[np.int32]":
        """The numbers, as an index into what is kept by number."""
        return self.point if self.run is None else self.run

    def __len__(self) -> int:
        return len(self.point)

    def take(self, mask: NDArray[np.bool_] | NDArray[np.intp]) -> "Block":
        """The rows a mask or an index array selects."""
        return Block(self.point[mask], self.time[mask], self.value[mask], self.quality[mask])

    def rows(self, start: int, end: int) -> "Block":
        """Rows start to end - 1 (views, no copy)."""
        return Block(self.point[start:end], self.time[start:end], self.value[start:end], self.quality[start:end])

    @classmethod
    def of(
        cls,
        point: "list[int] | NDArray[np.int32]",
        time: "int | list[int] | NDArray[np.int64]",
        value: "list[float] | NDArray[np.float64]",
        quality: "int | list[int] | NDArray[np.uint16]" = 0,
    ) -> "Block":
        """A block from lists or arrays; one time or quality stands for all rows."""
        points = np.asarray(point, np.int32)
        shape = points.shape
        return cls(
            points,
            np.broadcast_to(np.asarray(time, np.int64), shape),
            np.asarray(value, np.float64),
            np.broadcast_to(np.asarray(quality, np.uint16), shape),
        )

    def same(self, other: "Block") -> bool:
        """Equal readings in equal order; NaN equals NaN, and -0.0 is not 0.0 (bit for bit)."""
        return (
            np.array_equal(self.point, other.point)
            and np.array_equal(self.time, other.time)
            and np.array_equal(np.asarray(self.value).view(np.int64), np.asarray(other.value).view(np.int64))
            and np.array_equal(self.quality, other.quality)
        )


def join(blocks: list[Block]) -> Block:
    """The rows of all blocks, one after the other."""
    return Block(
        np.concatenate([block.point for block in blocks]),
        np.concatenate([block.time for block in blocks]),
        np.concatenate([block.value for block in blocks]),
        np.concatenate([block.quality for block in blocks]),
    )
