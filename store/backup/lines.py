"""Line protocol in the files of a backup: exact, in one order, so that the same content has the same bytes.

A file is gzip, a line a point, times in ns: `influx write --format lp` or any InfluxDB takes it as it is.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from store.influx.rows import Part

_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_HEAD = re.compile(rb"(?:[^ \\]|\\.)+ ", re.DOTALL)
_NAME = re.compile(rb"(?:[^, \\]|\\.)+", re.DOTALL)
_PIECE = 1 << 20
_NAMES = str.maketrans({",": "\\,", " ": "\\ "})
_KEYS = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\="})


def encoded(part: Part) -> Iterator[bytes]:
    """The lines of some rows."""
    tags = "".join(f",{key.translate(_KEYS)}={value.translate(_KEYS)}" for key, value in part.tags.items())
    head = f"{part.measurement.translate(_NAMES)}{tags} ".encode()
    keys = [f"{field.translate(_KEYS)}=".encode() for field in part.fields]
    whole = head.replace(b"%", b"%%") + b",".join(key.replace(b"%", b"%%") + b"%b" for key in keys) + b" %d\n"
    for time, *values in part.rows:
        if all(type(value) is float for value in values):
            yield whole % (*msgspec.json.encode(values)[1:-1].split(b","), time)
            continue
        fields = b",".join(key + _text(value) for key, value in zip(keys, values, strict=True) if value is not None)
        if fields:
            yield b"%b%b %d\n" % (head, fields, time)


def _text(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%di" % value
    if isinstance(value, float):
        return msgspec.json.encode(value)
    return b'"' + str(value).encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def unpacked(path: Path) -> Iterator[bytes]:
    """The content of a file in pieces. OSError where it is not there, zlib.error or EOFError where it is no whole gzip."""
    unpack = zlib.decompressobj(31)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            while piece:
                yield unpack.decompress(piece, _PIECE)
                piece = unpack.unconsumed_tail
    if not unpack.eof:
        raise EOFError(f"{path.name} ends before its end")


def each(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Line by line: a text field may have a line break in it, and then its quotes are not even before that."""
    left = b""
    for piece in pieces:
        *ended, left = (left + piece).split(b"\n")
        half = b""
        for one in ended:
            line = half + one + b"\n"
            if b'"' in line and _open(line):
                half = line
                continue
            half = b""
            yield line
        left = half + left
    if left:
        yield left


def _open(line: bytes) -> bool:
    """Whether a text field has not ended yet. Before the fields a quote is a letter like any other."""
    head = _HEAD.match(line)
    return bool(_ESCAPED.sub(b"", line[head.end() if head else 0 :]).count(b'"') % 2)


def name_of(line: bytes) -> str:
    """The measurement of a line."""
    found = _NAME.match(line)
    return re.sub(r"\\([, ])", r"\1", found[0].decode()) if found else ""
