"""Freezes spans of the outbox. Disk work only; the agent runs it in its disk thread."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from contracts.clock import HOUR, MINUTE, iso
from contracts.codec import unpack
from contracts.errors import BadPayload
from contracts.keys import public_of, sign
from contracts.payload import Batch, Item, decode
from edge_agent.blackbox.case import CASE, OPEN, REGISTRY, SIGNATURE, STREAMS, VERSION, Asked, Case, Kept, hashed
from edge_agent.outbox.segment import Segment, sync_folder

log = structlog.get_logger("edge.blackbox")


@dataclass(frozen=True, slots=True)
class Room:
    """A case holds `before` µs up to the alarm and `after` µs from it. All cases together have `most` bytes; the oldest goes first."""

    before: int = 4 * HOUR
    after: int = 10 * MINUTE
    most: int = 512 << 20


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn did: cases completed, and cases dropped to make room with the hash of their case.json."""

    frozen: list[tuple[str, Case]]
    dropped: list[tuple[str, str]]


class BlackBox:
    """The cases of one gateway, one thread at a time. OSError where the disk refuses: what was asked stays asked.

    `secret` gives the signing key, which is made when it is first needed.
    """

    def __init__(self, folder: Path, outboxes: Path, gateway: str, agent: str, secret: Callable[[], bytes], room: Room) -> None:
        self._folder, self._outboxes, self._gateway, self._agent, self._secret, self._room = folder, outboxes, gateway, agent, secret, room
        self.open: dict[str, Asked] = {}
        for path in sorted(folder.glob(f"*/{OPEN}")):
            try:
                self.open[path.parent.name] = msgspec.json.decode(path.read_bytes(), type=Asked)
            except (msgspec.DecodeError, OSError) as error:
                log.warning("open case not read", case=path.parent.name, why=str(error))

    def turn(self, asked: list[Asked], registry: bytes, now: int) -> Turn:
        """Take over what is asked (each is taken off the list when it is on disk), complete what is due, make room."""
        while asked:
            self.ask(asked[0], registry)
            del asked[0]
        return Turn(self.close_due(now), self.make_room())

    def ask(self, asked: Asked, registry: bytes) -> str:
        """Freeze what is sealed of a span now, the rest when it is over. What is asked inside an open case belongs to it. The case's id."""
        for name, other in self.open.items():
            if other.first <= asked.at <= other.last:
                return name
        name = iso(asked.at)[:19].replace("-", "").replace(":", "") + f"-{asked.rule.replace('.', '-') or 'asked'}"
        place = self._folder / name
        for stream in STREAMS:
            (place / stream).mkdir(parents=True, exist_ok=True)
        (place / REGISTRY).write_bytes(registry)
        (place / OPEN).write_bytes(msgspec.json.encode(asked))
        self.open[name] = asked
        self._link(place, asked)
        log.info("freezing", case=name, why=asked.why)
        return name

    def span_of(self, at: int) -> tuple[int, int]:
        """The span of a case asked for at that time."""
        return at - self._room.before, at + self._room.after

    def close_due(self, now: int) -> list[tuple[str, Case]]:
        """Complete every case whose span is over."""
        done = []
        for name, asked in list(self.open.items()):
            if now >= asked.last:
                done.append((name, self._close(name, asked, now)))
                del self.open[name]
        return done

    def make_room(self) -> list[tuple[str, str]]:
        """Drop the oldest complete cases beyond the room there is, never the newest; (id, hash of its case.json) of each."""
        complete = sorted(path.parent for path in self._folder.glob(f"*/{CASE}"))
        sizes = {place: sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) for place in complete}
        dropped, used = [], sum(sizes.values())
        for place in complete[:-1]:
            if used <= self._room.most:
                break
            dropped.append((place.name, hashed(place / CASE)[1]))
            shutil.rmtree(place)
            used -= sizes[place]
        return dropped

    def _link(self, place: Path, asked: Asked) -> list[tuple[str, Segment]]:
        """Every segment of the span, linked where it is sealed, copied where it still grows or the disk knows no links."""
        inside = []
        for stream in STREAMS:
            for path in sorted((self._outboxes / stream).glob("*.seg")):
                there = place / stream / path.name
                try:
                    segment = Segment.open(path)
                    if segment is None or not segment.count or segment.newest < asked.first or _made(segment) > asked.last:
                        continue
                    if segment.sealed and not there.exists():
                        _keep(path, there)
                except FileNotFoundError:  # making room took it between the two looks
                    continue
                inside.append((stream, segment))
        return inside

    def _close(self, name: str, asked: Asked, now: int) -> Case:
        place, secret = self._folder / name, self._secret()
        for stream, segment in self._link(place, asked):
            if not segment.sealed:
                data = segment.path.read_bytes()[: segment.index.end]
                (place / stream / segment.path.name).write_bytes(data)
        kept = [place / REGISTRY, *sorted(place.glob("*/*.seg"))]
        items, count, missing = _contents(place)
        files = [Kept(str(path.relative_to(place)), *hashed(path)) for path in kept]
        case = Case(VERSION, self._gateway, self._agent, asked, now, public_of(secret).hex(), items, count, files, missing)
        told = msgspec.json.format(msgspec.json.encode(case), indent=1)
        (place / SIGNATURE).write_bytes(sign(secret, told).hex().encode())
        (place / CASE).write_bytes(told)
        for path in (*kept, place / SIGNATURE, place / CASE):
            _sync(path)
        (place / OPEN).unlink()
        for folder in (*(place / stream for stream in STREAMS), place, self._folder):
            sync_folder(folder)
        log.info("frozen", case=name, items=items, readings=count, missing=len(missing))
        return case


def _made(segment: Segment) -> int:
    """When its first item was made; 0 where that item is damaged."""
    data = segment.read(segment.first)
    try:
        return decode(Item, data).made if data is not None else 0
    except BadPayload:
        return 0


def _keep(path: Path, there: Path) -> None:
    try:
        os.link(path, there)
    except FileNotFoundError:
        raise
    except OSError:  # no hard links on this kind of disk
        shutil.copyfile(path, there)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _contents(place: Path) -> tuple[int, int, list[tuple[str, str, int, int]]]:
    """Items, readings, and the numbers between a stream's kept segments that no file has."""
    items = count = 0
    missing = []
    for stream in STREAMS:
        at: dict[str, int] = {}
        segments = [segment for path in (place / stream).glob("*.seg") if (segment := Segment.open(path)) is not None]
        for segment in sorted(segments, key=lambda one: (one.epoch, one.first)):
            if segment.first > at.get(segment.epoch, segment.first):
                missing.append((stream, segment.epoch, at[segment.epoch], segment.first - 1))
            for seq in range(segment.first, segment.last + 1):
                data = segment.read(seq)
                if data is None:
                    missing.append((stream, segment.epoch, seq, seq))
                    continue
                items += 1
                body = decode(Item, data).body
                count += len(unpack(body)) if isinstance(body, Batch) else 0
            at[segment.epoch] = segment.last + 1
    return items, count, missing
