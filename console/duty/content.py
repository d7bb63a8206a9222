"""Contents that are frozen: written in one way only, and named by their hash. Pure."""

from hashlib import blake2b
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")


def frozen(content: Any) -> str:
    """The content as JSON, keys in order: the same content is the same text."""
    return _encoder.encode(content).decode()


def hash_of(text: str) -> str:
    """BLAKE2b-256 of a frozen content, 64 hex digits."""
    return blake2b(text.encode(), digest_size=32).hexdigest()
