"""Takes arrivals in and commits them: everything that touches a database, in one thread.

Order of a group: registries first (durable before data that need them), then readings with their held rows in one transaction of
the store, then events, losses and dead letters with theirs in one transaction of the records. Only then is anything receipted.
"""

from collections import Counter
from collections.abc import Sequence

import structlog
from msgspec import MsgspecError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from contracts.clock import HOUR, iso
from contracts.digest import item_digest
from contracts.errors import DavyError, Retry
from contracts.payload import CLOCK_SET_BACK, Batch, RegistryPart
from ingest.commit import Recorder, hold
from ingest.group import Group, Outcome
from ingest.holdings import Holdings
from ingest.pipeline import Arrival, Identity, Opened, Placed, Refused, Window, open_item, peek, place
from ingest.suspects import Suspects
from store.interface import Delivery, RefusedReading
from store.records import registry, setbacks

log = structlog.get_logger("ingest")

STORE_REFUSED = "store-refused"
"""The database will not have a reading: the whole item is kept as a dead letter, its other readings are stored."""

UNWELL = (Retry, OSError, OperationalError, InterfaceError)
"""A database or a disk that cannot just now: no item's fault."""
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    DavyError,
    LookupError,
    MsgspecError,
    RuntimeError,
    SQLAlchemyError,
    TypeError,
    ValueError,
)
"""What one item can do to our code. Anything else (no memory, say) fails the group, and all of it comes again."""
MOST_REMEMBERED = 100_000
MOST_NAMELESS = 64 << 20
"""Bytes of one gateway and hour that are kept as dead letters which earn no receipt (no item at all, a number with other content). What is
beyond is counted as NOT_KEPT and not written: a flood of nonsense fills no disk."""
NOT_KEPT = "not-kept"


