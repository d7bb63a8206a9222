"""The peer of the codec: a row per reading, as most systems send them. From the same columns and back to the same columns."""

from collections.abc import Callable

import msgspec
import numpy as np

from contracts.columns import Block


class PackedRow(msgspec.Struct, array_like=True):
    """One reading as a MessagePack array."""

    point: int
    time: int
    value: float
    quality: int


class NamedRow(msgspec.Struct):
    """One reading as a JSON object."""

    point: int
    time: int
    value: float
    quality: int


Row = PackedRow | NamedRow
_packed = msgspec.msgpack.Decoder(list[PackedRow])
_named = msgspec.json.Decoder(list[NamedRow])


def msgpack_rows(block: Block) -> bytes:
    return msgspec.msgpack.encode(_rows(block, PackedRow))


def from_msgpack_rows(data: bytes) -> Block:
    return _columns(_packed.decode(data))


def json_rows(block: Block) -> bytes:
    return msgspec.json.encode(_rows(block, NamedRow))


def from_json_rows(data: bytes) -> Block:
    return _columns(_named.decode(data))


def _rows(block: Block, kind: Callable[[int, int, float, int], Row]) -> list[Row]:
    columns = (block.point.tolist(), block.time.tolist(), block.value.tolist(), block.quality.tolist())
    return list(map(kind, *columns))


def _columns(rows: list[PackedRow] | list[NamedRow]) -> Block:
    return Block(
        np.array([row.point for row in rows], np.int32),
        np.array([row.time for row in rows], np.int64),
        np.array([row.value for row in rows], np.float64),
        np.array([row.quality for row in rows], np.uint16),
    )
