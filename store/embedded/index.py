"""What is kept in memory of all partitions, so that a duplicate or the newest reading costs no look at the disk."""

from collections import OrderedDict
from collections.abc import Sequence

from contracts.digest import MASK
from contracts.ranges import Ranges
from store.embedded import schema
from store.embedded.columns import Rows, reading_times
from store.embedded.latest import Latest
from store.embedded.names import Names
from store.embedded.partition import Partition, Span
from store.embedded.shelf import Shelf
from store.interface import Delivery

RECENT = 20_000
"""Digests kept one by one: an item that comes twice mostly does so soon."""


class Held:
    """One epoch of one gateway: the items held, and the span of their readings' times."""

    def __init__(self) -> None:
        self.ranges, self.time = Ranges(), Span()


class Index:
    """Rebuilt from the partitions when the store opens; `add` follows each commit."""

    def __init__(self, shelf: Shelf, names: Names) -> None:
        self._shelf, self._names = shelf, names
        self.held: dict[str, dict[str, Held]] = {}
        self.newest: dict[str, int] = {}
        self.latest = Latest()
        self._recent: OrderedDict[tuple[str, str, int], int] = OrderedDict()
        epochs = {number: (gateway, epoch) for gateway, epoch, number in names.every("epoch")}
        for part in [shelf.kept, *shelf.partitions]:
            self._load(part, epochs)

    def digest_of(self, gateway: str, epoch: str, seq: int) -> int | None:
        """The digest under which an item is held, or None."""
        held = self.held.get(gateway, {}).get(epoch)
        if held is None or seq not in held.ranges:
            return None
        recent = self._recent.get((gateway, epoch, seq))
        return self._sum(gateway, epoch, seq, seq) if recent is None else recent

    def range_digest(self, gateway: str, epoch: str, first: int, last: int) -> int:
        """The sum of the digests held in [first, last]; only a range that is cut costs a look at the disk."""
        held = self.held.get(gateway, {}).get(epoch)
        total = 0
        for low, high, digest in held.ranges if held else ():
            if first <= low and high <= last:
                total += digest
            elif low <= last and first <= high:
                total += self._sum(gateway, epoch, max(first, low), min(last, high))
        return total & MASK

    def add(self, part: Partition, deliveries: Sequence[Delivery], epochs: Sequence[int], rows: Rows) -> None:
        """Note what was just committed to a partition."""
        for delivery, epoch in zip(deliveries, epochs, strict=True):
            gateway, seq = delivery.gateway, delivery.seq
            times = reading_times(delivery)
            self._hold(gateway, delivery.epoch, (seq, seq, delivery.digest), times.low, times.high)
            self._recent[gateway, delivery.epoch, seq] = delivery.digest
            part.epochs.setdefault(epoch, Span()).take(seq, seq)
            part.made.take(delivery.made, delivery.made)
            for poll in delivery.polls:
                part.polled.take(poll.first, poll.first)
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        if len(rows):
            part.readings += len(rows)
            part.time.take(int(rows.time.min()), int(rows.time.max()))
            self.latest.see(rows)

    def forget_readings(self) -> None:
        """Partitions were dropped: the newest readings are those of the ones that are left."""
        self.latest = Latest()
        for part in self._shelf.partitions:
            self.latest.see(Rows.of(self._shelf.ask(part, _summary(part, "newest_reading"))))

    def _hold(self, gateway: str, epoch: str, held_range: tuple[int, int, int], oldest: int, newest: int) -> None:
        held = self.held.setdefault(gateway, {}).setdefault(epoch, Held())
        held.ranges.add(*held_range)
        held.time.take(oldest, newest)
        self.newest[gateway] = max(self.newest.get(gateway, 0), newest)

    def _sum(self, gateway: str, epoch: str, first: int, last: int) -> int:
        """The sum of the digests of items all of which are held. They are mostly in the newest partition."""
        number, missing, total = self._names.known("epoch", gateway)[epoch], last - first + 1, 0
        for part in [*reversed(self._shelf.partitions), self._shelf.kept]:
            span = part.epochs.get(number)
            if missing and span and span.meets(first, last + 1):
                ((items, digest),) = self._shelf.rows(part, schema.DIGESTS, epoch=number, first=first, last=last)
                missing, total = missing - items, total + digest
        if missing:
            raise LookupError(f"{gateway} {epoch}: {missing} of {first} to {last} are in the ranges held, but in no partition")
        return int(total) & MASK

    def _load(self, part: Partition, epochs: dict[int, tuple[str, str]]) -> None:
        for epoch, first, last, digest, made_low, made_high, oldest, newest in self._shelf.rows(part, _summary(part, "held_range")):
            self._hold(*epochs[epoch], (first, last, digest), oldest, newest)
            part.epochs.setdefault(epoch, Span()).take(first, last)
            part.made.take(made_low, made_high)
        ((part.readings, time_low, time_high, poll_low, poll_high),) = self._shelf.rows(part, _summary(part, "extent"))
        part.time.take(time_low, time_high)
        part.polled.take(poll_low, poll_high)
        self.latest.see(Rows.of(self._shelf.ask(part, _summary(part, "newest_reading"))))


def _summary(part: Partition, name: str) -> str:
    return f"from {{part}}.{name}" if part.sealed else schema.SUMMARIES[name]
