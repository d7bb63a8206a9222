"""Takes the batch files of links without return path in: the items go the way of those from the wire, the ledger alone tells.

A file counts as a whole or not at all until its signature is verified; after that every item counts for itself, so that an import that
was ended in the middle is simply done again. What is held already is passed over: a file imported twice changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
import structlog

from contracts.batchfile import BatchFile, Kind, read_file
from contracts.clock import Clock, iso
from contracts.digest import content_name
from contracts.errors import BadConfig, BadPayload
from contracts.payload import Birth, Item, RegistryPart, decode
from contracts.topics import Gateway, Lane
from ingest.group import Outcome
from ingest.pipeline import Arrival, Identity, peek
from ingest.worker import Worker
from store.records import audit, marks

log = structlog.get_logger("ingest.files")

AT_ONCE = 200
"""Items of a file in one group: the wire's must not wait long behind a large file."""

Row = tuple[int, int, str, str]
"""File numbers first to last; the digest that the first one names as its predecessor's, and the last one's own."""


class Imported(msgspec.Struct):
    """What became of a file. `known`: items held before; `refused`: kept as dead letters; `unheld`: neither, so the file must come again.

    `missing`: file numbers of its series, up to the newest seen, that never came. `why`: why the file as a whole was refused.
    """

    gateway: str = ""
    series: str = ""
    number: int = 0
    items: int = 0
    new: int = 0
    known: int = 0
    refused: int = 0
    unheld: int = 0
    missing: list[tuple[int, int]] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    why: str = ""


@dataclass(slots=True)
class Work:
    """A file in hand. Each step of `steps` commits something in the thread that owns the store; `outcomes` are for the live view."""

    file: BatchFile
    gateway: Gateway
    birth: Birth
    told: Imported
    outcomes: list[Outcome] = field(default_factory=list)


