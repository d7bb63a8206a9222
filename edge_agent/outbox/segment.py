"""One segment file: a run of items of one epoch. Appended to, sealed with a footer, read, and in the end unlinked."""

import errno
import os
from array import array
from pathlib import Path

from contracts.digest import MASK
from edge_agent.outbox.frames import (
    FRAME_SIZE,
    HEADER_SIZE,
    Header,
    Index,
    footer_bytes,
    frame_bytes,
    header_bytes,
    read_footer,
    read_header,
    scan,
    whole_item,
)

UNREADABLE = frozenset({errno.EIO, errno.ENOENT, errno.EISDIR, errno.EUCLEAN, errno.EBADMSG, errno.ENODATA})
"""What a dying medium answers, or a file somebody removed: trying again does not help. Want of memory or of handles is none of these."""


def _bear(error: OSError) -> None:
    """Nothing where the file itself is gone or cannot be read any more; every other error is raised."""
    if error.errno not in UNREADABLE:
        raise error


class Segment:
    """Items `first` to `last` of one epoch. `before` and `after` are the epoch's digest sums at its two ends."""

    def __init__(self, path: Path, header: Header, index: Index, size: int) -> None:
        self.path, self.epoch, self.first, self.before = path, header.epoch, header.first, header.before
        self.tail = (len(index.offsets), (header.before + sum(index.digests)) & MASK)
        """Count and digest sum at the end, in one: the disk thread moves both while the loop reads them."""
        self.newest, self.sealed, self.torn, self.size = index.newest, index.sealed, index.torn, size
        self._index: Index | None = None if index.sealed else index

    @property
    def count(self) -> int:
        return self.tail[0]

    @property
    def after(self) -> int:
        return self.tail[1]

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    @classmethod
    def open(cls, path: Path) -> "Segment | None":
        """The segment in a file; None where the file is none (its header is damaged) or the disk cannot read it."""
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                header = read_header(file.read(HEADER_SIZE))
                if header is None:
                    return None
                index = read_footer(file, size) or scan(file, size)
            if not index.sealed:
                index.newest = path.stat().st_mtime_ns // 1000
        except OSError as error:
            _bear(error)
            return None
        return cls(path, header, index, size)

    @property
    def index(self) -> Index:
        """Offsets and digests; read from the footer when asked for the first time."""
        index = self._index  # the disk thread may forget it at any moment
        if index is None:
            try:
                with self.path.open("rb") as file:
                    index = self._index = read_footer(file, self.size) or scan(file, self.size)
            except OSError as error:
                _bear(error)
                return Index(array("I"), array("Q"), HEADER_SIZE)
        return index

    def forget_index(self) -> None:
        """Memory back: a sealed segment's index can be read again."""
        if self.sealed:
            self._index = None

    def read(self, seq: int) -> bytes | None:
        """The item's bytes; None where the disk does not have them whole any more."""
        index, at = self.index, seq - self.first
        if not 0 <= at < len(index.offsets):
            return None
        end = index.offsets[at + 1] if at + 1 < len(index.offsets) else index.end
        try:
            with self.path.open("rb") as file:
                file.seek(index.offsets[at])
                return whole_item(file.read(end - index.offsets[at]))
        except OSError as error:
            _bear(error)
            return None

    def sum_to(self, seq: int) -> int | None:
        """Digest sum of the epoch's items below `seq`, for first ≤ seq ≤ last + 1; None where the index is short."""
        count, after = self.tail
        if seq == self.first:
            return self.before
        if seq == self.first + count:
            return after
        digests = self.index.digests
        return (self.before + sum(digests[: seq - self.first])) & MASK if seq - self.first <= len(digests) else None


def sync_folder(folder: Path) -> None:
    """Names made, moved or removed in it are durable."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class Writer:
    """Appends to one new segment file. Nothing counts before `sync`."""

    def __init__(self, path: Path, header: Header) -> None:
        self.segment = Segment(path, header, Index(array("I"), array("Q"), HEADER_SIZE), HEADER_SIZE)
        # a try before this one may have left the file behind, when the disk refused its header: nothing in it counts
        self._file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o640)
        try:
            self._write(header_bytes(header), 0)
            sync_folder(path.parent)
        except OSError:
            os.close(self._file)
            raise

    def append(self, frames: list[tuple[bytes, int]], newest: int) -> None:
        """Write items (bytes, digest) and fsync. After an OSError the same items can be appended again: they overwrite the rest."""
        self._write(b"".join(frame_bytes(data, digest) for data, digest in frames), self.segment.index.end)
        os.fdatasync(self._file)
        segment, index, after = self.segment, self.segment.index, self.segment.after
        for data, digest in frames:
            index.offsets.append(index.end)
            index.digests.append(digest)
            index.end += FRAME_SIZE + len(data)
            after = (after + digest) & MASK
        segment.tail = (len(index.offsets), after)
        segment.size, segment.newest = index.end, newest
        index.newest = newest

    def seal(self) -> Segment:
        """Footer, fsync, close: the segment can be opened without a scan from now on."""
        segment = self.segment
        footer = footer_bytes(segment.index)
        self._write(footer, segment.index.end)
        os.fdatasync(self._file)
        os.close(self._file)
        segment.size += len(footer)
        segment.sealed = True
        segment.forget_index()
        return segment

    def close(self) -> None:
        os.close(self._file)

    def _write(self, data: bytes, at: int) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._file, view, at)
            view, at = view[written:], at + written
