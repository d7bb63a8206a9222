"""What is held of every gateway, read from both databases, and the generation of the store. In the store's thread."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import Connection

from alerts.journal import Journal
from contracts.clock import DAY
from contracts.digest import MASK
from contracts.payload import DATA_STREAM, Birth, Receipt
from contracts.points import Registry
from contracts.ranges import Ranges
from contracts.topics import Gateway
from ingest.assembly import Assembly, Known
from ingest.folding import fold
from ingest.live import LONGEST_PERIOD, Live
from ingest.pipeline import Identity
from ingest.receipts import Holding
from store.interface import Store
from store.records import audit, counters, epochs, gateways, items, losses, marks, registry, setbacks
from store.records.engine import Records

log = structlog.get_logger("ingest")


class Holdings:
    """The centre's memory of what it holds, by gateway. `confirm` raises where another centre took over."""

    def __init__(
        self, store: Store, records: Records, journal: Journal, retention: int = 92 * DAY, confirm: Callable[[], None] | None = None
    ) -> None:
        self.store, self.records, self.journal, self.retention, self._confirm = store, records, journal, retention, confirm
        self.assembly = Assembly()
        self._of: dict[str, Holding] = {}
        self._stale: set[str] = set()
        self._start()

    def _start(self) -> None:
        """Read what is held. Where store and records disagree on the generation, one of them was put back: a new generation."""
        with self.records.begin() as db:
            known = marks.get(db, "store_generation")
            if known is not None and known != self.store.generation:
                log.warning("store and records are of different generations", store=self.store.generation, records=known)
                self.store.renew()
            marks.set(db, "store_generation", self.store.generation)
            for found in registry.all_current(db).values():
                self.assembly.learn(found)

    def _renew(self, why: str, now: int) -> None:
        generation = self.store.renew()
        log.warning("new generation", generation=generation, why=why)
        with self.records.begin() as db:
            marks.set(db, "store_generation", generation)
            audit.append(db, "store.generation", generation, {"why": why}, "ingest", now)

    def of(self, gateway: str) -> Holding:
        """What is held of a gateway, read from both databases when it is asked for the first time."""
        before = self._of.get(gateway)
        if before is not None and gateway not in self._stale:
            return before
        found = self._read_holding(gateway)
        if before is not None:
            found.birth, found.current_epochs, found.serial = before.birth, before.current_epochs, before.serial
            found.looked_through = before.looked_through
        self._of[gateway] = found
        self._stale.discard(gateway)
        return found

    def forget(self, gateway: str) -> None:
        """Something failed half way, so memory may not be what the databases hold: read it again, keeping what its births said."""
        self._stale.add(gateway)

    def with_epoch(self, gateway: str, epoch: str) -> Holding:
        """What is held of a gateway, that epoch too where it was folded away."""
        holding = self.of(gateway)
        if epoch not in holding.asked:
            self._unfold(gateway, {epoch})
            holding = self.of(gateway)
            holding.asked.add(epoch)
        return holding

    def has(self, item: Identity) -> bool:
        """Whether the number is held, with whatever content."""
        return self.with_epoch(str(item.gateway), item.epoch).has(item.epoch, item.stream, item.seq)

    def whole(self, gateway: str) -> Holding:
        """What is held of a gateway, with all that was folded away; read anew, and not kept."""
        return self._read_holding(gateway, set())

    def _unfold(self, gateway: str, wanted: set[str]) -> None:
        with self.records.read() as db:
            found = wanted & epochs.folded(db, gateway)
        if found:
            with self.records.begin() as db:
                for epoch in found:
                    epochs.unfold(db, gateway, epoch)
            self.forget(gateway)

    def _read_holding(self, gateway: str, folded: set[str] | None = None) -> Holding:
        holding = Holding(spans=dict(self.store.spans(gateway)))
        for epoch, ranges in self.store.held(gateway).items():
            holding.held[epoch, DATA_STREAM] = ranges
        with self.records.read() as db:
            holding.set_back = setbacks.of(db, gateway)
            for key, ranges in items.held(db, gateway).items():
                self._add(db, gateway, key, holding.held.setdefault(key, Ranges()), ranges)
            for key, dead in items.dead(db, gateway).items():
                holding.dead[key] = Ranges((first, last, 0) for first, last in dead)
            for loss in losses.of(db, gateway):
                holding.lose(loss.epoch, loss.stream, loss.first, loss.last)
            for epoch in epochs.folded(db, gateway) if folded is None else folded:
                holding.forget(epoch)
        return holding

    @staticmethod
    def _add(db: Connection, gateway: str, key: tuple[str, str], both: Ranges, ranges: Ranges) -> None:
        """Join what the records hold. A number may stand in both databases for a moment: a dead letter that went into the store."""
        for first, last, digest in ranges:
            open_parts = both.missing(first, last)
            if open_parts == [(first, last)]:
                both.add(first, last, digest)
                continue
            for seq in (seq for low, high in open_parts for seq in range(low, high + 1)):
                both.add(seq, seq, items.digest_of(db, gateway, key[0], seq, key[1]) or 0)

    def reread(self, gateway: str) -> None:
        """Read what is held of a gateway again, keeping what its births said."""
        self.forget(gateway)
        self.of(gateway)

    def born(self, gateway: Gateway, birth: Birth, now: int) -> bool:
        """Note a birth; True where it changed the generation (then every gateway must be told again)."""
        return self.all_born([(gateway, birth)], now)

    def all_born(self, births: Sequence[tuple[Gateway, Birth]], now: int) -> bool:
        """The same of births one after the other, in one transaction: after a broker's restart a whole province is born at once."""
        renewed, clones = False, set[int]()
        for at, (gateway, birth) in enumerate(births):
            self._unfold(str(gateway), {extent.epoch for extent in birth.catalogue})
            holding = self.of(str(gateway))
            if holding.bear(birth):
                clones.add(at)
            if birth.generation == self.store.generation and holding.behind(birth):
                self._renew(f"{gateway} was told more than is held", now)
                renewed = True
        with self.records.begin() as db:
            for at, (gateway, birth) in enumerate(births):
                self._note(db, str(gateway), birth, at in clones, now)
        for gateway, birth in births:
            holding = self.of(str(gateway))
            for epoch in fold(self.records, self.store, str(gateway), holding, birth, now - self.retention, now):
                holding.forget(epoch)
        return renewed

    def _note(self, db: Connection, gateway: str, birth: Birth, clone: bool, now: int) -> None:
        gateways.born(db, gateway, birth, now)
        for extent in birth.catalogue:
            epochs.see(db, gateway, extent, now)
        if clone:
            self.journal.conflict(db, gateway, "two epochs alternate: the gateway's disk was copied and both copies run", now, {})
            counters.add(db, gateway, now - now % DAY, "conflict")

    def filed(self, gateway: Gateway, birth: Birth, now: int) -> None:
        """Note a birth that came in a file: late, in any order, and nobody waits for its answer.

        It tells extents; and who the gateway is only where nothing newer, and no birth from the wire, has said so.
        """
        name = str(gateway)
        self._unfold(name, {extent.epoch for extent in birth.catalogue})
        holding = self.of(name)
        with self.records.begin() as db:
            told = {(row.epoch, row.stream): row.made for row in epochs.of(db, name)}
            for extent in birth.catalogue:
                if extent.made > told.get((extent.epoch, extent.stream), -1):
                    epochs.see(db, name, extent, now)
            known = gateways.of(db, name)
            newest = known is None or not known.born or (known.nonce == 0 and known.clock < birth.clock)
            if newest:
                gateways.born(db, name, birth, now)
        if holding.birth is None or (holding.birth.nonce == 0 and newest):
            holding.birth = birth
        if newest:
            for epoch in fold(self.records, self.store, name, holding, birth, now - self.retention, now):
                holding.forget(epoch)

    def digest_of(self, identity: Identity) -> int | None:
        """The digest under which a number is held."""
        gateway = str(identity.gateway)
        found = self.store.digest_of(gateway, identity.epoch, identity.seq) if identity.stream == DATA_STREAM else None
        if found is None:
            with self.records.read() as db:
                found = items.digest_of(db, gateway, identity.epoch, identity.seq, identity.stream)
        return found

    def receipt(self, gateway: Gateway, credit: int) -> Receipt | None:
        """What is held of a gateway now: told only by the owner of the centre."""
        return self.receipts([(gateway, credit)])[0]

    def receipts(self, asked: Sequence[tuple[Gateway, int]]) -> list[Receipt | None]:
        """The same of several gateways, each with its credit: the records are asked once who owns the centre."""
        if self._confirm is not None:
            self._confirm()
        return [self._receipt(gateway, credit) for gateway, credit in asked]

    def _receipt(self, gateway: Gateway, credit: int) -> Receipt | None:
        name = str(gateway)

        def clipped(epoch: str, first: int, last: int) -> int:
            with self.records.read() as db:
                elsewhere: int = items.range_digest(db, name, epoch, first, last)
            return (self.store.range_digest(name, epoch, first, last) + elsewhere) & MASK

        return self.of(name).receipt(self.store.generation, credit, clipped)

    def recall(self, live: Live) -> None:
        """Fill a live view with what the databases know: values, registries, and gateways as not heard yet."""
        with self.records.read() as db:
            for row in gateways.every(db):
                gateway = Gateway.parse(row.gateway)
                live.change(gateway, registry=row.registry, period=min(row.period, LONGEST_PERIOD), agent=row.agent)
            live.registries.update({found.name: found for found in registry.all_current(db).values()})
        for name in list(live.gateways):
            mine = Gateway.parse(name).mine
            if mine not in live.recalled:
                live.recalled[mine] = self.store.last(mine)

    def registry_of(self, gateway: Gateway) -> Registry | None:
        """The registry of the gateway's last birth, where it is known."""
        birth = self.of(str(gateway)).birth
        known = self.assembly.known.get(birth.registry) if birth else None
        return known.registry if known else None

    def known(self, name: str) -> Known | None:
        """A registry by name, with its bounds."""
        found = self.assembly.known.get(name)
        if found is None:
            with self.records.read() as db:
                kept = registry.get(db, name)
            found = self.assembly.learn(kept) if kept else None
        return found
