"""One entry of the log and its hash, as the decision `0017-the-chain-of-the-fleet.md` says it. Pure, and apart from the log's own code."""

from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from fleet.bodies import Permit

GENESIS = "0" * 64
"""What the first entry has for a previous hash, over all and of its mine."""

_encode = msgspec.json.Encoder().encode
"""Bytes are written in base64 (RFC 4648, with padding)."""


@dataclass(frozen=True, slots=True)
class Record:
    """The n-th entry over all and m-th of its mine (from 1). `at` µs UTC; `body`: canonical JSON; hashes are 64 hex digits."""

    n: int
    m: int
    at: int
    kind: str
    mine: str
    day: str
    key: str
    body: bytes
    actor: str
    previous: str
    mine_previous: str
    hash: str


def hash_of(record: Record) -> str:
    """BLAKE2b-256 over a JSON array of all other fields, the body in base64: what `record.hash` has to be."""
    places = [record.previous, record.mine_previous, record.n, record.m, record.at, record.kind, record.mine, record.day, record.key]
    return blake2b(_encode([*places, record.body, record.actor]), digest_size=32).hexdigest()


def permit_hash(link: Permit) -> str:
    """What the link of the audit chain that a permit was copied from has to have for a hash."""
    return digest(_encode([link.previous, link.link, link.at, link.what, link.subject, link.payload.encode(), link.actor]))


def digest(data: bytes) -> str:
    """BLAKE2b-256, 64 hex digits."""
    return blake2b(data, digest_size=32).hexdigest()