class Worker:
    """The hand that commits."""

    def __init__(self, holdings: Holdings, recorder: Recorder, suspects: Suspects, retention: int) -> None:
        self.holdings, self.recorder, self.suspects, self.retention = holdings, recorder, suspects, retention
        self._hand: list[int] = []
        """Digests of what is in hand, and of what waited for a registry among it."""
        self._kept: set[tuple[str, int]] = set()
        """(gateway, digest) of dead letters that earn no receipt (conflicts, bytes that are no item): one each, however often they come."""
        self._nameless: dict[str, tuple[int, int]] = {}
        """By gateway: an hour, and how many bytes of them it brought."""
        self._not_kept = 0
        self._turned = dict[tuple[str, str], tuple[int, int]]()
        """By (gateway, epoch): times to be noted as used after a clock was set back, before their readings are stored."""

    def take(self, arrivals: Sequence[Arrival], now: int) -> Outcome:
        """Commit a group. Items that were in hand at a death are taken alone, the rest together; where that fails, all of them alone.

        What fails alone stays unreceipted and holds up nobody. Raises where databases cannot (UNWELL), or nothing could be committed.
        """
        outcome = Outcome()
        hand = [(arrival, item_digest(arrival.payload)) for arrival in arrivals]
        alone = [pair for pair in hand if pair[1] in self.suspects]
        clean = [pair for pair in hand if pair[1] not in self.suspects]
        failures = list[tuple[Arrival, int, Exception]]()
        failed = self._tried(clean, now, outcome)
        if failed is not None:
            alone = hand
        for arrival, digest in alone:
            error = self._tried([(arrival, digest)], now, outcome, again=failed is not None)
            if error is not None:
                failures.append((arrival, digest, error))
        for arrival, digest, error in failures:
            why = f"{type(error).__name__}: {error}"[:300]
            log.error("item fails", gateway=str(arrival.gateway), why=why, times=self.suspects.failed(digest, why), exc_info=error)
        if failures and len(failures) == len(hand):
            raise failures[-1][2]
        return outcome

    def _tried(self, hand: Sequence[tuple[Arrival, int]], now: int, outcome: Outcome, *, again: bool = False) -> Exception | None:
        """Commit these together; the error where one of them (or we) failed. `again`: they were tried a moment ago."""
        try:
            self._take(hand, now, outcome, again=again)
        except UNWELL:
            raise
        except FAULTS as error:  # others must not wait for it; it is counted and told
            return error
        return None

    def _take(self, hand: Sequence[tuple[Arrival, int]], now: int, outcome: Outcome, *, again: bool) -> None:
        if not hand:
            return
        self._hand = [digest for _, digest in hand]
        self.suspects.take(self._hand)
        try:
            self._commit(hand, now, outcome, again=again)
        except Exception:  # told on: what was half done in memory is forgotten, what the databases hold counts
            for arrival, digest in hand:
                self.holdings.forget(str(arrival.gateway))
                self._kept.discard((str(arrival.gateway), digest))
            self.suspects.put_down()
            raise
        self.suspects.done(self._hand)

    def _commit(self, hand: Sequence[tuple[Arrival, int]], now: int, outcome: Outcome, *, again: bool) -> None:
        group = Group()
        for arrival, digest in hand:
            if detail := self.suspects.guilty(digest):
                identity = peek(arrival)
                if self._is_first(arrival, digest) if identity is None else not self._is_known(identity, arrival, group):
                    group.refused.append(Refused(arrival, "poison", detail, identity))
            else:
                self._sort(arrival, digest, now, group, outcome)
            outcome.touched.add(arrival.gateway)
        if again:
            group.duplicates.clear()  # it was we who stored them a moment ago, not somebody who sent them twice
        self._store(group, outcome)
        self.recorder.record(group, now, outcome)
        if self._not_kept:
            outcome.refused += self._not_kept
            outcome.reasons[NOT_KEPT] += self._not_kept
            self._not_kept = 0

    def _sort(self, arrival: Arrival, digest: int, now: int, group: Group, outcome: Outcome) -> None:
        opened = open_item(arrival, digest)
        if opened.identity is not None and self._is_known(opened.identity, arrival, group):
            return
        if isinstance(opened, Refused):
            if opened.identity is not None or self._is_first(arrival, digest):
                group.refused.append(opened)
        elif isinstance(opened.item.body, RegistryPart):
            self._assemble(opened, now, group, outcome)
        elif isinstance(opened.item.body, Batch):
            self._place(opened, opened.item.body, now, group, outcome)
        else:
            group.events.append(opened)

    def _is_known(self, identity: Identity, arrival: Arrival, group: Group) -> bool:
        """Whether that number was taken already, in this group or before: a duplicate, or a conflict."""
        key = (str(identity.gateway), identity.stream, identity.epoch, identity.seq)
        before = group.seen.get(key)
        if before is None:
            if not self.holdings.has(identity):
                group.seen[key] = identity.digest
                return False
            before = self.holdings.digest_of(identity)
        if before == identity.digest:
            group.duplicates.append(identity)
        elif self._is_first(arrival, identity.digest):
            detail = f"item {identity.epoch}/{identity.seq} is held with other content"
            group.refused.append(Refused(arrival, "conflict", detail))
        return True

    def _is_first(self, arrival: Arrival, digest: int) -> bool:
        """Whether these bytes are to be kept as a dead letter that earns no receipt: not kept yet, and not too many of the gateway."""
        gateway, hour = str(arrival.gateway), arrival.received // HOUR
        key = (gateway, digest)
        if key in self._kept:
            return False
        since, kept = self._nameless.get(gateway, (hour, 0))
        kept = len(arrival.payload) + (kept if since == hour else 0)
        if kept > MOST_NAMELESS:
            self._not_kept += 1
            return False
        self._nameless[gateway] = (hour, kept)
        if len(self._kept) >= MOST_REMEMBERED:
            self._kept.clear()
        self._kept.add(key)
        return True

    def _assemble(self, opened: Opened, now: int, group: Group, outcome: Outcome) -> None:
        self._release_number(opened, group)
        assembled = self.holdings.assembly.part(opened)
        settled = [piece for piece in assembled.pieces if not self._is_known(piece.identity, piece.arrival, group)]
        gateway = str(opened.arrival.gateway)
        if assembled.why is not None:
            group.refused += [Refused(piece.arrival, *assembled.why, piece.identity) for piece in settled]
        elif assembled.registry is not None:
            with self.holdings.records.begin() as db:
                registry.put(db, gateway, assembled.registry, opened.arrival.received)
                for piece in settled:
                    hold(db, piece.identity, piece.arrival, "registry")
            self.holdings.assembly.learn(assembled.registry, gateway)
            for piece in settled:
                self.holdings.of(gateway).hold(piece.identity)
        body = opened.item.body
        if assembled.pieces and isinstance(body, RegistryPart):
            for waiting in self.holdings.assembly.released(gateway, body.name):
                if isinstance(waiting.item.body, Batch) and not self._is_known(waiting.identity, waiting.arrival, group):
                    self.suspects.take([waiting.identity.digest])  # if we die of it, it is not the registry's fault
                    self._place(waiting, waiting.item.body, now, group, outcome)
                    self._hand.append(waiting.identity.digest)
            self.suspects.take(self._hand)

    @staticmethod
    def _release_number(opened: Opened, group: Group) -> None:
        """An item that waits has not taken its number yet."""
        identity = opened.identity
        group.seen.pop((str(identity.gateway), identity.stream, identity.epoch, identity.seq), None)

    def _place(self, opened: Opened, batch: Batch, now: int, group: Group, outcome: Outcome) -> None:
        gateway, known = opened.arrival.gateway, self.holdings.known(batch.registry)
        if known is None:
            if why := self.holdings.assembly.refusal(str(gateway), batch.registry):
                group.refused.append(Refused(opened.arrival, "registry-refused", why, opened.identity))
            elif self.holdings.assembly.wait(opened, batch.registry):
                outcome.waiting += 1
                self._release_number(opened, group)
            return
        if known.registry.mine != gateway.mine:
            detail = f"registry {batch.registry} is of another mine"
            group.refused.append(Refused(opened.arrival, "registry-refused", detail, opened.identity))
            return
        window = Window(now, self.retention, self.holdings.of(str(gateway)).used_before)
        placed = place(opened, known.registry, known.bounds, window)
        if isinstance(placed, Refused):
            group.refused.append(placed)
        else:
            group.placed.append(placed)
            self._span(placed)

    def _span(self, placed: Placed) -> None:
        """Its times count as used at once: the next item of the group may be another epoch's."""
        if placed.span is not None:
            opened = placed.opened
            holding = self.holdings.of(str(opened.arrival.gateway))
            holding.span(opened.item.epoch, *placed.span)
            body = opened.item.body
            if isinstance(body, Batch) and body.flags & CLOCK_SET_BACK and holding.turned_back(opened.item.epoch, *placed.span):
                self._turned[str(opened.arrival.gateway), opened.item.epoch] = holding.set_back[opened.item.epoch]

    def _store(self, group: Group, outcome: Outcome) -> None:
        if not group.placed:
            return
        if self._turned:
            with self.holdings.records.begin() as db:
                for (gateway, epoch), span in self._turned.items():
                    setbacks.note(db, gateway, epoch, *span)
            self._turned.clear()
        appended = self.holdings.store.append([delivery_of(placed) for placed in group.placed])
        outcome.folds += appended.folds
        why = refusals(appended.refused)
        for at, placed in enumerate(group.placed):
            opened = placed.opened
            holding = self.holdings.of(str(opened.arrival.gateway))
            if len(placed.block):
                outcome.blocks.append((opened.arrival.gateway, placed.registry, placed.block, opened.arrival.replayed))
            if at in why:
                group.refused.append(Refused(opened.arrival, STORE_REFUSED, why[at], opened.identity))
                continue
            holding.hold(opened.identity)
            outcome.stored += 1
            outcome.readings += len(placed.block)
        group.placed = [placed for at, placed in enumerate(group.placed) if at not in why]


def refusals(refused: Sequence[RefusedReading]) -> dict[int, str]:
    """By delivery: the first reading that the database would not have, how many there were, and its reason."""
    counts = Counter(one.delivery for one in refused)
    first = {one.delivery: one for one in reversed(refused)}
    return {at: f"{one.point} at {iso(one.time)} ({counts[at]} in all): {one.reason[:300]}" for at, one in first.items()}


def delivery_of(placed: Placed) -> Delivery:
    """What the store is given of an item."""
    opened, item = placed.opened, placed.opened.item
    assert isinstance(item.body, Batch)
    return Delivery(
        str(opened.arrival.gateway),
        item.epoch,
        item.seq,
        opened.identity.digest,
        item.made,
        opened.arrival.received,
        opened.arrival.replayed,
        placed.registry,
        placed.block,
        item.body.polls,
        placed.doubt,
        placed.span,
    )
