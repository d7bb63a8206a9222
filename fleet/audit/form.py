"""An export, line by line: a header, every entry, and a signed last line. Text of JSON objects, one a line; gzip around it is the caller's.

There is one way to write a line, so a line that says the same in another way is found too.
"""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from contracts.errors import GiveUp
from contracts.keys import key_id, public_of, sign
from fleet.audit.heads import Tails, check_signed
from fleet.audit.link import Record, digest

FORMAT = "davylamp fleet export 1"
SIGNED_LAST = b"davylamp fleet export 1\n"
MOST_LINE = 8 << 20
"""Bytes of one line; a longer one is not read."""
MOST_LINES = 20_000_000


class Header(msgspec.Struct, frozen=True, tag_field="line", tag="header", forbid_unknown_fields=True):
    """What the file holds. `made` µs UTC; `only`: the mines of a part of the log (the province's own entries are always in it)."""

    format: str
    made: int
    program: str
    n: int
    """The last entry of the log when it was made; how many there are in all."""
    only: tuple[str, ...] | None = None


class Line(msgspec.Struct, frozen=True, tag_field="line", tag="entry", forbid_unknown_fields=True):
    """One entry of the log with all its fields; `body` as it stands in the log, byte for byte."""

    n: int
    m: int
    at: int
    kind: str
    mine: str
    day: str
    key: str
    body: msgspec.Raw
    actor: str
    previous: str
    mine_previous: str
    hash: str


class Last(msgspec.Struct, frozen=True, tag_field="line", tag="last", forbid_unknown_fields=True):
    """The signed end: `n` entries in the log, the hash of the last, on `day` (ISO date, UTC+8) at `at` (µs UTC).

    `mines`: every mine's last (m, hash), also of mines that are not in the file; `header`: BLAKE2b-256 of the first line.
    """

    n: int
    hash: str
    day: str
    at: int
    header: str
    mines: dict[str, tuple[int, str]]
    key: str
    public: str
    signature: str = ""


class BadLine(GiveUp):
    """A line that cannot be read: its number from 1, and why (a code of `fleet.audit.words`)."""

    def __init__(self, line: int, why: str, detail: str = "") -> None:
        super().__init__(f"line {line}: {why} {detail}".rstrip())
        self.line, self.why, self.detail = line, why, detail


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Header | Line | Last).decode


def header_line(header: Header) -> bytes:
    """The first line."""
    return _encode(header) + b"\n"


def entry_line(record: Record) -> bytes:
    """The line of an entry."""
    body = msgspec.Raw(record.body)
    places = (record.n, record.m, record.at, record.kind, record.mine, record.day, record.key)
    return _encode(Line(*places, body, record.actor, record.previous, record.mine_previous, record.hash)) + b"\n"


def last_line(secret: bytes, header: bytes, n: int, hash_: str, day: str, at: int, tails: Tails) -> bytes:
    """The signed last line of a file that began with `header`."""
    public = public_of(secret)
    bare = Last(n, hash_, day, at, digest(header), dict(sorted(tails.items())), key_id(public), public.hex())
    return _encode(replace(bare, signature=sign(secret, SIGNED_LAST + _encode(bare)).hex())) + b"\n"


def check_last(last: Last) -> bytes:
    """The public key that signed the last line; BadSignature where none did."""
    return check_signed(last.public, last.key, SIGNED_LAST + _encode(replace(last, signature="")), last.signature)


def read_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes, Header | Line | Last]]:
    """(number from 1, bytes, what it says) of each line; BadLine for the first that is none of ours, or is written in another way."""
    for number, data in enumerate(lines, 1):
        if number > MOST_LINES:
            raise BadLine(number, "too_many_lines")
        if len(data) > MOST_LINE:
            raise BadLine(number, "too_long")
        said = read_line(data, number)
        if _encode(said) + b"\n" != data:
            raise BadLine(number, "not_canonical_line")
        yield number, data, said


def read_line(data: bytes, number: int = 0) -> Header | Line | Last:
    """What a line says, in whatever way it is written; BadLine where it is none of ours."""
    try:
        said: Header | Line | Last = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadLine(number, "no_line", str(error)[:200]) from error
    return said


def record_of(line: Line) -> Record:
    """The entry of a line."""
    places = (line.n, line.m, line.at, line.kind, line.mine, line.day, line.key)
    return Record(*places, bytes(line.body), line.actor, line.previous, line.mine_previous, line.hash)


def export(secret: bytes, header: Header, records: Iterable[Record], head: Record, tails: Tails, day: str) -> Iterator[bytes]:
    """The lines of a file: `records` of the log, all or of `header.only`, up to its `head`; `tails` of all mines there."""
    first = header_line(header)
    yield first
    yield from map(entry_line, records)
    yield last_line(secret, first, head.n, head.hash, day, header.made, tails)
