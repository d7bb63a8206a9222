"""The outbox of one stream: a folder of segments, freed by unlink.

`append` encodes an item once and keeps it in memory; `commit` makes it durable. Nothing is sent before it is committed.
Received items stay `keep` while there is room. When `max_bytes` is reached, received segments go first, then the oldest
un-received live samples (never events): each such range is told as lost. Age alone never deletes what was not received.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

from contracts.digest import MASK, item_digest
from contracts.payload import Body, Extent, Item, encode
from contracts.ranges import Ranges
from edge_agent.outbox import room
from edge_agent.outbox.catalogue import Catalogue
from edge_agent.outbox.frames import Header
from edge_agent.outbox.highwater import HighWater
from edge_agent.outbox.room import USUAL, OutboxLimits
from edge_agent.outbox.segment import Writer


class Outbox:
    """One stream (`data` or `event`) of one gateway.

    Made on a disk that refuses, it reads what is there, keeps what is appended in memory, and begins with the first `commit` that can.
    `commit` may run in a thread of its own beside `append`, `read`, `told` and `extents`; nothing else may run beside it.
    """

    def __init__(self, folder: Path, stream: str, limits: OutboxLimits = USUAL, epoch: str = "") -> None:
        self.folder, self.stream, self.limits = folder, stream, limits
        self.blank = not folder.exists()
        self._high = HighWater(folder / "high")
        self.epoch = epoch or secrets.token_hex(8)
        self._catalogue = Catalogue(folder, stream, self._high, self.epoch)
        self.epochs, self.losses, self.current = self._catalogue.epochs, self._catalogue.losses, self._catalogue.current
        self._writer: Writer | None = None
        self._pending: list[tuple[bytes, int]] = []
        self.pending_bytes = 0
        self.next = 0
        """The number of the next item; only `append` moves it, so that a commit in another thread cannot disturb it."""
        self._newest = self._after_last = 0
        self._begun, self.refused = False, ""
        """`refused`: why the disk did not let it begin; empty where it did."""
        try:
            self._begin()
        except OSError as error:
            self.refused = str(error)

    def _begin(self) -> None:
        if not self._begun:
            self._catalogue.begin()
            self._begun, self.refused = True, ""

    def told_losses(self) -> None:
        """The losses found so far are on their way (durable in the event stream): do not tell them again."""
        self._catalogue.told_losses()

    # ------------------------------------------------------------ writing

    def append(self, body: Body, made: int) -> int:
        """Encode an item and keep it for the next commit; its number."""
        seq, self.next = self.next, self.next + 1
        data = encode(Item(1, self.epoch, seq, made, body))
        self._pending.append((data, item_digest(data)))
        self.pending_bytes += len(data)
        self._newest = made
        return seq

    @property
    def pending(self) -> int:
        return len(self._pending)

    def commit(self) -> int:
        """Make everything appended durable; how many items. Raises OSError where the disk refuses, and keeps them for another try."""
        self._begin()
        taken = len(self._pending)
        if not taken:
            return 0
        if self._writer is None:
            header = Header(self.epoch, self.current.made, self._after_last)
            self._writer = Writer(self.folder / f"{self.epoch}-{self.current.made:012d}.seg", header)
            self.current.segments.append(self._writer.segment)
        self._writer.append(self._pending[:taken], self._newest)
        try:
            self._high.mark(self.epoch, self.current.made + taken)
        finally:  # they are in the segment: appended again they would stand in it twice
            self.current.made += taken
            self.current.last_time = self._newest
            self.pending_bytes -= sum(len(data) for data, _ in self._pending[:taken])
            del self._pending[:taken]
        if self._writer.segment.size >= self.limits.segment_bytes:
            self._after_last = self._writer.segment.after
            self._writer.seal()
            self._writer = None
        return taken

    # ------------------------------------------------------------ reading

    def read(self, epoch: str, seq: int) -> bytes | None:
        """An item's bytes; where the disk has them no more, the loss is noted and None returned."""
        state = self.epochs[epoch]
        segment = state.segment_of(seq)
        data = segment.read(seq) if segment else None
        if data is None and seq < state.made and seq not in state.gone:
            self._catalogue.hole(state, seq, seq, "damaged on disk")
        return data

    def items(self, epoch: str) -> Iterator[tuple[int, bytes | None]]:
        """All items of an epoch that are on disk, in order."""
        for segment in self.epochs[epoch].segments:
            for seq in range(segment.first, segment.last + 1):
                yield seq, segment.read(seq)
            segment.forget_index()

    def extents(self, most: int = 1 << 30) -> list[Extent]:
        """The catalogue for a birth: the current epoch and, oldest first, every other the centre has not told to hold wholly."""
        return self._catalogue.extents(most)

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return room.size_of(self._catalogue)

    @property
    def set_aside(self) -> int:
        """Damaged files that lie beside the segments."""
        return len(self._catalogue.set_aside())

    @property
    def waiting(self) -> int:
        """Committed items the centre has not told to hold."""
        return sum(last - first + 1 for state in self.epochs.values() for first, last in state.open_ranges())

    # ------------------------------------------------------------ receipts

    def told(self, epoch: str, held: list[tuple[int, int, int]], lost: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Take over what the centre says it holds of an epoch, replacing what it said before.

        A range counts as received only where the digest of our own copies agrees. The ranges that disagree are returned:
        somebody else sent other items under our epoch (a clone), so ours are kept. Where our own disk lost items of the range
        the digest cannot be compared, and the centre is believed.
        """
        state = self.epochs.get(epoch)
        if state is None:
            return []
        received, disagree = Ranges(), []
        for first, last, digest in _disjoint(held):
            low, high = state.sum_to(first), state.sum_to(last + 1)
            ours = None if low is None or high is None else (high - low) & MASK
            if ours == digest or (ours is None and state.gone.missing(first, last) != [(first, last)]):
                received.add(first, last, digest)
            elif ours is not None:
                disagree.append((first, last))
        state.received = received
        state.conflict, state.told = bool(disagree), True
        there = Ranges((segment.first, segment.last, 0) for segment in state.segments if segment.count)
        for first, last in lost:
            for low, high in state.gone.missing(first, min(last, state.made - 1)):
                for part in there.missing(low, high):
                    state.lose(*part)
        known = Ranges(received)
        for first, last in lost:
            for part in known.missing(first, last):
                known.add(*part, 0)
        state.over = not known.missing(0, state.made - 1)
        return disagree

    def doubt_everything(self) -> None:
        """The centre has a new generation: nothing it told before counts."""
        self._catalogue.doubt_everything()

    # ------------------------------------------------------------ room

    def reclaim(self, now: int) -> int:
        """Unlink what may go; bytes freed. Call it now and then, and when the disk is full."""
        return room.reclaim(self._catalogue, self.limits, self._writer.segment if self._writer else None, now)

    def close(self) -> None:
        """Close the files. Raises OSError where what was told lost cannot be noted; all is closed by then."""
        if self._writer:
            self._writer.close()
        self._high.close()
        if self._begun:
            self._catalogue.remember()


def _disjoint(rows: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The rows that are ranges and overlap none before them: a receipt that contradicts itself frees nothing twice."""
    out: list[tuple[int, int, int]] = []
    for first, last, digest in sorted(rows):
        if 0 <= first <= last and (not out or first > out[-1][1]):
            out.append((first, last, digest))
    return out
