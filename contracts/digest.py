"""Hashes. One item: 64 bits of BLAKE2b. A range: the sum of its items' hashes modulo 2^64, so ranges can be joined and split.

This finds copies that differ (clones, torn disks). It is no defence against a forger: that is TLS's and the signatures' work.
"""

from hashlib import blake2b

MASK = (1 << 64) - 1


def item_digest(data: bytes) -> int:
    """The 64-bit hash of an item's bytes."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def content_name(data: bytes) -> str:
    """16 hex digits that name a content."""
    return blake2b(data, digest_size=8).hexdigest()
