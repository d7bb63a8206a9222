"""Whether an entry stands where its body says it belongs: its mine, its day, its key. Pure."""

from collections.abc import Callable
from typing import Any

import msgspec

from fleet.audit.link import Record
from fleet.bodies import (
    Assessment,
    Count,
    Declared,
    Head,
    PackBody,
    Permit,
    Reported,
    Stage,
    Suspicion,
    Target,
    VerdictSet,
    Workplace,
)

_KEYS: dict[type[msgspec.Struct], Callable[[Any], str]] = {
    Workplace: lambda body: str(body.id),
    Declared: lambda body: f"{body.name}/{body.subject}",
    Assessment: lambda body: str(body.id),
    Reported: lambda body: str(body.id),
    Target: lambda body: str(body.id),
    Stage: lambda body: f"{body.project}/{body.step}",
    VerdictSet: lambda body: str(body.pack),
    PackBody: lambda body: str(body.hash),
    Count: lambda body: str(body.pack),
    Suspicion: lambda body: str(body.kind),
    Permit: lambda body: str(body.link),
    Head: lambda body: str(body.day),
}
"""What the key of a kind has to be, where its body says it."""


def place_of(record: Record, body: msgspec.Struct) -> str:
    """Empty where they belong together, else which of `mine`, `day`, `key` does not."""
    for name in ("mine", "day"):
        if getattr(body, name, getattr(record, name)) != getattr(record, name):
            return name
    key = _KEYS.get(type(body))
    return "key" if key is not None and key(body) != record.key else ""
