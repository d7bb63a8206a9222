"""Every epoch of a stream that still matters, as its segments and `epochs.json` tell it, and the losses that were found.

Reading it needs no room on the disk; `begin` and `remember` write.
"""

import contextlib
import errno
import os
from pathlib import Path

import msgspec

from contracts.payload import Extent, Lost
from contracts.ranges import Ranges
from edge_agent.outbox.epoch import EpochState, Known
from edge_agent.outbox.highwater import HighWater
from edge_agent.outbox.segment import Segment, sync_folder

MOST_DAMAGED = 16
"""Files set aside stay for whoever wants to look; beyond so many the oldest goes."""
SPARE = 64 << 10
"""Bytes of a file that is given up where the disk is so full that a loss could not be written down, without which nothing may be freed."""


class Catalogue:
    """What a start finds. `current` is the epoch that begins with it."""

    def __init__(self, folder: Path, stream: str, high: HighWater, epoch: str) -> None:
        self.folder, self.stream = folder, stream
        self.epochs: dict[str, EpochState] = {}
        self.losses: list[Lost] = []
        """Ranges found lost and not yet told; the agent turns them into items of the event stream."""
        self._damaged: list[Path] = []
        self._high = high
        self._load()
        self.current = self.epochs[epoch] = EpochState(epoch, high.epoch)

    # ------------------------------------------------------------ start

    def _load(self) -> None:
        known = {row.epoch: row for row in self._recall()}
        for row in known.values():
            state = self.epochs.setdefault(row.epoch, EpochState(row.epoch, row.predecessor, row.made, last_time=row.last_time))
            for first, last in row.told_lost:
                state.lose(first, last)
            for first, last, reason in row.untold:
                self.hole(state, first, last, reason)
        for path in sorted(self.folder.glob("*.seg")):
            segment = Segment.open(path)
            if segment is None or not segment.count:
                self._note_damaged(path)
                continue
            state = self.epochs.setdefault(segment.epoch, EpochState(segment.epoch, ""))
            state.segments.append(segment)
            state.last_time = max(state.last_time, segment.newest)
        for state in self.epochs.values():
            state.segments.sort(key=lambda segment: segment.first)
            made = max(state.made, state.segments[-1].last + 1 if state.segments else 0)
            state.made = max(made, self._high.made) if state.epoch == self._high.epoch else made
            self._find_holes(state)

    def _note_damaged(self, path: Path) -> None:
        """A file without one whole item: its name says which were in it (if any); `_find_holes` tells them as lost."""
        epoch, _, first = path.stem.partition("-")
        if first.isdigit():
            state = self.epochs.setdefault(epoch, EpochState(epoch, ""))
            state.damaged_from = min(state.damaged_from, int(first))
        self._damaged.append(path)

    def _find_holes(self, state: EpochState) -> None:
        at = min(state.first_held, state.damaged_from)
        for segment in state.segments:
            self.hole(state, at, segment.first - 1, "segment cut or missing")
            at = segment.last + 1
        self.hole(state, at, state.made - 1, "torn tail")

    def _recall(self) -> list[Known]:
        try:
            return msgspec.json.decode((self.folder / "epochs.json").read_bytes(), type=list[Known])
        except (FileNotFoundError, msgspec.DecodeError):
            return []

    # ------------------------------------------------------------ writing

    def begin(self) -> None:
        """Make the new epoch known on disk. What was found of the older ones first: the high-water mark then forgets theirs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.remember()
        while self._damaged:
            with contextlib.suppress(FileNotFoundError):
                self._damaged[-1].rename(self._damaged[-1].with_suffix(".damaged"))
            self._damaged.pop()
        for path in sorted(self.set_aside(), key=lambda path: path.stat().st_mtime)[:-MOST_DAMAGED]:
            path.unlink()
        self._high.mark(self.current.epoch, self.current.made)

    def set_aside(self) -> list[Path]:
        """Files in which not one item was whole."""
        return [path for path in self.folder.glob("*.damaged") if path.is_file()]

    def keep_spare(self) -> None:
        """Have the spare file again, while there is room."""
        spare = self.folder / "spare"
        if spare.exists() and spare.stat().st_size == SPARE:
            return
        with contextlib.suppress(OSError), spare.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, SPARE)

    def remember(self) -> None:
        """Write `epochs.json` anew, durably; where there is no room at all, into that of the spare file."""
        try:
            self._remember()
        except OSError as error:
            spare = self.folder / "spare"
            if error.errno != errno.ENOSPC or not spare.exists():
                raise
            spare.unlink()
            self._remember()

    def _remember(self) -> None:
        untold = {(loss.epoch, loss.first, loss.last): loss.reason for loss in self.losses}
        rows = []
        for state in self.epochs.values():
            told = [pair for pair in state.losses_found if (state.epoch, *pair) not in untold]
            rest = [(*pair, untold[state.epoch, *pair]) for pair in state.losses_found if (state.epoch, *pair) in untold]
            rows.append(Known(state.epoch, state.made, state.predecessor, told, rest, state.last_time))
        fresh = self.folder / "epochs.json.new"
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(rows))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self.folder / "epochs.json")
        sync_folder(self.folder)

    # ------------------------------------------------------------ losses

    def hole(self, state: EpochState, first: int, last: int, reason: str) -> None:
        """These items will never come, as far as that is not known yet."""
        for low, high in state.gone.missing(first, last):
            state.lose(low, high)
            self.losses.append(Lost(self.stream, state.epoch, low, high, reason))

    def told_losses(self) -> None:
        """The losses found so far are on their way (durable in the event stream): do not tell them again."""
        self.losses.clear()
        self.remember()

    # ------------------------------------------------------------ telling

    def extents(self, most: int) -> list[Extent]:
        """The current epoch and, oldest first, every other the centre has not told to hold wholly."""
        old = [
            state for state in self.epochs.values() if state is not self.current and (state.segments or state.gone) and not state.settled
        ]
        rows = [*sorted(old, key=lambda state: state.last_time)[: most - 1], self.current]
        return [
            Extent(
                state.epoch,
                self.stream,
                state.made,
                state.first_held,
                state is not self.current,
                state.predecessor,
                state.received.through(),
                state.last_time,
            )
            for state in rows
        ]

    def doubt_everything(self) -> None:
        """The centre has a new generation: nothing it told before counts."""
        for state in self.epochs.values():
            state.received, state.told, state.over = Ranges(), False, False

    def fold_empty(self) -> None:
        """Older epochs without a file, and with nothing left to tell, are forgotten."""
        for epoch in [key for key, state in self.epochs.items() if state is not self.current and not state.segments]:
            if not self.epochs[epoch].gone or self.epochs[epoch].over:
                del self.epochs[epoch]
