"""The audit chain: each link carries the hash of the one before, so no link can be changed, taken out, put in or moved unseen.

A cut tail leaves a shorter chain that is whole: who kept a head from before (an export, a gateway) gives it to `verify` as anchor.
People appear as pseudonyms, so that a name can be erased without breaking the chain.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, String, Table, Text, func, insert, select

from contracts.digest import content_name
from contracts.errors import GiveUp
from store.records.engine import metadata

GENESIS = "0" * 64
"""What the first link has for a previous hash."""

AUDIT = Table(
    "audit",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Link:
    """The n-th link (from 1). `payload` is canonical JSON, `at` µs UTC, hashes are 64 hex digits."""

    n: int
    at: int
    kind: str
    subject: str
    payload: bytes
    actor: str
    previous: str
    hash: str


class BrokenChain(GiveUp):
    """The chain was tampered with; the message says where it first shows."""


def pseudonym(name: str) -> str:
    """Stands for a person in the chain: the hash of the name, so that the name itself can be erased elsewhere."""
    return f"p-{content_name(name.encode())}"


def append(db: Connection, kind: str, subject: str, payload: dict[str, Any], actor: str, at: int) -> Link:
    """Add a link, in the transaction of what it tells."""
    last = head(db)
    n, previous = (last.n + 1, last.hash) if last else (1, GENESIS)
    data = _encoder.encode(payload)
    link = Link(n, at, kind, subject, data, actor, previous, _hash(n, at, kind, subject, data, actor, previous))
    db.execute(insert(AUDIT).values({name: getattr(link, name) for name in Link.__slots__}))
    return link


def verify(links: Iterable[Link], anchor: Link | None = None) -> None:
    """BrokenChain where these are not all links from the first on; `anchor` (a link kept elsewhere) must be among them. Pure."""
    n, previous, anchored = 0, GENESIS, anchor is None
    for link in links:
        n += 1
        if link.n != n:
            raise BrokenChain(f"link {n} is not there: {link.n} stands in its place")
        if link.previous != previous:
            raise BrokenChain(f"link {n} does not follow link {n - 1}: the hash it carries is another")
        if link.hash != _hash(n, link.at, link.kind, link.subject, link.payload, link.actor, previous):
            raise BrokenChain(f"link {n} was changed: its hash does not fit")
        previous, anchored = link.hash, anchored or link == anchor
    if not anchored and anchor is not None:
        raise BrokenChain(f"link {anchor.n} as it was kept elsewhere is not in the chain of {n} links")


def links(db: Connection, start: int = 0, limit: int = 1_000) -> list[Link]:
    """Links from number `start` on, ascending."""
    return [Link(*row) for row in db.execute(select(AUDIT).where(AUDIT.c.n >= start).order_by(AUDIT.c.n).limit(limit))]


def head(db: Connection) -> Link | None:
    """The last link."""
    row = db.execute(select(AUDIT).where(AUDIT.c.n == select(func.max(AUDIT.c.n)).scalar_subquery())).first()
    return Link(*row) if row else None


def _hash(n: int, at: int, kind: str, subject: str, payload: bytes, actor: str, previous: str) -> str:
    """BLAKE2b-256 over the previous hash and all fields as a JSON array (payload in base64), which keeps them apart."""
    fields = _encoder.encode([previous, n, at, kind, subject, payload, actor])
    return blake2b(fields, digest_size=32).hexdigest()
