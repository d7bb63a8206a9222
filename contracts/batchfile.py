"""Batch files for a link without return path: a gateway's items byte for byte, numbered, chained and signed (docs/protocol.md, annex A).

magic   `DAVYFIL1`
header  length (4 bytes, big-endian), then a FileHeader in MessagePack
frames  kind (1 byte), length (4 bytes), bytes: a birth, items of the data or event stream, items repeated for their registry
end     kind `E`, number of frames (4 bytes), BLAKE2b-256 of everything before it, Ed25519 signature
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import BinaryIO

from contracts.errors import BadPayload
from contracts.keys import key_id, public_of, sign, verify
from contracts.payload import MAX_BYTES, Count, Stamp, Versioned, decode, encode

MAGIC, SUFFIX = b"DAVYFIL1", ".davy"
SIGNED = b"davylamp batch file 1\n"
"""Stands before the digest in what is signed, so that no other signature of the gateway can be taken for one of a file."""
DIGEST, SIGNATURE = 32, 64
MOST_BYTES = 512 << 20
"""No file is longer; what is, is not read."""
_LENGTH, _FRAME = struct.Struct(">I"), struct.Struct(">cI")
_END = b"E"
_TAIL = _FRAME.size + DIGEST + SIGNATURE


class Kind(Enum):
    """What a frame is. REGISTRY: an item of the data stream that was in an earlier file too, so that this one is understood alone."""

    BIRTH = b"B"
    DATA = b"D"
    EVENT = b"V"
    REGISTRY = b"R"


class FileHeader(Versioned, frozen=True):
    """`number` counts the files of a `series` (16 hex digits) from 1; `previous` is the digest of the one before; `made` µs UTC."""

    gateway: str
    key: bytes
    series: str
    number: Count
    previous: bytes
    made: Stamp


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A file whose digest and signature hold."""

    header: FileHeader
    frames: list[tuple[Kind, bytes]]
    digest: bytes

    def of(self, *kinds: Kind) -> Iterator[bytes]:
        return (data for kind, data in self.frames if kind in kinds)


def file_name(gateway: str, series: str, number: int) -> str:
    """`mine_gate_5c0f..._00000001.davy`: names in order are files in order."""
    return f"{gateway.replace('/', '_')}_{series}_{number:08d}{SUFFIX}"


class FileWriter:
    """Writes one file; `finish` gives its digest. OSError where the disk refuses."""

    def __init__(self, out: BinaryIO, header: FileHeader) -> None:
        self._out, self._hash = out, blake2b(digest_size=DIGEST)
        self.size = self.count = 0
        data = encode(header)
        self._put(MAGIC + _LENGTH.pack(len(data)) + data)

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._hash.update(data)
        self.size += len(data)

    def add(self, kind: Kind, data: bytes) -> None:
        self._put(_FRAME.pack(kind.value, len(data)) + data)
        self.count += 1

    def finish(self, secret: bytes) -> bytes:
        self._put(_FRAME.pack(_END, self.count))
        digest = self._hash.digest()
        self._out.write(digest + sign(secret, SIGNED + digest))
        return digest


def header_for(secret: bytes, gateway: str, series: str, number: int, previous: bytes, made: int) -> FileHeader:
    """The header of a gateway's next file."""
    return FileHeader(1, gateway, public_of(secret), series, number, previous, made)


def read_file(data: bytes, trusted: Callable[[str], bytes | None]) -> BatchFile:
    """The file in these bytes, whole. `trusted` gives the public key of a gateway, None for a foreign one.

    BadPayload (`not-a-file`, `cut-or-altered`, `foreign`) or BadSignature: then nothing in it may be believed.
    """
    if len(data) < len(MAGIC) + _LENGTH.size + _TAIL or data[: len(MAGIC)] != MAGIC:
        raise BadPayload("not-a-file", "it does not begin as a batch file of a gateway does, or is shorter than one can be")
    signed, rest = data[: -DIGEST - SIGNATURE], data[-DIGEST - SIGNATURE :]
    digest, signature = rest[:DIGEST], rest[DIGEST:]
    if blake2b(signed, digest_size=DIGEST).digest() != digest:
        raise BadPayload("cut-or-altered", "its contents do not have the digest at its end")
    header, at = _header(data)
    public = trusted(header.gateway)
    if public is None:
        raise BadPayload("foreign", f"no public key of gateway {header.gateway[:90]!r} is given here")
    if public != header.key:
        raise BadPayload("foreign", f"made with key {key_id(header.key)}; the one given for {header.gateway[:90]!r} is {key_id(public)}")
    verify(public, SIGNED + digest, signature)
    return BatchFile(header, _frames(data, at, len(signed) - _FRAME.size), digest)


def _header(data: bytes) -> tuple[FileHeader, int]:
    at = len(MAGIC) + _LENGTH.size
    length = _LENGTH.unpack_from(data, len(MAGIC))[0]
    if length > MAX_BYTES or at + length + _TAIL > len(data):
        raise BadPayload("cut-or-altered", f"a header of {length} bytes")
    return decode(FileHeader, data[at : at + length]), at + length


def _frames(data: bytes, at: int, end: int) -> list[tuple[Kind, bytes]]:
    frames: list[tuple[Kind, bytes]] = []
    while at < end:
        letter, length = _FRAME.unpack_from(data, at)
        at += _FRAME.size
        if letter not in _KINDS or at + length > end:
            raise BadPayload("malformed", f"frame {len(frames) + 1} is of kind {letter!r} with {length} bytes")
        frames.append((_KINDS[letter], data[at : at + length]))
        at += length
    if _FRAME.unpack_from(data, at) != (_END, len(frames)):
        raise BadPayload("malformed", "the frames do not end where the file does")
    return frames


_KINDS = {kind.value: kind for kind in Kind}
