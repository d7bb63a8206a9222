"""What the centre holds of each gateway, and the receipt that says so. State, not an event: every receipt tells everything."""

from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.payload import MAX_BYTES, VERSION, Birth, Extent, Receipt, Told, encode
from contracts.ranges import Ranges
from ingest.pipeline import Identity

Key = tuple[str, str]
"""(epoch, stream)."""


MOST_BIRTHS = 1000
"""Data epochs remembered to notice a clone by."""
MOST_RANGES = 100
"""Ranges of an epoch told in one receipt, lowest first (fewer where many epochs have many): it stays below the largest payload, and
what is told makes room for the rest."""


@dataclass(slots=True)
class Holding:
    """One gateway: what is held (stored or dead-lettered), what was dead-lettered, what is declared lost, and its last birth."""

    held: dict[Key, Ranges] = field(default_factory=dict)
    dead: dict[Key, Ranges] = field(default_factory=dict)
    lost: dict[Key, Ranges] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Epoch to the smallest and largest reading time held."""
    set_back: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Epoch to the smallest and largest time of its readings that came after its clock was set back."""
    birth: Birth | None = None
    current_epochs: list[str] = field(default_factory=list)
    """The data epochs of the births seen, in order: A, B, A is a clone."""
    serial: int = 0
    asked: set[str] = field(default_factory=set)
    """Epochs known not to be folded away."""
    looked_through: int = 0
    """When its epochs were last looked through for some to fold away, µs UTC."""

    def forget(self, epoch: str) -> None:
        """The epoch is folded away: it is in the databases only."""
        for of_epoch in (self.held, self.dead, self.lost):
            for key in [key for key in of_epoch if key[0] == epoch]:
                del of_epoch[key]
        self.spans.pop(epoch, None)
        self.set_back.pop(epoch, None)
        self.asked.discard(epoch)

    def has(self, epoch: str, stream: str, seq: int) -> bool:
        ranges = self.held.get((epoch, stream))
        return ranges is not None and seq in ranges

    def hold(self, item: Identity, *, dead: bool = False) -> None:
        """An item was committed."""
        key = (item.epoch, item.stream)
        self.held.setdefault(key, Ranges()).add(item.seq, item.seq, item.digest)
        if dead:
            self.dead.setdefault(key, Ranges()).add(item.seq, item.seq, item.digest)

    def lose(self, epoch: str, stream: str, first: int, last: int) -> list[tuple[int, int]]:
        """Numbers declared lost, less those that are held; the ranges that are new."""
        lost = self.lost.setdefault((epoch, stream), Ranges())
        held = self.held.get((epoch, stream), Ranges())
        fresh = [part for low, high in held.missing(first, last) for part in lost.missing(low, high)]
        for low, high in fresh:
            lost.add(low, high, 0)
        return fresh

    def span(self, epoch: str, first: int, last: int) -> None:
        low, high = self.spans.get(epoch, (first, last))
        self.spans[epoch] = (first if first < low else low, last if last > high else high)

    def turned_back(self, epoch: str, first: int, last: int) -> bool:
        """Readings of an epoch came after its clock was set back; whether that reaches over more of its times than was known."""
        known = self.set_back.get(epoch)
        low, high = known or (first, last)
        self.set_back[epoch] = min(first, low), max(last, high)
        return self.set_back[epoch] != known

    def used_before(self, epoch: str, first: int, last: int) -> bool:
        """Whether readings of another epoch lie in that span, or of this one after its clock was set back (live data overtake the
        backlog): then a (point, time) may be used already."""
        low, high = self.set_back.get(epoch, (last + 1, last))
        if low <= last and first <= high:
            return True
        if len(self.spans) == 1 and epoch in self.spans:
            return False
        return any(low <= last and first <= high for other, (low, high) in self.spans.items() if other != epoch)

    def bear(self, birth: Birth) -> bool:
        """A birth came; True where its data epoch was already replaced by another one: two copies alternate."""
        self.birth = birth
        now = next((extent.epoch for extent in birth.catalogue if extent.stream == "data" and not extent.closed), "")
        again = now in self.current_epochs[:-1] and self.current_epochs[-1:] != [now]
        if self.current_epochs[-1:] != [now]:
            self.current_epochs = [*self.current_epochs, now][-MOST_BIRTHS:]
        return again

    def behind(self, birth: Birth) -> bool:
        """Whether the gateway was told more than is held now: the centre was put back to a backup."""
        return any(self._gone(extent) for extent in birth.catalogue)

    def _gone(self, extent: Extent) -> list[tuple[int, int]]:
        """Of the numbers that the gateway was told to be held or lost, those that are neither."""
        key = (extent.epoch, extent.stream)
        return _less(self.held.get(key, Ranges()).missing(0, extent.through), self.lost.get(key, Ranges()))

    def receipt(self, generation: str, credit: int, clipped: Callable[[str, int, int], int]) -> Receipt | None:
        """The receipt that answers the last birth. `clipped(epoch, first, last)` gives the digest of a part of a held range:
        needed where the gateway made fewer items of an epoch than we hold (it was put back to an older copy)."""
        if self.birth is None:
            return None
        self.serial += 1
        for most in (MOST_RANGES, 30, 10, 3):
            told = [self._told(extent, clipped, most) for extent in self.birth.catalogue]
            receipt = Receipt(VERSION, generation, self.birth.nonce, self.serial, max(credit, 1), told)
            if _surely_fits(told) or len(encode(receipt)) <= MAX_BYTES:
                break
        return receipt

    def _told(self, extent: Extent, clipped: Callable[[str, int, int], int], most: int) -> Told:
        key = (extent.epoch, extent.stream)
        if not extent.closed and key not in self.lost and key not in self.dead:  # as nearly always
            held = self.held.get(key, Ranges())
            return Told(extent.epoch, extent.stream, held.through(), list(held)[:most])
        held, lost = self.held.get(key, Ranges()), self.lost.get(key, Ranges())
        rows = [
            (first, last, digest)
            if not extent.closed or last < extent.made
            else (first, extent.made - 1, clipped(extent.epoch, first, extent.made - 1))
            for first, last, digest in held
            if not extent.closed or first < extent.made
        ]
        newest = max([extent.made - 1, *(last for _, last, _ in held)])
        upper = extent.made - 1 if extent.closed else newest
        open_from = _less(held.missing(0, upper), lost)
        through = open_from[0][0] - 1 if open_from else upper
        dead = [(first, last) for first, last, _ in self.dead.get(key, Ranges())]
        still_lost = [part for first, last, _ in lost for part in held.missing(first, last)]
        return Told(extent.epoch, extent.stream, through, rows[:most], dead[:most], still_lost[:most])


def _surely_fits(told: list[Told]) -> bool:
    """As nearly always: four numbers and two names an epoch, three numbers a range."""
    ranges = sum(len(one.held) + len(one.dead) + len(one.lost) for one in told)
    return 32 * ranges + sum(64 + 4 * len(one.epoch) + 4 * len(one.stream) for one in told) < MAX_BYTES // 2


def _less(holes: list[tuple[int, int]], lost: Ranges) -> list[tuple[int, int]]:
    return [part for first, last in holes for part in lost.missing(first, last)]
