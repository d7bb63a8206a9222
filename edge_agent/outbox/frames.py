"""Bytes of a segment file: a header, frames (one item each), and a footer once the segment is full.

header  magic, epoch, first seq, digest sum of all items of the epoch before it, CRC
frame   length, item digest, CRC of the two; then the item's bytes
footer  marker, count, `count` offsets, `count` digests, newest `made`, CRC; then the footer's length and a magic

A frame is whole when its CRC holds and its bytes have its digest. Reading stops at the first that is not.
"""

from __future__ import annotations  # array[int] is a type only from 3.12 on

import struct
from array import array
from dataclasses import dataclass
from typing import BinaryIO
from zlib import crc32

from contracts.digest import item_digest
from contracts.payload import MAX_BYTES

_HEADER = struct.Struct(">8s16sQQ")
_FRAME = struct.Struct(">IQ")
_CRC = struct.Struct(">I")
_FOOTER = struct.Struct(">IIq")
_TAIL = struct.Struct(">I8s")
MAGIC, END_MAGIC = b"DAVYSEG1", b"DAVYEND1"
FOOTER_MARK = 0xFFFFFFFF
HEADER_SIZE = _HEADER.size + _CRC.size
FRAME_SIZE = _FRAME.size + _CRC.size


@dataclass(frozen=True, slots=True)
class Header:
    """Which items a segment holds: `epoch`, from `first` on; `before` is the digest sum of the epoch's items below `first`."""

    epoch: str
    first: int
    before: int


@dataclass(slots=True)
class Index:
    """Where the items of a segment stand. `torn` says that bytes after `end` are not whole frames."""

    offsets: array[int]
    digests: array[int]
    end: int
    newest: int = 0
    sealed: bool = False
    torn: bool = False


def header_bytes(header: Header) -> bytes:
    data = _HEADER.pack(MAGIC, header.epoch.encode(), header.first, header.before)
    return data + _CRC.pack(crc32(data))


def read_header(data: bytes) -> Header | None:
    """The header, or None where the bytes are not one."""
    if len(data) < HEADER_SIZE or _CRC.unpack_from(data, _HEADER.size)[0] != crc32(data[: _HEADER.size]):
        return None
    magic, epoch, first, before = _HEADER.unpack_from(data)
    return Header(epoch.decode(errors="replace"), first, before) if magic == MAGIC else None


def frame_bytes(data: bytes, digest: int) -> bytes:
    head = _FRAME.pack(len(data), digest)
    return head + _CRC.pack(crc32(head)) + data


def whole_item(frame: bytes) -> bytes | None:
    """The item's bytes of one frame, or None where anything in it was changed."""
    if len(frame) < FRAME_SIZE:
        return None
    length, digest = _FRAME.unpack_from(frame)
    data = frame[FRAME_SIZE : FRAME_SIZE + length]
    if _CRC.unpack_from(frame, _FRAME.size)[0] != crc32(frame[: _FRAME.size]) or item_digest(data) != digest:
        return None
    return data


def footer_bytes(index: Index) -> bytes:
    offsets, digests = array("I", index.offsets), array("Q", index.digests)
    body = _FOOTER.pack(FOOTER_MARK, len(offsets), index.newest) + _big(offsets) + _big(digests)
    body += _CRC.pack(crc32(body))
    return body + _TAIL.pack(len(body), END_MAGIC)


def read_footer(file: BinaryIO, size: int) -> Index | None:
    """The index a sealed segment carries at its end, or None where there is none, it was changed, or the file is shorter than it was."""
    if size < HEADER_SIZE + _TAIL.size:
        return None
    file.seek(size - _TAIL.size)
    tail = file.read(_TAIL.size)
    if len(tail) < _TAIL.size:
        return None
    length, magic = _TAIL.unpack(tail)
    start = size - _TAIL.size - length
    if magic != END_MAGIC or start < HEADER_SIZE or length < _FOOTER.size + _CRC.size:
        return None
    file.seek(start)
    body = file.read(length)
    mark, count, newest = _FOOTER.unpack_from(body)
    if mark != FOOTER_MARK or len(body) != _FOOTER.size + 12 * count + _CRC.size:
        return None
    if _CRC.unpack_from(body, len(body) - _CRC.size)[0] != crc32(body[: -_CRC.size]):
        return None
    offsets, digests = array("I"), array("Q")
    offsets.frombytes(body[_FOOTER.size : _FOOTER.size + 4 * count])
    digests.frombytes(body[_FOOTER.size + 4 * count : -_CRC.size])
    return Index(_native(offsets), _native(digests), start, newest, sealed=True)


def scan(file: BinaryIO, size: int) -> Index:
    """The index of a segment without footer, frame by frame.

    Stops where a frame's head is damaged or its bytes end too soon (a torn tail). A frame whose head is whole keeps its number
    even if its bytes are damaged: reading it will tell.
    """
    index = Index(array("I"), array("Q"), HEADER_SIZE)
    file.seek(HEADER_SIZE)
    while index.end < size:
        head = file.read(FRAME_SIZE)
        if len(head) < FRAME_SIZE:
            index.torn = True
            break
        length, digest = _FRAME.unpack_from(head)
        whole_head = _CRC.unpack_from(head, _FRAME.size)[0] == crc32(head[: _FRAME.size])
        if not whole_head or length > MAX_BYTES or index.end + FRAME_SIZE + length > size:
            index.torn = True
            break
        file.seek(length, 1)
        index.offsets.append(index.end)
        index.digests.append(digest)
        index.end += FRAME_SIZE + length
    return index


def _big(numbers: array[int]) -> bytes:
    copy = array(numbers.typecode, numbers)
    if _LITTLE:
        copy.byteswap()
    return copy.tobytes()


def _native(numbers: array[int]) -> array[int]:
    if _LITTLE:
        numbers.byteswap()
    return numbers


_LITTLE = struct.pack("=H", 1) == b"\x01\x00"
