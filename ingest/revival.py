"""Dead letters brought back: the item is judged again as if it came now, and only what is refused again stays dead."""

from dataclasses import dataclass

from sqlalchemy import Connection

from contracts.errors import BadConfig, BadPayload
from contracts.payload import Batch, RegistryPart
from contracts.topics import parse_topic
from ingest.assembly import MOST_PARTS
from ingest.commit import Recorder
from ingest.holdings import Holdings
from ingest.pipeline import Arrival, Identity, Opened, Refused, Window, open_item, place
from ingest.worker import STORE_REFUSED, delivery_of, refusals
from store.records import audit, deadletters, items, registry

REPLAYED = "replayed"
"""The resolution of a dead letter that was stored after all."""


@dataclass(frozen=True, slots=True)
class Revived:
    """`stored`, or `refused` with the reason."""

    id: int
    outcome: str
    reason: str = ""


class Revival:
    """Works in the store's thread, like the worker."""

    def __init__(self, holdings: Holdings, recorder: Recorder, retention: int) -> None:
        self.holdings, self.recorder, self.retention = holdings, recorder, retention

    def replay(self, letter_id: int, now: int) -> Revived:
        """Try one again; BadConfig where there is no such dead letter."""
        with self.holdings.records.read() as db:
            letter = deadletters.get(db, letter_id)
        if letter is None:
            raise BadConfig("dead letter", letter_id, "the id of a dead letter (davy deadletters lists them)")
        if letter.resolved is not None:
            return Revived(letter_id, "stored" if letter.resolution == REPLAYED else "refused", f"resolved already: {letter.resolution}")
        opened = _opened(letter)
        if isinstance(opened, Refused):
            return Revived(letter_id, "refused", f"{opened.reason}: {opened.detail}")
        if letter.reason == "conflict":
            return Revived(letter_id, "refused", "conflict: its number is held with other content; both are kept as they are")
        try:
            self._again(opened, letter_id, now)
        except BadPayload as error:
            return Revived(letter_id, "refused", str(error))
        self.holdings.reread(letter.gateway)
        return Revived(letter_id, "stored")

    def _again(self, opened: Opened, letter_id: int, now: int) -> None:
        body = opened.item.body
        if isinstance(body, Batch):
            self._store(opened, body, now)
            self._settle(opened.identity, letter_id, now, None)
        elif isinstance(body, RegistryPart):
            self._register(opened, body, now)
        else:
            self.recorder.prepare(opened)
            with self.holdings.records.begin() as db:
                self.recorder.journal_item(db, opened, now)
                self._settled(db, opened.identity, letter_id, now, "event")

    def _store(self, opened: Opened, batch: Batch, now: int) -> None:
        known = self.holdings.known(batch.registry)
        if known is None:
            raise BadPayload("registry", f"{batch.registry} is not here")
        used = self.holdings.of(str(opened.arrival.gateway)).used_before
        placed = place(opened, known.registry, known.bounds, Window(now, self.retention, used))
        if isinstance(placed, Refused):
            raise BadPayload(placed.reason, placed.detail)
        why = refusals(self.holdings.store.append([delivery_of(placed)]).refused)
        if why:
            raise BadPayload(STORE_REFUSED, why[0])

    def _register(self, opened: Opened, body: RegistryPart, now: int) -> None:
        """A registry revives as a whole: the pieces beside this one that are dead letters too are taken with it."""
        self.holdings.assembly.dead.pop((str(opened.arrival.gateway), body.name), None)
        identity, zero = opened.identity, max(opened.identity.seq - body.part, 0)
        with self.holdings.records.read() as db:
            beside = deadletters.numbered(db, str(identity.gateway), identity.epoch, zero, zero + min(body.parts, MOST_PARTS) - 1)
        letters = {(one.epoch, one.seq, one.digest): one.id for one in beside}
        pieces = [piece for one in beside if isinstance(piece := _opened(one), Opened) and _is_part_of(piece, body)]
        for piece in [*(piece for piece in pieces if piece.identity != identity), opened]:
            assembled = self.holdings.assembly.part(piece)
        if assembled.why is not None:
            raise BadPayload(*assembled.why)
        if assembled.registry is None:
            raise BadPayload("registry-part", f"part {body.part + 1} of {body.parts}; the others are needed too")
        self.holdings.assembly.learn(assembled.registry, str(identity.gateway))
        with self.holdings.records.begin() as db:
            registry.put(db, str(identity.gateway), assembled.registry, now)
            for piece in pieces:
                key = (piece.identity.epoch, piece.identity.seq, piece.identity.digest)
                self._settled(db, piece.identity, letters[key], now, "registry")

    def _settle(self, identity: Identity, letter_id: int, now: int, kind: str | None) -> None:
        with self.holdings.records.begin() as db:
            self._settled(db, identity, letter_id, now, kind)

    @staticmethod
    def _settled(db: Connection, identity: Identity, letter_id: int, now: int, kind: str | None) -> None:
        key = (str(identity.gateway), identity.epoch, identity.stream, identity.seq)
        if kind is None:
            items.release(db, *key)
        else:
            items.change_kind(db, *key, kind)
        deadletters.resolve(db, letter_id, REPLAYED, now)
        facts = {"letter": letter_id, "stream": identity.stream, "epoch": identity.epoch, "seq": identity.seq}
        audit.append(db, "deadletter.replayed", key[0], facts, "console", now)


def _opened(letter: deadletters.DeadLetter) -> Opened | Refused:
    gateway, lane = parse_topic(letter.topic)
    return open_item(Arrival(gateway, lane, letter.payload, letter.received))


def _is_part_of(piece: Opened, body: RegistryPart) -> bool:
    other = piece.item.body
    return isinstance(other, RegistryPart) and (other.name, other.parts) == (body.name, body.parts)
