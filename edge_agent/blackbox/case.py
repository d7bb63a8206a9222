"""A case: a span of time, why it was frozen, and what of it is kept."""

from hashlib import blake2b
from pathlib import Path

import msgspec

VERSION = 1
STREAMS = ("data", "event")
OPEN, CASE, SIGNATURE, REGISTRY = "open.json", "case.json", "case.sig", "registry.json"


class Asked(msgspec.Struct, frozen=True):
    """Freeze [first, last] (µs UTC). `at`: when that was asked, which names the case."""

    at: int
    first: int
    last: int
    why: str
    point: str = ""
    rule: str = ""


class Kept(msgspec.Struct, frozen=True):
    """One file of a case, its path in the folder, with size in bytes and BLAKE2b-256 in hex."""

    path: str
    size: int
    digest: str


class Case(msgspec.Struct, frozen=True):
    """What `case.sig` signs. `key`: the public half in hex. `missing`: (stream, epoch, first, last) of numbers that no file has."""

    v: int
    gateway: str
    agent: str
    asked: Asked
    frozen: int
    key: str
    items: int
    readings: int
    files: list[Kept]
    missing: list[tuple[str, str, int, int]] = []


def hashed(path: Path) -> tuple[int, str]:
    """Size and BLAKE2b-256 of a file."""
    digest, size = blake2b(digest_size=32), 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
