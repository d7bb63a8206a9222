"""Is a case what its gateway froze? And what does it say?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from contracts.codec import unpack
from contracts.errors import BadPayload
from contracts.keys import BadSignature
from contracts.keys import verify as verify_signature
from contracts.payload import Batch, Event, Item, decode
from contracts.points import Registry, read_registry
from edge_agent.blackbox.case import CASE, REGISTRY, SIGNATURE, Case, hashed
from edge_agent.outbox.segment import Segment


@dataclass(frozen=True, slots=True)
class Found:
    """`wrong` is empty where everything holds; else each finding names the file."""

    case: Case | None
    wrong: list[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a case; `time` µs UTC."""

    time: int
    point: str
    value: float
    quality: int


def verify(place: Path, key: str = "") -> Found:
    """Signature, every file's hash, and no file more. `key`: the gateway's public key in hex, if it is known from elsewhere."""
    try:
        told = (place / CASE).read_bytes()
        case = msgspec.json.decode(told, type=Case)
        signature = bytes.fromhex((place / SIGNATURE).read_text(encoding="ascii"))
    except FileNotFoundError as error:
        return Found(None, [f"{Path(str(error.filename)).name}: missing"])
    except (msgspec.DecodeError, ValueError) as error:
        return Found(None, [f"{CASE} or {SIGNATURE}: not readable ({error})"])
    wrong = []
    try:
        verify_signature(bytes.fromhex(key or case.key), told, signature)
    except (BadSignature, ValueError) as error:
        wrong.append(f"{CASE}: {error}")
    known = {kept.path: kept for kept in case.files}
    for name, kept in known.items():
        path = place / name
        if not path.is_file():
            wrong.append(f"{name}: missing")
        elif hashed(path) != (kept.size, kept.digest):
            wrong.append(f"{name}: changed (BLAKE2b differs)")
    there = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    wrong += [f"{name}: not of this case" for name in sorted(there - known.keys() - {CASE, SIGNATURE})]
    return Found(case, wrong)


def registry_of(place: Path) -> Registry:
    """What the point numbers of the case mean."""
    return read_registry((place / REGISTRY).read_bytes())


def readings(place: Path, case: Case) -> Iterator[Reading]:
    """Every reading whose time is in the case's span and whose numbers its registry explains, as committed."""
    registry = registry_of(place)
    for item in _items(place / "data"):
        if isinstance(item.body, Batch) and item.body.registry == registry.name:
            block = unpack(item.body)
            for point, time, value, quality in zip(
                block.point.tolist(), block.time.tolist(), block.value.tolist(), block.quality.tolist(), strict=True
            ):
                if case.asked.first <= time <= case.asked.last:
                    yield Reading(time, registry.points[point].id, value, quality)


def events(place: Path) -> Iterator[Event]:
    """Every alarm transition of the case."""
    for item in _items(place / "event"):
        if isinstance(item.body, Event):
            yield item.body


def _items(folder: Path) -> Iterator[Item]:
    segments = [segment for path in folder.glob("*.seg") if (segment := Segment.open(path)) is not None]
    for segment in sorted(segments, key=lambda one: (one.newest, one.first)):
        for seq in range(segment.first, segment.last + 1):
            data = segment.read(seq)
            try:
                if data is not None:
                    yield decode(Item, data)
            except BadPayload:
                continue