class Filing:
    """`keys`: public key in hex by gateway (`mine/gateway`); `*` stands for any."""

    def __init__(self, worker: Worker, keys: Mapping[str, str], clock: Clock) -> None:
        self._worker, self._holdings, self._clock = worker, worker.holdings, clock
        self.keys = public_keys(keys)

    def open(self, data: bytes) -> Work:
        """BadPayload, BadSignature or BadConfig where the file is not to be believed: nothing of it is stored."""
        file = self.verified(data, self.keys)
        header, gateway = file.header, Gateway.parse(file.header.gateway)
        births = [decode(Birth, found) for found in file.of(Kind.BIRTH)]
        if len(births) != 1:
            raise BadPayload("malformed", f"{len(births)} births; a file has one")
        items = sum(1 for _ in file.of(Kind.DATA, Kind.EVENT))
        return Work(file, gateway, births[0], Imported(str(gateway), header.series, header.number, items))

    @staticmethod
    def verified(data: bytes, keys: Mapping[str, bytes]) -> BatchFile:
        """The file in these bytes, where the key of its gateway (or that of `*`) says so."""
        return read_file(data, lambda gateway: keys.get(gateway, keys.get("*")))

    def steps(self, work: Work) -> Iterator[None]:
        """Take a file in, a group at a time. Raises where a database cannot just now; then all of it may be tried again."""
        now = self._clock.now()
        self._holdings.filed(work.gateway, work.birth, now)
        yield
        self._take(work, [(Lane.REPLAY, data) for data in work.file.of(Kind.REGISTRY) if not self._is_known(data)])
        frames = [(Lane.REPLAY, data) for data in work.file.of(Kind.DATA)] + [(Lane.EVENT, data) for data in work.file.of(Kind.EVENT)]
        fresh = list[Arrival]()
        for at in range(0, len(frames), AT_ONCE):
            fresh += self._take(work, frames[at : at + AT_ONCE])
            yield
        self._count(work.told, fresh)
        if not work.told.unheld:
            self._note(work)
        yield

    def _take(self, work: Work, frames: list[tuple[Lane, bytes]]) -> list[Arrival]:
        """Commit what is not held yet; it."""
        arrivals = [Arrival(work.gateway, lane, data, self._clock.now()) for lane, data in frames]
        fresh = [arrival for arrival in arrivals if not self._is_held(peek(arrival))]
        if fresh:
            work.outcomes.append(self._worker.take(fresh, self._clock.now()))
        return fresh

    def _is_known(self, data: bytes) -> bool:
        try:
            body = decode(Item, data).body
        except BadPayload:
            return False  # the pipeline says why
        return isinstance(body, RegistryPart) and self._holdings.known(body.name) is not None

    def _is_held(self, identity: Identity | None) -> bool:
        """Whether exactly this item is held; with other content it is a conflict, which the pipeline tells."""
        return identity is not None and self._holdings.has(identity) and self._holdings.digest_of(identity) == identity.digest

    def _count(self, told: Imported, fresh: list[Arrival]) -> None:
        told.known = told.items - len(fresh)
        for arrival in fresh:
            identity = peek(arrival)
            if identity is not None and not self._holdings.has(identity):
                told.unheld += 1
            elif identity is not None and self._is_held(identity) and not self._is_dead(identity):
                told.new += 1
            else:
                told.refused += 1

    def _is_dead(self, identity: Identity) -> bool:
        dead = self._holdings.of(str(identity.gateway)).dead.get((identity.epoch, identity.stream))
        return dead is not None and identity.seq in dead

    def _note(self, work: Work) -> None:
        """Write down that this number came, and tell which did not."""
        header, told = work.file.header, work.told
        digest, key = work.file.digest.hex(), f"files:{content_name(f'{told.gateway}/{told.series}'.encode())}"
        now = self._clock.now()
        with self._holdings.records.begin() as db:
            before = msgspec.json.decode(marks.get(db, key) or "[]", type=list[Row])
            rows, why = numbered(before, header.number, header.previous.hex(), digest)
            if why:
                told.notes.append(why)
            if rows != before or told.new or told.refused:
                marks.set(db, key, msgspec.json.encode(rows).decode())
                facts = {"series": told.series, "number": told.number, "digest": digest, "items": told.items, "made": iso(header.made)}
                audit.append(db, "file.imported", told.gateway, facts | {"new": told.new, "refused": told.refused}, "ingest", now)
        told.missing = holes(rows)
        log.info("file imported", gateway=told.gateway, number=told.number, new=told.new, known=told.known, refused=told.refused)


def numbered(rows: list[Row], number: int, previous: str, digest: str) -> tuple[list[Row], str]:
    """The rows with one more file, and what is wrong with its number (empty: nothing). Pure."""
    if any(first <= number <= last for first, last, _, _ in rows):
        return rows, ""
    out: list[Row] = []
    why = ""
    for row in sorted([*rows, (number, number, previous, digest)]):
        if out and out[-1][1] + 1 == row[0]:
            before = out.pop()
            if before[3] != row[2]:
                why = f"file {row[0]} does not follow the file {before[1]} that came: one number was used twice"
            row = (before[0], row[1], before[2], row[3])  # noqa: PLW2901  # the two are one now
        out.append(row)
    return out, why


def holes(rows: list[Row]) -> list[tuple[int, int]]:
    """The numbers from 1 to the newest that are in no row. Pure."""
    lasts = [0, *(last for _, last, _, _ in rows)]
    return [(before + 1, row[0] - 1) for before, row in zip(lasts, rows, strict=False) if row[0] > before + 1]


def public_keys(keys: Mapping[str, str]) -> dict[str, bytes]:
    """Public keys by gateway; BadConfig for what is none."""
    found = {}
    for gateway, text in keys.items():
        if gateway != "*":
            Gateway.parse(gateway)
        try:
            found[gateway] = bytes.fromhex(text)
        except ValueError as error:
            raise BadConfig(f"files.keys.{gateway}", text, "64 hex digits (`davy edge blackbox key`)") from error
        if len(found[gateway]) != 32:
            raise BadConfig(f"files.keys.{gateway}", text, "64 hex digits (`davy edge blackbox key`)")
    return found
