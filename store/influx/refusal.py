"""Writes a batch whatever is in it: what InfluxDB refuses is taken apart until it is clear which single fields it will not have.

400 stores nothing and quotes the first bad line: that line goes out, the rest goes again. 422 stores the other lines but drops the
refused ones whole, good fields too: lines are halved, then fields, each half sent again (an equal line overwrites itself).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store.influx.lines import Piece
from store.influx.server import Refused

Send = Callable[[bytes], None]
"""Refused, or the bytes are durable."""
_FIELD = re.compile(rb'((?:[^,=\\" ]|\\.)+=(?:"(?:[^"\\]|\\.)*"|[^," ]+))')
_QUOTED = re.compile(r"unable to parse '(.*?)': ", re.DOTALL)
_OLD = "retention policy"


@dataclass(frozen=True, slots=True)
class RefusedField:
    """One field that InfluxDB refused alone, with its reason."""

    owner: int
    line: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class _Line:
    owner: int
    data: bytes

    def fields(self) -> list["_Line"]:
        """One line per field."""
        head, rest = _cut(self.data)
        body, _, time = rest.rpartition(b" ")
        return [_Line(self.owner, head + b" " + part + b" " + time) for part in _FIELD.findall(body)]


def write_batch(send: Send, pieces: Sequence[Piece]) -> list[RefusedField]:
    """Send all; what was refused alone. Whatever else `send` raises goes through, and the batch may be sent again whole."""
    try:
        send(b"".join(piece.data for piece in pieces))
    except Refused as refused:
        lines = [_Line(piece.owner, line) for piece in pieces for line in piece.data.splitlines() if line]
        return _apart(send, lines, refused)
    return []


def _apart(send: Send, lines: list[_Line], refused: Refused) -> list[RefusedField]:
    blamed = _quoted(lines, refused)
    if blamed is not None and len(lines) > 1:
        return _again(send, [lines[blamed]]) + _again(send, lines[:blamed] + lines[blamed + 1 :])
    if len(lines) > 1:
        half = len(lines) // 2
        return _again(send, lines[:half]) + _again(send, lines[half:])
    fields = lines[0].fields()
    if _OLD in refused.reason or len(fields) < 2:
        return [RefusedField(line.owner, line.data, refused.reason) for line in fields or lines]
    half = len(fields) // 2
    return _again(send, fields[:half]) + _again(send, fields[half:])


def _again(send: Send, lines: list[_Line]) -> list[RefusedField]:
    try:
        send(b"\n".join(line.data for line in lines) + b"\n")
    except Refused as refused:
        return _apart(send, lines, refused)
    return []


def _quoted(lines: list[_Line], refused: Refused) -> int | None:
    """Which line a 400 quotes."""
    found = _QUOTED.search(refused.reason)
    if found is None:
        return None
    text = found.group(1).encode()
    return next((at for at, line in enumerate(lines) if line.data == text), None)


def _cut(line: bytes) -> tuple[bytes, bytes]:
    """Measurement and tags, and the rest: at the first space that is not escaped."""
    at = 0
    while at < len(line) and line[at : at + 1] != b" ":
        at += 2 if line[at : at + 1] == b"\\" else 1
    return line[:at], line[at + 1 :]


def point_and_time(line: bytes) -> tuple[str, int]:
    """The field key and the time of a line with one field."""
    _, rest = _cut(line)
    return rest.partition(b"=")[0].decode(), int(rest.rpartition(b" ")[2])
